"""What goes into images: programs built or fetched on the host, copied into a folder."""

import functools
import os
import pathlib
import shutil
import subprocess
from collections.abc import Callable

CHECKOUT = pathlib.Path(__file__).resolve().parents[3]
# What Kafka uses of Java; found by jdeps and by running it.
_JAVA_MODULES = (
    "java.base,java.compiler,java.desktop,java.logging,java.management,java.naming,java.rmi,java.scripting,"
    "java.security.jgss,java.security.sasl,java.sql,java.xml,jdk.unsupported,jdk.crypto.ec,jdk.management,"
    "jdk.net,jdk.zipfs"
)


class PartError(Exception):
    """Something that an image needs was not built."""


def cache() -> pathlib.Path:
    """`$PHASMA_CACHE`, by default `${XDG_CACHE_HOME:-~/.cache}/phasma`."""
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(os.environ.get("PHASMA_CACHE") or pathlib.Path(base, "phasma"))


@functools.cache
def _service_path(name: str) -> pathlib.Path:
    command = [CHECKOUT / "tools/services/services", "path", name]
    return pathlib.Path(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip())


def service(name: str, only: str = "", leave: str = "") -> Callable[[pathlib.Path], None]:
    """A part that tools/services keeps: all of it, or one path in it."""

    def fill(target: pathlib.Path) -> None:
        root = _service_path(name)
        source = root / only
        inside = target / only if only else target / (root.name if root.is_file() else "")
        _copy(source, inside, leave)

    return fill


def file(path: str) -> Callable[[pathlib.Path], None]:
    """A file of the checkout."""
    return lambda target: _copy(CHECKOUT / path, target / pathlib.Path(path).name)


def program(name: str) -> Callable[[pathlib.Path], None]:
    """A Rust program, without what only a debugger reads."""

    def fill(target: pathlib.Path) -> None:
        _copy_program(pathlib.Path(os.environ.get("PHASMA_TEST_BIN_DIR") or cache() / "target/debug", name), target)

    return fill


def next_program(name: str) -> Callable[[pathlib.Path], None]:
    """The same program of the next release, which tools/releases builds unless it is there."""

    def fill(target: pathlib.Path) -> None:
        done = subprocess.run([CHECKOUT / "tools/releases/build"], check=True, stdout=subprocess.PIPE, text=True)
        _copy_program(pathlib.Path(done.stdout.strip(), name), target)

    return fill


def _copy_program(program: pathlib.Path, target: pathlib.Path) -> None:
    _copy(program, target / program.name)
    subprocess.run(["strip", "--strip-debug", target / program.name], check=True)


def cluster_program(name: str) -> Callable[[pathlib.Path], None]:
    """A Go program that tools/cluster builds."""
    return lambda target: _copy(cache() / "cluster/bin" / name, target / name)


def frontend(target: pathlib.Path) -> None:
    """The built app and its server."""
    for name in ("build", "server.js", "client-address.js", "package.json"):
        _copy(CHECKOUT / "frontend" / name, target / name)


def node(target: pathlib.Path) -> None:
    """Node.js, from the frontend's modules."""
    _copy(CHECKOUT / "frontend/node_modules/node/bin/node", target / "node")


def java(target: pathlib.Path) -> None:
    """A Java runtime with only the modules Kafka uses, linked once."""
    home = pathlib.Path(shutil.which("jlink") or "").resolve()
    linked = cache() / "images" / f"jre-{home.parent.parent.name}"
    if not linked.is_dir():
        scratch = linked.with_suffix(".new")
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.parent.mkdir(parents=True, exist_ok=True)
        options = ["--strip-debug", "--compress=2", "--no-header-files", "--no-man-pages"]
        subprocess.run([home, *options, "--add-modules", _JAVA_MODULES, "--output", scratch], check=True)
        scratch.rename(linked)
    _copy(linked, target)


def _copy(source: pathlib.Path, target: pathlib.Path, leave: str = "") -> None:
    if not source.exists():
        raise PartError(f"{source} is missing: build it first")
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_file():
        shutil.copy(source, target)
        return
    ignore = shutil.ignore_patterns(leave) if leave else None
    shutil.copytree(source, target, symlinks=True, ignore=ignore, dirs_exist_ok=True)
