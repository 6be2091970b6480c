-- Since when a post says something else than when it was published; null for one that was never changed.

alter table posts add column edited timestamptz;
