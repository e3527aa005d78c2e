"""The verb `ci`: what the GitHub action does, a step each (docs/ci.md).

`measure` and `pack` belong to the job that runs a pull request's code, without any rights;
`comment` to the one that may write a comment, and runs nothing of the pull request. It needs no
network and no token: other steps of the action fetch what it reads, and post what it writes.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from harness.check import run
from harness.check.pull_request import markdown
from harness.cli.dashboard import SOME_FAILED, run_asv
from harness.cli.handed_over import refusal, unpack
from harness.cli.packing import lay_out, pack
from harness.cli.survey import measuring_as
from harness.common import files, kinds, options
from harness.history import machine
from harness.results.configuration import configuration
from harness.results.files import BadInput
from harness.results.target import opened

MACHINE = "ci"
USUAL = r"^(latency\.Counted|streaming\.Exact|tools|growth\.History|workflows\.Workflow|virtual)\b"
"""Exact benchmarks of a pull request."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    steps = parser.add_subparsers(required=True, metavar="STEP")
    measure = _step(steps, "measure", "measure two commits, counts first", _measure)
    measure.add_argument(
        "--bench", default=USUAL, metavar="REGEX", help="exact figures (a usual few)"
    )
    measure.add_argument("--sampled", metavar="REGEX", help="figures with noise, too: minutes more")
    packed = _step(steps, "pack", "put both results into one file, to hand over", _pack)
    packed.add_argument("--output", type=Path, required=True, metavar="FILE")
    comment = steps.add_parser("comment", help="check what was handed over, and write the comment")
    comment.add_argument("artifact", type=Path, help="the zip that GitHub made, or the file in it")
    comment.add_argument(
        "--event", type=Path, required=True, metavar="FILE", help="the event, `workflow_run`"
    )
    comment.add_argument(
        "--pulls", type=Path, required=True, metavar="FILE", help="GitHub's open pull requests"
    )
    comment.add_argument("--runtime", required=True, help="as it was measured")
    comment.add_argument("--project", help="its name in the comment (default: the repository)")
    comment.add_argument("--slo", type=Path, metavar="FILE", help="limits and thresholds")
    comment.add_argument(
        "--only-on-finding", action="store_true", help="no new comment where nothing is worse"
    )
    comment.add_argument("--output", type=Path, required=True, metavar="FILE", help="JSON")
    comment.set_defaults(run=_comment)


def _step(steps: Any, name: str, text: str, function: Any) -> argparse.ArgumentParser:
    """A step on two commits of a configuration."""
    parser: argparse.ArgumentParser = steps.add_parser(name, help=text)
    options.add_config(parser)
    parser.add_argument("base", help="whole hash")
    parser.add_argument("head", help="whole hash")
    parser.set_defaults(run=function)
    return parser


def _measure(arguments: argparse.Namespace) -> None:
    """What is measured already is skipped."""
    configuration(arguments.config)  # plugins set up what both runs need: not what one cleans up
    _asv(arguments, arguments.bench, counts_only=True)
    if arguments.sampled:
        _asv(arguments, arguments.sampled, counts_only=False)


def _asv(arguments: argparse.Namespace, bench: str, counts_only: bool) -> None:
    fields = machine.describe(MACHINE)
    with measuring_as(fields, counts_only), tempfile.TemporaryDirectory() as folder:
        listed = Path(folder, "commits")
        files.write(listed, f"{arguments.base}\n{arguments.head}\n")
        what = ["run", f"HASHFILE:{listed}", "--machine", MACHINE, "--bench", bench]
        what += ["--skip-existing-successful", "--interleave-rounds"]
        run_asv(arguments.config, *what, allowed=SOME_FAILED)


def _pack(arguments: argparse.Namespace) -> None:
    files.writable(arguments.output)
    with opened(arguments.config) as target:
        found = target.results(MACHINE, None)
        text = pack(target, *(target.commit(each, found) for each in _pair(arguments)))
    files.write(arguments.output, text)


def _pair(arguments: argparse.Namespace) -> tuple[str, str]:
    return arguments.base, arguments.head


@dataclass(frozen=True)
class Place:
    """Where the comment goes. head: the commit that GitHub says was measured; run: the address of
    what has measured it."""

    repository: str
    head: str
    number: int
    run: str


def _comment(arguments: argparse.Namespace) -> None:
    """Nothing that the pull request's job wrote decides where the comment goes."""
    files.writable(arguments.output)
    place = _place(arguments.event, arguments.pulls)
    project = arguments.project or place.repository.partition("/")[2]
    if not re.fullmatch(r"[\w .+/]+(-[\w .+/]+)*", project, re.ASCII):  # "--" ends a mark in HTML
        raise ValueError(f"a project is named with letters, digits and single -, not {project!r}")
    found = unpack(arguments.artifact, place.head, arguments.runtime)
    limits = arguments.slo and arguments.slo.resolve()
    asked = argparse.Namespace(
        base=found.base.commit, head=found.head.commit, machine=None, env=None, allow_missing=False
    )
    with tempfile.TemporaryDirectory() as folder:
        config = lay_out(found, project, Path(folder))
        try:
            # A history of its own: two comments made at once have different ones of that name.
            cache = {"AGENT_BENCHMARKS_CACHE": str(Path(folder, "cache"))}
            with mock.patch.dict(os.environ, cache), opened(config) as target:
                report = run.check(target, asked, limits)
        except BadInput as error:
            raise refusal(arguments.artifact, error) from None
        except Exception as error:  # of figures that nobody has thought of
            if isinstance(error, ValueError):  # of the limits
                raise
            raise refusal(arguments.artifact, error) from error
    rest = f"[the run that measured it]({place.run}) has them in its summary"
    mark = f"<!-- agent-benchmarks: {project} -->"
    document = {
        "number": place.number,
        "mark": mark,
        "create": bool(report.status) or not arguments.only_on_finding,
        "body": f"{mark}\n{markdown(report, False, arguments.runtime, rest)}",
    }
    files.write(arguments.output, options.as_json(document))
    print(f"pull request {place.number}: {report.summary()}")


def _place(event: Path, pulls: Path) -> Place:
    """The one open pull request of a repository whose head is the commit that was measured, in the
    branch and repository from which GitHub took it. ValueError where there is none."""
    content = files.parsed(event, json.loads)
    begun = _at(content, dict, "workflow_run")
    repository = _at(content, str, "repository", "full_name")
    if _at(begun, str, "event") != "pull_request":
        raise ValueError("the workflow that ended was not begun by a pull request: no comment")
    wanted = (
        _at(begun, str, "head_sha"),
        _at(begun, str, "head_branch"),
        _at(begun, str, "head_repository", "full_name"),
    )
    if not re.fullmatch("[0-9a-f]{40}", wanted[0]):
        raise ValueError(f"{event} has no whole hash of the head")
    found = [
        _at(each, int, "number")
        for each in kinds.of(list[dict[str, Any]], files.parsed(pulls, json.loads), "pulls")
        if _head(each) == wanted
        and _at(each, str, "state") == "open"
        and _at(each, str, "base", "repo", "full_name") == repository
    ]
    if len(found) != 1:
        those = f"{len(found)} open pull requests have" if found else "no open pull request has"
        raise ValueError(f"{those} the head {wanted[0]}: it was pushed to again, or closed")
    return Place(repository, wanted[0], found[0], _at(begun, str, "html_url"))


def _head(pull: Mapping[str, Any]) -> tuple[str, str, str] | None:
    head = _at(pull, dict, "head")
    if head.get("repo") is None:  # a fork that was deleted
        return None
    return _at(head, str, "sha"), _at(head, str, "ref"), _at(head, str, "repo", "full_name")


def _at(document: Any, kind: Any, *names: str) -> Any:
    """What stands in a document of GitHub's; ValueError where it does not."""
    for place, name in enumerate(names):
        if not isinstance(document, dict) or name not in document:
            raise ValueError(f"GitHub's answer has no {'.'.join(names[: place + 1])}")
        document = document[name]
    if not isinstance(document, kind) or isinstance(document, bool):
        raise ValueError(f"GitHub's answer has another {'.'.join(names)} than is known")
    return document
