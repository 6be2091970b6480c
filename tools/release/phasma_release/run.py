"""Commands, and where things are kept."""

import os
import pathlib
import subprocess

CHECKOUT = pathlib.Path(__file__).resolve().parents[3]


class ReleaseError(Exception):
    """The release can't be built; the message says why, and what to do."""


def output(*command: str | pathlib.Path, cwd: pathlib.Path | None = None, env: dict[str, str] | None = None) -> str:
    """What the command prints, or its complaint as an error."""
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=cwd, env={**os.environ, **(env or {})}
    )
    if done.returncode:
        words = " ".join(str(word) for word in command)
        raise ReleaseError(f"{words} failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done.stdout


def cache() -> pathlib.Path:
    """`$PHASMA_CACHE`, by default `${XDG_CACHE_HOME:-~/.cache}/phasma`."""
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(os.environ.get("PHASMA_CACHE") or pathlib.Path(base, "phasma"))


def helm() -> pathlib.Path:
    """The Helm that tools/cluster builds, where its sources changed."""
    output(CHECKOUT / "tools/cluster/cluster", "help")
    return cache() / "cluster/bin/helm"
