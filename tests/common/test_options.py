"""Options that verbs share: quantities, files, and where text for people goes."""

import argparse
import json
import subprocess
import sys

import pytest
from places import ROOT

from harness.common import options, quantities


def asked(*words):
    parser = argparse.ArgumentParser()
    options.add_outputs(parser, json="all", csv="rows")
    return parser.parse_args(words)


def test_what_was_asked_for_is_written_and_nothing_else(tmp_path, capsys):
    path = tmp_path / "all.json"
    outputs = options.Outputs(asked("--json", str(path)))
    outputs.write(json=lambda: options.as_json({"one": 1}), csv=lambda: pytest.fail("not asked"))
    assert json.loads(path.read_text()) == {"one": 1}
    assert [each.name for each in tmp_path.iterdir()] == ["all.json"]
    print("for people", file=outputs.people)
    assert capsys.readouterr() == ("for people\n", "")


def test_text_for_people_makes_room_for_a_document_on_standard_output(capsys):
    outputs = options.Outputs(asked("--csv", "-"))
    print("for people", file=outputs.people)
    outputs.write(csv=lambda: "a,b\n")
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("a,b\n", "for people\n")


def test_json_has_no_numbers_that_are_not_finite():
    text = options.as_json({"wide": float("inf"), "none": float("nan"), "some": [1.5]})
    assert json.loads(text) == {"wide": None, "none": None, "some": [1.5]}


def test_two_documents_do_not_share_a_file(tmp_path):
    path = str(tmp_path / "x")
    with pytest.raises(ValueError, match="the same file"):
        options.Outputs(asked("--json", path, "--csv", path))


@pytest.mark.parametrize("where", ["no/folder/x.json", "."])
def test_what_cannot_be_written_is_told_at_once(where):
    with pytest.raises(ValueError):
        options.Outputs(asked("--json", where))


@pytest.mark.parametrize(
    ("text", "expected"), [("1%", 0.01), ("0.01", 0.01), ("100%", 1.0), ("0", 0.0)]
)
def test_a_share(text, expected):
    assert quantities.share(text) == pytest.approx(expected)


@pytest.mark.parametrize("text", ["1", "5", "80"])
def test_a_share_that_may_be_per_cent_is_refused_with_both_readings(text):
    with pytest.raises(ValueError, match=rf"write {text}% or {text}00%"):
        quantities.share(text)


def test_per_cent_that_may_be_a_share_is_refused_with_both_readings():
    assert [quantities.percent(text) for text in ("80", "0.5%", "0")] == [80, 0.5, 0]
    with pytest.raises(ValueError, match=r"write 0.8% or 80%"):
        quantities.percent("0.8")


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5", "many", "\u0663", "\u00b2"])
def test_a_count_is_a_whole_number_from_one(text):
    with pytest.raises(ValueError, match="whole number"):
        quantities.count(text)
    assert quantities.listed(quantities.count)("10,2") == (10, 2)


def test_standard_output_by_another_name_is_standard_output():
    words = ["import argparse, sys", "from harness.common import options"]
    words += ["given = argparse.Namespace(formats=('json',), json='/dev/stdout')"]
    words += ["print('for people', file=options.Outputs(given).people)"]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(words)], cwd=ROOT, capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("", "for people\n")


def test_a_wrong_name_is_answered_with_a_few_that_may_be_meant():
    known = [f"target-{letter}" for letter in "abcdefghijklmnop"]
    assert options.near("targett-b", known).split(", ")[0] == "target-b"
    assert options.near("x", known) == "target-a, target-b, target-c, 16 in all"
    assert options.near("x", known[:3]) == "target-a, target-b, target-c"
    assert options.near("x", []) == "none"
