"""The Rust programs, in the release profile, without the paths of the machine that builds them."""

import os
import pathlib
import shutil

from .run import cache, output
from .source import Source

NAMES = ("phasma-operator", "phasma-api", "phasma-workers")


def build(source: Source, to: pathlib.Path, names: tuple[str, ...] = NAMES) -> None:
    """Builds the programs into a folder. The features that only tests need stay off."""
    target = cache() / "release/target"
    packages = [argument for name in names for argument in ("--package", name)]
    command = ("cargo", "build", "--quiet", "--locked", "--release", *packages)
    output(*command, cwd=source.checkout, env=_settings(source, target))
    to.mkdir(parents=True, exist_ok=True)
    for name in names:
        shutil.copy(target / "release" / name, to / name)


def _settings(source: Source, target: pathlib.Path) -> dict[str, str]:
    cargo = os.environ.get("CARGO_HOME") or str(pathlib.Path.home() / ".cargo")
    places = {str(source.checkout): "/phasma", cargo: "/cargo", str(target): "/target"}
    # The compilers take the last that fits, so the target folder counts where it is inside the checkout.
    rust = [f"--remap-path-prefix={place}={name}" for place, name in places.items()]
    c = " ".join(f"-ffile-prefix-map={place}={name}" for place, name in places.items())
    return {
        "CARGO_TARGET_DIR": str(target),
        "CARGO_ENCODED_RUSTFLAGS": "\x1f".join(rust),
        "CARGO_INCREMENTAL": "0",
        "CFLAGS": c,
        "CXXFLAGS": c,
        "SOURCE_DATE_EPOCH": str(source.epoch),
        "SQLX_OFFLINE": "true",
        "LC_ALL": "C",
        "TZ": "UTC",
    }
