"""A hash of everything that goes into an image, which is its tag: a changed image is a new one."""

import hashlib
import os
import pathlib
from collections.abc import Iterable


def tag(base: str, folders: Iterable[pathlib.Path]) -> str:
    """Twelve digits that change with the base image and any file, link or right to execute in the folders."""
    digest = hashlib.sha256(base.encode())
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            digest.update(f"{path.relative_to(folder)}\0{_describe(path)}\0".encode())
        digest.update(b"\1")
    return digest.hexdigest()[:12]


def _describe(path: pathlib.Path) -> str:
    if path.is_symlink():
        return f"link {os.readlink(path)}"
    if not path.is_file():
        return "folder"
    executable = os.access(path, os.X_OK)
    with open(path, "rb") as content:
        return f"file {executable} {hashlib.file_digest(content, 'sha256').hexdigest()}"
