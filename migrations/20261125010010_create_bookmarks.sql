-- Posts that somebody keeps for later; nobody else sees which.

create table bookmarks (
    user_id bigint      not null,
    post_id bigint      not null,
    created timestamptz not null default now(),
    constraint bookmarks_pkey primary key (user_id, post_id),
    constraint bookmarks_user_id_fkey foreign key (user_id) references users (id) on delete cascade,
    constraint bookmarks_post_id_fkey foreign key (post_id) references posts (id) on delete cascade
);

create index bookmarks_user_idx on bookmarks (user_id, created desc, post_id desc);
create index bookmarks_post_idx on bookmarks (post_id);

grant select, insert, update, delete on bookmarks to phasma_app;
