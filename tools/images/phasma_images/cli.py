"""`images --cluster local|kind [NAME...]`: builds and loads what the cluster lacks."""

import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

from . import catalogue, content, engines, parts

# Two at a time: most of a build waits for the disk.
_AT_ONCE = 2


def main(arguments: list[str]) -> int:
    """Returns the exit code."""
    names = [image.name for image in catalogue.IMAGES]
    parser = argparse.ArgumentParser(prog="images", description="Images of the local cluster.")
    parser.add_argument("--cluster", choices=("local", "kind"), required=True)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"only these of {', '.join(names)}")
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(names):
        parser.error(f"no image is called {', '.join(sorted(unknown))}")
    usual = [image.name for image in catalogue.IMAGES if not image.optional]
    wanted = [image for image in catalogue.IMAGES if image.name in (options.names or usual)]
    engine = engines.Buildah() if options.cluster == "local" else engines.Docker("phasma")
    try:
        references = _ensure(engine, wanted)
        engine.remove_superseded(list(references.values()))
    except (parts.PartError, subprocess.CalledProcessError) as failure:
        print(f"images: {failure}", file=sys.stderr)
        return 1
    _remember(references)
    return 0


def _ensure(engine: engines.Buildah | engines.Docker, wanted: list[catalogue.Image]) -> dict[str, str]:
    loaded = engine.loaded()
    engine.prepare()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        references = pool.map(lambda image: _ensure_one(engine, image, loaded), wanted)
    return dict(zip((image.repository for image in wanted), references, strict=True))


def _ensure_one(engine: engines.Buildah | engines.Docker, image: catalogue.Image, loaded: set[str]) -> str:
    start = time.monotonic()
    stage = pathlib.Path(tempfile.mkdtemp(prefix=f"{image.name}.", dir=_folder()))
    try:
        folders = {}
        for name, fill in image.parts.items():
            folders[name] = stage / name
            folders[name].mkdir()
            fill(folders[name])
        reference = f"{image.repository}:{content.tag(engines.base()[0], [image.folder, *folders.values()])}"
        if reference not in loaded:
            engine.build_and_load(reference, image.folder, folders)
            print(f"  {reference} in {time.monotonic() - start:.0f} s", flush=True)
        return reference
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _folder() -> pathlib.Path:
    folder = parts.cache() / "images"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _remember(references: dict[str, str]) -> None:
    """Writes which tag stands for `dev` now, as a sed script for who deploys."""
    path = _folder() / "references.sed"
    known = dict(line.split("|")[1:3] for line in path.read_text().splitlines()) if path.exists() else {}
    known |= {f"{repository}:dev": reference for repository, reference in references.items()}
    path.write_text("".join(f"s|{old}|{new}|\n" for old, new in sorted(known.items())))
