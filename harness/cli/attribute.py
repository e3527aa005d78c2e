"""The verb `attribute`: a change from one release to another, is it the framework's own or that of
a dependency, and of which one?

Exact figures alone, which need no quiet machine. What is measured stays in the cache: the same
question, or one about more figures, does not measure it again. Beside the results, where the
findings read it, the answer is kept only if that is asked for (`--keep`): whoever asks changes no
checkout.

JSON, keys that stay: `schema` (1), and the fields of `harness.check.attribution.Attribution`.
"""

from __future__ import annotations

import argparse
import dataclasses
import re

from harness.check import attribution
from harness.check.attribution import Attribution
from harness.check.stored import laid
from harness.cli.laboratory import Laboratory
from harness.cli.square import answer
from harness.common import files, options, quantities
from harness.history import releases
from harness.results.configuration import configurations
from harness.results.target import Target, opened


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("target", help="such as agno")
    parser.add_argument("old", help="a release, such as 3.0.8")
    parser.add_argument("new", help="a later one")
    parser.add_argument(
        "--bench", type=_pattern, default="", metavar="REGEX", help="figures (default: all exact)"
    )
    options.add_count(parser, "--most", 16, "environments that tell dependencies apart")
    parser.add_argument("--all", action="store_true", help="show every figure that changed")
    parser.add_argument("--keep", action="store_true", help="beside the results, for `findings`")
    options.add_outputs(parser, json="all of it")
    parser.set_defaults(run=_attribute)


@quantities.argument
def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is no regular expression: {error}") from None
    return text


def _attribute(arguments: argparse.Namespace) -> None:
    outputs = options.Outputs(arguments)
    (config,) = configurations([arguments.target]).values()
    with opened(config) as target:
        lab = Laboratory(target, arguments.bench)
        found = answer(target, lab, arguments.old, arguments.new, arguments.most)
        if arguments.keep:
            keep(target, found)
    print(attribution.text(found, arguments.all), file=outputs.people)
    document = {"schema": attribution.SCHEMA, **dataclasses.asdict(found)}
    outputs.write(json=lambda: options.as_json(document))


def keep(target: Target, found: Attribution) -> None:
    """Put it beside the results, in the place of what was found before of the same two."""
    others = [each for each in attribution.read(target.folder) if each.commits != found.commits]
    every = [dataclasses.asdict(each) for each in [*others, found]]
    document = {
        "schema": attribution.SCHEMA,
        "attributions": sorted(every, key=lambda each: (each["base"], each["head"])),
    }
    files.write(
        target.folder / releases.ATTRIBUTIONS, laid(document, {"attributions": {"rows": {}}})
    )
