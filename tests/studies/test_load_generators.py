"""Generators of load beside each other: real ones on a real agent, and turns."""

import json

import pytest

from studies.load import generators


def fake(folder, p50):
    """A generator that finds its report ready."""
    report = {"requests": 10, "failed": {}, "p50": p50, "p99": 2 * p50}
    (path := folder / f"{p50}.json").write_text(json.dumps(report))
    return generators.Generator(f"cp {path} {{report}}", {name: name for name in report})


def unserved(monkeypatch):
    """No agent is needed: it says that every answer took 50 ms."""

    class Server:
        url = "http://127.0.0.1:9"

        def __enter__(self):
            return self

        def __exit__(self, *error):
            return None

        def clear(self):
            return None

        def stats(self):
            return {"took": {"p50": 0.05, "p99": 0.05}}

    monkeypatch.setattr(generators, "served", lambda latency: Server())


def test_generators_take_turns_and_the_missing_one_is_told_why(tmp_path, monkeypatch, capsys):
    unserved(monkeypatch)
    p50s = {"one": 0.05, "two": 0.06, "three": 0.07}
    fakes = {name: fake(tmp_path, p50) for name, p50 in p50s.items()}
    monkeypatch.setattr(generators, "GENERATORS", fakes)
    monkeypatch.setattr(generators, "missing", lambda: {"three": "not installed: install it"})
    output = tmp_path / "generators.json"
    assert generators.main(["--rounds", "3", "--json", str(output)]) == 0
    captured = capsys.readouterr()
    assert captured.err.split(" ...\n")[:-1] == ["one", "two", "two", "one", "one", "two"]
    found = json.loads(output.read_text())
    assert found["medians"]["two"]["p99"] == 0.12 and len(found["rounds"]["one"]["p50"]) == 3
    assert "three: n/a (not installed" in captured.out and "50 ms" in captured.out


def test_real_generators_report_the_same_load(tmp_path):
    output = tmp_path / "generators.json"
    words = ["--rate", "20", "--duration", "2s", "--latency", "20ms", "--rounds", "1", "--json"]
    assert generators.main([*words, str(output)]) == 0
    found = json.loads(output.read_text())
    assert {"harness load", "locust"} <= set(found["medians"])
    for figures in found["medians"].values():
        assert figures["failed"] == 0 and 10 <= figures["requests"] <= 60
        # What the server saw lies within what the client saw, which waited for it.
        assert 0.02 <= figures["server_p50"] <= figures["p50"] * 1.01


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["--json", "no/folder/x.json"], 2, "no folder"),
        (["--rounds", "1"], 1, "no report: cannot"),
    ],
)
def test_what_cannot_be_is_one_line_and_nothing_is_written(
    words, status, said, tmp_path, monkeypatch, capsys
):
    broken = generators.Generator("echo cannot", {})
    unserved(monkeypatch)
    monkeypatch.setattr(generators, "GENERATORS", {"broken": broken})
    monkeypatch.chdir(tmp_path)
    assert generators.main(words) == status
    (line,) = [line for line in capsys.readouterr().err.splitlines() if not line.endswith("...")]
    assert said in line and not list(tmp_path.iterdir())
