"""PostgreSQL 18: TLS only, SCRAM only, logical replication on.

fsync is off: a run's data is disposable, and tests make many databases.
"""

import os
import pathlib
import signal

from . import install
from .run import Run

NAME = "postgres"
# An empty database beside `postgres`, for who runs the whole platform.
PLATFORM = "phasma"
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "ssl": "on",
    "ssl_min_protocol_version": "TLSv1.2",
    "password_encryption": "scram-sha-256",
    "wal_level": "logical",
    "max_replication_slots": "64",
    "max_wal_senders": "64",
    "wal_sender_timeout": "10s",
    "max_connections": "300",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "log_line_prefix": "%m %p %d ",
}
_HBA = "hostssl all all all scram-sha-256\nhostssl replication all all scram-sha-256\n"
# PostgreSQL refuses root. Nobody else of its processes does, so only it steps
# down, and keeps the one right it needs: to pass through root's directories.
_STEP_DOWN = (
    "--reuid=65534", "--regid=65534", "--clear-groups",
    "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search",
    "--securebits=+no_setuid_fixup",
)  # fmt: skip


async def start(run: Run) -> None:
    """A server with the superuser `postgres`."""
    tree = install.postgres()
    home = run.data(NAME)
    data = home / "data"
    if not (data / "PG_VERSION").exists():
        await _initialise(run, tree, home, data)
    command = [tree / "bin/postgres", "-D", data, *_options(run, home)]
    server = await run.spawn(NAME, command, env={"TZ": "UTC"}, privileges=_privileges())
    # SIGINT is the fast shutdown; SIGTERM would wait for clients to leave.
    server.stop_signal = signal.SIGINT
    await server.ready(lambda: _is_ready(data, server.child.pid))


def environment(run: Run) -> dict[str, str]:
    """The superuser's address. A name, since not every client verifies an IP address."""
    return {"PHASMA_TEST_DATABASE_URL": url(run, "postgres")}


def url(run: Run, database: str) -> str:
    """The superuser's address of one database."""
    return (
        f"postgres://postgres:{run.secret(NAME)}@localhost:{run.port(NAME)}/{database}"
        f"?sslmode=verify-full&sslrootcert={run.certificates.authority}"
    )


async def _initialise(run: Run, tree: pathlib.Path, home: pathlib.Path, data: pathlib.Path) -> None:
    password = home / "password"
    password.write_text(run.secret(NAME))
    key = home / "tls.key"
    key.write_bytes(run.certificates.key.read_bytes())
    key.chmod(0o600)
    _hand_over(home, password, key)
    await run.complete(
        NAME,
        [
            tree / "bin/initdb", "-D", data, "-U", "postgres", f"--pwfile={password}", "--no-sync",
            "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions",
        ],
        privileges=_privileges(),
    )  # fmt: skip
    single = [tree / "bin/postgres", "--single", "-D", data, "--fsync=off", "postgres"]
    await run.complete(NAME, single, text=f"CREATE DATABASE {PLATFORM}\n", privileges=_privileges())
    (data / "pg_hba.conf").write_text(_HBA)
    password.unlink()


def _options(run: Run, home: pathlib.Path) -> list[str]:
    settings = _SETTINGS | {
        "port": str(run.port(NAME)),
        "ssl_key_file": str(home / "tls.key"),
        "ssl_cert_file": str(run.certificates.chain),
    }
    return [f"--{name}={value}" for name, value in settings.items()]


async def _is_ready(data: pathlib.Path, pid: int) -> bool:
    """What `pg_ctl -w` looks at: the postmaster writes its status as the file's eighth line."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return False
    return lines[:1] == [str(pid)] and len(lines) >= 8 and lines[7].strip() == "ready"


def _privileges() -> tuple[str, ...]:
    return _STEP_DOWN if os.geteuid() == 0 else ()


def _hand_over(*paths: pathlib.Path) -> None:
    if os.geteuid() == 0:
        for path in paths:
            os.chown(path, 65534, 65534)
