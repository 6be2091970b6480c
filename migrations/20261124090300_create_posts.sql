-- Pictures, posts, and what people do to them.

-- A stored picture that waits for its post; consumed in the transaction that publishes it, or swept.
create table uploads (
    filename     text        not null,
    user_id      bigint      not null,
    width        integer     not null,
    height       integer     not null,
    thumbhash    bytea       not null,
    created      timestamptz not null default now(),
    constraint uploads_pkey primary key (filename),
    constraint uploads_user_id_fkey foreign key (user_id) references users (id) on delete cascade
);

create index uploads_user_idx on uploads (user_id, created);
create index uploads_created_idx on uploads (created);

create table posts (
    id          bigint generated always as identity,
    public_id   uuid        not null,
    user_id     bigint      not null,
    description text        not null default '',
    created     timestamptz not null default now(),
    constraint posts_pkey primary key (id),
    constraint posts_public_id_key unique (public_id),
    constraint posts_user_id_fkey foreign key (user_id) references users (id) on delete cascade
);

create index posts_user_idx on posts (user_id, created desc, public_id desc);
create index posts_created_idx on posts (created desc, public_id desc);
create index posts_description_trgm_idx on posts using gin (description gin_trgm_ops);

-- A post's pictures in order. A file name is used once, ever.
create table post_media (
    post_id   bigint   not null,
    position  smallint not null,
    filename  text     not null,
    alt_text  text     not null default '',
    width     integer  not null,
    height    integer  not null,
    thumbhash bytea    not null,
    constraint post_media_pkey primary key (post_id, position),
    constraint post_media_filename_key unique (filename),
    constraint post_media_post_id_fkey foreign key (post_id) references posts (id) on delete cascade
);

create table post_counters (
    post_id  bigint not null,
    likes    bigint not null default 0,
    comments bigint not null default 0,
    constraint post_counters_pkey primary key (post_id),
    constraint post_counters_post_id_fkey foreign key (post_id) references posts (id) on delete cascade
) with (fillfactor = 70);

create table likes (
    user_id bigint      not null,
    post_id bigint      not null,
    created timestamptz not null default now(),
    constraint likes_pkey primary key (user_id, post_id),
    constraint likes_user_id_fkey foreign key (user_id) references users (id) on delete cascade,
    constraint likes_post_id_fkey foreign key (post_id) references posts (id) on delete cascade
);

create index likes_user_idx on likes (user_id, created desc, post_id desc);
create index likes_post_idx on likes (post_id);

create table comments (
    id        bigint generated always as identity,
    public_id uuid        not null,
    post_id   bigint      not null,
    user_id   bigint      not null,
    body      text        not null,
    created   timestamptz not null default now(),
    constraint comments_pkey primary key (id),
    constraint comments_public_id_key unique (public_id),
    constraint comments_post_id_fkey foreign key (post_id) references posts (id) on delete cascade,
    constraint comments_user_id_fkey foreign key (user_id) references users (id) on delete cascade
);

create index comments_post_idx on comments (post_id, created desc, public_id desc);
create index comments_user_idx on comments (user_id);

create table hashtags (
    id      bigint generated always as identity,
    name    text        not null,
    created timestamptz not null default now(),
    constraint hashtags_pkey primary key (id),
    constraint hashtags_name_key unique (name)
);

create index hashtags_name_prefix_idx on hashtags (name text_pattern_ops);
create index hashtags_name_trgm_idx on hashtags using gin (name gin_trgm_ops);

create table hashtag_counters (
    hashtag_id bigint not null,
    posts      bigint not null default 0,
    constraint hashtag_counters_pkey primary key (hashtag_id),
    constraint hashtag_counters_hashtag_id_fkey foreign key (hashtag_id) references hashtags (id) on delete cascade
) with (fillfactor = 70);

create table post_hashtags (
    post_id    bigint not null,
    hashtag_id bigint not null,
    constraint post_hashtags_pkey primary key (post_id, hashtag_id),
    constraint post_hashtags_post_id_fkey foreign key (post_id) references posts (id) on delete cascade,
    constraint post_hashtags_hashtag_id_fkey foreign key (hashtag_id) references hashtags (id) on delete cascade
);

create index post_hashtags_hashtag_idx on post_hashtags (hashtag_id, post_id desc);

grant select, insert, update, delete on
    uploads, posts, post_media, post_counters, likes, comments, hashtags, hashtag_counters, post_hashtags
    to phasma_app;
