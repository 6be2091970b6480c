"""Bills of materials in CycloneDX's form: what each program, the site and the images are made of.

The tools that make them write down the time, a random number and the machine's paths; those are replaced.
"""

import json
import pathlib
import shutil
import tempfile
import uuid
from datetime import UTC, datetime

from .run import ReleaseError, cache, output
from .source import Source

_TOOL = ("cargo-cyclonedx", "0.5.9")
# Folders that cargo needs to know what depends on what.
_CRATES = ("Cargo.toml", "Cargo.lock", "crds", "domain", "store", "operator", "api-server", "workers", "e2e")
_PROGRAMS = {"phasma-operator": "operator", "phasma-api": "api-server", "phasma-workers": "workers"}


def build(source: Source, to: pathlib.Path) -> None:
    """Writes one bill for each program, and one for the site, into the folder."""
    to.mkdir(parents=True, exist_ok=True)
    _of_programs(source, to)
    _of_site(source, to)


def of_packages(source: Source, packages: dict[str, str], to: pathlib.Path) -> None:
    """Writes the bill of Debian's packages, by name and version, of which files are in the images."""
    components = [
        {"type": "library", "name": name, "version": version, "purl": f"pkg:deb/debian/{name}@{version}"}
        for name, version in sorted(packages.items())
    ]
    bill = {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "metadata": {}, "components": components}
    _write(source, bill, to / "images.cdx.json")


def _of_programs(source: Source, to: pathlib.Path) -> None:
    tool = _installed()
    with tempfile.TemporaryDirectory() as scratch:
        # In a copy: it writes its bills beside the crates.
        copy = pathlib.Path(scratch, "phasma")
        copy.mkdir()
        for name in _CRATES:
            path = source.checkout / name
            (shutil.copytree if path.is_dir() else shutil.copy)(path, copy / name)
        options = ["--format", "json", "--describe", "binaries", "--spec-version", "1.5"]
        target = ["--target", "x86_64-unknown-linux-gnu"]
        output(tool, "cyclonedx", "-qq", *options, *target, cwd=copy)
        for program, folder in _PROGRAMS.items():
            text = (copy / folder / f"{program}_bin.cdx.json").read_text()
            _write(source, json.loads(text.replace(str(copy), "/phasma")), to / f"{program}.cdx.json")


def _of_site(source: Source, to: pathlib.Path) -> None:
    # The modules of the build are in the built site, so they are the ones that count.
    command = ["npm", "sbom", "--package-lock-only", "--sbom-format", "cyclonedx", "--sbom-type", "application"]
    _write(source, json.loads(output(*command, cwd=source.checkout / "frontend")), to / "phasma-frontend.cdx.json")


def _write(source: Source, bill: dict, path: pathlib.Path) -> None:
    bill["metadata"]["timestamp"] = datetime.fromtimestamp(source.epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    bill.pop("serialNumber", None)
    if not bill["components"]:
        raise ReleaseError(f"{path.name} names no component")
    bill["serialNumber"] = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(bill, sort_keys=True))}"
    path.write_text(json.dumps(bill, indent=2, sort_keys=True) + "\n")


def _installed() -> pathlib.Path:
    name, version = _TOOL
    root = cache() / f"tools/{name}-{version}"
    if not (root / "bin" / name).exists():
        print(f"  building {name} {version} once", flush=True)
        scratch = {"CARGO_TARGET_DIR": str(root / "target")}
        output("cargo", "install", "--quiet", "--locked", "--version", f"={version}", "--root", root, name, env=scratch)
        shutil.rmtree(root / "target")
    return root / "bin" / name
