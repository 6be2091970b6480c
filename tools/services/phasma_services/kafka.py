"""Apache Kafka, the stand-in for Redpanda: one node, clients over TLS with SCRAM."""

import asyncio
import pathlib
import ssl

from . import install
from .run import Run

NAME = "kafka"
_USER = "phasma"
_JAVA = ("-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
_SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
_SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "listener.security.protocol.map": "CLIENT:SASL_SSL,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "inter.broker.listener.name": "INTERNAL",
    "controller.listener.names": "CONTROLLER",
    "sasl.enabled.mechanisms": "SCRAM-SHA-512",
    # Without an entry of its own the listener looks for a KafkaServer section.
    "listener.name.client.scram-sha-512.sasl.jaas.config": _SCRAM,
    # As Redpanda with authorisation; its own listeners know no names.
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": f"User:{_USER};User:ANONYMOUS",
    "ssl.keystore.type": "PEM",
    "auto.create.topics.enable": "false",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    "group.initial.rebalance.delay.ms": "0",
}
# The console alone, and only what deserves attention.
_LOGGING = """\
Configuration:
  Appenders:
    Console: { name: C, PatternLayout: { pattern: "%d %p %c{1} %m%n" } }
  Loggers:
    Root: { level: WARN, AppenderRef: { ref: C } }
"""


async def start(run: Run) -> None:
    """Formats the storage where it is new, then starts the broker."""
    home = run.data(NAME)
    configuration = _configure(run, home)
    java = _java(home)
    scram = f"SCRAM-SHA-512=[name={_USER},password={run.secret(NAME)}]"
    if not (home / "data/meta.properties").exists():
        format_storage = [*java, "kafka.tools.StorageTool", "format", "-t", "MkU3OEVBNTcwNTJENDM2Qk"]
        await run.complete(NAME, [*format_storage, "-c", configuration, "--add-scram", scram])
    broker = await run.spawn(NAME, [*java, "kafka.Kafka", configuration])
    await broker.ready(lambda: _accepts_tls(run))


def environment(run: Run) -> dict[str, str]:
    """How a client that may do everything connects."""
    return {
        "PHASMA_BROKER_BOOTSTRAP_SERVERS": f"localhost:{run.port(NAME)}",
        "PHASMA_BROKER_SECURITY_PROTOCOL": "SASL_SSL",
        "PHASMA_BROKER_SASL_MECHANISM": "SCRAM-SHA-512",
        "PHASMA_BROKER_USERNAME": _USER,
        "PHASMA_BROKER_PASSWORD": run.secret(NAME),
        "PHASMA_BROKER_CA_FILE": str(run.certificates.authority),
    }


def _configure(run: Run, home: pathlib.Path) -> pathlib.Path:
    client, internal, controller = (run.port(name) for name in (NAME, "kafka-internal", "kafka-controller"))
    keystore = home / "keystore.pem"
    keystore.touch(mode=0o600)
    keystore.write_bytes(run.certificates.key.read_bytes() + run.certificates.chain.read_bytes())
    (home / "log4j2.yaml").write_text(_LOGGING)
    settings = _SETTINGS | {
        "listeners": f"CLIENT://127.0.0.1:{client},INTERNAL://127.0.0.1:{internal},CONTROLLER://127.0.0.1:{controller}",
        "advertised.listeners": f"CLIENT://localhost:{client},INTERNAL://127.0.0.1:{internal}",
        "controller.quorum.voters": f"1@127.0.0.1:{controller}",
        "ssl.keystore.location": str(keystore),
        "log.dirs": str(home / "data"),
    }
    path = home / "server.properties"
    path.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    return path


def _java(home: pathlib.Path) -> list[str]:
    logging = f"-Dlog4j2.configurationFile={home / 'log4j2.yaml'}"
    return ["java", *_JAVA, logging, "-cp", f"{install.kafka()}/*"]


async def _accepts_tls(run: Run) -> bool:
    """A finished handshake: the client listener opens once the broker has registered."""
    context = ssl.create_default_context(cafile=str(run.certificates.authority))
    try:
        _, writer = await asyncio.open_connection("localhost", run.port(NAME), ssl=context)
    except (OSError, ssl.SSLError):
        return False
    writer.close()
    return True
