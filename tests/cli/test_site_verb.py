"""`python -m harness site`: all targets and the front page, whatever is wrong with one of them."""

from __future__ import annotations

import json
from pathlib import Path

import check_project
import pytest
from check_project import Project

from harness.check import known
from harness.cli.main import main


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Two releases, published into html/demo; `own` has no results yet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(known, "FOLDER", tmp_path / "none")
    made = check_project.make(tmp_path, 2)
    (tmp_path / "targets").mkdir()
    for path, name in ((made.config, "results"), (tmp_path / "targets" / "own.json", "own")):
        config = json.loads(made.config.read_text())
        places = {"html_dir": f"html/{name}", "results_dir": name, "repo": "code"}
        if name == "own":
            places = {key: f"../{place}" for key, place in places.items()}
        path.write_text(json.dumps(config | places | {"plugins": [".harness.site.plugin"]}))
    for number in range(2):
        made.measure(number)
    return made


def test_targets_with_results_are_published_and_shown(project, capsys):
    assert main(["site"]) == 0
    told = capsys.readouterr().out
    assert "1 of 1 after " in told and "own" not in told
    site = project.root / "html"
    assert f"The front page is {site / 'index.html'}" in told
    assert "Demo" in (site / "index.html").read_text()
    assert known.read(site / "results" / "verdicts.json").project == "Demo"
    pages = (site / "results" / "index.html").read_text()
    assert "overview.html" in pages and "egressions" not in pages.partition("</nav>")[0]
    assert not (site / "results" / "regressions.json").exists()
    assert "verdicts" not in (site / "results" / "data.js").read_text()


def test_pages_of_a_target_without_figures_say_so(project):
    for number in range(2):
        project.measure(number, lambda name, index, usual: float("nan"))
    assert main(["site"]) == 0
    site = project.root / "html" / "results"
    assert not (site / "verdicts.json").exists()
    for name in ("overview.html", "compare.html"):
        text = (site / name).read_text()
        assert "No verdicts: " in text and 'href="releases.html"' in text
    assert 'href="results/overview.html"' in (site.parent / "index.html").read_text()


def test_a_target_that_cannot_be_published_stops_no_other(project, capsys):
    broken = project.root / "own" / "lab"
    broken.mkdir(parents=True)
    (broken / "machine.json").write_text('{"machine": "lab", "version": 1}')
    (broken.parent / "benchmarks.json").write_text("{")
    assert main(["site"]) == 2
    told = capsys.readouterr()
    assert told.err.startswith("harness: left out own: own is not published: ")
    assert told.err.count("\n") == 1
    text = (project.root / "html" / "index.html").read_text()
    assert "Demo" in text and "own is not published" in text


def test_without_results_there_is_one_line(project, capsys):
    for path in project.results.glob("*/machine.json"):
        path.unlink()
    assert main(["site"]) == 2
    line = "harness: no results of any target: begin with make survey\n"
    assert capsys.readouterr().err == line
    assert not (project.root / "html").exists()
