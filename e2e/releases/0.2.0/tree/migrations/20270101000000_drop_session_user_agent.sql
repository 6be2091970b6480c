-- The contract step after 20261124210000: every session gets its name, and `user_agent` goes, which 0.1.0 no longer uses.

update sessions set device = 'Unknown device' where device is null;

alter table sessions
    alter column device set not null,
    drop column user_agent;

-- Releases without that migration still use the column.
update schema_range set oldest = 20261124210000;
