"""Makes the site that asv wrote load nothing from any other host, and read a little better."""

import re
import shutil
import tomllib
from pathlib import Path

from asv.util import UserError

from harness.rendering.pages import VENDOR

HERE = Path(__file__).parent
OURS = ("open_locally.js", "open_locally.css")

_TEXTS = tomllib.loads(HERE.joinpath("offline.toml").read_text("utf-8"))
ASSETS: dict[str, str] = _TEXTS["assets"]
"""Our copy of what asv's page loads, by the end of its address."""

_EXTERNAL = re.compile(r'<(?!a\b)[a-z]+\b[^>]*?\b(?:src|href)="(?:https?:)?//[^"]*"')


def make_offline(site: Path) -> None:
    """Copy the third-party files into `site` and make its pages use them.

    Raises UserError, one line, when asv's pages are not the ones this was written for.
    """
    texts: dict[str, str] = {}
    for page, old, new in _changes():
        text = texts.get(page) or (site / page).read_text("utf-8")
        texts[page], count = re.subn(old, new.replace("\\", r"\\"), text)
        if count != 1:
            raise _unexpected(page, f"expected {old!r} once, found it {count} times")
    if left := _EXTERNAL.search(texts["index.html"]):
        raise _unexpected("index.html", f"it still loads {left.group()} from the network")
    shutil.copytree(VENDOR, site / "vendor", ignore=shutil.ignore_patterns(".*"))
    for name in OURS:
        shutil.copy(HERE / name, site / name)
    for name in _TEXTS["left_out"]["files"]:
        (site / name).unlink()
    for page, text in texts.items():
        (site / page).write_text(text, encoding="utf-8")


def _changes() -> list[tuple[str, str, str]]:
    """Page, pattern of what it says, and what it should say."""
    checks = r'(?: (?:integrity|crossorigin|referrerpolicy)="[^"]*")*'
    assets = [
        ("index.html", rf'"https://[^"]+{re.escape(tail)}"{checks}', f'"vendor/{name}"')
        for tail, name in ASSETS.items()
    ]
    rest = [(each["page"], re.escape(each["old"]), each["new"]) for each in _TEXTS["corrections"]]
    return [*assets, *rest]


def _unexpected(page: str, what: str) -> Exception:
    """The error for a page that asv has changed; UserError makes asv print one line and stop."""
    error: Exception = UserError(
        f"Cannot make the site work offline, {page} has another shape than in asv 0.6.6: {what}"
    )
    return error
