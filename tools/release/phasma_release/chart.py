"""The chart as Helm packages it, packed anew so that its bytes don't tell when."""

import pathlib
import tarfile
import tempfile

from . import archive
from .run import helm, output
from .source import Source


def build(source: Source, to: pathlib.Path) -> None:
    """Writes phasma-operator-VERSION.tgz into the folder."""
    name = f"phasma-operator-{source.version}.tgz"
    to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        output(helm(), "package", source.chart, "--destination", scratch)
        content = pathlib.Path(scratch, "content")
        with tarfile.open(pathlib.Path(scratch, name)) as packed:
            packed.extractall(content, filter="data")
        archive.tar(content, to / name, source.epoch)
