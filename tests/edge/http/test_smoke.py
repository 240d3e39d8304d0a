"""Whatever is asked that the description allows, and much that it does not, is answered as it says."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from bauhinia.edge.http.app import ADDRESSES
from bauhinia.edge.http.openapi import document

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
APART = ("/v1/events/stream", "/v1/commands/bytes")  # has no end; has forms of every command, tested one by one
api = schemathesis.openapi.from_dict(document([each for each in ADDRESSES if each.path not in APART]))


@pytest.fixture
def base(url: str) -> str:
    return url


@api.parametrize()
@settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_address_answers_as_it_says(case: Any, base: str) -> None:
    case.call_and_validate(base_url=base, checks=CHECKS)
