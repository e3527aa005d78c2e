"""Reasons kept beside results, and results that survive an interrupt."""

import math
from pathlib import Path
from typing import Any

import pytest

from harness.history import install, notes, safety
from harness.session.session import MeasureFailed


class Results:
    """The part of asv's results that notes are made from."""

    def __init__(
        self, value: list[Any] | None, stderr: str, params: list[list[str]] | None = None
    ) -> None:
        self._results = {"b": value, "kept": [1]}
        self.stderr = {"b": stderr}
        self.errcode = {"b": 0}
        self._params = params or []

    def get_result_params(self, name: str) -> list[list[str]]:
        return self._params

    def get_all_result_keys(self) -> list[str]:
        return list(self._results)


@pytest.mark.parametrize(
    ("value", "stderr", "expected"),
    [
        ([1.0], "Warning: something\n", []),
        (
            [math.nan],
            "n/a: no streaming before 2.0\nasv: skipped: X",
            ["n/a: no streaming before 2.0"],
        ),
        (
            [math.nan],
            "asv: skipped: NotImplementedError('no')",
            ["asv: skipped: NotImplementedError('no')"],
        ),
        (None, "Traceback:\n  File\nValueError: wrong reply\n", ["ValueError: wrong reply"]),
        (
            None,
            "half\n\nasv: benchmark timed out (timeout 9s)",
            ["asv: benchmark timed out (timeout 9s)"],
        ),
        (
            None,
            "asv: setup_cache failed\n\nOSError: full\nasv: setup_cache failed (exit status 1)",
            ["OSError: full"],
        ),
        (None, f"Traceback:\n  File\n{notes.RAISED}TypeError: no\n", ["TypeError: no"]),
        (
            None,
            "ImportError: no 'x' in 'y' (/home/me/env/lib/python3.11/site-packages/y/__init__.py)",
            ["ImportError: no 'x' in 'y' (y/__init__.py)"],
        ),
        (None, "", ["not installed: no wheel"]),
    ],
)
def test_the_reason(value: list[Any] | None, stderr: str, expected: list[str]) -> None:
    assert notes.of(Results(value, stderr), "not installed: no wheel") == {
        "b": [notes.Note(reason) for reason in expected]
    }


def test_what_our_own_error_is_called_is_left_out_of_what_was_kept_before() -> None:
    assert f"{MeasureFailed.__module__}.{MeasureFailed.__name__}: " == notes.RAISED
    assert notes.parse(f"b: {notes.RAISED}TypeError: no (For parameters: 1)\n") == {
        "b": [notes.Note("TypeError: no", ("1",))]
    }


def test_parameters_with_one_reason_share_a_line() -> None:
    stderr = "".join(
        f"For parameters: {n}, 'x'\n{said}\n\n"
        for n, said in ((1, "warning"), (2, "n/a: no"), (3, "n/a: no"), (4, "KeyError: 4"))
    )
    found = notes.of(
        Results([1.0, math.nan, math.nan, None], stderr, [["1", "2", "3", "4"], ["'x'"]])
    )
    assert [note.text for note in found["b"]] == [
        "n/a: no (For parameters: 2, 'x'; 3, 'x')",
        "KeyError: 4 (For parameters: 4, 'x')",
    ]
    text = notes.merge("", found, Results([1], ""))
    assert notes.parse(text) == found


def test_notes_of_benchmarks_that_did_not_run_again_are_kept() -> None:
    former = "b: old reason\ngone: removed benchmark\nkept: n/a: no: never\n"
    text = notes.merge(former, {"b": [notes.Note("new reason")]}, Results([1], ""))
    assert text == "b: new reason\nkept: n/a: no: never\n"


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("n/a: no streaming before 2.0", True),
        ("asv: skipped: NotImplementedError('no')", True),
        ("n/a: invalid in 5 of 8 processes: the generator was late", False),
        ("ValueError: wrong reply", False),
    ],
)
def test_what_cannot_be_is_told_from_what_failed(reason: str, expected: bool) -> None:
    assert notes.Note(reason).is_refusal is expected


def test_an_interrupted_write_leaves_the_former_file(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text("former")

    def write(target: str, text: str) -> None:
        Path(target).write_text(text[: len(text) // 2])
        if text == "interrupted":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        safety.write_whole(write, str(path), "interrupted")
    assert path.read_text() == "former"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_install_is_one_line_without_addresses() -> None:
    complaint = "  \u2717 No\n  \u2570\u2500\u25b6 at https://me:secret@127.0.0.1/x.\n\nhint: try\n"
    assert str(install.InstallError(complaint)) == "not installed: No at (address)"
