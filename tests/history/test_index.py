"""Release lists: from which index, and what is said when there is none."""

import contextlib
import http.server
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from local_index import JSON_TYPE, LocalIndex

from harness.history import index, plugin, releases, settings
from harness.history.errors import HistoryError

PAGE = (
    b'{"meta": {"api-version": "1.1"}, "name": "pack", "files": [{"filename":'
    b' "pack-1.0-py3-none-any.whl", "url": "x", "hashes": {}, "upload-time": "%s"}]}'
)
NOBODY = "http://127.0.0.1:9/simple/"
ASK_PIP = settings._pip_configuration.__wrapped__
pytestmark = pytest.mark.usefixtures("only_this_index")


def failure(name: str) -> str:
    with pytest.raises(HistoryError) as caught:
        releases.known(name)
    line = str(caught.value)
    assert line and "\n" not in line
    return line


def test_releases_come_in_upload_order_with_their_flags(local_index: LocalIndex) -> None:
    local_index.add("pack", "1.0", "2025-03-01T00:00:00Z")
    local_index.add("pack", "2.0rc1", "2025-02-01T00:00:00.25Z")
    local_index.add("pack", "0.9", "2025-01-01T00:00:00Z", yanked=True)
    found = releases.known("pack")
    assert [(r.version, r.yanked) for r in found] == [
        ("0.9", True),
        ("2.0rc1", False),
        ("1.0", False),
    ]
    assert found[1].uploaded == datetime(2025, 2, 1, tzinfo=UTC)


def test_first_file_dates_a_release_and_one_good_file_keeps_it(local_index: LocalIndex) -> None:
    local_index.add("pack", "1.0", "2025-01-02T00:00:00Z")
    local_index.add("pack", "1.0", "2025-01-01T00:00:00Z", yanked=True, suffix="py2-none-any.whl")
    (release,) = releases.known("pack")
    assert release.uploaded == datetime(2025, 1, 1, tzinfo=UTC)
    assert not release.yanked


def test_an_extra_index_is_asked_first(
    local_index: LocalIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    local_index.add("pack", "1.0", "2025-01-01T00:00:00Z")
    monkeypatch.setenv("UV_DEFAULT_INDEX", NOBODY)
    monkeypatch.setenv("UV_INDEX", f"mine={local_index.url}")
    assert [r.version for r in releases.known("pack")] == ["1.0"]


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ((404, "text/plain", b""), "unknown package 'pack'"),
        ((403, "text/plain", b""), "HTTP 403"),
        ((429, "text/plain", b""), "HTTP 429"),
        ((503, "text/plain", b""), "no usable answer"),
        ((200, "text/plain", b"hello"), "no usable answer"),
        ((200, "text/html", b"<form>Sign in</form>"), "no usable answer"),
        ((200, JSON_TYPE, b"{}"), "no usable answer"),
        ((200, JSON_TYPE, b"hello"), "no usable answer"),
        ((200, JSON_TYPE, b"null"), "no usable answer"),
        ((200, JSON_TYPE, b'[{"files": 1}]'), "no usable answer"),
        ((200, JSON_TYPE, b"[" * 100_000), "no usable answer"),
        ((200, JSON_TYPE, PAGE % b"9999-12-31T23:59:59-23:00"), "no usable answer"),
        ((200, JSON_TYPE, PAGE % b"1969-01-01T00:00:00Z"), "no upload dates"),
        (
            (
                200,
                JSON_TYPE,
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


@pytest.mark.parametrize(("limit", "value"), [("LARGEST", 1000), ("LONGEST", 0.1)])
def test_an_answer_without_end_is_one_line(
    monkeypatch: pytest.MonkeyPatch, limit: str, value: float
) -> None:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", JSON_TYPE)
            self.end_headers()
            with contextlib.suppress(OSError):  # until nobody listens any more
                while True:
                    self.wfile.write(b" " * 100)
                    time.sleep(0.001)

        def log_message(self, format: str, *args: object) -> None:
            pass

    monkeypatch.setattr(index, limit, value)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}/simple/"
        monkeypatch.setenv("UV_DEFAULT_INDEX", url)
        assert "no usable answer" in failure("pack")
        server.shutdown()


def test_an_index_without_an_answer_is_asked_for_news_once_in_a_run(
    only_this_index: LocalIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("pack", "other"):
        only_this_index.add(name, "1.0", "2025-01-01T00:00:00Z")
    histories = [
        plugin.ReleaseHistory(f"pypi:{name}", str(tmp_path / name)) for name in ("pack", "other")
    ]
    monkeypatch.setattr(releases, "FRESH", 0.0)
    monkeypatch.setattr(plugin, "_no_answer", False)
    for answer, times in (((404, "text/plain", b"no"), 2), ((500, "text/plain", b"no"), 1)):
        only_this_index.broken = answer
        only_this_index.asked.clear()
        for each in histories:
            each.pull()
        assert len(only_this_index.asked) == times


def test_a_version_that_names_no_tag_is_left_out(local_index: LocalIndex) -> None:
    for version in ("1.0", "2.0+x.lock", f"3.{'0' * 80}1", f"4.{'9' * 5000}"):
        local_index.add("pack", version, "2025-01-01T00:00:00Z")
    assert [r.version for r in releases.known("pack")] == ["1.0"]


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
