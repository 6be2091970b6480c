-- Whom one follows among the accounts with so many followers that their posts are read at query time: they are found
-- by an index of their own, so that a feed doesn't look through everyone its reader follows.

alter table follows add column of_celebrity boolean not null default false;

create index follows_celebrities_idx on follows (follower_id, followed_id) where of_celebrity;
