"""The two streams in the real Connect, between a real broker and the search stand-in.

Run by `services exec -- python3 tools/services/tests/streams.py`; not named
test_*, since it needs the services.
"""

import http.server
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request
import uuid

HERE = pathlib.Path(__file__).resolve().parent
PIPELINES = HERE.parents[2] / "operator/pipelines"
sys.path.insert(0, str(HERE.parent))

from phasma_services import install  # noqa: E402
from phasma_services.run import free_port  # noqa: E402

CONNECT = os.environ["PHASMA_TEST_CONNECT_BIN"]
PRODUCER = """
input: { stdin: { scanner: { lines: {} } } }
pipeline:
  threads: 1
  processors:
    - mapping: |
        meta = this.headers
        meta key = this.key
        root = this.value
output:
  redpanda:
    seed_brokers: ["${PHASMA_BROKER_BOOTSTRAP_SERVERS}"]
    tls: { enabled: true, root_cas_file: "${PHASMA_BROKER_CA_FILE}" }
    sasl: [ { mechanism: SCRAM-SHA-512, username: "${PHASMA_BROKER_USERNAME}", password: "${PHASMA_BROKER_PASSWORD}" } ]
    topic: "${PHASMA_TOPIC_PREFIX}entity-changes"
    key: '${! meta("key") }'
    metadata: { include_patterns: ["^ce_", "^seq$"] }
    max_in_flight: 1
"""


class Api(http.server.BaseHTTPRequestHandler):
    """The internal endpoint: down until told otherwise, refuses the key `bad`."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen.append((self.path, self.headers["Authorization"], body))
        status = 503 if self.server.down else 422 if body["keys"] == ["bad"] else 204
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class StreamsTest(unittest.TestCase):
    def setUp(self):
        self.prefix = f"t{uuid.uuid4().hex[:8]}."
        self.indexes = f"t{uuid.uuid4().hex[:8]}-"
        self.api = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api)
        self.api.seen, self.api.down = [], False
        threading.Thread(target=self.api.serve_forever, daemon=True).start()
        self.addCleanup(self.api.server_close)
        self.addCleanup(self.api.shutdown)
        self.port = free_port()
        self.environment = os.environ | {
            "PHASMA_TOPIC_PREFIX": self.prefix,
            "PHASMA_SEARCH_INDEX_PREFIX": self.indexes,
            "PHASMA_INSTANCE_ID": "test",
            "PHASMA_INTERNAL_TOKEN": "token",
            "PHASMA_MEDIA_RELEASED_URL": f"http://127.0.0.1:{self.api.server_port}/internal/media-released",
            "PHASMA_CONNECT_ADDRESS": f"127.0.0.1:{self.port}",
        }
        for topic in ("entity-changes", "entity-changes.dead-letters"):
            self.kafka("org.apache.kafka.tools.TopicCommand", "--create", "--topic", self.prefix + topic)
        self.start()

    def kafka(self, tool, *arguments):
        """Runs one of Kafka's own tools and returns what it prints."""
        with tempfile.NamedTemporaryFile("w", suffix=".properties") as client:
            client.write(
                "security.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-512\nssl.truststore.type=PEM\n"
                f"ssl.truststore.location={os.environ['PHASMA_BROKER_CA_FILE']}\n"
                "sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required "
                f'username="{os.environ["PHASMA_BROKER_USERNAME"]}" password="{os.environ["PHASMA_BROKER_PASSWORD"]}";\n'
            )
            client.flush()
            command = ["java", "-XX:TieredStopAtLevel=1", "-cp", f"{install.kafka()}/*", tool, *arguments]
            servers = ["--bootstrap-server", os.environ["PHASMA_BROKER_BOOTSTRAP_SERVERS"]]
            done = subprocess.run([*command, *servers, "--command-config", client.name], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def start(self):
        files = [PIPELINES / f"{name}.yaml" for name in ("root", "search-sync", "blob-cleanup")]
        self.log = tempfile.TemporaryFile("w+")
        self.addCleanup(self.log.close)
        command = [CONNECT, "--disable-telemetry", "streams", "--no-api", "-o", *files]
        self.connect = subprocess.Popen(command, env=self.environment, stdout=self.log, stderr=self.log)
        self.addCleanup(self.connect.wait)
        self.addCleanup(self.connect.kill)
        self.until(lambda: self.get(f"http://127.0.0.1:{self.port}/ready") is not None)

    def until(self, holds, seconds=30):
        deadline = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > deadline:
                self.log.seek(0)
                self.fail(f"never held; Connect says:\n{self.log.read()[-4000:]}")
            time.sleep(0.05)

    def get(self, url):
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {os.environ['PHASMA_SEARCH_KEY']}"})
        try:
            with urllib.request.urlopen(request, timeout=5) as response:
                return response.read()
        except OSError:
            return None

    def document(self, index, identity):
        body = self.get(f"{os.environ['PHASMA_SEARCH_URL']}/indexes/{self.indexes}{index}/documents/{identity}")
        return body and json.loads(body)

    def produce(self, *events):
        """Events are (type, seq, key, payload); a payload that is text goes as it is."""
        lines = [
            json.dumps({"key": key, "headers": headers(kind, seq), "value": value})
            for kind, seq, key, value in events
        ]
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as config:
            config.write(PRODUCER)
            config.flush()
            command = [CONNECT, "run", config.name]
            text = "\n".join(lines) + "\n"
            done = subprocess.run(command, input=text, env=self.environment, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout)

    def dead_letters(self):
        topic = f"{self.prefix}entity-changes.dead-letters"
        text = self.kafka("org.apache.kafka.tools.GetOffsetShell", "--topic", topic)
        return sum(int(line.rsplit(":", 1)[1]) for line in text.split())

    def dead_letter(self):
        """The first dead letter: headers and value as Kafka's console prints them."""
        return self.kafka(
            "org.apache.kafka.tools.consumer.ConsoleConsumer",
            "--topic", f"{self.prefix}entity-changes.dead-letters", "--from-beginning", "--max-messages", "1",
            "--formatter-property", "print.headers=true",
        )  # fmt: skip

    def test_documents_follow_the_events(self):
        user = {"userId": "u1", "username": "ada", "name": "Ada", "bio": "Notes", "avatar": None, "created": "x"}
        post = {"postId": "p1", "authorId": "u1", "description": "The #sea", "hashtags": ["sea"], "created": "2026"}
        self.produce(
            ("user.changed.v1", 1, "u1", user),
            ("post.created.v1", 2, "p1", post),
            ("post.created.v1", 3, "p2", post | {"postId": "p2"}),
            ("hashtag.changed.v1", 4, "sea", {"name": "sea"}),
            ("user.changed.v1", 5, "u1", user | {"name": "Ada L."}),
            ("user.changed.v1", 7, "u2", "no JSON"),
            ("post.deleted.v1", 8, "p1", {"postId": "p1", "authorId": "u1"}),
        )
        ada = {"id": "u1", "username": "ada", "name": "Ada L.", "bio": "Notes", "seq": 5}
        self.until(lambda: self.document("users", "u1") == ada)
        self.until(lambda: self.document("hashtags", "736561") == {"id": "736561", "name": "sea", "seq": 4})
        self.until(lambda: self.dead_letters() == 1)
        self.until(lambda: self.document("posts", "p2") is not None)
        self.until(lambda: self.document("posts", "p1") is None)

    def test_a_crash_loses_nothing(self):
        self.connect.send_signal(signal.SIGSTOP)
        self.produce(*(("hashtag.changed.v1", n, f"t{n}", {"name": f"t{n}"}) for n in range(1, 301)))
        self.connect.kill()
        self.connect.wait()
        self.start()
        last = "t300".encode().hex()
        self.until(lambda: self.document("hashtags", last) is not None)
        self.assertIsNotNone(self.document("hashtags", "t1".encode().hex()))

    def test_released_media_wait_for_the_api_and_refused_ones_do_not_block(self):
        self.api.down = True
        self.produce(
            ("media.released.v1", 1, "a", {"keys": ["a", "b"]}),
            ("media.released.v1", 2, "bad", {"keys": ["bad"]}),
            ("media.released.v1", 3, "c", {"keys": ["c"]}),
        )
        self.until(lambda: len(self.api.seen) >= 3)
        self.assertEqual({tuple(body["keys"]) for _, _, body in self.api.seen}, {("a", "b")})
        self.api.down = False
        call = ("/internal/media-released", "Bearer token", {"keys": ["c"]})
        self.until(lambda: call in self.api.seen)
        self.until(lambda: self.dead_letters() == 1)
        letter = self.dead_letter()
        for part in ("refused with status 422", "dead_letter_group:blob-cleanup", '{"keys":["bad"]}'):
            self.assertIn(part, letter)
        self.assertRegex(letter, rf"dead_letter_source:{re.escape(self.prefix)}entity-changes/0/1\b")


def headers(kind, seq):
    return {"ce_type": kind, "ce_time": "2026-01-02T03:04:05.678Z", "seq": str(seq)}


if __name__ == "__main__":
    unittest.main()
