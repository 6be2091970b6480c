-- Which releases run on this schema: those that bring at least the migration `oldest`. A migration that takes away what
-- an older release still uses raises it, so that this release refuses to start instead of failing later.
create table schema_range (
    only_row boolean primary key default true check (only_row),
    oldest bigint not null
);

insert into schema_range (oldest) values (20261124180000);

grant select on schema_range to phasma_app;
