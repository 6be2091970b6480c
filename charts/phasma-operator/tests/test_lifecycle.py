"""Install, upgrade, roll back and remove by Helm, on a real API server with restricted namespaces."""

import pathlib
import shutil
import tempfile
import unittest

from ruamel.yaml import YAML
from support import (
    CHART,
    DEFINITION,
    EXAMPLES,
    eventually,
    exists,
    get,
    helm,
    kubectl,
    make_namespace,
    read,
    remove_definition,
    settings,
    succeed,
)

# A field that the older definition of these tests lacks.
_NEW = "paused"


def _older_chart(folder: pathlib.Path) -> pathlib.Path:
    """This chart as an earlier version of it might have been."""
    chart = folder / "older"
    shutil.copytree(CHART, chart)
    about = read(chart / "Chart.yaml") | {"version": "0.0.9", "appVersion": "0.0.9"}
    definition = read(chart / "files/phasma.dev_phasmas.yaml")
    del _spec(definition)["properties"][_NEW]
    YAML().dump(about, chart / "Chart.yaml")
    YAML().dump(definition, chart / "files/phasma.dev_phasmas.yaml")
    return chart


def _spec(definition: dict) -> dict:
    return definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]


def _of_release(kind: str, release: str) -> list[tuple[str | None, str]]:
    """Namespace and name of the release's objects of a kind."""
    found = get(kind, "--all-namespaces", "--selector", f"app.kubernetes.io/instance={release}")["items"]
    return sorted((item["metadata"].get("namespace"), item["metadata"]["name"]) for item in found)


class Lifecycle(unittest.TestCase):
    def setUp(self):
        self.name = self._testMethodName.replace("_", "-")[:40].strip("-")
        self.addCleanup(self.remove)
        self.platform = f"{self.name}-site"
        for namespace in (self.name, self.platform):
            make_namespace(namespace)

    def remove(self) -> None:
        for release in ("op", "other"):
            self.helm("uninstall", release, "--ignore-not-found")
        remove_definition()

    def helm(self, verb: str, *arguments: str | pathlib.Path) -> str:
        return succeed(helm(verb, *arguments, "--namespace", self.name))

    def install(self, chart: pathlib.Path = CHART, *values: str) -> None:
        self.helm("upgrade", "op", chart, "--install", *settings(list(values)))
        succeed(kubectl("wait", "--for=condition=Established", f"customresourcedefinition/{DEFINITION}"))
        eventually("the kind is served", lambda: kubectl("get", "phasmas").returncode == 0)

    def make_platform(self) -> str:
        apply = ("apply", "--server-side", "--namespace", self.platform, "--filename", EXAMPLES / "minimal.yaml")
        succeed(kubectl(*apply))
        return self.platform_uid()

    def platform_uid(self) -> str:
        return get("phasma/phasma", "--namespace", self.platform)["metadata"]["uid"]

    def pods(self) -> list[dict]:
        return get("pods", "--namespace", self.name)["items"]

    def test_restricted_admission_takes_its_pods(self):
        bare = kubectl("run", "bare", "--image=bare.example/bare", "--namespace", self.name)
        self.assertIn("violates PodSecurity", bare.stderr)
        self.install()
        eventually("both pods are there", lambda: len(self.pods()) == 2)
        events = get("events", "--namespace", self.name)["items"]
        self.assertEqual([event["message"] for event in events if event["reason"] == "FailedCreate"], [])

    def test_an_upgrade_brings_the_definition_and_keeps_resources(self):
        with tempfile.TemporaryDirectory() as scratch:
            self.install(_older_chart(pathlib.Path(scratch)))
        self.assertNotIn(_NEW, _spec(get("customresourcedefinition", DEFINITION))["properties"])
        uid = self.make_platform()
        self.install()
        self.assertIn(_NEW, _spec(get("customresourcedefinition", DEFINITION))["properties"])
        self.assertEqual(self.platform_uid(), uid)
        use = ("patch", "phasma/phasma", "--namespace", self.platform, "--type=merge", "--patch")

        def is_kept() -> bool:
            done = kubectl(*use, f'{{"spec": {{"{_NEW}": true}}}}', "--output", f"jsonpath={{.spec.{_NEW}}}")
            return done.stdout == "true"

        eventually("the new field is kept", is_kept)
        image = get("deployment/op", "--namespace", self.name)["spec"]["template"]["spec"]["containers"][0]["image"]
        self.assertTrue(image.endswith(":0.1.0"), image)
        self.helm("rollback", "op", "1")
        self.assertNotIn(_NEW, _spec(get("customresourcedefinition", DEFINITION))["properties"])
        self.assertEqual(self.platform_uid(), uid)

    def test_removal_leaves_definition_and_resources(self):
        self.install()
        uid = self.make_platform()
        self.helm("uninstall", "op")
        self.assertEqual(self.platform_uid(), uid)
        kinds = ["deployments", "serviceaccounts", "roles", "rolebindings", "clusterroles", "clusterrolebindings"]
        for kind in [*kinds, "poddisruptionbudgets", "configmaps"]:
            eventually(f"{kind} are gone", lambda kind=kind: _of_release(kind, "op") == [])
        # A release of the same name takes them up again; another one has to be told to.
        other = helm("install", "other", CHART, "--namespace", self.name)
        self.assertIn("invalid ownership metadata", other.stderr)
        self.install()
        self.assertEqual(self.platform_uid(), uid)
        self.helm("uninstall", "op")
        self.helm("install", "other", CHART, "--take-ownership")
        self.assertEqual(self.platform_uid(), uid)

    def test_removal_takes_all_along_where_that_is_asked_for(self):
        self.install(CHART, "crd.keep=false")
        self.make_platform()
        self.helm("uninstall", "op")
        eventually("the definition is gone", lambda: not exists("customresourcedefinition", DEFINITION))

    def test_watched_namespaces_alone_get_roles(self):
        self.install(CHART, f"watchNamespaces={{{self.platform}}}")
        lease = (self.name, "op-lease")
        for kind in ("roles", "rolebindings"):
            self.assertEqual(_of_release(kind, "op"), sorted([lease, (self.platform, "op")]))
        for kind in ("clusterroles", "clusterrolebindings"):
            self.assertEqual(_of_release(kind, "op"), [(None, "op-definition")])
        self.assertTrue(self.may("get", "secrets", self.platform))
        self.assertFalse(self.may("get", "secrets", self.name))
        # Given up, its rights go; without a list it has them everywhere.
        self.install(CHART, "watchNamespaces=null")
        self.assertEqual(_of_release("roles", "op"), [lease])
        self.assertTrue(self.may("get", "secrets", self.name))

    def may(self, verb: str, resource: str, namespace: str) -> bool:
        account = f"system:serviceaccount:{self.name}:op"
        done = kubectl("auth", "can-i", verb, resource, "--namespace", namespace, "--as", account)
        return done.stdout.strip() == "yes"

    def test_a_namespace_that_is_missing_is_named(self):
        done = helm("install", "op", CHART, "--namespace", self.name, "--set", "watchNamespaces={nowhere}")
        self.assertIn('namespaces "nowhere" not found', done.stderr)
        # Helm keeps what it could make, and a second try goes on from there.
        make_namespace("nowhere")
        self.install(CHART, "watchNamespaces={nowhere}")
