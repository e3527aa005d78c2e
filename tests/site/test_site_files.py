"""What the site is made from: asv's pages as expected, and unchanged third-party files."""

from __future__ import annotations

import base64
import hashlib
import math
import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import asv
import pytest
from asv.results import Results
from asv.util import UserError

from harness.rendering.pages import VENDOR
from harness.site.offline import ASSETS, make_offline
from harness.site.publish import leave_out_unusable
from harness.site.release_page import write_releases_page

ASV_PAGES = Path(asv.__file__).parent / "www"


def test_only_values_that_cannot_be_drawn_are_left_out() -> None:
    values = {"fine": [1.0, 2, None], "bad": [1.0, math.inf], "text": ["x"], "none": None}
    results = SimpleNamespace(_results=dict(values))
    assert leave_out_unusable(results) == ["bad", "text"]
    assert results._results == {**values, "bad": [1.0, None], "text": [None]}


@pytest.mark.parametrize(
    ("page", "old", "new", "message"),
    [
        ("index.html", "flot/0.8.3", "flot/9.9.9", "once, found it 0 times"),
        ("index.html", "bootstrap@3.1.1/dist/css", "b/css", "once, found it 0 times"),
        ("index.html", "<head>", '<head><img src="//elsewhere/x.png">', "from the network"),
        ("index.html", 'href="#/regressions"', 'href="#/r"', "once, found it 0 times"),
        ("graphdisplay.js", "max_curves = 8", "max_curves = 9", "once, found it 0 times"),
        ("error.html", "internet", "intranet", "once, found it 0 times"),
    ],
)
def test_another_shape_of_page_is_refused_in_one_line(
    tmp_path: Path, page: str, old: str, new: str, message: str
) -> None:
    copy = shutil.copytree(ASV_PAGES, tmp_path / "site")
    (copy / page).write_text((copy / page).read_text().replace(old, new))
    with pytest.raises(UserError, match=message) as error:
        make_offline(copy)
    assert "\n" not in str(error.value)


def test_vendored_files_are_what_their_readme_and_asv_say() -> None:
    rows = re.findall(r"^\| (\S+) \|.*\| (yes|no).*\| (\w{64}) \|$", _readme(), re.MULTILINE)
    assert sorted(name for name, _, _ in rows) == sorted(ASSETS.values())
    wanted = re.findall(r'"[^"]+(/[^"]+)" integrity="(sha\d+)-([^"]+)"', _asv_index())
    hashes = {path.rpartition("/")[2]: (kind, value) for path, kind, value in wanted}
    for name, same, sha256 in rows:
        content = (VENDOR / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == sha256, name
        tail = next(tail for tail, file in ASSETS.items() if file == name).rpartition("/")[2]
        kind, value = hashes[tail]
        digest = base64.b64encode(hashlib.new(kind, content).digest()).decode()
        assert (digest == value) == (same == "yes"), name


def _readme() -> str:
    return (VENDOR / "README.md").read_text(encoding="utf-8")


def _asv_index() -> str:
    return (ASV_PAGES / "index.html").read_text(encoding="utf-8")


def test_an_invalid_run_is_told_on_the_releases_page(tmp_path: Path) -> None:
    results = Results({"machine": "lab"}, {}, "c" * 40, 0, "3.11", "env", {})
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab" / "machine.json").write_text('{"machine": "lab", "version": 1}')
    results.save(str(tmp_path))
    stem = tmp_path / results._filename.removesuffix(".json")
    conf = SimpleNamespace(results_dir=str(tmp_path), project="Demo", hash_length=8)
    repo = SimpleNamespace(get_tags=dict)
    for text, told in (("seconds: 9\n", False), ("seconds: 9\ninvalid: <others> ran\n", True)):
        Path(f"{stem}.validity.txt").write_text(text, encoding="utf-8")
        write_releases_page(tmp_path, conf, repo, {}, {"c" * 40: 0})
        page = (tmp_path / "releases.html").read_text(encoding="utf-8")
        assert ("Invalid run" in page) == ("&lt;others&gt; ran" in page) == told
