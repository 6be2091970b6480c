#!/usr/bin/env python3
"""Reads a Phasma resource as JSON and prints its conditions: what is true, and why the rest waits.

With --current it prints nothing, and succeeds when the status speaks of the latest spec.
"""

import json
import sys


def lines(resource):
    """One line a condition; Ready only says why not."""
    for condition in resource.get("status", {}).get("conditions", []):
        name, status, message = condition["type"], condition["status"], condition.get("message", "")
        if name in ("Reconciling", "Stalled"):
            if name == "Stalled" and status == "True":
                yield f"{name}: {message}"
        elif status == "True":
            yield name
        elif name == "Ready" and message:
            yield f"waiting: {message}"


def main(arguments):
    """Returns the exit code."""
    text = sys.stdin.read()
    resource = json.loads(text) if text.strip() else {}
    if arguments == ["--current"]:
        observed = resource.get("status", {}).get("observedGeneration")
        return 0 if observed == resource.get("metadata", {}).get("generation") else 1
    for line in lines(resource):
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
