"""Makes the site that asv wrote load nothing from any other host, and read a little better."""

from __future__ import annotations

import re
import shutil
import tomllib
from pathlib import Path

from asv.util import UserError

from harness.rendering.pages import VENDOR

HERE = Path(__file__).parent
SHIM = "open_locally.js"

_TEXTS = tomllib.loads(HERE.joinpath("offline.toml").read_text("utf-8"))
ASSETS: dict[str, str] = _TEXTS["assets"]
"""Our copy of what asv's page loads, by the end of its address."""

# The browser itself then refuses every other host, whatever a later asv adds to its scripts.
CONTENT_POLICY = (
    '<meta http-equiv="Content-Security-Policy"'
    " content=\"default-src 'self' file: data: 'unsafe-inline'\">"
)

# The overview below the graph was higher than its place, and cut off.
STYLE = "<style>#overview { min-height: 0 !important; }</style>"

_EXTERNAL = re.compile(
    r'<(?P<tag>script|link)\b[^>]*?\b(?:src|href)="(?:https?:)?//(?P<address>[^"]+)"[^>]*>'
)
_STILL_EXTERNAL = re.compile(r'<(?!a\b)[a-z]+\b[^>]*?\b(?:src|href)="(?:https?:)?//[^"]*"')
_LAST_NAV_ENTRY = '<li id="nav-li-regressions"><a href="#/regressions">Regressions</a></li>'
_CHARSET = '<meta http-equiv="Content-Type" content="text/html; charset=utf-8">'
_ONLINE_HINT = re.compile(r"Make sure you have an active internet connection.*?(?=</p>)", re.DOTALL)
_LOCAL_HINT = (
    "This copy of the site is not complete: copy its whole folder, or publish it again.\n    "
)


def make_offline(site: Path, releases_page: str) -> None:
    """Copy the third-party files into `site` and make its pages use them.

    `releases_page` is the file name that a new entry of the navigation bar links to.
    Raises UserError when asv's pages are not the ones this was written for.
    """
    patches = {
        "index.html": lambda text: _patch_index(text, releases_page),
        "error.html": _patch_error,
        "graphdisplay.js": _patch_graph,
    }
    patched = {name: patch((site / name).read_text("utf-8")) for name, patch in patches.items()}
    shutil.copytree(VENDOR, site / "vendor", ignore=shutil.ignore_patterns(".*"))
    shutil.copy(HERE / SHIM, site / SHIM)
    for name, text in patched.items():
        (site / name).write_text(text, encoding="utf-8")


def _patch_index(text: str, releases_page: str) -> str:
    found: list[str] = []

    def local_tag(match: re.Match[str]) -> str:
        name = _vendor_file(match["address"])
        found.append(name)
        if match["tag"] == "link":
            return f'<link rel="stylesheet" href="vendor/{name}">'
        return f'<script src="vendor/{name}" onerror="js_load_failure()">'

    text = _EXTERNAL.sub(local_tag, text)
    if sorted(found) != sorted(ASSETS.values()):
        missing = ", ".join(sorted(set(ASSETS.values()) - set(found))) or "none, some twice"
        raise _unexpected(
            f"not every expected script and style sheet is in it (missing: {missing})"
        )
    if left := _STILL_EXTERNAL.search(text):
        raise _unexpected(f"it still loads something from the network: {left.group()}")
    nav_entry = f'\n\t<li id="nav-li-releases"><a href="{releases_page}">Releases</a></li>'
    text = _replace_once(text, _LAST_NAV_ENTRY, _LAST_NAV_ENTRY + nav_entry)
    text = _replace_once(text, _CHARSET, f"{_CHARSET}\n    {CONTENT_POLICY}")
    return _replace_once(text, "</head>", f'  <script src="{SHIM}"></script>{STYLE}\n  </head>')


def _patch_error(text: str) -> str:
    text, changes = _ONLINE_HINT.subn(_LOCAL_HINT, text)
    if changes != 1:
        raise _unexpected("error.html has another text")
    return text


def _patch_graph(text: str) -> str:
    for each in _TEXTS["corrections"]:
        text = _replace_once(text, each["old"], each["new"])
    return text


def _vendor_file(address: str) -> str:
    for tail, name in ASSETS.items():
        if address.endswith(tail):
            return name
    raise _unexpected(f"it loads something unknown: {address}")


def _replace_once(text: str, old: str, new: str) -> str:
    if text.count(old) != 1:
        raise _unexpected(f"expected {old!r} once, found it {text.count(old)} times")
    return text.replace(old, new)


def _unexpected(what: str) -> Exception:
    """The error for a page that asv has changed; UserError makes asv print one line and stop."""
    error: Exception = UserError(
        f"Cannot make the site work offline, asv's page has another shape than asv 0.6.6: {what}"
    )
    return error
