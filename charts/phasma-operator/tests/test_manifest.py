"""install.yaml: applied as it is, on a real API server, it does what the chart does."""

import pathlib
import tempfile
import unittest

from support import CHECKOUT, DEFINITION, EXAMPLES, documents, eventually, get, kubectl, remove_definition, run, succeed

_NAMESPACE = "phasma-system"


class Manifest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.addClassCleanup(remove_definition)
        with tempfile.TemporaryDirectory() as scratch:
            succeed(run(CHECKOUT / "tools/release/release", "--with-changes", "--to", scratch, "manifest"))
            cls.text = pathlib.Path(scratch, "install.yaml").read_text()

    def apply(self, *options: str) -> str:
        return succeed(kubectl("apply", "--server-side", *options, "--filename", "-", given=self.text))

    def test_it_is_applied_and_again_without_a_change(self):
        self.apply("--validate=strict")
        succeed(kubectl("wait", "--for=condition=Established", f"customresourcedefinition/{DEFINITION}"))
        eventually(
            "both pods are admitted", lambda: len(get("pods", "--namespace", _NAMESPACE)["items"]) == 2
        )
        before = self.generations()
        self.apply()
        self.assertEqual(self.generations(), before)
        eventually("the kind is served", lambda: kubectl("get", "phasmas").returncode == 0)
        succeed(kubectl("apply", "--server-side", "--filename", EXAMPLES / "minimal.yaml"))

    def generations(self) -> list[int]:
        kinds = (("deployment/phasma-operator", "--namespace", _NAMESPACE), ("customresourcedefinition", DEFINITION))
        return [get(*kind)["metadata"]["generation"] for kind in kinds]

    def test_it_says_nothing_of_helm(self):
        self.assertNotIn("helm", self.text.lower())
        kinds = {document["kind"] for document in documents(self.text)}
        needed = {"Namespace", "CustomResourceDefinition", "Deployment", "ClusterRole", "ServiceAccount"}
        self.assertLessEqual(needed, kinds)
