"""What is downloaded or built lives outside the checkout, keyed by its manifests.

An entry appears whole (built beside, then renamed) or not at all, and a file
lock lets any number of processes ask for the same one at the same time.
"""

import fcntl
import hashlib
import os
import pathlib
import shutil
import tempfile
from collections.abc import Callable, Iterable


def root() -> pathlib.Path:
    """`$PHASMA_CACHE`, by default `${XDG_CACHE_HOME:-~/.cache}/phasma`."""
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(os.environ.get("PHASMA_CACHE") or pathlib.Path(base, "phasma"))


def entry(
    name: str, manifests: Iterable[pathlib.Path], build: Callable[[pathlib.Path], None]
) -> pathlib.Path:
    """The directory of `name` for these manifests, built into an empty directory if absent."""
    final = root() / "services" / f"{name}-{_digest(manifests)}"
    if final.is_dir():
        return final
    final.parent.mkdir(parents=True, exist_ok=True)
    with open(final.parent / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not final.is_dir():
            _build_beside(final, build)
    return final


def _build_beside(final: pathlib.Path, build: Callable[[pathlib.Path], None]) -> None:
    scratch = pathlib.Path(tempfile.mkdtemp(prefix=f".{final.name}.", dir=final.parent))
    try:
        build(scratch)
        scratch.chmod(0o755)
        scratch.rename(final)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _digest(manifests: Iterable[pathlib.Path]) -> str:
    digest = hashlib.sha256()
    for manifest in manifests:
        digest.update(hashlib.sha256(manifest.read_bytes()).digest())
    return digest.hexdigest()[:16]
