"""Release lists: from which index, kept how, and what is said when there is none."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from local_index import LocalIndex

from harness.history import index, settings
from harness.history.errors import HistoryError

NOBODY = "http://127.0.0.1:9/simple/"
ASK_PIP = settings._pip_configuration.__wrapped__


@pytest.fixture(autouse=True)
def only_this_index(
    local_index: LocalIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_INDEX_URL", "PIP_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "")
    monkeypatch.setenv("UV_DEFAULT_INDEX", local_index.url)
    monkeypatch.setenv("AGENT_BENCHMARKS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(settings, "_pip_configuration", dict)  # pip's own are not wanted here


def failure(name: str) -> str:
    with pytest.raises(HistoryError) as caught:
        index.releases(name)
    line = str(caught.value)
    assert line and "\n" not in line
    return line


def test_releases_come_in_upload_order_with_their_flags(local_index: LocalIndex) -> None:
    local_index.add("pack", "1.0", "2025-03-01T00:00:00Z")
    local_index.add("pack", "2.0rc1", "2025-02-01T00:00:00.25Z")
    local_index.add("pack", "0.9", "2025-01-01T00:00:00Z", yanked=True)
    found = index.releases("Pack")
    assert [(r.version, r.yanked) for r in found] == [
        ("0.9", True),
        ("2.0rc1", False),
        ("1.0", False),
    ]
    assert found[1].uploaded == datetime(2025, 2, 1, tzinfo=UTC)


def test_first_file_dates_a_release_and_one_good_file_keeps_it(local_index: LocalIndex) -> None:
    local_index.add("pack", "1.0", "2025-01-02T00:00:00Z")
    local_index.add("pack", "1.0", "2025-01-01T00:00:00Z", yanked=True, suffix="py2-none-any.whl")
    (release,) = index.releases("pack")
    assert release.uploaded == datetime(2025, 1, 1, tzinfo=UTC)
    assert not release.yanked


def test_a_fresh_list_is_not_asked_again(local_index: LocalIndex) -> None:
    local_index.add("pack", "1.0", "2025-01-01T00:00:00Z")
    assert index.releases("pack") == index.releases("pack")
    assert len(local_index.asked) == 1
    index.releases("pack", max_age=0)
    assert len(local_index.asked) == 2


def test_without_network_the_kept_list_serves_and_its_age_is_told(
    local_index: LocalIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    local_index.add("pack", "1.0", "2025-01-01T00:00:00Z")
    before = index.releases("pack")
    monkeypatch.setenv("UV_DEFAULT_INDEX", NOBODY)
    told: list[str] = []
    assert index.releases("pack", max_age=0, warn=told.append) == before
    assert len(told) == 1
    assert "as of 0.0 hours ago" in told[0]


def test_a_broken_kept_list_is_asked_anew(local_index: LocalIndex) -> None:
    local_index.add("pack", "1.0", "2025-01-01T00:00:00Z")
    before = index.releases("pack")
    kept = index.cache_dir() / "releases" / "pack.json"
    for text in ("", "{", "[]", '{"format": 1, "asked": 1e12, "releases": [["x", "y", 0]]}'):
        kept.write_text(text)
        assert index.releases("pack") == before
        assert json.loads(kept.read_text())["releases"]


def test_an_extra_index_is_asked_first(
    local_index: LocalIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    local_index.add("pack", "1.0", "2025-01-01T00:00:00Z")
    monkeypatch.setenv("UV_DEFAULT_INDEX", NOBODY)
    monkeypatch.setenv("UV_INDEX", f"mine={local_index.url}")
    assert [r.version for r in index.releases("pack")] == ["1.0"]


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ((404, "text/plain", b""), "unknown package 'pack'"),
        ((403, "text/plain", b""), "HTTP 403"),
        ((200, "text/plain", b"hello"), "no usable answer"),
        ((200, "application/vnd.pypi.simple.v1+json", b"{}"), "no usable answer"),
        ((200, "application/vnd.pypi.simple.v1+json", b"hello"), "no usable answer"),
        (
            (
                200,
                "application/vnd.pypi.simple.v1+json",
                b'{"meta": {"api-version": "1.1"}, "name": "pack", "files": []}',
            ),
            "no releases with files",
        ),
        (
            (
                200,
                "text/html",
                b'<a href="pack-1.0-py3-none-any.whl">pack-1.0-py3-none-any.whl</a>',
            ),
            "no upload dates",
        ),
    ],
)
def test_what_an_index_cannot_tell_is_one_line(
    local_index: LocalIndex, page: tuple[int, str, bytes], said: str
) -> None:
    local_index.pages["pack"] = page
    assert said in failure("pack")


def test_no_network_and_no_kept_list_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://user:secret@127.0.0.1:9/simple/")
    line = failure("pack")
    assert "no usable answer from the package index" in line
    assert "secret" not in line


def test_pip_configuration_serves_both_clients(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("UV_DEFAULT_INDEX")
    monkeypatch.delenv("PIP_EXTRA_INDEX_URL")
    monkeypatch.delenv("PIP_CERT", raising=False)
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setattr(settings, "_pip_configuration", ASK_PIP)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    (tmp_path / "pip.conf").write_text(
        "[global]\nindex-url = http://127.0.0.1:9/a\nextra-index-url = http://127.0.0.1:9/b\n"
        "    file:///somewhere\ncert = /certificates.pem\n"
    )
    assert settings.indexes().default == "http://127.0.0.1:9/a"
    told = settings.uv_environment()
    assert told["UV_DEFAULT_INDEX"] == "http://127.0.0.1:9/a"
    assert "http://127.0.0.1:9/b" in told["UV_INDEX"].split()
    assert "file:" not in told["UV_INDEX"]
    assert told["SSL_CERT_FILE"] == "/certificates.pem"
    monkeypatch.setenv("UV_DEFAULT_INDEX", NOBODY)
    assert "UV_DEFAULT_INDEX" not in settings.uv_environment()
    assert settings.indexes().default == NOBODY
