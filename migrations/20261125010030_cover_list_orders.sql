-- These orders are read from the index alone. Otherwise the planner, which doesn't know whose rows it will read, may take
-- a usual handful for granted and read and sort all the rows of somebody who has very many.

drop index posts_user_idx;
create index posts_user_idx on posts (user_id, created desc, public_id desc) include (id);

drop index comments_post_idx;
create index comments_post_idx on comments (post_id, created desc, public_id desc) include (id);

drop index notifications_user_idx;
create index notifications_user_idx on notifications (user_id, created desc, public_id desc) include (id);
