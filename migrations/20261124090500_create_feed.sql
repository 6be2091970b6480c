-- The materialised feed: one row per reader and post, written by the feed consumer. It has no foreign keys and no
-- second index, since every post writes one row per follower; reads join posts and follows, so a stale row never
-- shows, and pruning is hygiene.

create table feed (
    user_id bigint      not null,
    created timestamptz not null,
    -- The post's public id: the cursor of a page names it, and stays valid when the post is gone.
    post_id uuid        not null,
    constraint feed_pkey primary key (user_id, created, post_id)
);

grant select, insert, delete on feed to phasma_app;
