"""Whatever a profile's file holds: it is shown and compared, or one line names the file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import fuzz
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.tools.profiling.document import take

WAYS = st.sampled_from(
    [["--from", "new"], ["--from", "old", "--against", "new"], ["--against", "new"]]
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, object]]:
    document = take("floor", ("cpu", "memory", "sampling"), runs=3)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("profiles"))
        Path("old").write_text(json.dumps(document))
        yield document


@given(data=st.data(), way=WAYS, html=st.booleans())
def test_profiles(
    whole: dict[str, object], data: st.DataObject, way: list[str], html: bool
) -> None:
    Path("new").write_bytes(data.draw(fuzz.files(whole)))
    if "--from" in way:
        fuzz.run(["profile", *way, *(["--html", "page.html"] if html else [])])
