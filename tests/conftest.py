"""What several test files share."""

from collections.abc import Iterator

import pytest
from local_index import LocalIndex, serve


@pytest.fixture
def local_index() -> Iterator[LocalIndex]:
    """An empty package index on this machine."""
    with serve(LocalIndex()) as index:
        yield index
