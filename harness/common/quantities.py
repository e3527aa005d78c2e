"""Quantities as people write them on a command line; `numbers` prints them."""

import argparse
import math
import re
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "": 1.0}
_BYTES = {"": 1.0, "b": 1.0, "kb": 1e3, "mb": 1e6, "gb": 1e9}
MOST = 1_000_000
"""Of anything that is counted on a command line."""

YEAR = 366 * 86400
_NUMBER = re.compile(r"([0-9.]+(?:e-?[0-9]+)?)\s*([a-zA-Z%]*)")


def _parse(text: str, units: dict[str, float], example: str) -> float:
    found = _NUMBER.fullmatch(text.strip())
    unit = found[2] if found else ""
    try:
        value = float(found[1]) * units[unit.lower()] if found else math.nan
    except (ValueError, KeyError):
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"{text!r} is no quantity such as {example}")
    return value


def seconds(text: str) -> float:
    """Seconds of "500ms", "2s", "1.5" or "2m", a year at most. Raises ValueError."""
    value = _parse(text, _SECONDS, "500ms, 2s or 1m")
    if value > YEAR:
        raise ValueError(f"{text!r} is more than a year")
    return value


def size(text: str) -> float:
    """Bytes of "500MB" or "1e9". Raises ValueError."""
    return _parse(text, _BYTES, "500MB")


def share(text: str) -> float:
    """A fraction of "1%" or "0.01". Raises ValueError; "1" might mean either."""
    value = _parse(text, {"%": 0.01, "": 1.0}, "1% or 0.01")
    if value >= 1 and not text.strip().endswith("%"):
        raise ValueError(f"{text!r} is ambiguous: write {text.strip()}% or {100 * value:g}%")
    return value


def percent(text: str) -> float:
    """Per cent of "80%" or "80". Raises ValueError; "0.8" might mean either."""
    value = _parse(text, {"%": 1.0, "": 1.0}, "80%")
    if 0 < value < 1 and not text.strip().endswith("%"):
        raise ValueError(f"{text!r} is ambiguous: write {text.strip()}% or {100 * value:g}%")
    return value


def number(text: str) -> float:
    """A plain number. Raises ValueError."""
    return _parse(text, {"": 1.0}, "5")


def is_digits(text: str) -> bool:
    """Whether a text is 1 to 20 of the digits 0 to 9, which other scripts write otherwise.

    Python makes no number of thousands of digits.
    """
    return text.isascii() and text.isdecimal() and len(text) <= 20


def count(text: str) -> int:
    """A whole number from 1 to a million. Raises ValueError."""
    if not is_digits(text.strip()) or not 1 <= int(text) <= MOST:
        raise ValueError(f"a whole number from 1 to {MOST}, not {text!r}")
    return int(text)


def listed(read: Callable[[str], T]) -> Callable[[str], tuple[T, ...]]:
    """A reader of several things that `read` reads, with commas between them."""
    return lambda text: tuple(read(part) for part in text.split(","))


def argument(read: Callable[[str], T]) -> Callable[[str], T]:
    """`read` as the type of an argument, whose one line of error argparse shows."""

    def parse(text: str) -> T:
        try:
            return read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return parse


duration = argument(seconds)
"""The type of an argument of so many seconds."""
