"""SeaweedFS with its S3 gateway and one identity that may make buckets."""

import json
import pathlib

from . import install
from .probe import status
from .run import Run

NAME = "seaweedfs"
_S3 = "seaweedfs-s3"
_ACCESS_KEY = "phasma"
_REGION = "us-east-1"
# Each test makes a bucket, a bucket is a collection, and a collection grows by
# whole volumes: so small ones, one at a time, and many.
_ENVIRONMENT = {"WEED_MASTER_VOLUME_GROWTH_COPY_1": "1"}
_OPTIONS = (
    "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.telemetry=false", "-master.volumeSizeLimitMB=64",
    "-master.electionTimeout=1s", "-volume.max=2000", "-volume.preStopSeconds=0",
    "-filer", "-s3", "-s3.autoCreateBucket=false", "-s3.port.iceberg=0", "-s3.port.lance=0",
)  # fmt: skip


async def start(run: Run) -> None:
    """Master, volume server, filer and S3 gateway in one process."""
    program = install.wheels() / "bin/weed"
    home = run.data(NAME)
    (home / "data").mkdir(exist_ok=True)
    for part in ("master", "volume", "filer", "s3"):
        run.leftovers.append(pathlib.Path(f"/tmp/seaweedfs-{part}-grpc-{run.port(f'{NAME}-{part}-grpc')}.sock"))
    command = [program, "-logtostderr", "server", f"-dir={home / 'data'}", *_OPTIONS, *_addresses(run, home)]
    server = await run.spawn(NAME, [*command, f"-s3.config={_identities(run, home)}"], env=_ENVIRONMENT)
    # Its graceful stop waits 15 s for streams between its own parts; what is
    # written is on disk, and its stores recover from their logs.
    server.stop_seconds = 1
    await server.ready(lambda: _is_ready(run))


def environment(run: Run) -> dict[str, str]:
    """Where the gateway is and who may use it."""
    return {
        "PHASMA_S3_ENDPOINT": f"http://127.0.0.1:{run.port(_S3)}",
        "PHASMA_S3_REGION": _REGION,
        "PHASMA_S3_ACCESS_KEY_ID": _ACCESS_KEY,
        "PHASMA_S3_SECRET_ACCESS_KEY": run.secret(NAME),
    }


def _addresses(run: Run, home: pathlib.Path) -> list[str]:
    """Every port by hand: the defaults are fixed, or the HTTP port plus 10,000."""
    options = [f"-s3.port={run.port(_S3)}", f"-s3.port.grpc={run.port('seaweedfs-s3-grpc')}"]
    for part in ("master", "volume", "filer"):
        options.append(f"-{part}.port={run.port(f'seaweedfs-{part}')}")
        options.append(f"-{part}.port.grpc={run.port(f'seaweedfs-{part}-grpc')}")
    sockets = [f"-{part}.localSocket={home / part}.sock" for part in ("filer", "s3")]
    return options + sockets


def _identities(run: Run, home: pathlib.Path) -> pathlib.Path:
    path = home / "identities.json"
    path.touch(mode=0o600)
    identity = {
        "name": "phasma",
        "credentials": [{"accessKey": _ACCESS_KEY, "secretKey": run.secret(NAME)}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    path.write_text(json.dumps({"identities": [identity]}))
    return path


async def _is_ready(run: Run) -> bool:
    """The gateway answers before the volume server has joined, so both are asked."""
    ports = (run.port(_S3), run.port("seaweedfs-filer"))
    gateway = all([await status(port, "/healthz") == 200 for port in ports])
    return gateway and await status(run.port("seaweedfs-volume"), "/readyz") == 200
