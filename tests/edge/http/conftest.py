"""The stage of the door's tests, built once a file, and the door served at an address."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.edge.http.stage import Stage, opened


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    made = opened(tmp_path_factory.mktemp("market"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def url(stage: Stage) -> Iterator[str]:
    with stage.served() as address:
        yield address


@pytest.fixture(scope="module")
def http(url: str) -> Iterator[httpx.Client]:
    """A stranger's connection, with nothing that shows who asks."""
    with httpx.Client(base_url=url) as client:
        yield client
