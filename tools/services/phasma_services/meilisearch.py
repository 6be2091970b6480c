"""The stand-in for Meilisearch, which no package registry carries."""

import sys

from .install import HERE
from .probe import status
from .run import Run

NAME = "meilisearch"


async def start(run: Run) -> None:
    """One process; its documents live in the run's directory."""
    address = f"127.0.0.1:{run.port(NAME)}"
    program = HERE / "meilisearch_stand_in.py"
    command = [sys.executable, program, "--http-addr", address, "--db-path", run.data(NAME)]
    server = await run.spawn(NAME, command, env={"MEILI_MASTER_KEY": run.secret(NAME)})
    await server.ready(lambda: _is_ready(run))


def environment(run: Run) -> dict[str, str]:
    """Where it is, with the master key."""
    return {
        "PHASMA_SEARCH_URL": f"http://127.0.0.1:{run.port(NAME)}",
        "PHASMA_SEARCH_KEY": run.secret(NAME),
    }


async def _is_ready(run: Run) -> bool:
    return await status(run.port(NAME), "/health") == 200
