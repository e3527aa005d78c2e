"""Whatever a parser is given: it reads it, or one ValueError says what is wrong."""

from __future__ import annotations

import argparse
import gzip
import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import fuzz
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.check import baselines, locked, slo
from harness.cli.main import _Parser
from harness.common import options, quantities
from harness.history import notes, spec, validity
from harness.instruments.arrivals import shapes
from harness.instruments.counters import functions
from harness.model_server import faults
from harness.results import figures
from harness.tools.load import judge
from harness.workload import script_json

TEXTS: dict[str, Callable[[str], object]] = {
    **{
        name: getattr(quantities, name)
        for name in ("seconds", "size", "share", "percent", "number", "count")
    },
    "counts": quantities.listed(quantities.count),
    "spec": spec.parse,
    "repository": lambda text: spec.parse(f"pypi:a?{text}"),
    "slo": judge.read,
    "faults": lambda text: faults.kinds([text]),
    "requests": faults.numbers,
    "notes": notes.parse,
    "literal": figures.literal,
}
PIECES = "pypi:,a,last=1,since=1.2,line=,pre=1,&,?,=,@,:,%,.,e,1,9,-,+,ms,s,kb,p95,errors,goodput"
PIECES += ",drop,cut,with=a,extras="
grammar = st.lists(st.sampled_from([",", *PIECES.split(",")]), max_size=8).map("".join)


@pytest.mark.parametrize("name", TEXTS)
@given(text=fuzz.words | grammar)
def test_text(name: str, text: str) -> None:
    fuzz.refusal(lambda: TEXTS[name](text))


SCRIPT = {
    "tool_rounds": 1,
    "latency": {"kind": "lognormal", "median": 0.2, "sigma": 0.5, "seed": 0},
    "fail_at": [[3, 1]],
    "chunks": 4,
    "gap": 0.02,
    "prompts": {"0": "request 0"},
}
SLO = {
    "thresholds": {"counts": 0.01, "benchmarks": {"a*": 0.2}},
    "slo": {"x": {"benchmark": "b", "limit": 1, "parameters": {"n": "1"}, "add": 0.2}},
}
BASELINES = {"default": {"commit": "a" * 40, "title": "v1", "date": "2025-01-01"}}
TABLE = {"cells": ["calls_run mine"], "functions": {"f (a.py)": [3]}}


def in_file(read: Callable[[Path], object], content: bytes, name: str = "file") -> str:
    """What is told of a file with this content, which is named."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(content)
        line = fuzz.refusal(lambda: read(path))
        assert not line or name in line
        return line


@given(content=fuzz.files(SCRIPT))
def test_scripts(content: bytes) -> None:
    def read(path: Path) -> None:
        script = script_json.read(path)
        assert script.injected(0) >= 0 and script.reply(0)

    in_file(read, content)


def as_toml(value: object) -> str:
    """A document as TOML; what TOML does not have is left to the parser to refuse."""
    if isinstance(value, dict):
        inside = (f"{json.dumps(key)} = {as_toml(each)}" for key, each in value.items())
        return "{" + ", ".join(inside) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(as_toml, value)) + "]"
    return json.dumps(value)


def toml_files(document: dict[str, object]) -> st.SearchStrategy[bytes]:
    def lines(changed: object) -> bytes:
        pairs = changed.items() if isinstance(changed, dict) else [("a", changed)]
        return "\n".join(f"{json.dumps(k)} = {as_toml(v)}" for k, v in pairs).encode()

    deep = st.just(b"a = " + b"[" * 100_000)
    return fuzz.changed(document).map(lines) | fuzz.files(document) | deep


@given(content=toml_files(SLO))
def test_slo_toml(content: bytes) -> None:
    in_file(lambda path: slo.settings(path.with_name("asv.conf.json"), path), content, slo.FILE)


@given(content=toml_files(BASELINES))
def test_baselines(content: bytes) -> None:
    in_file(lambda path: baselines.read(path.parent), content, baselines.FILE)


LOCK = {"package": [{"name": "a_b", "version": "1.0"}, {"name": "c", "source": {"virtual": "."}}]}
LINES = ("a==1", "A_b[x] == 1.0;m", "-e .", "a==1.*", "==", "a===1 # b", "#", "a @ b", "a==1==2")


@given(content=toml_files(LOCK))
def test_lock_files(content: bytes) -> None:
    in_file(locked.lock, content)


@given(lines=st.lists(st.sampled_from(LINES) | fuzz.words, max_size=6))
def test_lists_of_packages(lines: list[str]) -> None:
    text = "\n".join(lines)
    line = in_file(locked.freeze, text.encode(errors="surrogatepass"))
    assert line or any("=" in each for each in lines)


def test_pins_are_named_as_indexes_name_them(tmp_path: Path) -> None:
    path = tmp_path / "pins"
    path.write_text("\n".join(LINES))
    assert locked.freeze(path) == [("a", "1"), ("a-b", "1.0")]
    path.write_text('[[packages]]\nname = "A.b"\nversion = "1"\n[[packages]]\nname = "c"\n')
    assert locked.lock(path) == [("a-b", "1")]


OPTIONS = ("--shape", "--rate", "--peak", "--rates", "--duration", "--seed", "--users", "--think")
OPTIONS += ("--warmup", "--requests", "--timeout", "--cap", "--drain")
VALUES = (*shapes.SHAPES, "0.001", "10", "1e6", "1e9", "1e308", "10,20", "1,", "1h", "1us", "2e6")


@given(
    st.lists(
        st.tuples(st.sampled_from(OPTIONS), st.sampled_from(VALUES) | fuzz.words), max_size=5
    ).map(lambda pairs: [f"{option}={value}" for option, value in pairs])
)
def test_schedules(arguments: list[str]) -> None:
    parser = _Parser(exit_on_error=False)
    shapes.add_arguments(parser)
    options.add_time(parser, "--timeout")
    options.add_time(parser, "--drain", default=10.0)
    parser.add_argument("--cap", type=int)
    try:
        given = parser.parse_args(arguments)
    except (argparse.ArgumentError, SystemExit):
        return
    if given.duration < 60 and given.warmup < 60 and (given.rate or 0) < 1000:
        fuzz.refusal(lambda: shapes.plan(given))


@given(content=fuzz.files(TABLE))
def test_records_of_functions(content: bytes) -> None:
    in_file(functions.read, gzip.compress(content))
    in_file(functions.read, content)


@given(content=st.binary(max_size=80) | fuzz.words.map(lambda text: text.encode(errors="replace")))
def test_validity(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"a{validity.SUFFIX}")
        path.write_bytes(content)
        validity.text({"late": 0.0, "drift": 0.0}, validity.invalid(Path(folder, "a")))
