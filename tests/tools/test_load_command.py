"""`python -m harness load`: runtimes, functions and URLs; its exit status, files and refusals."""

import csv

import pytest
from load_verb import QUICK, measured


@pytest.mark.parametrize("entry", ["asyncio", "threads"])
def test_the_floor_is_what_is_loaded_unless_told_otherwise(load, entry):
    status, out, _, data = load(*QUICK, "--latency", "5ms", "--tool-rounds", "1", "--entry", entry)
    figures = measured(status, data)
    assert figures["requests"]["ok"] == 40 and data["target"]["injected_seconds"] == 0.01
    assert figures["latency"]["p50"] >= 0.009 and figures["lateness"]["count"] == 40
    assert "added" in out and "offered 100/s" in out


@pytest.mark.parametrize("name", ["quick", "plain"])
def test_any_function_of_a_request(load, name):
    status, _, _, data = load("--call", f"load_calls:{name}", *QUICK)
    assert measured(status, data)["requests"]["ok"] == 40


@pytest.mark.parametrize("name", ["decorated", "shortened", "nested", "submitted"])
def test_what_a_function_returns_to_be_awaited_is_part_of_the_request(load, name):
    status, _, _, data = load("--call", f"load_calls:{name}", *QUICK)
    figures = measured(status, data)
    assert figures["requests"]["ok"] == 40 and figures["latency"]["p50"] > 0.0015


def test_what_fails_while_it_is_awaited_has_failed(load):
    _, _, _, data = load("--call", "load_calls:decorated_failing", *QUICK)
    assert data["figures"]["requests"]["errors"] == {"RuntimeError": 40}


@pytest.mark.parametrize("name", ["generator", "stream"])
def test_a_generator_that_nobody_goes_through_is_refused(load, name):
    status, _, err, data = load("--call", f"load_calls:{name}", *QUICK)
    assert (status, data) == (2, None)
    assert "of which nothing has run" in err and err.strip().count("\n") == 0


def test_users(load):
    status, out, _, data = load("--users", "3", "--requests", "30", "--latency", "2ms")
    assert measured(status, data)["requests"]["ok"] == 30
    assert data["plan"]["loop"] == "closed" and "closed loop, 3 users" in out


@pytest.mark.parametrize(
    ("shape", "count"),
    [
        (["ramp-up", "--rate", "200"], 40),
        (["spike", "--rate", "50", "--peak", "300"], 40),
        (["step", "--rates", "50,100,150"], 40),
        (["poisson", "--rate", "100", "--seed", "3"], None),
    ],
)
def test_shapes(load, shape, count):
    status, _, _, data = load("--shape", *shape, "--duration", "400ms")
    found = measured(status, data)["requests"]["ok"]
    assert found > 10 and (count is None or abs(found - count) <= 2)


def test_every_kind_of_file(load, tmp_path):
    files = ["--csv", "load.csv", "--hdr", "load.hgrm", "--html", "load.html"]
    status, _, _, data = load("--call", "load_calls:failing", *QUICK, "--warmup", "100ms", *files)
    requests = measured(status, data)["requests"]
    assert requests["errors"] == {"dropped": 10}  # one in four, the warm-up's left out
    rows = list(csv.DictReader((tmp_path / "load.csv").open()))
    assert len(rows) == requests["due"] + requests["warmup"] == 50
    assert sum(row["kind"] == "dropped" for row in rows if row["warmup"] == "0") == 10
    for row in rows:
        due, sent, end = (float(row[name]) for name in ("due", "sent", "end"))
        assert due <= sent <= end
        assert float(row["latency"]) == pytest.approx(end - due, abs=2e-6)
    assert "TotalCount" in (tmp_path / "load.hgrm").read_text()
    assert "<!doctype html>" in (tmp_path / "load.html").read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "load.csv",
        "load.hgrm",
        "load.html",
        "load.json",
    ]


def test_service_levels_give_the_status(load):
    calls = ("--call", "load_calls:failing", *QUICK)
    status, out, _, data = load(*calls, "--slo", "errors=50%,throughput=1")
    measured(status, data)
    assert all(slo["met"] for slo in data["slos"])
    status, out, _, data = load(*calls, "--slo", "errors=1%,throughput=1")
    assert status == 1 and "MISSED SLO errors <= 1 %: 25 %" in out


def test_an_impossible_rate_is_invalid_and_says_so(load):
    options = ("--rate", "5000", "--duration", "300ms", "--drain", "0s")
    status, out, _, data = load("--call", "load_calls:blocking", *options)
    assert status == 1 and data["verdict"] == "invalid"
    assert "INVALID: offered 5,000 requests a second, sent" in out
    assert data["figures"]["requests"]["unsent"] > 500
    assert not out.endswith("valid\n")


def test_nothing_succeeding_is_invalid(load):
    status, out, _, _ = load("--call", "load_calls:slow", *QUICK, "--timeout", "10ms")
    assert status == 1 and "INVALID: no request succeeded" in out


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--rate", "0"], "rate must be a positive number"),
        (["--rate", "nan"], "rate must be a positive number"),
        (["--rate", "1e12"], "more than one load may have"),
        (["--duration", "0s"], "positive number"),
        (["--duration", "soon"], "no quantity"),
        (["--shape", "spike"], "needs --peak"),
        (["--shape", "step"], "needs --rates"),
        (["--shape", "step", "--rates", "10,x"], "no quantity"),
        (["--peak", "10"], "--peak is for --shape spike"),
        (["--shape", "step", "--rates", "1,2", "--rate", "3"], "not for step"),
        (["--users", "0"], "users"),
        (["--users", "2", "--rate", "5"], "--rate is for an open loop"),
        (["--users", "2", "--cap", "5"], "no cap"),
        (["--think", "1s"], "--think is for users"),
        (["--requests", "0"], "requests"),
        (["--warmup", "-1s"], "expected one argument|no quantity"),
        (["--timeout", "0"], "timeout"),
        (["--cap", "0"], "cap"),
        (["--latency", "-1"], "expected one argument|no quantity"),
        (["--tool-rounds", "-1"], "tool_rounds"),
        (["--slo", "p95=quick"], "no quantity"),
        (["--slo", "speed=1"], "no SLO 'speed'"),
        (["--runtime", "nobody"], "no runtime 'nobody'"),
        (["--runtime", "no_module:Class"], "cannot be loaded"),
        (["--call", "load_calls:missing"], "cannot be loaded"),
        (["--call", "load_calls"], "cannot be loaded"),
        (["--call", "load_calls:not_a_function"], "cannot be called"),
        (["--call", "load_calls:unsupported"], "it cannot do that"),
        (["--call", "load_calls:quick", "--entry", "threads"], "--entry is for runtimes"),
        (["--call", "load_calls:quick", "--over-http"], "--over-http is for runtimes"),
        (["--fault", "drop=1%"], "--over-http"),
        (["--over-http", "--fault", "flood=1%"], "flood"),
        (["--url", "ftp://x"], "no http://"),
        (["--url", "http://127.0.0.1:1", "--slo", "memory=1MB"], "SLO 'memory' is of this process"),
        (["--url", "http://127.0.0.1:1"], "nothing answers"),
        (["--url", "http://127.0.0.1:99999"], "no address"),
        (["--csv", "no/folder/load.csv"], "cannot be written"),
        (["--csv", "load.json"], "the same file"),
        (["--html", "."], "is a folder"),
    ],
)
def test_bad_input_is_told_before_anything_is_sent_or_written(load, tmp_path, arguments, why):
    status, out, err, data = load("--duration", "1s", *arguments)
    assert status == 2 and out == "" and data is None
    *usage, last = err.splitlines()
    assert any(part in last for part in why.split("|")), err
    assert not usage or usage[0].startswith("usage:")
    assert list(tmp_path.iterdir()) == []
