"""Where a load is made: in this process, on a URL, or in the interpreter of --python."""

import argparse
from collections.abc import Callable
from typing import TypeVar

from harness.common.children import ChildFailed
from harness.tools import runtime
from harness.tools.load import client, console, real, run, target, worker

T = TypeVar("T")


def made(
    arguments: argparse.Namespace, work: Callable[[target.Target, run.Tell], T], seconds: float
) -> tuple[target.Target, T]:
    """The target that the arguments name, and what `work` makes of it, within about `seconds`.

    In another interpreter it is `worker.perform` that does the work. Raises ValueError, one line.
    """
    progress = console.Progress()
    name = arguments.url or arguments.call or arguments.runtime
    try:
        with real.proxied(arguments):
            if arguments.python:
                python = runtime.interpreter(arguments.runtime, arguments.python)
                return worker.remote(arguments, python, seconds, progress)
            if arguments.url:
                on = client.of_url(arguments.url, target.script_of(arguments))
                return on, work(on, progress)
            with target.of_arguments(arguments) as on:
                return on, work(on, progress)
    except (NotImplementedError, ChildFailed) as error:
        raise ValueError(f"{name}: {error}") from error
    finally:
        progress.end()
