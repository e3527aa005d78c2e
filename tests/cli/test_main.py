"""The command line itself: what it imports, how it fails, what it is called."""

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from places import ROOT

from harness.cli import main as cli
from harness.cli.main import VERBS, main
from harness.tools.leaks import cli as leaks

HEAVY = {"aiohttp", "asv", "asyncio", "hdrh", "jinja2", "psutil", "scipy", "tabulate", "uvloop"}
PROGRAM = """
import json, sys
from harness.cli.main import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})), file=sys.stderr)
"""


def imported(*arguments):
    """Top-level modules that a command imports, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    return set(json.loads(done.stderr.splitlines()[-1]))


def test_the_help_lists_all_verbs_and_imports_none(capsys):
    assert not imported("--help") & HEAVY
    with pytest.raises(SystemExit) as stop:
        main(["--help"])
    assert stop.value.code == 0
    shown = capsys.readouterr().out
    assert all(f"\n    {verb}" in shown for verb in VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_has_help_of_its_own(verb, capsys):
    with pytest.raises(SystemExit) as stop:
        main([verb, "--help"])
    assert stop.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: python -m harness {verb} ")


@pytest.mark.parametrize(
    ("verb", "told"),
    [
        ("leaks", "no runtime 'nobody'"),
        ("event-loop", "no runtime 'nobody'"),
        ("serve-agent", "no runtime 'nobody'"),
        ("concurrency", "concurrency needs tabulate, which"),
        ("check", "check needs asv"),
    ],
)
def test_beside_a_framework_verbs_need_psutil_alone_or_say_what(verb, told, tmp_path):
    (tmp_path / "psutil").symlink_to(Path(psutil.__file__).parent)
    done = subprocess.run(
        [sys.executable, "-S", "-m", "harness", verb, "--runtime", "nobody"],
        env=os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2 and done.stderr.startswith(f"harness: {told}")
    assert done.stderr.count("\n") == 1


def test_an_unexpected_error_is_one_line_that_leads_to_the_traceback(monkeypatch, capsys):
    def broken(parser):
        raise KeyError("of all\nthings")

    monkeypatch.setattr(leaks, "add_arguments", broken)
    assert main(["leaks"]) == cli.UNEXPECTED
    error = capsys.readouterr().err
    assert error.startswith("harness: unexpected KeyError") and error.count("\n") == 1
    path = error.split()[-1]
    with open(path) as file:
        assert "in broken" in file.read()
    os.unlink(path)


def test_no_verb_or_another_is_refused(capsys):
    for words in ([], ["nothing"], ["--nothing"]):
        with pytest.raises(SystemExit) as stop:
            main(words)
        assert stop.value.code == 2
        error = capsys.readouterr().err
        assert error.startswith("harness: ") and error.endswith("; see python -m harness --help\n")
        assert error.count("\n") == 1


def test_a_word_too_many_leads_to_the_help_of_the_verb(capsys):
    with pytest.raises(SystemExit):
        main(["leaks", "all"])
    line = "harness: unrecognized arguments: all; see python -m harness leaks --help\n"
    assert capsys.readouterr().err == line


def test_the_console_script_is_the_same_under_its_own_name(monkeypatch, capsys):
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "argv", ["/some/bin/agent-benchmarks", "leaks", "--help"])
    with pytest.raises(SystemExit):
        main()
    assert capsys.readouterr().out.startswith("usage: agent-benchmarks leaks ")


TALKS = """
import sys
from harness.cli.main import main
from harness.tools.leaks import cli
def add(parser):
    parser.set_defaults(run=lambda arguments: print("x\\n" * 10**6))
cli.add_arguments = add
sys.exit(main(["leaks"]))
"""


def test_a_reader_that_has_seen_enough_is_no_error():
    words = [sys.executable, "-c", TALKS]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "x\n"
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 0


FINDS = """
import sys
from harness.cli.main import main
from harness.common import options
from harness.tools.leaks import cli
def run(arguments):
    outputs = options.Outputs(arguments)
    print("x\\n" * int(sys.argv[1]), file=outputs.people)
    outputs.write(json=lambda: "{}", html=lambda: "page")
    return 1
def add(parser):
    options.add_outputs(parser, json="", html="")
    parser.set_defaults(run=run)
cli.add_arguments = add
sys.exit(main(["leaks", *sys.argv[2:]]))
"""


@pytest.mark.parametrize("lines", [1, 10**6])
@pytest.mark.parametrize("document", ["found.json", "-"])
def test_a_reader_that_leaves_changes_neither_status_nor_files(lines, document, tmp_path):
    words = [sys.executable, "-c", FINDS, str(lines), "--json", document, "--html", "found.html"]
    reading, writing = os.pipe()
    os.close(reading)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        words, cwd=tmp_path, env=environment, stdout=writing, stderr=subprocess.DEVNULL
    )
    os.close(writing)
    assert done.returncode == 1
    assert (tmp_path / "found.html").read_text() == "page"
    assert document == "-" or (tmp_path / document).read_text() == "{}"
