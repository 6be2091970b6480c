-- Accounts, and who follows whom. `id` is internal; `public_id` (uuid v7) is what leaves the database.

create extension if not exists pg_trgm;

create table users (
    id            bigint generated always as identity,
    public_id     uuid        not null,
    username      text        not null,
    name          text        not null,
    email         text        not null,
    password_hash text        not null,
    bio           text        not null default '',
    -- File name of a picture of one's own; cleared when the post it came from goes.
    avatar        text,
    -- Latched past 10,000 followers: posts are then read at query time instead of fanned out.
    is_celebrity  boolean     not null default false,
    created       timestamptz not null default now(),
    constraint users_pkey primary key (id),
    constraint users_public_id_key unique (public_id),
    constraint users_username_key unique (username),
    constraint users_email_key unique (email)
);

create index users_username_prefix_idx on users (username text_pattern_ops);
create index users_username_trgm_idx on users using gin (username gin_trgm_ops);
create index users_name_trgm_idx on users using gin (name gin_trgm_ops);
create index users_avatar_idx on users (avatar) where avatar is not null;

-- Beside the users because they change often: few columns, room on the page for in-place updates.
create table user_counters (
    user_id   bigint not null,
    posts     bigint not null default 0,
    -- Posts the user likes, not likes received.
    likes     bigint not null default 0,
    followers bigint not null default 0,
    following bigint not null default 0,
    constraint user_counters_pkey primary key (user_id),
    constraint user_counters_user_id_fkey foreign key (user_id) references users (id) on delete cascade
) with (fillfactor = 70);

create table follows (
    follower_id bigint      not null,
    followed_id bigint      not null,
    created     timestamptz not null default now(),
    constraint follows_pkey primary key (follower_id, followed_id),
    constraint follows_self_check check (follower_id <> followed_id),
    constraint follows_follower_id_fkey foreign key (follower_id) references users (id) on delete cascade,
    constraint follows_followed_id_fkey foreign key (followed_id) references users (id) on delete cascade
);

create index follows_following_idx on follows (follower_id, created desc, followed_id desc);
create index follows_followers_idx on follows (followed_id, created desc, follower_id desc);

-- What people and operators did to accounts. Never holds secrets.
create table audit_log (
    id      bigint generated always as identity,
    user_id bigint,
    action  text        not null,
    detail  jsonb       not null default '{}',
    created timestamptz not null default now(),
    constraint audit_log_pkey primary key (id),
    constraint audit_log_user_id_fkey foreign key (user_id) references users (id) on delete set null
);

create index audit_log_user_idx on audit_log (user_id, created desc);

-- The accounts a text names with `@name`. Finds at least what the scanner of the programs takes for a mention; they
-- keep what both agree on. One index look-up a name, and none for most texts.
create function mentioned_accounts(body text) returns text[]
    language plpgsql
    stable
    parallel safe
as $$
begin
    if position('@' in body) = 0 then
        return '{}';
    end if;
    return array(
        select username from users
        where username in (
            select lower(rtrim(hit[1], '.')) from regexp_matches(body, '@([A-Za-z0-9_.]+)', 'g') as hit
        )
    );
end
$$;

grant select, insert, update, delete on users, user_counters, follows to phasma_app;
grant select, insert on audit_log to phasma_app;
