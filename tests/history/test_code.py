"""By which code of ours a benchmark was measured: what changes that, and how it is kept."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tiny_project import Project

from harness.history import code

ADAPTER = '''"""An adapter."""

from harness.runtimes.base import Runtime


class Mine(Runtime):
    """Ours."""

    name = "mine"

    def agent(self, model):
        return model.ask("x")  # once
'''


def of(folder: Path, text: str, measure: str = "calls_run") -> str:
    (folder / "my_adapter.py").write_text(text)
    return code.of({measure}, "my_adapter:Mine", [str(folder)])


@pytest.mark.parametrize(
    ("old", "new", "is_same"),
    [
        ("  # once", "  # or twice", True),
        ('    """Ours."""\n', '    """Yours,\n\n    too."""\n', True),
        ('("x")', "('x')", True),
        ('"x"', '"y"', False),
        ("model.ask", "model.model.ask", False),
    ],
)
def test_what_runs_decides_and_no_comment_does(tmp_path, old, new, is_same):
    before = of(tmp_path, ADAPTER)
    assert before and old in ADAPTER
    assert (of(tmp_path, ADAPTER.replace(old, new)) == before) is is_same


def test_a_measure_and_what_it_imports_count_and_nothing_else_does(tmp_path, monkeypatch):
    before = [of(tmp_path, ADAPTER, measure) for measure in ("calls_run", "")]
    changed = set()
    parsed = code._parsed

    def edited(path: Path) -> Any:
        kept = parsed(path)
        same = path.name not in changed
        return kept if same else code._Parsed("another", kept.imports, kept.functions)

    monkeypatch.setattr(code, "_parsed", edited)
    for name, expected in (
        ("options.py", [True, True]),
        ("idle.py", [True, True]),
        ("counts.py", [False, True]),  # by the import of an import
        ("base.py", [False, False]),
    ):
        changed = {name}
        now = [of(tmp_path, ADAPTER, measure) for measure in ("calls_run", "")]
        assert [a == b for a, b in zip(now, before, strict=True)] == expected, name


def test_the_adapter_that_is_measured_is_part_of_it_and_what_is_not_found_is_unknown():
    described = {"a": {"measure": "calls_run"}, "b": {"measure": "idle_wakeups"}, "c": {}}
    of_one, of_other = (code.by_benchmark(described, {}, name) for name in ("floor", "agno"))
    assert of_one.keys() == of_other.keys() == described.keys()
    assert not set(of_one.values()) & set(of_other.values())
    assert code.by_benchmark(described, {}, "nowhere:Mine") == {}
    assert code.by_benchmark(described, {}, "an-entry-point") == {}


def save(stem: Path, ran: dict[str, str], *, known: str = "", in_part: str = "") -> dict[str, str]:
    """What is kept once these benchmarks have run, beside others that have results."""
    every = [*ran, *known.split()]
    results = SimpleNamespace(errcode=dict.fromkeys(ran, 0), get_all_result_keys=lambda: every)
    results.codes, results.in_part = ran | {"never run": "c"}, set(in_part.split())
    code.keep(results, stem)
    return code.read(stem)


def test_each_benchmark_keeps_the_code_that_measured_it(tmp_path):
    stem = tmp_path / "abcdef12-py"
    assert save(stem, {"x": "1", "y": "1"}) == {"x": "1", "y": "1"}
    assert save(stem, {"z": "2"}, known="x y") == {"x": "1", "y": "1", "z": "2"}
    assert save(stem, {"x": "2"}, known="z") == {"x": "2", "z": "2"}  # y has no results any more
    assert save(stem, {"x": "3"}, known="z", in_part="x") == {"x": "2+3", "z": "2"}
    assert save(stem, {"x": "3"}, known="z", in_part="x") == {"x": "2+3", "z": "2"}
    assert save(stem, {"x": "3"}, known="z") == {"x": "3", "z": "2"}


def test_asv_keeps_it_beside_its_results(project: Project) -> None:
    path = project.results()["v0.3.0"]
    kept = code.read(path.with_suffix(""))
    assert {"tiny.track_cost", "tiny.time_run"} <= kept.keys()
    assert set(kept.values()) == {code.of({""}, "floor")}
