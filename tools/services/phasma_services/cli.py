"""`services install` and `services exec -- COMMAND`."""

import argparse
import asyncio
import pathlib
import shutil
import subprocess
import sys
import tempfile

from . import install, stack
from .install import InstallError
from .process import ServiceError
from .run import Run

_PARTS = {
    "postgres": install.postgres,
    "wheels": install.wheels,
    "kafka": install.kafka,
    "connect": install.connect,
    "rpk": install.rpk,
}


def main(arguments: list[str]) -> int:
    """Runs one subcommand and returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except* (InstallError, ServiceError) as failures:
        for failure in failures.exceptions:
            print(f"services: {failure}", file=sys.stderr)
    except* subprocess.CalledProcessError as failures:
        for failure in failures.exceptions:
            print(f"services: {failure}\n{failure.stderr}", file=sys.stderr)
    except* KeyboardInterrupt:
        print("services: interrupted", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="services", description="The services of Phasma as processes.")
    commands = parser.add_subparsers(required=True)
    fetch = commands.add_parser("install", help="fetch and build what is missing in the cache")
    fetch.set_defaults(run=_install)
    path = commands.add_parser("path", help="print where a part is, fetched first if need be")
    path.add_argument("part", choices=_PARTS)
    path.set_defaults(run=_path)
    execute = commands.add_parser("exec", help="run a command while the services run")
    execute.add_argument("--fixed-ports", action="store_true", help="the ports of `make dev`")
    execute.add_argument("--dir", type=pathlib.Path, help="keep data, logs and secrets here")
    execute.add_argument("--only", type=_names, default=list(stack.SERVICES), help="names, comma separated")
    execute.add_argument("command", nargs="+", metavar="COMMAND")
    execute.set_defaults(run=_execute)
    return parser


def _names(text: str) -> list[str]:
    names = text.split(",")
    unknown = set(names) - set(stack.SERVICES)
    if unknown:
        known = ", ".join(stack.SERVICES)
        raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))}: not among {known}")
    return names


def _install(_options: argparse.Namespace) -> int:
    for fetch in _PARTS.values():
        fetch()
    return 0


def _path(options: argparse.Namespace) -> int:
    print(_PARTS[options.part]())
    return 0


def _execute(options: argparse.Namespace) -> int:
    if options.dir:
        return asyncio.run(_in(options.dir.absolute(), options))
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="phasma-services."))
    try:
        return asyncio.run(_in(scratch, options))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


async def _in(directory: pathlib.Path, options: argparse.Namespace) -> int:
    run = Run(directory, options.fixed_ports)
    return await stack.execute(run, options.only, options.command)
