"""Command line of openkerr: ``python -m openkerr COMMAND``.

A command is two functions: one adds its arguments to a parser, one runs it and returns the exit code.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def _validate_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="YAML file; later files are merged over earlier ones")


def _validate(arguments: argparse.Namespace) -> int:
    from openkerr.config import ConfigError, config_digest, load_config
    from openkerr.config_text import one_line

    try:
        config = load_config(arguments.files)
    except ConfigError as error:
        print(f"config error: {error}", file=sys.stderr)
        return 2
    files = one_line(" + ".join(arguments.files))
    print(f"{files}: valid, scale {config.scale}, sha256 {config_digest(config)}")
    return 0


def _schema_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--write", action="store_true", help="write the schema file and config/README.md")


def _schema(arguments: argparse.Namespace) -> int:
    from openkerr.config import ConfigError
    from openkerr.config_reference import README, SCHEMA, readme_text, schema_text

    if not arguments.write:
        print(schema_text(), end="")
        return 0
    try:
        texts = {SCHEMA: schema_text(), README: readme_text(ROOT)}
    except ConfigError as error:
        print(f"config error: {error}", file=sys.stderr)
        return 2
    for path, text in texts.items():
        (ROOT / path).write_text(text, encoding="utf-8")
        print(path)
    return 0


COMMANDS: dict[str, tuple[str, Callable, Callable]] = {
    "validate": ("check configuration files", _validate_arguments, _validate),
    "schema": ("print or write the schema of the configuration", _schema_arguments, _schema),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code: 0 for success, 2 for input that is not allowed."""
    parser = argparse.ArgumentParser(prog="python -m openkerr", description="Tools of the openkerr workflow.")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (summary, add_arguments, _) in COMMANDS.items():
        add_arguments(subparsers.add_parser(name, help=summary, description=summary))
    arguments = parser.parse_args(argv)
    return COMMANDS[arguments.command][2](arguments)


if __name__ == "__main__":
    sys.exit(main())
