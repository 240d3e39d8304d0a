"""A market made once for all tests of the two systems."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.edge.http.stage import opened


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template") / "ledger"
    opened(folder).close()
    return folder
