"""A certificate authority of the run's own, and one server certificate for localhost."""

import pathlib
import subprocess
from dataclasses import dataclass

# Long enough for a kept directory; the keys never leave it.
_DAYS = "3650"


@dataclass(frozen=True)
class Certificates:
    """Paths of PEM files: the authority, and the server's PKCS#8 key and chain."""

    authority: pathlib.Path
    key: pathlib.Path
    chain: pathlib.Path


def ensure(directory: pathlib.Path) -> Certificates:
    """The certificates in `directory`, made when absent."""
    paths = Certificates(directory / "ca.crt", directory / "tls.key", directory / "tls.crt")
    if not paths.chain.exists():
        directory.mkdir(exist_ok=True)
        directory.chmod(0o755)
        _make_authority(directory)
        _make_server(directory)
    return paths


def _make_authority(directory: pathlib.Path) -> None:
    _key(directory, "ca.key")
    _openssl(
        directory, "req", "-x509", "-new", "-key", "ca.key", "-out", "ca.crt",
        "-subj", "/CN=Phasma local services", "-days", _DAYS,
        "-addext", "basicConstraints=critical,CA:TRUE",
        "-addext", "keyUsage=critical,keyCertSign,cRLSign",
    )  # fmt: skip


def _make_server(directory: pathlib.Path) -> None:
    extensions = directory / "extensions.cnf"
    extensions.write_text(
        "subjectAltName=DNS:localhost,IP:127.0.0.1\n"
        "basicConstraints=critical,CA:FALSE\n"
        "extendedKeyUsage=serverAuth\n"
    )
    _key(directory, "tls.key")
    _openssl(directory, "req", "-new", "-key", "tls.key", "-subj", "/CN=localhost", "-out", "tls.csr")
    _openssl(
        directory, "x509", "-req", "-in", "tls.csr", "-CA", "ca.crt", "-CAkey", "ca.key",
        "-CAcreateserial", "-days", _DAYS, "-extfile", extensions.name, "-out", "tls.crt",
    )  # fmt: skip


def _key(directory: pathlib.Path, name: str) -> None:
    _openssl(directory, "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", name)
    (directory / name).chmod(0o600)


def _openssl(directory: pathlib.Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=directory, check=True, capture_output=True)
