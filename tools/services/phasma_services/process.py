"""Child processes that are logged, watched and never outlive this one.

`setpriv` (util-linux) asks the kernel to signal a child when its parent is
gone, also after a kill -9. The kernel means the thread that forked, so every
spawn happens on the event loop's thread.
"""

import asyncio
import os
import pathlib
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence

Command = Sequence[str | os.PathLike]

_START_SECONDS = 90


class ServiceError(Exception):
    """A service did not start or did not live; the message ends with its log."""


class Process:
    """One running service; its output goes to `log`."""

    def __init__(self, name: str, log: pathlib.Path, child: asyncio.subprocess.Process):
        self.name = name
        self.log = log
        self.child = child
        self.stop_signal = signal.SIGTERM
        self.stop_seconds = 15.0

    async def ready(self, check: Callable[[], Awaitable[bool]]) -> None:
        """Polls `check` until it holds; fails when the process ends or takes too long."""
        deadline = asyncio.get_running_loop().time() + _START_SECONDS
        while not await _holds(check):
            if self.child.returncode is not None:
                raise ServiceError(self.report("ended while starting"))
            if asyncio.get_running_loop().time() > deadline:
                raise ServiceError(self.report(f"was not ready after {_START_SECONDS} s"))
            await asyncio.sleep(0.05)

    async def stop(self) -> None:
        """Asks politely, then kills the whole process group."""
        if self.child.returncode is None:
            self.child.send_signal(self.stop_signal)
            try:
                await asyncio.wait_for(self.child.wait(), self.stop_seconds)
            except TimeoutError:
                pass
        try:
            os.killpg(self.child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        await self.child.wait()

    def report(self, what: str) -> str:
        """What happened, the exit code if any, and the tail of the log."""
        code = self.child.returncode
        ending = "" if code is None else f" (exit code {code})"
        return f"{self.name} {what}{ending}; the end of {self.log}:\n{tail(self.log)}"


async def _holds(check: Callable[[], Awaitable[bool]]) -> bool:
    """The check's answer; one that hangs has not been answered."""
    try:
        return await asyncio.wait_for(check(), 5)
    except TimeoutError:
        return False


async def spawn(
    name: str,
    command: Command,
    log: pathlib.Path,
    env: Mapping[str, str] | None = None,
    privileges: Sequence[str] = (),
    stdin: int = asyncio.subprocess.DEVNULL,
) -> Process:
    """Starts `command` in a session of its own, so that Ctrl-C reaches only the caller's command."""
    with open(log, "ab") as output:
        child = await asyncio.create_subprocess_exec(
            "setpriv", "--pdeathsig", "TERM", *privileges, "--", *command,
            stdin=stdin, stdout=output, stderr=output,
            env={**os.environ, **(env or {})}, start_new_session=True,
        )  # fmt: skip
    return Process(name, log, child)


async def run(name: str, command: Command, log: pathlib.Path, text: str = "", **options) -> None:
    """Runs `command` to its end, with `text` to read, and fails with its log."""
    process = await spawn(name, command, log, stdin=asyncio.subprocess.PIPE, **options)
    await process.child.communicate(text.encode())
    if process.child.returncode:
        raise ServiceError(process.report("failed"))


def tail(log: pathlib.Path, lines: int = 30) -> str:
    """The last lines of a log."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
