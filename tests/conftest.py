"""What all tests share: where the vectors are, how Hypothesis searches, and the browser."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

REPOSITORY = Path(__file__).resolve().parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

settings.register_profile(
    "desk", max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.register_profile("ci", settings.get_profile("desk"), derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "desk")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--vectors",
        metavar="DIR",
        default=str(REPOSITORY.parent / "shared" / "vectors"),
        help="folder of independent test vectors (default: ../shared/vectors beside the repository)",
    )


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the repository."""
    return REPOSITORY


@pytest.fixture(scope="session")
def vectors(pytestconfig: pytest.Config) -> Path:
    """The folder of independent vectors; a test that needs it skips where it is absent."""
    folder = Path(pytestconfig.getoption("--vectors"))
    if not folder.is_dir():
        pytest.skip(f"no vectors: {folder} is not a folder (give another with --vectors=DIR)")
    return folder.resolve()


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the machine's Chromium; a browser test skips where there is none."""
    for name in BROWSERS:
        if path := shutil.which(name):
            return path
    pytest.skip("no Chromium on this machine: script/setup --test installs Debian's when run as root")
