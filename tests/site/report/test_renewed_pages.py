"""What is made of all results is renewed where it is not current, and what has none is removed."""

from __future__ import annotations

import json

import check_project
from check_project import times

from harness.check import known
from harness.cli.main import main

CALLS = "latency.Counted.track_calls"


def test_what_is_stale_is_written_and_what_has_no_results_is_removed(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    project = check_project.make(tmp_path)
    project.measure(0)
    project.measure(1, times({CALLS: 1.5}))
    config = json.loads(project.config.read_text())
    project.config.unlink()  # the page of results asks for the figures of the whole suite
    config |= {key: f"../{config[key]}" for key in ("repo", "results_dir")}
    (tmp_path / "targets").mkdir()
    (tmp_path / "targets" / "demo.json").write_text(json.dumps(config))
    assert main(["pages"]) == 2
    assert "no folder docs here" in capsys.readouterr().err
    for folder in ("docs", "harness/known"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "harness/known/former.json").touch()
    assert main(["pages"]) == 0
    shown = capsys.readouterr().out
    assert "written: harness/known/results.json" in shown
    assert "removed: harness/known/former.json" in shown
    assert "rose by 50 %" in (tmp_path / "docs/findings.md").read_text()
    (document,) = known.committed(tmp_path / "harness" / "known")
    assert [each.title for each in document.groups[0].releases] == ["v0.0", "v0.1"]
    assert main(["pages"]) == 0
    assert capsys.readouterr().out == ""
