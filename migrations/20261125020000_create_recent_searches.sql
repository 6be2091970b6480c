-- What people looked for last. The API shows the newest ten of each and cuts off the rest as it writes.

create table recent_searches (
    public_id     uuid        not null,
    user_id       bigint      not null,
    -- Exactly one of these: an account, a tag, or the text that posts were searched for.
    found_user_id bigint,
    hashtag_id    bigint,
    query         text,
    created       timestamptz not null default now(),
    constraint recent_searches_pkey primary key (public_id),
    -- The same search again moves its row to the top.
    constraint recent_searches_entry_key unique nulls not distinct (user_id, found_user_id, hashtag_id, query),
    constraint recent_searches_one_check check (num_nonnulls(found_user_id, hashtag_id, query) = 1),
    constraint recent_searches_user_id_fkey foreign key (user_id) references users (id) on delete cascade,
    constraint recent_searches_found_user_id_fkey
        foreign key (found_user_id) references users (id) on delete cascade,
    constraint recent_searches_hashtag_id_fkey foreign key (hashtag_id) references hashtags (id) on delete cascade
);

create index recent_searches_user_idx on recent_searches (user_id, created desc, public_id desc);
create index recent_searches_found_user_idx on recent_searches (found_user_id) where found_user_id is not null;
create index recent_searches_hashtag_idx on recent_searches (hashtag_id) where hashtag_id is not null;

grant select, insert, update, delete on recent_searches to phasma_app;
