"""What studies put into docs/ is current, and is renewed where it is not."""

import re
import shutil

import pytest

from studies import pages
from studies.load.pictures import SHAPES, pictures

GENERATED = pages.generated()


@pytest.mark.parametrize("path", GENERATED, ids=lambda path: path.name)
def test_what_is_generated_is_current(path):
    assert path.exists() and path.read_text() == GENERATED[path], "run `python -m studies.pages`"


def test_what_is_stale_is_renewed_and_nothing_else(tmp_path, capsys):
    docs = tmp_path / "docs"
    shutil.copytree(pages.DOCS, docs)
    for name, old in (("load-testing.md", "| p99 |"), ("performance-tuning.md", "## Overview")):
        stale = docs / name
        assert old in stale.read_text()
        stale.write_text(stale.read_text().replace(old, "| p98 |"))
    (docs / "load" / "step.svg").unlink()
    known = tmp_path / "harness" / "check" / "false_alarms.json"
    known.parent.mkdir(parents=True)
    shutil.copy(pages.DOCS.parent / known.relative_to(tmp_path), known)
    assert pages.main([str(docs)]) == 0
    written = set(capsys.readouterr().out.split()) - {"written:"}
    assert written == {"load-testing.md", "performance-tuning.md", "step.svg"}
    for path in GENERATED:
        assert (tmp_path / path.relative_to(pages.DOCS.parent)).read_text() == path.read_text()


@pytest.mark.parametrize("name", SHAPES)
def test_a_picture_shows_every_arrival(name):
    title, due = SHAPES[name]
    svg = pictures()[f"{name}.svg"]
    highs = [float(high) for high in re.findall(r'width="6.3" height="([0-9.]+)"', svg)]
    assert title in svg and len(highs) == 60
    assert sum(highs) * 45 / 122 == pytest.approx(len(due), rel=0.01)  # 45 a second are 122 high
