-- What `phasma-api admin` writes: suspended accounts, and in the audit log who did what to whom and why. The programs'
-- role may still only add to that log and read it.

-- Since when the account can't log in or act; null for all others.
alter table users add column suspended timestamptz;

alter table audit_log
    -- Who acted, by the name they gave; null where the account's owner did.
    add column actor text,
    -- The username or public id as it was then: it outlives what it named.
    add column subject text,
    add column reason text;

create index audit_log_subject_idx on audit_log (subject, action) where subject is not null;
