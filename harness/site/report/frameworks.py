"""The verb `frameworks`: all frameworks side by side, each at its newest measured release.

JSON, keys that stay: `schema` (1) and `frameworks`, each `name`, `project`, `release`, `date`,
`says` (its adapter) and `figures`, by section and column: `value` or null, `interval` (two numbers,
null where there is none), `floor` (beside it), `unit`, `grade`, `entry`, `release`, `why` (null).
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from harness.check import sources
from harness.common import options
from harness.rendering.lines import wrap
from harness.rendering.pages import markdown_page
from harness.rendering.tables import plain
from harness.site.report.comparison import Section, sections


def add_arguments(parser: argparse.ArgumentParser) -> None:
    sources.add_targets(parser)
    options.add_outputs(parser, json="all figures", markdown="the page, such as docs/frameworks.md")
    parser.set_defaults(run=_frameworks)


def _frameworks(arguments: argparse.Namespace) -> None:
    outputs = options.Outputs(arguments)
    known = sources.documents(arguments.target, arguments.own)
    found = sections(known)
    for section in found:
        about = wrap(f"{section.title}. {section.about}")
        lines = [about, "", plain(section.head, section.table), "", *map(wrap, section.notes), ""]
        print("\n".join(lines), file=outputs.people)
    print(sources.as_of(known), file=outputs.people)
    outputs.write(json=lambda: as_json(found), markdown=lambda: page(found))


def page(found: Sequence[Section]) -> str:
    template = Path(__file__).with_name("frameworks.md")
    return markdown_page(template, sections=found, frameworks=found[0].frameworks)


def as_json(found: Sequence[Section]) -> str:
    figures = {
        framework.known.target: {
            section.title: {
                column.title: cell.document
                for column, cell in zip(section.columns, section.rows[number], strict=True)
            }
            for section in found
        }
        for number, framework in enumerate(found[0].frameworks)
    }
    return options.as_json(
        {
            "schema": 1,
            "frameworks": [
                {
                    "name": each.known.target,
                    "project": each.project,
                    "release": each.newest.title,
                    "date": each.newest.date.partition("T")[0],
                    "says": each.says,
                    "figures": figures[each.known.target],
                }
                for each in found[0].frameworks
            ],
        }
    )
