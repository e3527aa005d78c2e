"""Makes the site that asv wrote load nothing from any other host, and read a little better."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from asv.util import UserError

from harness.rendering.pages import VENDOR

HERE = Path(__file__).parent
SHIM = "open_locally.js"

# The end of each address that asv's page loads -> our copy. The versions are part of the match: a
# page that asks for another version is another page, and nobody has looked at it with our copies.
ASSETS = {
    "/jquery-3.3.1.min.js": "jquery.min.js",
    "/flot/0.8.3/jquery.flot.min.js": "jquery.flot.js",
    "/flot/0.8.3/jquery.flot.time.min.js": "jquery.flot.time.js",
    "/flot/0.8.3/jquery.flot.selection.min.js": "jquery.flot.selection.js",
    "/flot/0.8.3/jquery.flot.categories.min.js": "jquery.flot.categories.js",
    "/flot-orderbars@1.0.0/js/jquery.flot.orderBars.js": "jquery.flot.orderBars.js",
    "/stupidtable/1.0.1/stupidtable.min.js": "stupidtable.min.js",
    "/blueimp-md5/2.19.0/js/md5.min.js": "md5.min.js",
    "/bootstrap@3.1.1/dist/js/bootstrap.min.js": "bootstrap.min.js",
    "/bootstrap@3.1.1/dist/css/bootstrap.min.css": "bootstrap.min.css",
}

# The browser itself then refuses every other host, whatever a later asv adds to its scripts.
CONTENT_POLICY = (
    '<meta http-equiv="Content-Security-Policy"'
    " content=\"default-src 'self' file: data: 'unsafe-inline'\">"
)

# Small corrections of asv's graph page: (what it says, what it should say).
GRAPH_CORRECTIONS = (
    # framework and floor, at five or six sizes each, in one picture; 8 cut off the largest size
    ("var max_curves = 8;", "var max_curves = 12;"),
    # the unit of the largest value: the smallest one's gave ticks as "7.00e+3 microseconds"
    ("if (min < unit_list[i+1][2]) {", "if (max < unit_list[i+1][2]) {"),
    # bars side by side need numbers on the x axis: with names all but one series were not drawn
    ("options.xaxis.mode = 'categories';", "options.xaxis.ticks = [];"),
    (
        """point[0] = $("<span>").text('' + point[0]).html();""",
        """options.xaxis.ticks[j] = [j, $("<span>").text('' + point[0]).html()];
                        options.xaxis.min = -0.5;
                        options.xaxis.max = j + 0.5;
                        point[0] = j;""",
    ),
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
    for old, new in GRAPH_CORRECTIONS:
        text = _replace_once(text, old, new)
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
