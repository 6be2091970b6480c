"""The four images: a program, the shared libraries it loads, certificates where it wants them, and nothing else.

Libraries are those the program was linked with on this machine, so no base image is fetched. There is no shell.
"""

import os
import pathlib
import shutil
import subprocess
import tempfile

from . import archive, sbom
from .run import ReleaseError, cache, output
from .source import Source

FOLDER = pathlib.Path(__file__).resolve().parent.parent
NAMES = ("operator", "api", "workers", "frontend")
# As the package brought them: what the builder's machine trusts besides is its own affair.
_AUTHORITIES = pathlib.Path("/usr/share/ca-certificates/mozilla")
_CERTIFICATES = "etc/ssl/certs/ca-certificates.crt"
_REGISTRY = "ghcr.io/phasma-dev/phasma"
_SITE = ("build", "server.js", "client-address.js", "package.json")


def build(source: Source, to: pathlib.Path) -> None:
    """Writes IMAGE-VERSION.tar for each into the folder `images`, from the programs in the folder `bin`."""
    (to / "images").mkdir(parents=True, exist_ok=True)
    packages: dict[str, str] = {}
    for name in NAMES:
        with tempfile.TemporaryDirectory() as scratch:
            root = pathlib.Path(scratch, "root")
            packages |= _fill(source, name, to / "bin", root)
            _build(source, name, root, to / "images", pathlib.Path(scratch))
    (to / "sbom").mkdir(exist_ok=True)
    sbom.of_packages(source, packages, to / "sbom")


def _fill(source: Source, name: str, programs: pathlib.Path, root: pathlib.Path) -> dict[str, str]:
    """Lays out the image's files; returns the Debian packages some of them are of."""
    if name == "frontend":
        program = source.checkout / "frontend/node_modules/node/bin/node"
        for part in _SITE:
            _copy(source.checkout / "frontend" / part, root / "app" / part)
    else:
        program = programs / f"phasma-{name}"
    _copy(program, root / "usr/local/bin" / program.name)
    libraries = _libraries(program)
    for library in libraries:
        _copy(library, root / library.relative_to("/"))
    packages = {_package(library) for library in libraries}
    if name in ("api", "workers"):
        _trust(root / _CERTIFICATES)
        packages.add("ca-certificates")
    return _licences(packages, root)


def _libraries(program: pathlib.Path) -> list[pathlib.Path]:
    """What the loader would load, and the loader."""
    words = [word for line in output("ldd", program).splitlines() for word in line.split()]
    if "not" in words:
        raise ReleaseError(f"{program} lacks a shared library: see ldd {program}")
    return sorted({pathlib.Path(word) for word in words if word.startswith("/")})


def _trust(file: pathlib.Path) -> None:
    certificates = sorted(_AUTHORITIES.glob("*.crt"))
    if not certificates:
        raise ReleaseError(f"{_AUTHORITIES} has no certificate: install ca-certificates")
    file.parent.mkdir(parents=True)
    file.write_bytes(b"".join(certificate.read_bytes() for certificate in certificates))


def _licences(packages: set[str], root: pathlib.Path) -> dict[str, str]:
    """Adds the packages' licences; returns their versions."""
    for package in packages:
        licence = pathlib.Path("/usr/share/doc", package, "copyright")
        _copy(licence, root / licence.relative_to("/"))
    return {package: output("dpkg-query", "-W", "-f", "${Version}", package) for package in sorted(packages)}


def _package(file: pathlib.Path) -> str:
    """The package that brought a file, which may be known by its path before or after /usr was merged."""
    for path in (file, file.resolve(), pathlib.Path("/usr", file.relative_to("/"))):
        found = subprocess.run(["dpkg", "-S", path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        if found.returncode == 0:
            return found.stdout.split(":")[0]
    raise ReleaseError(f"no Debian package has {file}: build releases on Debian")


def _copy(path: pathlib.Path, to: pathlib.Path) -> None:
    if not path.exists():
        raise ReleaseError(f"{path} is missing: build it first (make release builds all of it)")
    to.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        # Maps of sources are for who debugs a build, and differ from one to the next.
        shutil.copytree(path, to, ignore=shutil.ignore_patterns("*.map"))
    else:
        shutil.copyfile(path, to)


def _plain(root: pathlib.Path) -> None:
    """Rights that don't depend on the builder's umask. The programs and the loader are executed."""
    for path in (root, *root.rglob("*")):
        executed = path.is_dir() or path.parent.name == "bin" or path.name.startswith("ld-")
        path.chmod(0o755 if executed else 0o644)


def _build(source: Source, name: str, root: pathlib.Path, to: pathlib.Path, scratch: pathlib.Path) -> None:
    _plain(root)
    # The name the operator looks for unless a resource names another registry.
    reference = f"{_REGISTRY}/{name}:{source.version}"
    when = ["--timestamp", str(source.epoch)]
    base = [f"--build-arg=BASE={base}"] if (base := os.environ.get("PHASMA_RELEASE_BASE")) else []
    options = ["--quiet", "--squash", *when, *base, f"--build-context=root={root}", "--tag", reference]
    output(*_buildah("build"), *options, FOLDER / name, env={"BUILDAH_ISOLATION": "chroot"})
    layout = scratch / "layout"
    output(*_buildah("push"), "--quiet", reference, f"oci:{layout}:{reference}")
    output(*_buildah("rmi"), reference)
    archive.tar(layout, to / f"{name}-{source.version}.tar", source.epoch)


def _buildah(command: str) -> list[str]:
    home = cache() / "release"
    return ["buildah", "--root", str(home / "buildah"), "--runroot", str(home / "run"), command]
