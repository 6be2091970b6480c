"""install.yaml: what the chart installs with its defaults, for those without Helm."""

import pathlib
import re

from .run import helm, output
from .source import Source

NAMESPACE = "phasma-system"
_HEAD = f"""\
# The operator of Phasma {{version}}, generated from its chart. Install or upgrade it by
#   kubectl apply --server-side -f install.yaml
apiVersion: v1
kind: Namespace
metadata:
  name: {NAMESPACE}
  labels:
    pod-security.kubernetes.io/enforce: restricted
"""
# What says that Helm looks after an object, which is not so here.
_OF_HELM = re.compile(r"^ *(helm\.sh/chart: .*|app\.kubernetes\.io/managed-by: Helm|# Source: .*)\n", re.M)


def build(source: Source, to: pathlib.Path) -> None:
    """Writes install.yaml into the folder."""
    rendered = output(
        helm(), "template", "phasma-operator", source.chart, "--namespace", NAMESPACE,
        "--kube-version", "1.34", "--set", "crd.keep=false",
    )  # fmt: skip
    to.mkdir(parents=True, exist_ok=True)
    (to / "install.yaml").write_text(_HEAD.format(version=source.version) + _OF_HELM.sub("", rendered))
