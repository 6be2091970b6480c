-- Who wants nothing to do with whom. A block hides both from each other everywhere; a mute keeps the muted one's posts
-- and acts from where they come unasked.

create table blocks (
    blocker_id bigint      not null,
    blocked_id bigint      not null,
    created    timestamptz not null default now(),
    constraint blocks_pkey primary key (blocker_id, blocked_id),
    constraint blocks_self_check check (blocker_id <> blocked_id),
    constraint blocks_blocker_id_fkey foreign key (blocker_id) references users (id) on delete cascade,
    constraint blocks_blocked_id_fkey foreign key (blocked_id) references users (id) on delete cascade
);

create index blocks_list_idx on blocks (blocker_id, created desc, blocked_id desc);
create index blocks_blocked_idx on blocks (blocked_id);

create table mutes (
    muter_id bigint      not null,
    muted_id bigint      not null,
    created  timestamptz not null default now(),
    constraint mutes_pkey primary key (muter_id, muted_id),
    constraint mutes_self_check check (muter_id <> muted_id),
    constraint mutes_muter_id_fkey foreign key (muter_id) references users (id) on delete cascade,
    constraint mutes_muted_id_fkey foreign key (muted_id) references users (id) on delete cascade
);

create index mutes_muted_idx on mutes (muted_id);

-- The two conditions that queries ask for, in one place: `not exists (select from blocks_between(viewer, author))`.
-- Both are plain enough for the planner to put them into the query, where they are one look-up by primary key for
-- each direction: never a scan of everyone the viewer blocked. A stranger is null, and finds nothing.

-- Rows if one of the two blocked the other.
create function blocks_between(one bigint, other bigint) returns table (yes boolean)
    language sql
    stable
    parallel safe
as $$
    select true from blocks where blocker_id = one and blocked_id = other
    union all
    select true from blocks where blocker_id = other and blocked_id = one
$$;

-- The same, or if the first muted the second.
create function blocks_or_mutes(viewer bigint, other bigint) returns table (yes boolean)
    language sql
    stable
    parallel safe
as $$
    select true from blocks where blocker_id = viewer and blocked_id = other
    union all
    select true from blocks where blocker_id = other and blocked_id = viewer
    union all
    select true from mutes where muter_id = viewer and muted_id = other
$$;

-- A block and a follow of the same two wait for each other at their accounts, which a follow points at anyway: so no
-- follow slips in beside a block, not even one by a program that knows nothing of blocks.
create function lock_blocked_pair() returns trigger
    language plpgsql
as $$
begin
    perform from users where id in (new.blocker_id, new.blocked_id) order by id for update;
    return new;
end
$$;

create function refuse_blocked_follow() returns trigger
    language plpgsql
as $$
begin
    perform from users where id in (new.follower_id, new.followed_id) order by id for key share;
    if exists (select from blocks_between(new.follower_id, new.followed_id)) then
        return null;
    end if;
    return new;
end
$$;

create trigger blocks_pair before insert on blocks
    for each row execute function lock_blocked_pair();
create trigger follows_blocked before insert on follows
    for each row execute function refuse_blocked_follow();

grant select, insert, update, delete on blocks, mutes to phasma_app;
