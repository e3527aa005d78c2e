"""The command line of a study: measure, show, keep what was measured."""

import argparse
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from harness.common.options import Outputs, add_outputs, as_json
from harness.history import machine

Document = dict[str, Any]


def parser(module: str, about: str) -> argparse.ArgumentParser:
    """The command line of `python -m MODULE`; about: its docstring."""
    result = argparse.ArgumentParser(prog=f"python -m {module}", description=about.split("\n")[0])
    add_outputs(result, json="everything that was measured")
    return result


def main(
    parser: argparse.ArgumentParser,
    measure: Callable[[argparse.Namespace], Document],
    show: Callable[[Document], str],
    argv: Sequence[str] | None = None,
) -> int:
    """0; 1 after one line about what failed, 2 after one about bad input. Then nothing is kept."""
    arguments = parser.parse_args(argv)
    try:
        outputs = Outputs(arguments)
        document = conditions() | measure(arguments)
        print(show(document), file=outputs.people)
        outputs.write(json=lambda: as_json(document))
    except (ValueError, RuntimeError, OSError, subprocess.SubprocessError) as error:
        print(f"{parser.prog}: {' '.join(str(error).split())}", file=sys.stderr)
        refused = isinstance(error, ValueError | NotImplementedError)
        return 2 if refused else 1
    except KeyboardInterrupt:
        print(f"\n{parser.prog}: interrupted; nothing was written", file=sys.stderr)
        return 130
    return 0


def conditions() -> Document:
    """What a figure depends on beside what is measured; load: average of the minute before."""
    fields = machine.describe()
    del fields["machine"]
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": fields,
        "load": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
    }
