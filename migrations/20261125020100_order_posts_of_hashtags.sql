-- The posts of a tag in the order of every other list: `post_hashtags` gets the post's place in it. A trigger fills it
-- in, so that programs which don't know of it go on inserting as before.

alter table post_hashtags
    add column created timestamptz,
    add column public_id uuid;

create function place_tagged_post() returns trigger
    language plpgsql
as $$
begin
    select created, public_id into new.created, new.public_id from posts where id = new.post_id;
    return new;
end
$$;

create trigger post_hashtags_place before insert on post_hashtags
    for each row execute function place_tagged_post();

update post_hashtags t set created = p.created, public_id = p.public_id from posts p where p.id = t.post_id;

alter table post_hashtags
    alter column created set not null,
    alter column public_id set not null;

create index post_hashtags_list_idx on post_hashtags (hashtag_id, created desc, public_id desc);
