"""The formats of a check, read back."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from check_project import Project, make, times

from harness.__main__ import main
from harness.check.telling import figure
from harness.instruments.counters import functions
from harness.rendering.lines import WIDTH
from harness.results.figures import Figure

CALLS = "latency.Counted.track_calls"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    made = make(tmp_path_factory.mktemp("check"))
    made.measure(0)
    made.measure(1, times({CALLS: 1.2, "latency.Added.track_p50": 0.5}))
    made.measure(2, lambda n, i, usual: usual if n != CALLS else float("nan"))
    (made.root / "slo.toml").write_text(
        f'[slo.calls]\ntitle = "few calls"\nbenchmark = "{CALLS}"\nlimit = 110\n'
        '[slo.speed]\nbenchmark = "speedup.Overlap.track_fraction"\nlimit = 0.2\ninverse = "x"\n'
        '[slo.none]\nbenchmark = "none.such"\nlimit = 1\n'
    )
    for number, calls in enumerate((10, 30)):
        table = {"calls_run mine": {"f (mine/a.py)": calls, "same (mine/a.py)": 5}}
        functions.write(f"{made.stem(number)}{functions.SUFFIX}", table)
    return made


def printed(project: Project, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    main(["check", *arguments, "--config", str(project.config)])
    return capsys.readouterr().out


def test_json_has_its_keys(project, capsys):
    report = json.loads(printed(project, capsys, "v0.0", "v0.1", "--format", "json"))
    keys = "schema project machine environment base head status summary invalid notes compared"
    assert list(report) == [*keys.split(), "findings", "slos", "rows"]
    assert (report["schema"], report["status"], report["compared"]) == (1, 1, 4)
    assert [each["kind"] for each in report["findings"]] == ["regression", "slo"]
    first = report["rows"][0]
    assert first["label"] == f"{CALLS}('mine')" and first["params"] == {"runtime": "'mine'"}
    assert (first["old"], first["new"], first["change"]) == (100, 120, pytest.approx(0.2))
    assert first["where"] == ["mine: 15 -> 35 (+20)", "  f (mine/a.py): 10 -> 30 (+20)"]
    assert report["slos"][1]["verdict"] == "met"


def test_junit_has_a_case_for_each_row_and_level(project, capsys):
    suite = ElementTree.fromstring(printed(project, capsys, "v0.0", "v0.1", "--format", "junit"))
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("7", "2", "1")
    cases = {case.get("name"): case for case in suite}
    failure = cases[f"{CALLS}('mine')"].find("failure")
    assert failure.get("message") == "regression: 100 -> 120, +20 %"
    assert "f (mine/a.py): 10 -> 30" in failure.text
    assert cases["calls"].find("failure") is not None
    assert "none.such" in cases["none"].find("skipped").get("message")
    skipped = ElementTree.fromstring(printed(project, capsys, "v0.0", "v0.2", "--format", "junit"))
    cases = {case.get("name"): case for case in skipped}
    assert cases[f"{CALLS}('mine')"].find("skipped") is not None


def test_the_table_shows_findings_first_and_where_they_are(project, capsys):
    lines = printed(project, capsys, "v0.0", "v0.1").splitlines()
    assert lines[0] == (
        "Demo: v0.1 is worse than v0.0: 1 regression, 1 service level broken in 4 rows."
    )
    assert lines[1] == "On lab, virtualenv-py3.11."
    start = next(i for i, line in enumerate(lines) if line.startswith("regression"))
    assert CALLS in lines[start] and "+20 %" in lines[start]
    assert lines[start + 2].strip() == "f (mine/a.py): 10 -> 30 (+20)"
    assert lines[start + 3].startswith("improvement")
    assert "at most 110" in "\n".join(lines) and "(at least 5 x)" not in "\n".join(lines)
    assert max(map(len, lines)) <= WIDTH
    assert "same" not in "".join(line[:5] for line in lines)
    everything = printed(project, capsys, "v0.0", "v0.1", "--all")
    assert "latency.Memory.peakmem_runs('mine')" in everything
    assert re.search(r"\d\.\d+x\b", everything) and "(at least 5 x)" in everything
    assert lines[-3:] == [
        "rows: 1 regression, 1 improvement, 2 same",
        "service levels: 1 broken, 1 met, 1 not measured",
        "--all shows the rest.",
    ]


def test_rows_without_a_number_are_counted_with_their_reasons(project, capsys):
    notes = project.stem(2).with_name(f"{project.stem(2).name}.notes.txt")
    notes.write_text(f"{CALLS}: n/a: no entry (For parameters: 'mine'; 'floor')\n")
    for more in ([], ["--all"]):
        lines = printed(project, capsys, "v0.0", "v0.2", *more).splitlines()
        assert "n/a: 1 row: n/a in the new: no entry" in lines
        assert not [line for line in lines if line.startswith("n/a  ")]
    text = printed(project, capsys, "v0.0", "v0.2", "--format", "markdown")
    assert "<summary>1 n/a, and why</summary>\n\n- `n/a: 1 row: n/a in the new: no entry`\n" in text
    notes.unlink()


def test_markdown_has_a_summary_the_findings_and_the_rest_folded(project, capsys):
    text = printed(project, capsys, "v0.0", "v0.1", "--format", "markdown")
    assert text.startswith(
        "❌ **Demo: v0.1 is worse than v0.0: 1 regression, 1 service level broken"
    )
    assert text.count("<details>") == text.count("</details>") == 2
    assert f"| regression | `{CALLS}('mine')` |" in " ".join(text.split())
    assert "  f (mine/a.py): 10 -> 30 (+20)\n```" in text
    clean = printed(project, capsys, "v0.0", "v0.2", "--format", "markdown")
    assert clean.startswith("✅")


def test_a_broken_record_of_functions_is_told(project, capsys, tmp_path: Path):
    path = Path(f"{project.stem(1)}{functions.SUFFIX}")
    kept = path.read_bytes()
    path.write_bytes(b"no gzip")
    try:
        assert "cannot be read" in printed(project, capsys, "v0.0", "v0.1")
    finally:
        path.write_bytes(kept)


def test_a_figure_with_its_interval_on_one_scale():
    assert figure(Figure(0.002, 0.0015, 0.0125), "seconds") == "2 ms (1.50 to 12.5)"
    assert figure(Figure(0.002), "seconds") == "2 ms"
    assert figure(Figure(0.002, -0.1, 0.1), "seconds") == "2 ms"  # of two processes
    assert figure(None, "seconds") == "n/a"
