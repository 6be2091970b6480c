"""`make dev`: the whole platform on loopback, one Ctrl-C ends it.

With a command, that command runs once everything is ready, and its end ends
the platform.
"""

import asyncio
import os
import signal
import sys

from .platform import ORIGIN, PORTS, Part, Platform
from .probe import status

_START_SECONDS = 60


class DevError(Exception):
    """A part of the platform failed; its lines above say why."""


def main(command: list[str]) -> int:
    """The exit code: the command's, 0 after Ctrl-C, 1 when a part failed."""
    if "PHASMA_SERVICES_DIR" not in os.environ:
        print("Start me through: services exec --fixed-ports -- tools/services/dev", file=sys.stderr)
        return 2
    try:
        return asyncio.run(_run(command))
    except* DevError as failures:
        for failure in failures.exceptions:
            print(f"dev: {failure}", file=sys.stderr)
    return 1


async def _run(command: list[str]) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    platform, running = Platform(), []
    try:
        for part in platform.preparation():
            await _complete(part)
        for part in platform.parts():
            running.append(await _start(part))
        return await _first(_work(platform, command), stop, running)
    finally:
        await asyncio.gather(*(_stop(child) for _, child in running))


async def _first(work, stop: asyncio.Event, running: list) -> int:
    """Waits for the work, for Ctrl-C, or for a part that ends by itself."""
    working = asyncio.create_task(work)
    stopping = asyncio.create_task(stop.wait())
    endings = [asyncio.create_task(_ending(*each)) for each in running]
    try:
        await asyncio.wait([working, stopping, *endings], return_when=asyncio.FIRST_COMPLETED)
        for ended in endings:
            if ended.done():
                raise ended.exception()
        return working.result() if working.done() else 0
    finally:
        for task in (working, stopping, *endings):
            task.cancel()


async def _work(platform: Platform, command: list[str]) -> int:
    await asyncio.gather(*(_ready(part) for part in platform.parts()))
    _print_addresses()
    if not command:
        await asyncio.Event().wait()
    child = await asyncio.create_subprocess_exec("setpriv", "--pdeathsig", "TERM", "--", *command)
    return await child.wait()


async def _ending(part: Part, child: asyncio.subprocess.Process) -> None:
    raise DevError(f"{part.name} ended with exit code {await child.wait()}")


async def _complete(part: Part) -> None:
    _, child = await _start(part)
    if await child.wait():
        raise DevError(f"{part.name} failed with exit code {child.returncode}")


async def _start(part: Part) -> tuple[Part, asyncio.subprocess.Process]:
    child = await asyncio.create_subprocess_exec(
        "setpriv", "--pdeathsig", "TERM", "--", *part.command, cwd=part.cwd,
        env=os.environ | part.environment, start_new_session=True,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    # Kept by the process, so that it is not collected while it reads.
    child.printer = asyncio.create_task(_print_lines(part.name, child.stdout))
    return part, child


async def _print_lines(name: str, stream: asyncio.StreamReader) -> None:
    while line := await _line(stream):
        print(f"{name:>9} | {line.decode(errors='replace').rstrip()}", flush=True)


async def _line(stream: asyncio.StreamReader) -> bytes:
    """The next line; one longer than the reader's buffer comes in pieces."""
    try:
        return await stream.readuntil()
    except asyncio.IncompleteReadError as end:
        return end.partial
    except asyncio.LimitOverrunError as long:
        return await stream.read(long.consumed)


async def _ready(part: Part) -> None:
    deadline = asyncio.get_running_loop().time() + _START_SECONDS
    while (await status(part.port, part.ready) or 500) >= 300:
        if asyncio.get_running_loop().time() > deadline:
            raise DevError(f"{part.name} was not ready after {_START_SECONDS} s")
        await asyncio.sleep(0.1)


async def _stop(child: asyncio.subprocess.Process) -> None:
    if child.returncode is None:
        child.terminate()
        try:
            await asyncio.wait_for(child.wait(), 15)
        except TimeoutError:
            child.kill()
    await child.printer


def _print_addresses() -> None:
    rows = [
        ("Phasma", ORIGIN),
        ("API", f"http://127.0.0.1:{PORTS['api']}"),
        ("relay", f"http://127.0.0.1:{PORTS['relay']}/metrics"),
        ("consumers", f"http://127.0.0.1:{PORTS['consumers']}/metrics"),
        ("Connect", f"http://127.0.0.1:{PORTS['connect']}/metrics"),
        ("PostgreSQL", os.environ["PHASMA_TEST_DATABASE_URL"]),
        ("Kafka", os.environ["PHASMA_BROKER_BOOTSTRAP_SERVERS"]),
        ("Valkey", os.environ["PHASMA_CACHE_URL"]),
        ("SeaweedFS S3", os.environ["PHASMA_S3_ENDPOINT"]),
        ("search (stand-in)", os.environ["PHASMA_SEARCH_URL"]),
    ]
    print("\n" + "\n".join(f"  {name:<18} {address}" for name, address in rows))
    print("\n  Ctrl-C ends all.\n", flush=True)
