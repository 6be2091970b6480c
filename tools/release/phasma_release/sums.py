"""Checksums of everything in the release's folder, as `sha256sum --check` reads them."""

import hashlib
import pathlib

from .source import Source

NAME = "SHA256SUMS"


def build(_: Source, to: pathlib.Path) -> None:
    """Writes SHA256SUMS into the folder."""
    files = sorted(path for path in to.rglob("*") if path.is_file() and path.name != NAME)
    lines = [f"{_digest(path)}  {path.relative_to(to)}\n" for path in files]
    (to / NAME).write_text("".join(lines))


def _digest(path: pathlib.Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
