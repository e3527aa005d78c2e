"""Options that several verbs have: spelled, read and explained in one way everywhere."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.common import quantities


def add_config(parser: argparse.ArgumentParser) -> None:
    """`--config`: the asv target."""
    parser.add_argument(
        "--config",
        type=Path,
        default=Path("asv.conf.json"),
        metavar="FILE",
        help="asv configuration (default: asv.conf.json)",
    )


def add_runtime(parser: Any) -> None:
    """`--runtime`: on whom."""
    parser.add_argument(
        "--runtime",
        default="floor",
        metavar="NAME",
        help="a runtime's name, or module:Class (default: floor)",
    )


def add_python(parser: argparse.ArgumentParser) -> None:
    """`--python`: in which environment."""
    parser.add_argument(
        "--python",
        metavar="FILE",
        help="interpreter of the environment that has the framework (default: this one)",
    )


def add_entry(
    parser: argparse.ArgumentParser, entries: Sequence[str], otherwise: str, **settings: Any
) -> None:
    """`--entry`: how an agent is called. otherwise: what is done without it."""
    text = f"how an agent is called (default: {otherwise})"
    parser.add_argument("--entry", choices=entries, help=text, **settings)


def add_time(parser: Any, *names: str, **settings: Any) -> None:
    """An option in seconds, written 50ms, 2s or 0.1."""
    parser.add_argument(*names, type=quantities.duration, metavar="TIME", **settings)


def add_port(parser: argparse.ArgumentParser) -> None:
    """`--port`: where a server listens, 0 for a free port."""
    parser.add_argument("--port", type=_port, default=0, metavar="N", help="default: a free one")


@quantities.argument
def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise ValueError(f"a port from 0 to 65535, not {text!r}")
    return int(text)


def add_tool_rounds(parser: argparse.ArgumentParser, default: int | None = 0) -> None:
    """`--tool-rounds`: how often a run calls its tool."""
    parser.add_argument(
        "--tool-rounds", type=int, default=default, metavar="N", help="tool calls before the reply"
    )
