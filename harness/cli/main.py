"""The command line beside asv's own. A verb is imported when it is called, not before."""

import argparse
import errno
import functools
import importlib
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from harness.rendering.lines import WIDTH, one_line, shortened

SCRIPT = "agent-benchmarks"

PREFIX = "harness: "
ROOM = WIDTH - len(PREFIX)

BAD_INPUT, UNEXPECTED, INTERRUPTED = 2, 3, 130
"""Exit statuses of every verb; what 0 and 1 mean says its help."""

VERBS = {
    "machine": ("history.machine", "tell asv about this machine, once"),
    "dashboard": ("cli.dashboard", "measure what is not measured yet, and publish"),
    "site": ("cli.site", "publish all targets that have results, without measuring"),
    "attribute": ("cli.attribute", "is a change the framework's own, or a dependency's?"),
    "survey": ("cli.survey", "exact figures of many releases, and of those where they changed"),
    "target": ("cli.target", "write the asv configuration of a target"),
    "quick": ("cli.quick", "the usual headlines in less than a minute: 1 if a target is missed"),
    "check": ("check.run", "compare two results: 1 if something got worse"),
    "findings": ("check.findings", "all changes of all histories that are sure, newest first"),
    "upgrade": ("check.upgrade", "what changes from the version that you have to another"),
    "baseline": ("check.baselines", "show, set or list names for commits"),
    "ci": ("cli.ci", "steps of the GitHub action, for pull requests (docs/ci.md)"),
    "report": ("site.report.cli", "write the page of results, or check that it is current"),
    "pages": (
        "site.report.pages",
        "renew what is made of all results: pages in docs, known verdicts",
    ),
    "frameworks": ("site.report.frameworks", "frameworks side by side, at their newest releases"),
    "load": ("tools.load.cli", "load on a runtime, URL or function: 1 if invalid or SLO missed"),
    "serve": ("model_server.cli", "a model server that answers a script, until Ctrl-C"),
    "record": ("model_server.record", "pass calls on to a real model, and note how long they take"),
    "serve-agent": ("tools.agent_server.cli", "put a runtime's agent behind HTTP on 127.0.0.1"),
    "concurrency": ("tools.concurrency.cli", "is an agent right when many share it? 1 if not"),
    "event-loop": ("tools.event_loop.cli", "does a runtime block the event loop? 1 if so"),
    "leaks": ("tools.leaks.cli", "does a runtime leak? 1 if so"),
    "environments": ("cli.environments", "those that --release has made: list, prune, remove"),
    "monitor": ("tools.monitor.cli", "what a process or a command uses while it runs"),
    "profile": ("tools.profiling.cli", "where a run's time and memory go, and what to do"),
}
"""Verb -> its module, which adds its arguments and sets what `run`s it, and a line of help."""


class _Parser(argparse.ArgumentParser):
    """Bad input is one line."""

    asked = ""  # the verb, where what is wrong behind it is found by the parser of all

    def error(self, message: str) -> NoReturn:
        hint = f"; see {self.prog}{self.asked} --help"
        if len(message) > (room := ROOM - len(hint)):
            message = message.partition(" (choose from ")[0]  # the help has them
        line = shortened(message, room)
        say(line + hint if len(line) <= room else one_line(message, ROOM))
        self.exit(BAD_INPUT)

    def _get_values(self, action: argparse.Action, arg_strings: list[str]) -> Any:
        if action.option_strings and arg_strings == ["--"]:  # Python 3.11 makes it an empty list
            self.error(f"argument {'/'.join(action.option_strings)}: expected one argument")
        return super()._get_values(action, arg_strings)


def parser(program: str, verb: str | None = None) -> argparse.ArgumentParser:
    """The command line; only `verb` is imported and has its arguments."""
    result = _Parser(
        prog=program,
        description="Commands beside asv's own.",
        epilog="Exit status: 0 good, 1 findings, 2 bad input, 3 no verdict or an unexpected error.",
        formatter_class=functools.partial(argparse.HelpFormatter, max_help_position=18),
    )
    verbs = result.add_subparsers(required=True, metavar="COMMAND")
    for name, (where, text) in VERBS.items():
        this = verbs.add_parser(name, help=text, description=text)
        if name == verb:
            result.asked = f" {verb}"
            _module(name, where).add_arguments(this)
    return result


def _module(verb: str, where: str) -> Any:
    try:
        return importlib.import_module(f"harness.{where}")
    except ModuleNotFoundError as error:
        raise ValueError(
            f"{verb} needs {error.name}, which {sys.executable} lacks: run it where"
            " agent-benchmarks is installed"
        ) from None


def program() -> str:
    """How this was called: by the console script, or as a module."""
    return SCRIPT if Path(sys.argv[0]).name == SCRIPT else "python -m harness"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb: 0; 1 if it has findings; 2, 3 or 130 after one line that says why."""
    words = sys.argv[1:] if argv is None else list(argv)
    if program() == SCRIPT:  # `python -m` does so by itself
        sys.path.insert(0, os.getcwd())
    if argv is None:
        # `kill`, or a terminal that is closed, interrupts as Ctrl-C does: what is known is shown.
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) == signal.SIG_DFL:  # nohup ignores one
                signal.signal(number, signal.default_int_handler)
    verb = next((word for word in words if not word.startswith("-")), None)
    status: int | None = None
    try:
        arguments = parser(program(), verb).parse_args(words)
        if hasattr(arguments, "beside"):  # it works on a runtime
            _resolve(arguments)
        status = arguments.run(arguments)
        sys.stdout.flush()
    except ValueError as error:
        say(one_line(_hint(verb, error), ROOM))
        return BAD_INPUT
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        _leave_stdout()
        return status or 0
    except KeyboardInterrupt:
        print(file=sys.stderr)
        say("interrupted")
        return INTERRUPTED
    except BaseException as error:  # such as a task's cancellation, or a framework's sys.exit(1)
        if isinstance(error, SystemExit) and error.code in (None, 0, BAD_INPUT):
            raise
        if isinstance(error, OSError) and (error.filename or error.errno == errno.ENOSPC):
            what = error.filename or _without_room()
            say(one_line(f"{what}: {error.strerror}", ROOM))
            return BAD_INPUT
        say(_unexpected(error))
        return UNEXPECTED
    return status or 0


def _resolve(arguments: argparse.Namespace) -> None:
    if arguments.release or arguments.commit or arguments.target or arguments.build:
        from harness.cli import released

        released.resolve(arguments)


def _hint(verb: str | None, error: ValueError) -> str:
    """Its line; where a framework is not installed, the command that does it."""
    if not (package := getattr(error, "package", "")):
        return str(error)
    from harness.cli import released

    command = f"{program()} {verb} --release {package}=={released.newest(package)}"
    return f"{package} is not installed; try {command}"


def _without_room() -> str:
    """What could not be written, where the error does not name it: to write names no file."""
    try:
        sys.stdout.flush()
    except OSError:
        _leave_stdout()
        return "standard output"
    return "a file"


def _leave_stdout() -> None:
    """What is left in its buffer is let go, else Python fails on it again when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say(line: str) -> None:
    """Why there is nothing else."""
    print(f"{PREFIX}{line}", file=sys.stderr)


def _unexpected(error: BaseException) -> str:
    with tempfile.NamedTemporaryFile("w", prefix="harness-", suffix=".txt", delete=False) as file:
        traceback.print_exception(error, file=file)
    where = f"; the traceback is in {file.name}"
    reason = f"unexpected {type(error).__name__}: {error}"
    return one_line(reason, ROOM - len(where)) + where
