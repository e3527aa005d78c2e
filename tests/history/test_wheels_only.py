"""Nothing that is there only as source is installed, neither a release nor what it depends on."""

from __future__ import annotations

import hashlib
import io
import sys
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from local_index import LocalIndex

from harness.history import install

pytestmark = pytest.mark.faults

BUILD = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
RUNS = "from pathlib import Path\nPath({mark!r}).touch()\nraise SystemExit('built')\n"
AS_OF = datetime(2025, 6, 1, tzinfo=UTC)


def source(index: LocalIndex, name: str, mark: Path) -> None:
    """A release whose code leaves a mark when it is built."""
    made = io.BytesIO()
    about = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
    files = {"pyproject.toml": BUILD, "backend.py": RUNS.format(mark=str(mark)), "PKG-INFO": about}
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for path, text in files.items():
            member = tarfile.TarInfo(f"{name}-1.0/{path}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    filename = f"{name}-1.0.tar.gz"
    index.files[filename] = made.getvalue()
    index.projects[name] = [
        {
            "filename": filename,
            "url": f"../../files/{filename}",
            "hashes": {"sha256": hashlib.sha256(made.getvalue()).hexdigest()},
            "upload-time": "2025-01-01T00:00:00Z",
        }
    ]


@pytest.mark.parametrize("wanted", ["pack==1.0", "user==1.0"])
@pytest.mark.parametrize("kinds", [install.WHEELS, ()], ids=["wheels", "sources"])
def test_source_is_built_only_where_it_is_asked_for(
    only_this_index: LocalIndex,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    wanted: str,
    kinds: tuple[str, ...],
) -> None:
    source(only_this_index, "pack", mark := tmp_path / "mark")
    only_this_index.add("user", "1.0", "2025-01-01T00:00:00Z", requires=("pack",))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    monkeypatch.setattr(install, "SUPPORT", ())
    command = [sys.executable, "-m", "uv", "pip", "compile", *kinds]
    with pytest.raises(install.InstallError) as caught:
        install._resolve(command, [wanted], AS_OF, tmp_path / "resolved.txt")
    assert mark.exists() is (not kinds)
    assert kinds == () or "no usable wheels" in str(caught.value)
    assert kinds == () or str(caught.value).startswith("not installed: ")
