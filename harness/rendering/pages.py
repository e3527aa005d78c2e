"""Pages that open by file and load nothing: one base, one stylesheet, one content policy.

A page is a Jinja2 template that extends `base.html`; everything that is put in is escaped.
"""

import functools
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from harness.common.numbers import quantity
from harness.rendering.tables import is_figure, markdown

HERE = Path(__file__).parent
VENDOR = HERE / "vendor"
GUIDES = HERE.parents[1] / "docs"
"""Of a checkout; an installation has none, or a folder of that name that is not ours."""

NUMBERS = (HERE / "numbers.js",)
INTERVALS = (HERE / "intervals.js",)
TABLES = (HERE / "table.js",)
CHARTS = (VENDOR / "jquery.min.js", VENDOR / "jquery.flot.js", *NUMBERS, HERE / "charts.js")
"""What a page needs with figures of its own, with intervals, with tables that sort, with plots."""

POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"
"""A page may run its own scripts and styles; the browser refuses whatever else it asks for."""


def page(
    template: Path, data: object = None, scripts: Sequence[Path] = (), **values: object
) -> str:
    """The page of a template.

    data: JSON, DATA in the page's scripts. values: names of the template. Raises ValueError for a
    number in `data` that JSON does not have.
    """
    found = _environment(template.parent, has_guides()).get_template(template.name)
    return found.render(values, data=data, scripts=scripts) + "\n"


# Each environment is kept: to compile a template anew takes longer than to fill it.
@functools.cache
def _environment(folder: Path, with_guides: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader([folder, HERE]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_kwargs"] = {"allow_nan": False}
    environment.globals |= {"policy": POLICY, "style": Markup(_text(HERE / "style.css"))}
    environment.globals["has_guides"] = with_guides
    environment.filters |= {"inline": _inline, "quantity": quantity}
    environment.tests["figure"] = is_figure
    return environment


def markdown_page(template: Path, **values: object) -> str:
    """The Markdown text of a template; what is put in stays as it is."""
    found = _markdown_environment(template.parent).get_template(template.name)
    return found.render(values).rstrip("\n") + "\n"


@functools.cache
def _markdown_environment(folder: Path) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(folder), undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters |= {"markdown": markdown}
    return environment


def has_guides() -> bool:
    """Whether this is a checkout, whose site has them as pages."""
    return (GUIDES / "reading-a-number.md").is_file()


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _inline(script: Path) -> Markup:
    return Markup(_text(script).replace("</script", "<\\/script"))
