"""Two ways to build and load an image: buildah with our own cluster, Docker with kind."""

import os
import pathlib
import platform
import subprocess
import tempfile

from . import parts

# What nobody reads in a container.
_LEFT_OUT = ("doc", "info", "locale", "man")


def base() -> tuple[str, str]:
    """The base image and the suite it is of: the host's own, whose C library its programs are linked with."""
    release = platform.freedesktop_os_release()
    suite = release.get("VERSION_CODENAME", "bookworm")
    if release["ID"] == "ubuntu":
        return f"docker.io/library/ubuntu:{suite}", suite
    return f"docker.io/library/debian:{suite}-slim", suite


def _run(*command: str | pathlib.Path, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **(env or {})}
    )
    if done.returncode:
        words = " ".join(str(word) for word in command)
        raise parts.PartError(f"{words} failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done.stdout


def _inputs(folders: dict[str, pathlib.Path]) -> list[str]:
    contexts = [f"--build-context={name}={folder}" for name, folder in folders.items()]
    return [f"--build-arg=BASE={base()[0]}", *contexts]


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
        image, suite = base()
        if _run(*self._buildah("images"), "--quiet", "--filter", f"reference={image}"):
            return
        print("  base image from Debian's packages", flush=True)
        archive = self._home / "base.tar"
        excludes = [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in _LEFT_OUT]
        _run("mmdebstrap", "--quiet", "--variant=minbase", *excludes, suite, archive)
        container = _run(*self._buildah("from"), "scratch").strip()
        _run(*self._buildah("add"), "--quiet", container, archive, "/")
        _run(*self._buildah("commit"), "--quiet", "--rm", container, image)
        archive.unlink()

    def build_and_load(self, reference: str, folder: pathlib.Path, folders: dict[str, pathlib.Path]) -> None:
        """Builds an image and imports it into the node."""
        options = ["--quiet", "--layers", "--pull-never", "--tag", reference]
        _run(*self._buildah("build"), *options, *_inputs(folders), folder, env={"BUILDAH_ISOLATION": "chroot"})
        with tempfile.TemporaryDirectory(dir=self._home) as scratch:
            archive = pathlib.Path(scratch, "image.tar")
            # Uncompressed, unlike the other format: the file is read once.
            _run(*self._buildah("push"), "--quiet", reference, f"docker-archive:{archive}:{reference}")
            _run(self._cluster, "load-image", archive)
        _run(*self._buildah("rmi"), reference)  # its layers stay as a cache while others use them

    def remove_superseded(self, current: list[str]) -> None:
        """Frees what earlier builds of these images left in the node."""
        _run(self._cluster, "remove-superseded", *current)

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
        _run("docker", "build", "--quiet", "--tag", reference, *_inputs(folders), str(folder), env=buildkit)
        _run("kind", "load", "docker-image", reference, "--name", self._cluster)

    def remove_superseded(self, current: list[str]) -> None:
        """The nodes of kind do so themselves when their disk fills."""
