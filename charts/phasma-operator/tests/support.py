"""Helm and kubectl, on the API server of the tests."""

import json
import os
import pathlib
import subprocess
import time
from collections.abc import Callable

from ruamel.yaml import YAML

CHART = pathlib.Path(__file__).resolve().parent.parent
CHECKOUT = CHART.parent.parent
EXAMPLES = CHART / "examples"
DEFINITION = "phasmas.phasma.dev"
_PATIENCE = 60


def read(path: pathlib.Path) -> dict:
    """A YAML file of one document."""
    return YAML(typ="safe", pure=True).load(path)


def documents(text: str) -> list[dict]:
    """Every object of a YAML text."""
    return [document for document in YAML(typ="safe", pure=True).load_all(text) if document]


def run(*command: str | pathlib.Path, given: str | None = None) -> subprocess.CompletedProcess:
    """Runs a command to its end, whatever that is."""
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, input=given)


def succeed(done: subprocess.CompletedProcess) -> str:
    """What a command printed that must not fail."""
    if done.returncode:
        raise AssertionError(f"{' '.join(done.args)}\n{done.stdout}{done.stderr}")
    return done.stdout


def helm(*arguments: str | pathlib.Path) -> subprocess.CompletedProcess:
    """Helm stands beside kubectl among the test API server's programs."""
    return run(pathlib.Path(os.environ["KUBECTL"]).with_name("helm"), *arguments)


def kubectl(*arguments: str | pathlib.Path, given: str | None = None) -> subprocess.CompletedProcess:
    """kubectl, as somebody who may do anything."""
    return run(os.environ["KUBECTL"], *arguments, given=given)


def get(*arguments: str) -> dict:
    """An object or a list of them."""
    return json.loads(succeed(kubectl("get", *arguments, "--output", "json")))


def exists(*arguments: str) -> bool:
    """Whether there is such an object."""
    return bool(succeed(kubectl("get", *arguments, "--ignore-not-found", "--output", "name")).strip())


def settings(values: list[str]) -> list[str]:
    """Values as arguments of Helm."""
    return [argument for value in values for argument in ("--set", value)]


def render(*values: str, **as_json: str) -> subprocess.CompletedProcess:
    """`helm template` with these values, some of them as JSON."""
    whole = [argument for key, value in as_json.items() for argument in ("--set-json", f"{key}={value}")]
    fixed = ["--namespace", "home", "--kube-version", "1.34"]
    return helm("template", "drawn", CHART, *fixed, *settings(list(values)), *whole)


def make_namespace(name: str) -> None:
    """A namespace that admits restricted pods only."""
    succeed(kubectl("create", "namespace", name))
    succeed(kubectl("label", "namespace", name, "pod-security.kubernetes.io/enforce=restricted"))


def remove_definition() -> None:
    """For the next test: the definition, and every resource with it."""
    succeed(kubectl("delete", "customresourcedefinition", DEFINITION, "--ignore-not-found", "--wait"))


def eventually(what: str, holds: Callable[[], bool]) -> None:
    """Waits until something holds."""
    end = time.monotonic() + _PATIENCE
    while not holds():
        if time.monotonic() > end:
            raise AssertionError(f"never: {what}")
        time.sleep(0.1)
