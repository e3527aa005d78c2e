"""Where a count grew: functions kept beside results, and compared."""

import copy
import gzip
import json
import os

import pytest
from places import TESTS

from harness.common.asked import FOLDER
from harness.history.functions import file_away
from harness.instruments.counters.executed import ExecutionCounter, by_function
from harness.instruments.counters.functions import SPOOL, Unreadable, parts, read, write
from harness.session.session import cell, measure

HERE = str(TESTS)
LABEL = "calls_run adapters:Works entry=threads tool_rounds=3"


def spool(tmp_path, monkeypatch, *cells):
    """What the benchmarks of a commit leave when they count these cells."""
    monkeypatch.setenv("ASV_CONF_DIR", HERE)
    monkeypatch.setenv(FOLDER, os.fspath(tmp_path))
    measure(exact=[cells])
    return tmp_path / SPOOL


def test_the_functions_of_a_counted_cell_are_kept(tmp_path, monkeypatch):
    works = cell("calls_run", "adapters:Works", entry="threads", tool_rounds=3)
    timed = cell("back_to_back", "floor", entry="threads", count=5)
    path = tmp_path / "abc.functions.gz"
    file_away(spool(tmp_path, monkeypatch, works, timed), path)
    assert read(path) == {
        LABEL: {
            "FloorAgent.run (harness/runtimes/floor/agent.py)": 1,
            "Model.complete (harness/workload/model.py)": 4,
            "tool_result (harness/workload/script.py)": 3,
        }
    }
    assert not (tmp_path / SPOOL).exists()


def test_lines_are_kept_too(tmp_path, monkeypatch):
    path = tmp_path / "abc.functions.gz"
    file_away(spool(tmp_path, monkeypatch, cell("lines_build", "floor")), path)
    assert (
        read(path)["lines_build floor"]["FloorRuntime.agent (harness/runtimes/floor/agent.py)"] == 3
    )


def test_without_a_folder_nothing_is_kept(tmp_path, monkeypatch):
    monkeypatch.delenv(FOLDER, raising=False)
    monkeypatch.chdir(tmp_path)
    measure(exact=[[cell("calls_build", "floor")]])
    assert list(tmp_path.iterdir()) == []


def test_calls_of_the_standard_library_are_told_apart_by_who_called_them():
    def deep():
        return copy.deepcopy([[]])

    with ExecutionCounter() as counter:
        deep()
    made = by_function({key: calls for key, (calls, _) in counter.read().items()})
    here = f"{deep.__qualname__} (test_functions.py)"
    assert made[here] == 1
    assert made[f"deepcopy (copy.py) < {here}"] == 2  # also where it calls itself


def test_a_name_tells_the_function_its_path_and_its_callers():
    run = "F.run (harness/runtimes/floor/agent.py)"
    assert parts(run) == (run, "harness/runtimes/floor/agent.py", "")
    called = "run (asyncio/__init__.py)"
    assert parts(f"{called} < {run}") == (called, "asyncio/__init__.py", parts(run)[1])
    assert parts("__init__ (<string>)")[1] == "<string>"


def test_cells_that_were_not_counted_again_are_kept(tmp_path):
    path, lines = tmp_path / "abc.functions.gz", tmp_path / SPOOL
    write(path, {"a": {"f": 1}, "b": {"g": 2}})
    lines.write_text(json.dumps(["b", {"g": 3}]) + "\n")
    file_away(lines, path)
    assert read(path) == {"a": {"f": 1}, "b": {"g": 3}}
    file_away(lines, path)  # nothing was counted since
    assert read(path) == {"a": {"f": 1}, "b": {"g": 3}}


def test_calls_that_tracing_saves_are_kept(tmp_path):
    write(tmp_path / "t.gz", {"calls_traced": {"f (a.py)": -3, "g (a.py)": 5}})
    assert read(tmp_path / "t.gz") == {"calls_traced": {"f (a.py)": -3, "g (a.py)": 5}}


def test_the_same_table_gives_the_same_bytes(tmp_path):
    write(tmp_path / "a", {"x": {"f": 1, "g": 2}})
    write(tmp_path / "b", {"x": {"g": 2, "f": 1}})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_file_of_a_large_framework_is_small(tmp_path):
    table = {
        f"calls_run cell={n}": {
            f"Class{i}.method_{i} (module_{i % 40}.py)": 1 + i * n % 9 for i in range(1000)
        }
        for n in range(40)
    }
    write(tmp_path / "large", table)
    assert (tmp_path / "large").stat().st_size < 60_000


@pytest.mark.parametrize(
    "content", [b"", b"text", b"\x1f\x8b\x08\x00broken", gzip.compress(b"[]", mtime=0)]
)
def test_a_broken_file_is_one_line_and_replaced(tmp_path, content):
    path, lines = tmp_path / "abc.functions.gz", tmp_path / SPOOL
    path.write_bytes(content)
    with pytest.raises(Unreadable, match=r"abc\.functions\.gz: ") as caught:
        read(path)
    assert "\n" not in str(caught.value)
    lines.write_text(json.dumps(["b", {"g": 3}]) + "\n")
    file_away(lines, path)
    assert read(path) == {"b": {"g": 3}}
