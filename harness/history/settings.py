"""The user's own package index settings, as pip and uv know them.

One reading serves both the release list and the installs, so that both ask the same indexes.
uv's variables win, then pip's (environment and configuration files), then the clients' default.
"""

import ast
import functools
import os
import subprocess
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Indexes:
    """Index addresses; they may hold credentials, so never print them.

    extra: asked first, in this order. default: asked last; None means the client's default.
    certificates: a bundle file that only pip was given, or None.
    """

    extra: tuple[str, ...]
    default: str | None
    certificates: str | None


def indexes() -> Indexes:
    """The indexes to ask, from the environment and pip's configuration."""
    environment = os.environ | uv_environment()
    extra = f"{environment.get('UV_INDEX', '')} {environment.get('UV_EXTRA_INDEX_URL', '')}"
    default = environment.get("UV_DEFAULT_INDEX") or environment.get("UV_INDEX_URL")
    return Indexes(tuple(_served(extra)), _address(default) if default else None, _pip("cert"))


def uv_environment() -> dict[str, str]:
    """Variables that make uv use pip's settings wherever uv has none of its own."""
    wanted = {
        ("UV_DEFAULT_INDEX", "UV_INDEX_URL"): _pip("index-url"),
        ("UV_INDEX", "UV_EXTRA_INDEX_URL"): " ".join(_served(_pip("extra-index-url") or "")),
        ("SSL_CERT_FILE",): _pip("cert"),
    }
    return {
        names[0]: value
        for names, value in wanted.items()
        if value and not any(map(os.environ.get, names))
    }


def _pip(option: str) -> str | None:
    """A setting of pip: its own variable, else its configuration files."""
    variable = os.environ.get("PIP_" + option.upper().replace("-", "_"))
    return variable or _pip_configuration().get(option)


@functools.cache
def _pip_configuration() -> dict[str, str]:
    """pip's configuration files by option; empty where pip is missing.

    Asking pip, which prints values as Python does, takes half a second: once per process.
    """
    listing = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"],
        capture_output=True,
        text=True,
        check=False,
    )
    found: dict[str, str] = {}
    for section in ("global", "install"):  # pip lets the section of its command win
        for line in listing.stdout.splitlines() if listing.returncode == 0 else []:
            key, _, value = line.partition("=")
            if key.startswith(section + "."):
                found[key.removeprefix(section + ".")] = str(ast.literal_eval(value))
    return found


def _served(addresses: str) -> list[str]:
    """The addresses but for folders, which tell no upload dates."""
    known = map(_address, addresses.split())
    return [address for address in known if address.startswith(("http://", "https://"))]


def _address(item: str) -> str:
    """uv allows NAME=ADDRESS; an address itself may hold '=' only after its scheme."""
    name, equals, address = item.partition("=")
    return address if equals and ":" not in name else item
