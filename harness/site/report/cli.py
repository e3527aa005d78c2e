"""The verb `report`: write the page of results, or check that it is current."""

import argparse
from pathlib import Path

from harness.common import files, options
from harness.site.report.page import page


def add_arguments(parser: argparse.ArgumentParser) -> None:
    options.add_config(parser)
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="the page (default: in docs, by the config)"
    )
    parser.add_argument(
        "--check", action="store_true", help="only check that the page is current: 1 if not"
    )
    parser.set_defaults(run=_report)


def _report(arguments: argparse.Namespace) -> int:
    text = page(arguments.config)
    output = arguments.output or _output(arguments.config)
    if not arguments.check:
        files.write(output, text)
        print(f"wrote {output}")
    elif not output.is_file() or output.read_text("utf-8") != text:
        print(f"{output} is not what the results give: run python -m harness report")
        return 1
    return 0


def _output(config: Path) -> Path:
    """The page of the default target, or one beside it named by the target's config."""
    default = config.name == "asv.conf.json"
    return Path(
        "docs", "benchmark-results.md" if default else f"benchmark-results-{config.stem}.md"
    )
