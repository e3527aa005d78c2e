"""Options that several verbs have: spelled, read and explained in one way everywhere."""

import argparse
import contextlib
import json
import sys
from collections.abc import Callable, Collection
from pathlib import Path
from typing import IO, Any

from harness.common import files, quantities

FEW = 3
"""Names that a line has room for."""


def add_config(parser: argparse.ArgumentParser) -> None:
    """`--config`: the asv target."""
    parser.add_argument(
        "--config",
        type=Path,
        default=Path("asv.conf.json"),
        metavar="FILE",
        help="asv configuration (default: asv.conf.json)",
    )


def add_results(parser: argparse.ArgumentParser) -> None:
    """`--config`, `--machine` and `--env`: which results are read."""
    add_config(parser)
    parser.add_argument("--machine", help="machine whose results are read (default: this one)")
    parser.add_argument("--env", help="environment, or a part of its name")


def add_time(parser: Any, *names: str, **settings: Any) -> None:
    """An option in seconds, written 50ms, 2s or 0.1."""
    parser.add_argument(*names, type=quantities.duration, metavar="TIME", **settings)


def add_count(parser: Any, name: str, default: int | None, text: str) -> None:
    """An option that is a whole number from 1."""
    count = quantities.argument(quantities.count)
    parser.add_argument(name, type=count, default=default, metavar="N", help=text)


def add_port(parser: argparse.ArgumentParser) -> None:
    """`--port`: where a server listens, 0 for a free port."""
    parser.add_argument("--port", type=_port, default=0, metavar="N", help="default: a free one")


@quantities.argument
def _port(text: str) -> int:
    if not quantities.is_digits(text) or int(text) > 65535:
        raise ValueError(f"a port from 0 to 65535, not {text!r}")
    return int(text)


def add_tool_rounds(parser: argparse.ArgumentParser, default: int | None = 0) -> None:
    """`--tool-rounds`: how often a run calls its tool."""
    parser.add_argument(
        "--tool-rounds", type=int, default=default, metavar="N", help="tool calls before the reply"
    )


def add_outputs(parser: argparse.ArgumentParser, **what: str) -> None:
    """`--json FILE` and the like. what: format -> what is written in it, in words."""
    group = parser.add_argument_group("files", "FILE may be -, which is standard output")
    for name, content in what.items():
        group.add_argument(f"--{name}", type=Path, metavar="FILE", help=content)
    parser.set_defaults(formats=tuple(what))


class _Shown:
    """A stream whose reader, such as `head`, may leave: files and exit status stay the same."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        """Show a text to whoever is there."""
        with contextlib.suppress(BrokenPipeError):
            self._stream.write(text)


class Outputs:
    """The files that a verb was asked for, and where its text for people goes.

    paths: file by format. Raises ValueError, one line, if one of them cannot be written: make it
    before anything is run.
    """

    def __init__(self, arguments: argparse.Namespace) -> None:
        given = {name: getattr(arguments, name) for name in arguments.formats}
        self.paths: dict[str, Path] = {name: path for name, path in given.items() if path}
        for path in self.paths.values():
            files.writable(path)
        if len(set(self.paths.values())) < len(self.paths):
            raise ValueError("two outputs are the same file")

    @property
    def people(self) -> "_Shown":
        """Standard output, but standard error where standard output is for a document."""
        taken = any(files.standard(path) is sys.stdout for path in self.paths.values())
        return _Shown(sys.stderr if taken else sys.stdout)

    def write(self, **content: Callable[[], str]) -> None:
        """Write what was asked for, by the functions that make it."""
        for name, make in content.items():
            if name in self.paths:
                files.write(self.paths[name], make())


def as_json(document: object) -> str:
    """A document as every verb writes it; what is not finite is null, as JSON has no other."""
    finite = json.loads(json.dumps(document), parse_constant=lambda name: None)
    return json.dumps(finite, indent=1) + "\n"


def near(name: str, known: Collection[str]) -> str:
    """Those of the known names that may be meant, else all if they are few, else some of them."""
    import difflib  # only to say this

    if found := difflib.get_close_matches(name, known, FEW):
        return ", ".join(found)
    return ", ".join([*known][:FEW]) + f", {len(known)} in all" * (len(known) > FEW) or "none"


def progress(line: str) -> None:
    """Tell people what is being done."""
    print(line, file=sys.stderr, flush=True)
