"""What the chart becomes with many values: objects that a real API server takes, to the last field."""

import itertools
import re
import unittest

from support import CHECKOUT, documents, eventually, kubectl, make_namespace, render, succeed

_FOREIGN = ("podmonitor", "prometheusrule")
_RELEASE = (
    '[{"version":"0.2.0","images":{"postgres":"reg.example/postgres@sha256:1"},'
    '"schema":{"newest":"20261124180000","oldest":"20261124180000"},"events":{"written":1,"read":1}}]'
)
_MATRIX = itertools.product(
    ["replicas=1", "replicas=2"],
    [[], ["watchNamespaces={home,render-one}"]],
    [[], ["monitoring.podMonitor=true", "monitoring.prometheusRule=true", "monitoring.labels.team=photos"]],
    ["crd.install=false", "crd.keep=true", "crd.keep=false"],
)
_AFFINITY = (
    '{"nodeAffinity":{"preferredDuringSchedulingIgnoredDuringExecution":[{"weight":1,'
    '"preference":{"matchExpressions":[{"key":"disk","operator":"Exists"}]}}]}}'
)
_PLACED = ["image.pullSecrets={registry}", "nodeSelector.disk=fast", "tolerations[0].operator=Exists"]


def _taken(rendered: str) -> None:
    """By the API server, which refuses fields that it doesn't know."""
    options = ("--dry-run=server", "--validate=strict", "--server-side")
    succeed(kubectl("apply", *options, "--filename", "-", given=rendered))


class Rendering(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        for name in ("home", "render-one"):
            make_namespace(name)
        for kind in _FOREIGN:
            file = CHECKOUT / f"operator/tests/it/fixtures/{kind}.yaml"
            succeed(kubectl("apply", "--server-side", "--filename", file))
            plural = f"{kind}s.monitoring.coreos.com"
            succeed(kubectl("wait", "--for=condition=Established", f"customresourcedefinition/{plural}"))
            eventually(plural, lambda plural=plural: kubectl("get", plural).returncode == 0)

    def test_every_combination_is_taken(self):
        for replicas, namespaces, monitoring, definition in _MATRIX:
            values = [replicas, *namespaces, *monitoring, definition]
            with self.subTest(values):
                _taken(succeed(render(*values)))

    def test_where_its_pods_go_is_taken(self):
        _taken(succeed(render(*_PLACED, affinity=_AFFINITY)))

    def test_further_releases_become_a_file_that_pods_see(self):
        rendered = succeed(render(catalogue=_RELEASE))
        _taken(rendered)
        objects = {object["kind"]: object for object in documents(rendered)}
        file = objects["ConfigMap"]["data"]["releases.yaml"]
        self.assertEqual(documents(file)[0][0]["schema"]["newest"], "20261124180000")
        container = objects["Deployment"]["spec"]["template"]["spec"]["containers"][0]
        self.assertIn("PHASMA_OPERATOR_CATALOGUE", {variable["name"] for variable in container["env"]})

    def test_alerts_look_at_metrics_that_exist_and_have_a_runbook(self):
        rendered = documents(succeed(render("monitoring.prometheusRule=true")))
        rule = next(object for object in rendered if object["kind"] == "PrometheusRule")
        known = (CHECKOUT / "docs/reference/operator-metrics.md").read_text()
        for alert in rule["spec"]["groups"][0]["rules"]:
            for metric in re.findall(r"phasma_operator_\w+", alert["expr"]):
                self.assertIn(f"| `{metric}` |", known, alert["alert"])
            page = (CHECKOUT / alert["annotations"]["runbook"]).read_text()
            self.assertTrue(page.startswith(f"# {alert['alert']}\n"), alert["alert"])

