"""Starts services side by side, runs one command in their midst, stops all."""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from types import ModuleType

from . import install, kafka, meilisearch, postgres, seaweedfs, valkey
from .process import Process
from .run import Run

SERVICES: dict[str, ModuleType] = {module.NAME: module for module in (postgres, kafka, valkey, seaweedfs, meilisearch)}


async def execute(run: Run, names: Sequence[str], command: Sequence[str]) -> int:
    """The exit code of `command`, or 1 when a service failed before or beside it."""
    try:
        async with asyncio.TaskGroup() as group:
            for name in names:
                group.create_task(SERVICES[name].start(run))
        return await _run_command(command, _environment(run, names), run.processes)
    finally:
        await run.stop()


def _environment(run: Run, names: Sequence[str]) -> dict[str, str]:
    values = {
        "PHASMA_CA_FILE": str(run.certificates.authority),
        "PHASMA_SERVICES_DIR": str(run.directory),
        "PHASMA_TEST_CONNECT_BIN": str(install.connect()),
        "PHASMA_TEST_RPK_BIN": str(install.rpk()),
    }
    for name in names:
        values |= SERVICES[name].environment(run)
    return values


async def _run_command(command: Sequence[str], environment: dict[str, str], started: list[Process]) -> int:
    child = await asyncio.create_subprocess_exec(
        "setpriv", "--pdeathsig", "TERM", "--", *command, env={**os.environ, **environment}
    )
    loop = asyncio.get_running_loop()
    # The terminal sends Ctrl-C to the command too; the services wait for its end.
    loop.add_signal_handler(signal.SIGINT, lambda: None)
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, child.send_signal, number)
    ended: list[str] = []
    watchers = [asyncio.create_task(_watch(process, ended)) for process in started]
    code = await child.wait()
    for watcher in watchers:
        watcher.cancel()
    return code if code or not ended else 1


async def _watch(process: Process, ended: list[str]) -> None:
    await process.child.wait()
    ended.append(process.name)
    print(f"\n*** {process.report('ended while the command ran')}\n", file=sys.stderr, flush=True)
