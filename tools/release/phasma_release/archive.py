"""Archives that depend on nothing but what is in them: sorted, of one time, of no one."""

import gzip
import io
import pathlib
import tarfile


def tar(folder: pathlib.Path, target: pathlib.Path, epoch: int) -> None:
    """Archives the content of a folder; with gzip if the name ends so."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in sorted(folder.rglob("*")):
            entry = archive.gettarinfo(path, arcname=str(path.relative_to(folder)))
            _add(archive, _plain(entry, epoch), path)
    if target.name.endswith(("gz", "tgz")):
        # Without the name of the file and with a time of its own.
        target.write_bytes(gzip.compress(content.getvalue(), mtime=epoch))
    else:
        target.write_bytes(content.getvalue())


def _add(archive: tarfile.TarFile, entry: tarfile.TarInfo, path: pathlib.Path) -> None:
    if entry.isreg():
        with path.open("rb") as file:
            archive.addfile(entry, file)
    else:
        archive.addfile(entry)


def _plain(entry: tarfile.TarInfo, epoch: int) -> tarfile.TarInfo:
    entry.mtime = epoch
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    # What may be executed stays so; what the builder's umask says doesn't matter.
    entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
    return entry
