"""The sensitivity study: measure what is missing; `python -m studies.pages` renders the report."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from harness.cli.target import CHECKOUT
from studies.planted.defects import DEFECTS, named
from studies.sensitivity import plan, raw
from studies.sensitivity.project import StudyError
from studies.sensitivity.settings import LOADED, QUIET, Settings
from studies.sensitivity.study import Study

DATA, WORK = "docs/sensitivity-data", ".cache/sensitivity"


def parser() -> argparse.ArgumentParser:
    """The command line."""
    result = argparse.ArgumentParser(prog="python -m studies.sensitivity", description=__doc__)
    add = result.add_argument
    add("--trials", type=int, default=3, help="trials to have, with those of former runs (3)")
    add("--defects", nargs="*", metavar="TAG", help="default: all; none: A/A pairs only")
    add("--quiet", action="store_true", help="with nothing else running (default)")
    add("--loaded", action="store_true", help="with one core kept busy")
    add("--profile", choices=plan.PROFILES, default="full", help="which benchmarks (full)")
    add("--bench", action="append", default=[], help="asv's pattern, in place of the profile's")
    add("--processes", type=int, default=0, help="worker processes a session (the profile's)")
    add("--continuous", nargs="*", default=[], metavar="TAG", help="ask `asv continuous` of these")
    per_block = plan.PER_BLOCK
    add("--per-block", type=int, default=per_block, help=f"defects a reference ({per_block})")
    add("--minutes", type=float, default=0.0, help="stop by then; again continues (no bound)")
    add("--out", type=Path, default=CHECKOUT / DATA, help=f"raw data ({DATA})")
    add("--work", type=Path, default=CHECKOUT / WORK, help=f"the planted project ({WORK})")
    add("--remark", help="told with the results of this profile, such as what else was running")
    add("--keep", action="store_true", help="keep asv's results of every block")
    return result


def settings(arguments: argparse.Namespace) -> Settings:
    """What the command line asks for; ValueError for an unknown defect."""
    every = tuple(defect.tag for defect in DEFECTS)
    wanted = every if arguments.defects is None else tuple(arguments.defects)
    for tag in (*wanted, *arguments.continuous):
        if tag != plan.SAME:
            named(tag)
    loads = [name for name in (QUIET, LOADED) if getattr(arguments, name)]
    return Settings(
        out=arguments.out,
        work=arguments.work.resolve(),
        trials=arguments.trials,
        defects=wanted,
        loads=tuple(loads) or (QUIET,),
        profile=arguments.profile,
        bench=tuple(arguments.bench),
        processes=arguments.processes,
        again=tuple(arguments.continuous),
        minutes=arguments.minutes,
        per_block=max(1, arguments.per_block),
        keep=arguments.keep,
    )


def remark(wanted: Settings, text: str) -> None:
    """Keep a remark with the raw data, for each load."""
    for load in wanted.loads:
        kept = {"kind": "remark", "profile": wanted.profile, "load": load, "text": text}
        if kept not in raw.read(wanted.out):
            raw.append(wanted.out, kept)


def main(argv: Sequence[str] | None = None) -> int:
    """0 when everything asked for is there, 1 when some is missing, 2 after one line of error."""
    arguments = parser().parse_args(argv)
    try:
        wanted = settings(arguments)
        if arguments.remark:
            remark(wanted, arguments.remark)
        complete = Study(wanted, say=_say).perform()
    except (ValueError, StudyError) as error:
        print(f"sensitivity: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nsensitivity: interrupted; the same command continues", file=sys.stderr)
        return 130
    return 0 if complete else 1


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
