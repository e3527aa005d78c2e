"""The guides of docs/ as pages of the site, in `guides/`: beside each its Markdown, as written.

Only a checkout has them (`pages.GUIDES`); the pages of an installation lead to none.
"""

import itertools
import re
import shutil
from base64 import b64encode
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from harness.common import files
from harness.rendering import pages

FOLDER, INDEX = "guides", "README.md"
TEMPLATE = Path(__file__).with_name("guide.html")
PICTURES = {".svg": "image/svg+xml", ".png": "image/png"}


def write(root: Path) -> None:
    """Write all of them, and the files that they lead to, below the folder of all targets."""
    folder = root / FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    for path in sorted(pages.GUIDES.glob("*.md")) if pages.has_guides() else ():
        for name in _write(path, folder):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(pages.GUIDES / name, folder / name)


def _write(path: Path, folder: Path) -> list[str]:
    """Write one; returns the files beside the guides that it leads to."""
    markdown = _markdown()
    _, heading, _, *tokens = markdown.parse(path.read_text("utf-8"))
    beside = [name for token in tokens for name in _relink(token.children or [])]
    for token, content in itertools.pairwise(tokens):
        if token.type == "heading_open":
            token.attrs["id"] = _anchor(content.content)
    page = pages.page(
        TEMPLATE,
        title="".join(each.content for each in heading.children or []),
        body=Markup(markdown.renderer.render(tokens, markdown.options, {})),
        here=_page(path.name),
        twin=path.name,
    )
    (folder / path.name).parent.mkdir(parents=True, exist_ok=True)
    files.write(folder / _page(path.name), page)
    return [*beside, path.name]


def _markdown() -> MarkdownIt:
    """What reads and writes a guide: no HTML of its own; what scrolls is reached by a keyboard."""
    found = MarkdownIt("commonmark", {"html": False}).enable("table")
    label = 'class="scroll" role="group" aria-label="Table" tabindex="0"'
    rules: dict[str, Any] = {
        "table_open": lambda *_: f"<div {label}><table>\n",
        "table_close": lambda *_: "</table></div>\n",
        "fence": lambda _, tokens, at, *rest: (
            f'<pre tabindex="0"><code>{Markup.escape(tokens[at].content)}</code></pre>\n'
        ),
    }
    for name, rule in rules.items():
        found.add_render_rule(name, rule)
    return found


def _anchor(heading: str) -> str:
    """As GitHub makes it of a heading, since guides link to those."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _page(name: str) -> str:
    return "index.html" if name == INDEX else f"{name.removesuffix('.md')}.html"


def _relink(parts: Sequence[Token]) -> Iterator[str]:
    """Have links of a paragraph lead to pages, and its pictures stand in the page.

    What lies outside of docs/ is on no site: such a link becomes plain text. Gives the files beside
    the guides that are linked.
    """
    for token in parts:
        if token.type == "image":
            path = pages.GUIDES / str(token.attrs["src"])
            data = b64encode(path.read_bytes()).decode()
            token.attrs["src"] = f"data:{PICTURES[path.suffix]};base64,{data}"
        elif token.type in ("link_open", "link_close"):
            href = str(token.attrs.get("href", ""))
            name, mark, part = href.partition("#")
            if name.startswith("../"):
                token.attrs = {}
            elif name.endswith(".md") and "://" not in name:
                token.attrs["href"] = f"{_page(name)}{mark}{part}"
            elif (pages.GUIDES / name).is_file():
                yield name
