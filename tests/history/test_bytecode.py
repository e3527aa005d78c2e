"""Bytecode of a release must not pass for that of the next one, and the rest is kept."""

from pathlib import Path

import pytest

from harness.history import install


def test_that_of_what_changes_is_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("changes", "stays", "pip", "wheel"):
        (tmp_path / name / "__pycache__").mkdir(parents=True)
        (tmp_path / name / "__init__.py").touch()
        about = tmp_path / f"{name}-1.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Name: {name}\nVersion: 1\n")
        (about / "RECORD").write_text(f"{name}/__init__.py,,\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    # pip is in no list of a release, and stays as it is; a release asks for another wheel.
    install._drop_bytecode(
        {"changes==1", "changes==2", "comes==1", "pip==1", "wheel==1", "wheel==2"}
    )
    kept = {path.parent.name for path in tmp_path.glob("*/__pycache__")}
    assert kept == {"stays", "pip"}


def test_packages_are_compared_as_lists_write_them(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text("# a==1\na==1\nb==2 ; python_version < '3.12'\nc @ file:///x\n")
    assert install._pins(path) == {"a==1", "b==2"}
    assert install._pins(tmp_path / "none") == set()
