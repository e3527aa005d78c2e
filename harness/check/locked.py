"""Which versions a lock file or a list of `pip freeze` names."""

import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from harness.common import files

Pins = list[tuple[str, str]]
"""Name as PEP 503 writes it, and version: each once, in the order of the file."""

_PIN = re.compile(r"([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*===?\s*([^\s;#,\\]+)", re.ASCII)


def lock(path: Path) -> Pins:
    """Those of uv.lock, or of another one that keeps a table [[package]] or [[packages]].

    Raises ValueError, one line, for what is none.
    """
    return _read(path, _of_toml)


def freeze(path: Path) -> Pins:
    """Those of lines such as `name==1.2.3`; "-" is standard input.

    Other lines, such as addresses and options, are left out. Raises ValueError, one line, where no
    line is left.
    """
    return _read(path, _of_lines)


def _read(path: Path, parse: Callable[[str], Iterator[tuple[str, str]]]) -> Pins:
    def pins(text: str) -> Pins:
        return [each for each in dict.fromkeys(parse(text)) if _is_version(each[1])]

    if str(path) != "-":
        return files.parsed(path, pins)
    try:
        return pins(sys.stdin.buffer.read(files.LARGEST).decode())
    except (OSError, ValueError) as error:
        raise ValueError(f"cannot read standard input: {files.reason(error)}") from None


def _of_toml(text: str) -> Iterator[tuple[str, str]]:
    found = tomllib.loads(text)
    packages: Any = found.get("package", found.get("packages"))
    if not isinstance(packages, list) or not all(isinstance(each, dict) for each in packages):
        raise ValueError("it is no lock file such as uv.lock: it has no [[package]]")
    for each in packages:
        name, version = each.get("name"), each.get("version")
        if isinstance(name, str) and isinstance(version, str):  # a workspace may have no version
            yield canonicalize_name(name), version


def _of_lines(text: str) -> Iterator[tuple[str, str]]:
    pins = list(filter(None, (_PIN.match(line.strip()) for line in text.splitlines())))
    if not pins:
        raise ValueError("it has no line such as name==1.2.3")
    for name, version in (each.groups() for each in pins):
        yield canonicalize_name(name), version


def _is_version(text: str) -> bool:
    try:
        Version(text)
    except InvalidVersion:
        return False
    return True
