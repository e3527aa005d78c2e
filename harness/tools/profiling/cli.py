"""The verb `profile`: its arguments, and what it does."""

import argparse
from pathlib import Path

from harness.common import options
from harness.instruments.profilers.scenarios import SCENARIOS
from harness.tools import runtime
from harness.tools.profiling.advice import recommend
from harness.tools.profiling.compare import compare
from harness.tools.profiling.document import KINDS, Document, read, take
from harness.tools.profiling.report import TOP, page, text

DEFAULT_KINDS = ("cpu", "sampling", "memory")
EXACT_KINDS = ("cpu",)
"""Those of two releases: calls can be compared, whatever the machine does meanwhile."""

NEEDS = {"memray": "memray", "lines": "memory-profiler"}
"""The packages that some kinds need beside the framework."""


def add_arguments(this: argparse.ArgumentParser) -> None:
    runtime.add_options(this, beside=_beside)
    runtime.add_entry(this, "threads", default="threads")
    this.add_argument(
        "--scenario", choices=sorted(SCENARIOS), default="reply", help="default: reply"
    )
    options.add_count(this, "--runs", 100, "of one reading (default: 100)")
    this.add_argument(
        "--kind",
        nargs="+",
        choices=KINDS,
        help=f"default: {' '.join(DEFAULT_KINDS)}; of two releases: {' '.join(EXACT_KINDS)}",
    )
    this.add_argument("--function", default="", help="what `--kind lines` looks at")
    this.add_argument(
        "--from", type=Path, dest="taken", metavar="FILE", help="show this profile, take none"
    )
    this.add_argument(
        "--against",
        metavar="FILE",
        help="compare with this older profile; with --release: or with this VERSION",
    )
    options.add_count(this, "--top", TOP, f"rows of a table (default: {TOP})")
    options.add_outputs(
        this, json="the profile", html="one page with a flame graph", text="the text, too"
    )
    this.set_defaults(run=_profile, against_python=None)


def _profile(arguments: argparse.Namespace) -> int:
    outputs = options.Outputs(arguments)
    old = _old(arguments) if arguments.against else None
    document = read(arguments.taken) if arguments.taken else _taken(arguments, arguments.python)
    try:
        if old is not None:
            document["against"] = compare(old, document)
        report = text(document, arguments.top)
        shown = page(document, report) if arguments.html else ""
    except Exception as error:
        files = " or ".join(str(each) for each in (arguments.taken, arguments.against) if each)
        if not files or isinstance(error, ValueError):
            raise
        reason = f"{type(error).__name__}: {error}"
        raise ValueError(f"{files} is not a whole profile: {reason}") from None
    print(report, end="", file=outputs.people)
    outputs.write(json=lambda: options.as_json(document), html=lambda: shown, text=lambda: report)
    return 0


def _beside(arguments: argparse.Namespace) -> list[str]:
    return [NEEDS[kind] for kind in arguments.kind or () if kind in NEEDS]


def _old(arguments: argparse.Namespace) -> Document:
    """What is compared with: a kept profile, or one of the other release."""
    if arguments.against_python:
        return _taken(arguments, arguments.against_python)
    if not (kept := Path(arguments.against)).exists():
        raise ValueError(f"no profile {kept}; a version goes with --release PACKAGE==VERSION")
    return read(kept)


def _taken(arguments: argparse.Namespace, python: str | None) -> Document:
    document = take(
        arguments.runtime,
        arguments.kind or (EXACT_KINDS if arguments.against_python else DEFAULT_KINDS),
        scenario=arguments.scenario,
        entry=arguments.entry,
        runs=arguments.runs,
        function=arguments.function,
        python=runtime.interpreter(arguments.runtime, python),
    )
    return document | {"recommendations": recommend(document)}
