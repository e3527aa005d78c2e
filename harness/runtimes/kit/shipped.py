"""Agents that a framework ships, as data: how each is called and what a right result holds.

One entry an agent in a JSON file:
  module, class   where it is
  input           a valid input; null where none is known. "{here}" is the folder of the data.
  method          its public entry point, if that is not `run`
  keywords        true if the input is passed as keyword arguments
  needs           a module the agent imports only when it runs, and which no release contains
  expect          dotted path in the result -> its value (numbers to nine digits)
  contains        dotted path in the result -> a part of its text
  batch           dotted path of the input number, and of the result number that scales with it
"""

from __future__ import annotations

import asyncio
import copy
import importlib
import importlib.util
import inspect
import json
import math
import weakref
from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

from harness.runtimes.base import RunFailed, Shipped

BATCH_SIZE = 10


@cache
def entries(path: Path) -> Mapping[str, Mapping[str, Any]]:
    """Name of an agent -> its entry in the data file."""
    text = path.read_text(encoding="utf-8").replace("{here}", path.parent.as_posix())
    loaded: dict[str, dict[str, Any]] = json.loads(text)
    return loaded


def build(
    path: Path, name: str, release: str, entry_points: Mapping[str, tuple[str, bool]]
) -> Shipped:
    """The entry point `name` ("fuel", "fuel.batch") on a new agent of the data file.

    entry_points: suffix of a name -> method, and whether it takes a list of inputs; all of these
    hand their work to threads. Raises NotImplementedError if `release`, as installed, does not
    have it or cannot run it.
    """
    base, _, suffix = name.partition(".")
    entry = entries(path)[base]
    method, batch = entry_points[suffix] if suffix else (entry.get("method", "run"), False)
    call = getattr(_agent(entry, release), method, None)
    if call is None:
        raise NotImplementedError(f"{entry['class']} of {release} has no {method}")
    given: Any = _scaled_inputs(entry) if batch else copy.deepcopy(entry["input"])
    check = _batch_check(name, entry) if batch else _check(name, entry)
    called = partial(call, **given) if entry.get("keywords") else partial(call, given)
    if inspect.iscoroutinefunction(call):
        return Shipped(_on_a_loop(called), check, threaded=bool(suffix), acall=called)
    return Shipped(called, check, threaded=bool(suffix))


def _agent(entry: Mapping[str, Any], release: str) -> Any:
    what, needs = entry["class"], entry.get("needs")
    if needs and importlib.util.find_spec(needs) is None:
        raise NotImplementedError(f"{what} of {release} needs {needs}, which it does not contain")
    if entry["input"] is None:
        raise NotImplementedError(f"no valid input of {what} of {release} is known")
    try:
        return getattr(importlib.import_module(entry["module"]), what)()
    except (ImportError, AttributeError) as error:
        reason = " ".join(str(error).split())
        raise NotImplementedError(f"{what} of {release} does not load: {reason}") from error


def _on_a_loop(function: Callable[[], Any]) -> Callable[[], object]:
    """Calls a coroutine function on one event loop, kept from call to call.

    The loop and its worker threads end with what is returned. Not at interpreter exit, where
    Python no longer lets a loop wait for its threads.
    """
    runner = asyncio.Runner()
    loop = runner.get_loop()

    def call() -> object:
        return loop.run_until_complete(function())

    weakref.finalize(call, runner.close).atexit = False
    return call


def _scaled_inputs(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    """BATCH_SIZE inputs, item i with i times the number: a lost or doubled item shows."""
    *parents, last = entry["batch"]["input"].split(".")
    inputs = []
    for i in range(1, BATCH_SIZE + 1):
        inputs.append(copy.deepcopy(entry["input"]))
        _at(inputs[-1], parents)[last] *= i
    return inputs


def _at(value: Any, path: Iterable[str]) -> Any:
    """What is at `path` in nested dicts; RunFailed if there is nothing."""
    for key in path:
        if not isinstance(value, dict) or key not in value:
            raise RunFailed(f"the result has no {'.'.join(path)}: {value!r:.300}")
        value = value[key]
    return value


def _plain(name: str, result: object) -> dict[str, Any]:
    """The result as a dict; RunFailed unless it says success (or never has such a flag)."""
    if isinstance(result, dict):
        plain = result
    else:
        plain = {key: getattr(result, key, None) for key in ("success", "data", "error")}
    if plain.get("success", True) is not True:
        raise RunFailed(f"shipped agent {name!r} failed: {plain.get('error')}")
    return plain


def _same(got: object, expected: object) -> bool:
    if isinstance(got, int | float) and isinstance(expected, int | float):
        return math.isclose(got, expected)
    return got == expected


def _check(name: str, entry: Mapping[str, Any]) -> Callable[[object], None]:
    def check(result: object) -> None:
        plain = _plain(name, result)
        for path, expected in entry.get("expect", {}).items():
            got = _at(plain, path.split("."))
            if not _same(got, expected):
                raise RunFailed(f"shipped agent {name!r}: {path} is {got!r}, not {expected!r}")
        for path, part in entry.get("contains", {}).items():
            if part not in str(_at(plain, path.split("."))):
                raise RunFailed(f"shipped agent {name!r}: {path} lacks {part!r}")

    return check


def _batch_check(name: str, entry: Mapping[str, Any]) -> Callable[[object], None]:
    path = entry["batch"]["result"]
    expected = [entry["expect"][path] * i for i in range(1, BATCH_SIZE + 1)]

    def check(result: object) -> None:
        if not isinstance(result, list) or len(result) != BATCH_SIZE:
            raise RunFailed(f"shipped agent {name!r} returned not {BATCH_SIZE} results: {result!r}")
        # FuelAgent.batch_process returns them in the order they finish.
        got = sorted(_at(_plain(name, item), path.split(".")) for item in result)
        if not all(map(_same, got, expected)):
            raise RunFailed(f"shipped agent {name!r}: {path} of the items are {got}")

    return check
