"""The checkout that is released: its version, its commit's time, and whether they agree with what is in it."""

import dataclasses
import json
import os
import pathlib
import re
import tomllib

from .run import ReleaseError, output


@dataclasses.dataclass(frozen=True)
class Source:
    """A checkout. `epoch`, the time of its commit unless SOURCE_DATE_EPOCH is another, is that of everything built."""

    checkout: pathlib.Path
    version: str
    epoch: int

    @property
    def chart(self) -> pathlib.Path:
        """The chart's folder."""
        return self.checkout / "charts/phasma-operator"


def read(checkout: pathlib.Path, changes: bool) -> Source:
    """Describes the checkout; refuses one with changes that no commit has, unless `changes` are allowed."""
    manifest = tomllib.loads((checkout / "Cargo.toml").read_text())
    source = Source(
        checkout=checkout,
        version=manifest["workspace"]["package"]["version"],
        epoch=int(os.environ.get("SOURCE_DATE_EPOCH") or output("git", "-C", checkout, "log", "-1", "--format=%ct")),
    )
    _agree(source)
    if not changes and (changed := output("git", "-C", checkout, "status", "--porcelain")):
        raise ReleaseError(f"not committed, so nobody could build it again (--with-changes tries it out):\n{changed}")
    return source


def _agree(source: Source) -> None:
    chart = (source.chart / "Chart.yaml").read_text()
    catalogue = (source.checkout / "operator/src/catalogue/releases.yaml").read_text()
    for field in ("version", "appVersion"):
        if not re.search(rf"^{field}: {re.escape(source.version)}$", chart, re.M):
            raise ReleaseError(f"Chart.yaml: {field} is not {source.version}, the version in Cargo.toml")
    if json.loads((source.checkout / "frontend/package.json").read_text())["version"] != source.version:
        raise ReleaseError(f"frontend/package.json: version is not {source.version}, the version in Cargo.toml")
    if not re.search(rf"^- version: {re.escape(source.version)}$", catalogue, re.M):
        raise ReleaseError(f"operator/src/catalogue/releases.yaml has no release {source.version}")
