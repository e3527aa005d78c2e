"""The command line beside asv's own. A verb is imported when it is called, not before."""

from __future__ import annotations

import argparse
import functools
import importlib
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

SCRIPT = "agent-benchmarks"

BAD_INPUT, UNEXPECTED, INTERRUPTED = 2, 3, 130
"""Exit statuses of every verb; what 0 and 1 mean says its help."""

VERBS = {
    "machine": ("harness.cli.machine:add_arguments", "tell asv about this machine, once"),
    "dashboard": (
        "harness.cli.dashboard:add_arguments",
        "measure what is not measured yet, and publish",
    ),
    "target": ("harness.cli.target:add_arguments", "write the asv configuration of a target"),
    "quick": (
        "harness.cli.quick:add_arguments",
        "the usual headlines in less than a minute: 0 all met, 1 one missed, 3 none measured",
    ),
    "check": (
        "harness.check.cli:add_check",
        "compare two results: 0 clean, 1 findings, 2 bad input",
    ),
    "baseline": ("harness.check.cli:add_baseline", "show, set or list names for commits"),
    "load": (
        "harness.tools.load.cli:add_arguments",
        "put a runtime, a URL or a function under load: 0 good, 1 SLO missed or invalid",
    ),
    "serve": (
        "harness.model_server.cli:add_arguments",
        "an OpenAI-compatible model server that answers a script, until Ctrl-C",
    ),
    "serve-agent": (
        "harness.tools.agent_server.cli:add_arguments",
        "put a runtime's agent behind HTTP on 127.0.0.1",
    ),
    "concurrency": (
        "harness.tools.concurrency.cli:add_arguments",
        "check an agent that many share: 0 right, 1 findings, 2 bad input",
    ),
    "event-loop": (
        "harness.tools.event_loop.cli:add_arguments",
        "does a runtime block the event loop? 0 no, 1 it does, 2 bad input, 3 no verdict",
    ),
    "leaks": (
        "harness.tools.leaks.cli:add_arguments",
        "does a runtime leak? 0 no, 1 it does, 2 bad input, 3 no verdict",
    ),
    "monitor": (
        "harness.tools.monitor.cli:add_arguments",
        "CPU, memory, threads, descriptors of a process or of a command while it runs",
    ),
    "profile": (
        "harness.tools.profiling.cli:add_arguments",
        "where a run's time and memory go, and what to do",
    ),
}
"""Verb -> the function that adds its arguments and sets what `run`s it, and a line of help."""


class _Parser(argparse.ArgumentParser):
    """Bad input is one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"harness: {message}; see {self.prog} --help\n")


def parser(program: str, verb: str | None = None) -> argparse.ArgumentParser:
    """The command line; only `verb` is imported and has its arguments."""
    wide = functools.partial(argparse.HelpFormatter, max_help_position=18)
    result = _Parser(prog=program, description="Commands beside asv's own.", formatter_class=wide)
    verbs = result.add_subparsers(required=True, metavar="COMMAND")
    for name, (where, text) in VERBS.items():
        this = verbs.add_parser(name, help=text, description=text)
        if name == verb:
            module, _, function = where.partition(":")
            getattr(importlib.import_module(module), function)(this)
    return result


def program() -> str:
    """How this was called: by the console script, or as a module."""
    return SCRIPT if Path(sys.argv[0]).name == SCRIPT else "python -m harness"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb: 0; 1 if it has findings; 2, 3 or 130 after one line that says why."""
    words = sys.argv[1:] if argv is None else list(argv)
    if program() == SCRIPT:  # `python -m` does so by itself
        sys.path.insert(0, os.getcwd())
    verb = next((word for word in words if not word.startswith("-")), None)
    try:
        arguments = parser(program(), verb).parse_args(words)
        status: int | None = arguments.run(arguments)
        sys.stdout.flush()
    except ValueError as error:
        print(f"harness: {error}", file=sys.stderr)
        return BAD_INPUT
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("\nharness: interrupted", file=sys.stderr)
        return INTERRUPTED
    except Exception as error:
        print(f"harness: {_unexpected(error)}", file=sys.stderr)
        return UNEXPECTED
    return status or 0


def _unexpected(error: Exception) -> str:
    with tempfile.NamedTemporaryFile("w", prefix="harness-", suffix=".txt", delete=False) as file:
        traceback.print_exception(error, file=file)
    reason = " ".join(f"{type(error).__name__}: {error}".split())
    return f"unexpected {reason[:200]}; the traceback is in {file.name}"
