"""Hong Kong 2025, played once a file and served as `bauhinia demo` serves it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.edge.played import HongKong, played


@pytest.fixture(scope="module")
def hong_kong(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HongKong]:
    with played(tmp_path_factory.mktemp("hong-kong")) as found:
        yield found
