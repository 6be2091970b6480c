"""Two ways to build and load an image: buildah with our own cluster, Docker with kind."""

import os
import pathlib
import subprocess
import tempfile

from . import parts

BASE = "docker.io/library/debian:bookworm-slim"
# What nobody reads in a container.
_LEFT_OUT = ("doc", "info", "locale", "man")


def _run(*command: str | pathlib.Path, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **(env or {})}
    )
    if done.returncode:
        words = " ".join(str(word) for word in command)
        raise parts.PartError(f"{words} failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done.stdout


def _contexts(folders: dict[str, pathlib.Path]) -> list[str]:
    return [f"--build-context={name}={folder}" for name, folder in folders.items()]


class Buildah:
    """buildah, without a daemon, and the cluster of tools/cluster."""

    def __init__(self) -> None:
        self._home = parts.cache() / "images"
        self._cluster = parts.cache() / "cluster/bin/phasma-cluster"
        self._home.mkdir(parents=True, exist_ok=True)

    def loaded(self) -> set[str]:
        """References of the images in the cluster."""
        return set(_run(self._cluster, "images").split())

    def prepare(self) -> None:
        """Makes the base image from Debian's packages, where it isn't yet."""
        if _run(*self._buildah("images"), "--quiet", "--filter", f"reference={BASE}"):
            return
        print("  base image from Debian's packages", flush=True)
        archive = self._home / "base.tar"
        excludes = [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in _LEFT_OUT]
        _run("mmdebstrap", "--quiet", "--variant=minbase", *excludes, "bookworm", archive)
        container = _run(*self._buildah("from"), "scratch").strip()
        _run(*self._buildah("add"), "--quiet", container, archive, "/")
        _run(*self._buildah("commit"), "--quiet", "--rm", container, BASE)
        archive.unlink()

    def build_and_load(self, reference: str, folder: pathlib.Path, folders: dict[str, pathlib.Path]) -> None:
        """Builds an image and imports it into the node."""
        options = ["--quiet", "--layers", "--pull-never", "--tag", reference]
        _run(*self._buildah("build"), *options, *_contexts(folders), folder, env={"BUILDAH_ISOLATION": "chroot"})
        with tempfile.TemporaryDirectory(dir=self._home) as scratch:
            archive = pathlib.Path(scratch, "image.tar")
            # Uncompressed, unlike the other format: the file is read once.
            _run(*self._buildah("push"), "--quiet", reference, f"docker-archive:{archive}:{reference}")
            _run(self._cluster, "load-image", archive)
        _run(*self._buildah("rmi"), reference)  # its layers stay as a cache while others use them

    def _buildah(self, command: str) -> list[str]:
        return ["buildah", "--root", str(self._home / "buildah"), "--runroot", str(self._home / "run"), command]


class Docker:
    """A Docker engine and a kind cluster."""

    def __init__(self, cluster: str) -> None:
        self._cluster = cluster

    def loaded(self) -> set[str]:
        """References of the images in the first node."""
        node = f"{self._cluster}-control-plane"
        return set(_run("docker", "exec", node, "ctr", "--namespace", "k8s.io", "images", "list", "-q").split())

    def prepare(self) -> None:
        """Docker fetches the base image itself."""

    def build_and_load(self, reference: str, folder: pathlib.Path, folders: dict[str, pathlib.Path]) -> None:
        """Builds an image and hands it to the nodes."""
        buildkit = {"DOCKER_BUILDKIT": "1"}
        _run("docker", "build", "--quiet", "--tag", reference, *_contexts(folders), str(folder), env=buildkit)
        _run("kind", "load", "docker-image", reference, "--name", self._cluster)
