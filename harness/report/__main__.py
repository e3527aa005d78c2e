"""Write the page of results, or check that it is current: `python -m harness.report --help`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from harness.common.files import write
from harness.report.page import page


def main(argv: Sequence[str] | None = None) -> int:
    """0; 1 if `--check` found another page than the results give; 2 for bad input, in one line."""
    parser = argparse.ArgumentParser(prog="python -m harness.report", description=__doc__)
    parser.add_argument("--config", type=Path, default=Path("asv.conf.json"), help="asv config")
    parser.add_argument("--output", type=Path, help="the page (default: in docs, by the config)")
    parser.add_argument("--check", action="store_true", help="only check that the page is current")
    arguments = parser.parse_args(argv)
    output = arguments.output or _output(arguments.config)
    try:
        text = page(arguments.config)
        current = output.read_text("utf-8") if output.is_file() else None
        if arguments.check and current != text:
            print(f"{output} is not what the results give: run python -m harness.report")
            return 1
        if not arguments.check:
            output.parent.mkdir(parents=True, exist_ok=True)
            write(output, text)
            print(f"wrote {output}")
    except (OSError, ValueError) as error:
        print(f"harness.report: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    return 0


def _output(config: Path) -> Path:
    """The page of the default target, or one beside it named by the target's config."""
    default = config.name == "asv.conf.json"
    return Path(
        "docs", "benchmark-results.md" if default else f"benchmark-results-{config.stem}.md"
    )


if __name__ == "__main__":
    sys.exit(main())
