-- Sessions. Only an HMAC of the token is stored, so a copy of this table logs nobody in.

create table sessions (
    id         bigint generated always as identity,
    public_id  uuid        not null,
    user_id    bigint      not null,
    token_hash bytea       not null,
    user_agent text        not null default '',
    created    timestamptz not null default now(),
    last_used  timestamptz not null default now(),
    expires    timestamptz not null,
    constraint sessions_pkey primary key (id),
    constraint sessions_public_id_key unique (public_id),
    constraint sessions_token_hash_key unique (token_hash),
    constraint sessions_user_id_fkey foreign key (user_id) references users (id) on delete cascade
);

create index sessions_user_idx on sessions (user_id, created desc);
create index sessions_expires_idx on sessions (expires);

grant select, insert, update, delete on sessions to phasma_app;
