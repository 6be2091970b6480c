"""The frontend, built by Vite with the modules of its lock file."""

from .run import output
from .source import Source


def build(source: Source) -> None:
    """Builds it where it is: frontend/build. Its version, by which browsers notice a new one, is the release's."""
    settings = {"SOURCE_DATE_EPOCH": str(source.epoch), "PHASMA_FRONTEND_VERSION": source.version, "TZ": "UTC"}
    output("make", "frontend-build", cwd=source.checkout, env=settings)
