-- Who is told what. Written by the notifications consumer, from what likes, comments and follows say then.

create table notifications (
    id        bigint generated always as identity,
    public_id uuid        not null,
    -- The one who is told, and the one who acted.
    user_id   bigint      not null,
    actor_id  bigint      not null,
    kind      text        not null,
    -- like: the post's public id; comment: the comment's; follow: the actor's.
    entity_id uuid        not null,
    -- The post a like or comment belongs to: it takes its notifications along.
    post_id   bigint,
    read      boolean     not null default false,
    created   timestamptz not null default now(),
    constraint notifications_pkey primary key (id),
    constraint notifications_public_id_key unique (public_id),
    -- Delivery is at least once; the second one changes nothing.
    constraint notifications_entity_key unique (user_id, actor_id, kind, entity_id),
    constraint notifications_kind_check check (kind in ('like', 'comment', 'follow')),
    constraint notifications_user_id_fkey foreign key (user_id) references users (id) on delete cascade,
    constraint notifications_actor_id_fkey foreign key (actor_id) references users (id) on delete cascade,
    constraint notifications_post_id_fkey foreign key (post_id) references posts (id) on delete cascade
);

create index notifications_user_idx on notifications (user_id, created desc, public_id desc);
create index notifications_unread_idx on notifications (user_id) where not read;
create index notifications_actor_idx on notifications (actor_id);
create index notifications_post_idx on notifications (post_id);

grant select, insert, update, delete on notifications to phasma_app;
