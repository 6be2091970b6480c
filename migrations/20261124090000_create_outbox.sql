-- The transactional outbox: every mutation appends its events here in its own transaction; the relay reads them
-- from the write-ahead log. Insert only: rows are never updated, read by polling, or deleted one by one.

-- Group roles hold the rights and can't log in. Roles belong to the whole server, so another database's
-- migration may have made them, or be making them now.
do $$
declare
    role_name text;
begin
    foreach role_name in array array['phasma_app', 'phasma_outbox_reader'] loop
        begin
            execute format('create role %I nologin', role_name);
        exception when duplicate_object or unique_violation then
            null;
        end;
    end loop;
end
$$;

create table outbox (
    -- Taken while the aggregate's row is locked, so it rises along each aggregate's history.
    seq          bigint generated always as identity,
    id           uuid        not null,
    aggregate    text        not null,
    aggregate_id text        not null,
    type         text        not null,
    payload      jsonb       not null,
    created      timestamptz not null default now(),
    constraint outbox_pkey primary key (seq, created)
) partition by range (created);

create publication phasma_outbox for table outbox
    with (publish = 'insert', publish_via_partition_root = true);

-- How far the relay got, for replay after a lost replication slot.
create table relay_checkpoints (
    slot        text        not null,
    seq         bigint      not null default 0,
    -- Set while rows above this number still have to be replayed; it survives a crash in the middle of that.
    replay_from bigint,
    updated     timestamptz not null default now(),
    constraint relay_checkpoints_pkey primary key (slot)
);

-- Makes the partitions of today and the given number of days ahead; returns how many were missing.
create function outbox_ensure(days integer) returns integer
    language plpgsql
    security definer
    set search_path = pg_catalog, public
    set lock_timeout = '2s'
as $$
declare
    today   date := (now() at time zone 'utc')::date;
    day     date;
    made    integer := 0;
begin
    for day in select today + n from generate_series(-1, days) as n loop
        if to_regclass(format('public.outbox_%s', to_char(day, 'YYYYMMDD'))) is null then
            execute format(
                'create table public.outbox_%s partition of public.outbox for values from (%L) to (%L)',
                to_char(day, 'YYYYMMDD'), day::timestamp at time zone 'utc', (day + 1)::timestamp at time zone 'utc'
            );
            made := made + 1;
        end if;
    end loop;
    return made;
end
$$;

-- Drops the partitions that end at or before the given moment; returns how many.
create function outbox_drop(before timestamptz) returns integer
    language plpgsql
    security definer
    set search_path = pg_catalog, public
    set lock_timeout = '2s'
as $$
declare
    partition_name text;
    dropped        integer := 0;
begin
    for partition_name in
        select child.relname
        from pg_inherits
        join pg_class child on child.oid = pg_inherits.inhrelid
        where pg_inherits.inhparent = 'public.outbox'::regclass
          and (to_date(right(child.relname, 8), 'YYYYMMDD') + 1)::timestamp at time zone 'utc' <= before
    loop
        execute format('drop table public.%I', partition_name);
        dropped := dropped + 1;
    end loop;
    return dropped;
end
$$;

revoke execute on function outbox_ensure(integer), outbox_drop(timestamptz) from public;
grant execute on function outbox_ensure(integer), outbox_drop(timestamptz) to phasma_app;
-- The programs refuse to start on a schema older than they are. Tools that only describe queries run these files
-- without keeping the list.
do $$
begin
    if to_regclass('_sqlx_migrations') is not null then
        grant select on _sqlx_migrations to phasma_app;
    end if;
end
$$;
grant insert on outbox to phasma_app;
grant select on outbox to phasma_outbox_reader;
grant select, insert, update on relay_checkpoints to phasma_outbox_reader;

select outbox_ensure(14);
