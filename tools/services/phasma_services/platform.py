"""How each part of the platform is started on this machine: its command and its environment."""

import base64
import json
import os
import pathlib
import urllib.request
from dataclasses import dataclass, field

from . import postgres, run
from .install import HERE

ROOT = HERE.parent.parent
PORTS = {
    "api": 18080,
    "api-internal": 18081,
    "relay": 19090,
    "consumers": 19091,
    "connect": 14195,
    "frontend": 5173,
}
ORIGIN = f"http://localhost:{PORTS['frontend']}"
_PIPELINES = ROOT / "operator/pipelines"
_LOGINS = ("api", "consumers", "relay")
_RATE_LIMITS = ("PHASMA_RATE_LIMIT_STRICT", "PHASMA_RATE_LIMIT_UPLOAD")


@dataclass(frozen=True)
class Part:
    """One process of the platform; `ready` is the path that answers 2xx once it works."""

    name: str
    command: list[str | pathlib.Path]
    environment: dict[str, str]
    port: int = 0
    ready: str = "/ready"
    cwd: pathlib.Path = field(default=ROOT)


class Platform:
    """The parts, configured for the services whose addresses are in the environment."""

    def __init__(self) -> None:
        self.directory = pathlib.Path(os.environ["PHASMA_SERVICES_DIR"])
        target = os.environ.get("CARGO_TARGET_DIR") or ROOT / "target"
        self.programs = pathlib.Path(os.environ.get("PHASMA_TEST_BIN_DIR") or pathlib.Path(target, "debug"))

    def preparation(self) -> list[Part]:
        """What must have run to its end, in this order, before the rest starts."""
        passwords = {f"PHASMA_{login.upper()}_PASSWORD": self._secret(f"{login}-login") for login in _LOGINS}
        owner = {"PHASMA_DATABASE_URL": self._database("postgres", run.secret(self.directory, postgres.NAME))}
        return [
            Part("migrate", [self.programs / "phasma-api", "migrate"], owner),
            Part("provision", [self.programs / "phasma-workers", "provision"], owner | passwords),
        ]

    def parts(self) -> list[Part]:
        """What runs until the end."""
        parts = [self._worker("relay"), self._worker("consumers"), self._api(), self._connect()]
        return [*parts, self._frontend()] if (ROOT / "frontend/build").is_dir() else parts

    def _worker(self, name: str) -> Part:
        environment = {
            "PHASMA_DATABASE_URL": self._login(name),
            "PHASMA_ADMIN_ADDRESS": f"127.0.0.1:{PORTS[name]}",
        }
        return Part(name, [self.programs / "phasma-workers", name], environment, PORTS[name])

    def _api(self) -> Part:
        environment = {
            "PHASMA_DATABASE_URL": self._login("api"),
            "PHASMA_HTTP_ADDRESS": f"127.0.0.1:{PORTS['api']}",
            "PHASMA_INTERNAL_ADDRESS": f"127.0.0.1:{PORTS['api-internal']}",
            "PHASMA_PUBLIC_ORIGIN": ORIGIN,
            "PHASMA_SESSION_KEY": base64.b64encode(self._secret("session-key").encode()).decode(),
            "PHASMA_INTERNAL_TOKEN": self._secret("internal-token"),
            "PHASMA_FRONTEND_TOKEN": self._secret("frontend-token"),
            "PHASMA_SEARCH_KEY": search_key("search"),
            # Nobody waits for a load balancer to notice.
            "PHASMA_DRAIN_SECONDS": "0",
            # Here all people, the examples of `make seed` too, have one address.
            **{name: os.environ.get(name, "200/20") for name in _RATE_LIMITS},
        }
        return Part("api", [self.programs / "phasma-api", "serve"], environment, PORTS["api"])

    def _connect(self) -> Part:
        files = [_PIPELINES / f"{name}.yaml" for name in ("root", "search-sync", "blob-cleanup")]
        command = [os.environ["PHASMA_TEST_CONNECT_BIN"], "--disable-telemetry", "streams", "--no-api", "-o", *files]
        environment = {
            "PHASMA_CONNECT_ADDRESS": f"127.0.0.1:{PORTS['connect']}",
            "PHASMA_INSTANCE_ID": "dev",
            "PHASMA_SEARCH_KEY": search_key("documents.add"),
            "PHASMA_INTERNAL_TOKEN": self._secret("internal-token"),
            "PHASMA_MEDIA_RELEASED_URL": f"http://127.0.0.1:{PORTS['api-internal']}/internal/media-released",
        }
        return Part("connect", command, environment, PORTS["connect"])

    def _frontend(self) -> Part:
        # SvelteKit wants a newer Node.js than many machines have; it is among the modules.
        newer = ROOT / "frontend/node_modules/.bin/node"
        environment = {
            "HOST": "127.0.0.1",
            "PORT": str(PORTS["frontend"]),
            "PHASMA_API_URL": f"http://127.0.0.1:{PORTS['api']}",
            "PHASMA_FRONTEND_TOKEN": self._secret("frontend-token"),
            "PHASMA_PUBLIC_ORIGIN": ORIGIN,
        }
        command = [newer if newer.exists() else "node", "server.js"]
        return Part("frontend", command, environment, PORTS["frontend"], "/health", ROOT / "frontend")

    def _secret(self, name: str) -> str:
        return run.secret(self.directory, name)

    def _login(self, name: str) -> str:
        return self._database(f"phasma_{name}", self._secret(f"{name}-login"))

    def _database(self, user: str, password: str) -> str:
        """The superuser's address with another login and the platform's database."""
        address = os.environ["PHASMA_TEST_DATABASE_URL"].rpartition("@")[2]
        host, _, options = address.partition("/postgres?")
        return f"postgres://{user}:{password}@{host}/{postgres.PLATFORM}?{options}"


def search_key(action: str) -> str:
    """The provisioned key that may do `action` and not everything."""
    url = os.environ["PHASMA_SEARCH_URL"] + "/keys"
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {os.environ['PHASMA_SEARCH_KEY']}"})
    with urllib.request.urlopen(request) as response:
        keys = json.load(response)["results"]
    return next(key["key"] for key in keys if action in key["actions"])
