"""`release [PART...]`: builds the parts, or all of them, into dist/VERSION."""

import argparse
import pathlib
import sys
import time

from . import chart, images, manifest, programs, sbom, site, source, sums
from .run import CHECKOUT, ReleaseError

# In an order in which each finds what it needs. Programs and bills have a folder of their own.
PARTS = {
    "programs": lambda release, to: programs.build(release, to / "bin"),
    "site": lambda release, _: site.build(release),
    "images": images.build,
    "chart": chart.build,
    "manifest": manifest.build,
    "sbom": lambda release, to: sbom.build(release, to / "sbom"),
    "sums": sums.build,
}


def main(arguments: list[str]) -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(prog="release", description="Builds what a release consists of.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"only these of {', '.join(PARTS)}")
    parser.add_argument("--to", type=pathlib.Path, help="the folder, by default dist/VERSION")
    parser.add_argument("--with-changes", action="store_true", help="even of a checkout with changes not committed")
    options = parser.parse_args(arguments)
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no part is called {', '.join(sorted(unknown))}")
    try:
        release = source.read(CHECKOUT, options.with_changes)
        to = (options.to or CHECKOUT / "dist" / release.version).resolve()
        to.mkdir(parents=True, exist_ok=True)
        for part in PARTS:
            if part in (options.parts or PARTS):
                _build(part, release, to)
    except ReleaseError as failure:
        print(f"release: {failure}", file=sys.stderr)
        return 1
    return 0


def _build(part: str, release: source.Source, to: pathlib.Path) -> None:
    start = time.monotonic()
    PARTS[part](release, to)
    print(f"  {part} in {time.monotonic() - start:.0f} s", flush=True)
