"""Values: each described, and wrong ones refused in words that say what is wrong."""

import json
import unittest

from support import CHART, helm, read, render, succeed

# Maps whose keys are somebody else's.
_OPAQUE = ("resources", "labels", "nodeSelector", "affinity")


def _keys(values: dict, path: str = "") -> set[str]:
    found = set()
    for key, value in values.items():
        found.add(path + key)
        if isinstance(value, dict) and key not in _OPAQUE:
            found |= _keys(value, f"{path}{key}.")
    return found


def _described(schema: dict, path: str = "") -> dict[str, dict]:
    found = {}
    for key, part in schema.get("properties", {}).items():
        found[path + key] = part
        if key not in _OPAQUE:
            found |= _described(part, f"{path}{key}.")
    return found


class Values(unittest.TestCase):
    def setUp(self):
        self.schema = json.loads((CHART / "values.schema.json").read_text())

    def test_values_and_schema_have_the_same_keys(self):
        # `global` is Helm's, handed to every chart inside another one.
        described = set(_described(self.schema)) - {"global"}
        self.assertEqual(_keys(read(CHART / "values.yaml")), described)

    def test_the_schema_describes_each(self):
        for path, part in _described(self.schema).items():
            self.assertTrue(part.get("description"), path)

    def test_the_readme_describes_each(self):
        rows = [row for row in (CHART / "README.md").read_text().splitlines() if row.startswith("| ")]
        described = {cells[1].strip() for row in rows if (cells := row.split("|"))[-2].strip()}
        inner = {key for key in _keys(read(CHART / "values.yaml")) if key not in ("image", "crd", "monitoring")}
        self.assertLessEqual(inner, described)

    def test_wrong_values_are_refused_in_words(self):
        for value, words in {
            "replicas=0": "'/replicas': minimum: got 0, want 1",
            "replicas=many": "'/replicas': got string, want integer",
            "replica=2": "additional properties 'replica' not allowed",
            "image.repository=reg.example/op:1.0": "'/image/repository': 'reg.example/op:1.0' does not match",
            "image.pullPolicy=Sometimes": "'/image/pullPolicy': value must be one of 'Always', 'IfNotPresent', 'Never'",
            "watchNamespaces={Photos}": "'/watchNamespaces/0': 'Photos' does not match pattern",
            "watchNamespaces={a,a}": "'/watchNamespaces': items at 0 and 1 are equal",
            "watchNamespaces=photos": "'/watchNamespaces': got string, want array",
            "catalogue[0].version=0.2.0": "'/catalogue/0': missing properties 'images', 'schema', 'events'",
            "monitoring.podMonitor=maybe": "'/monitoring/podMonitor': got string, want boolean",
            "monitoring.alerts=true": "'/monitoring': additional properties 'alerts' not allowed",
            "resources.limits.memory=much": "'/resources/limits/memory'",
            "log=": "'/log': minLength: got 0, want 1",
        }.items():
            with self.subTest(value):
                done = render(value)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(words, done.stderr)

    def test_registries_with_a_port_are_fine(self):
        self.assertIn("reg.example:5000/op:0.1.0", succeed(render("image.repository=reg.example:5000/op")))

    def test_lint_finds_nothing(self):
        succeed(helm("lint", "--strict", CHART))
