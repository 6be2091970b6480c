"""`services exec` as a command, with the quickest of its services."""

import pathlib
import socket
import subprocess
import tempfile
import unittest

SERVICES = pathlib.Path(__file__).resolve().parent.parent / "services"


def execute(script, *options):
    """Runs a shell script among the services named in the options."""
    command = [SERVICES, "exec", "--only", "valkey", *options, "--", "bash", "-c", script]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


class ExecTest(unittest.TestCase):
    def test_the_command_sees_its_services_and_its_exit_code_is_passed_on(self):
        done = execute('echo "$PHASMA_CACHE_URL"; test -r "$PHASMA_CA_FILE"; exit $((7 + $?))')
        self.assertRegex(done.stdout, r"^redis://:\w+@127\.0\.0\.1:\d+\n$")
        self.assertEqual(done.returncode, 7, done.stderr)

    def test_nothing_is_left(self):
        done = execute('echo "$PHASMA_SERVICES_DIR"; echo "${PHASMA_CACHE_URL##*:}"')
        directory, port = done.stdout.split()
        self.assertFalse(pathlib.Path(directory).exists())
        with socket.socket() as probe:
            self.assertNotEqual(probe.connect_ex(("127.0.0.1", int(port))), 0)

    def test_a_kept_directory_keeps_its_secrets(self):
        with tempfile.TemporaryDirectory() as directory:
            script = 'url=${PHASMA_CACHE_URL%@*}; echo "$url"'
            first, second = (execute(script, "--dir", directory).stdout for _ in range(2))
        self.assertEqual(first, second)

    def test_a_service_that_dies_is_reported_and_fails_the_run(self):
        done = execute('kill -9 "$(cat "$PHASMA_SERVICES_DIR/valkey.pid")"; sleep 1')
        self.assertIn("*** valkey ended while the command ran", done.stderr)
        self.assertEqual(done.returncode, 1)


if __name__ == "__main__":
    unittest.main()
