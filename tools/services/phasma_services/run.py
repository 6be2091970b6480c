"""One run of the services: its directory, ports and secrets."""

import asyncio
import json
import pathlib
import random
import secrets
import socket
from collections.abc import Collection
from dataclasses import dataclass, field

from . import certificates, process
from .certificates import Certificates
from .process import Process, ServiceError

# `make dev`: the same addresses every day.
FIXED_PORTS = {
    "postgres": 15432,
    "kafka": 19092,
    "valkey": 16379,
    "seaweedfs-s3": 18333,
    "meilisearch": 17700,
}
# Below the range the kernel takes for outgoing connections, so that a port
# found free stays free until its service binds it.
_FREE_PORTS = range(20000, 32000)


@dataclass
class Run:
    """Where the services of this run keep and find things."""

    directory: pathlib.Path
    fixed_ports: bool
    certificates: Certificates = field(init=False)
    processes: list[Process] = field(default_factory=list)
    # Files a service insists on making outside the directory.
    leftovers: list[pathlib.Path] = field(default_factory=list)
    _ports: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        # The unprivileged PostgreSQL must pass through.
        self.directory.chmod(0o711)
        (self.directory / "log").mkdir(mode=0o700, exist_ok=True)
        self.certificates = certificates.ensure(self.directory / "tls")

    def data(self, service: str) -> pathlib.Path:
        """The directory of one service."""
        path = self.directory / service
        path.mkdir(exist_ok=True)
        return path

    def log(self, name: str) -> pathlib.Path:
        """The log file of one service."""
        return self.directory / "log" / f"{name}.log"

    async def spawn(self, name: str, command: process.Command, **options) -> Process:
        """Starts a long-lived process that the end of the run stops; its id is in DIR/NAME.pid."""
        started = await process.spawn(name, command, self.log(name), **options)
        (self.directory / f"{name}.pid").write_text(f"{started.child.pid}\n")
        self.processes.append(started)
        return started

    async def complete(self, name: str, command: process.Command, **options) -> None:
        """Runs a command of the service to its end; its output joins the service's log."""
        await process.run(name, command, self.log(name), **options)

    async def stop(self) -> None:
        """Stops every process, side by side."""
        await asyncio.gather(*(each.stop() for each in self.processes))
        for path in self.leftovers:
            path.unlink(missing_ok=True)

    def port(self, name: str) -> int:
        """The port called `name`: fixed, or found free once."""
        if name not in self._ports:
            fixed = FIXED_PORTS.get(name) if self.fixed_ports else None
            if fixed and not _is_free(fixed):
                raise ServiceError(f"port {fixed}, for {name}, is taken: is `make dev` running already?")
            self._ports[name] = fixed or free_port(self._ports.values())
        return self._ports[name]

    def secret(self, name: str) -> str:
        """A random secret that lives as long as the directory."""
        return secret(self.directory, name)


def secret(directory: pathlib.Path, name: str) -> str:
    """The secret called `name` of a run's directory, made when first asked for: 48 hexadecimal digits."""
    path = directory / "secrets.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    if name not in known:
        known[name] = secrets.token_hex(24)
        path.touch(mode=0o600)
        path.write_text(json.dumps(known, indent=2))
    return known[name]


def free_port(taken: Collection[int] = ()) -> int:
    """A loopback port nobody listens on, other than those already given out."""
    while True:
        port = random.choice(_FREE_PORTS)
        if port not in taken and _is_free(port):
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As the services do: what lingers from the last run is no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
