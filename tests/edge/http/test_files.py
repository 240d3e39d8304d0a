"""Registers and statements as the files that people keep."""

from __future__ import annotations

import csv
import io

import pytest
from pypdf import PdfReader

from bauhinia.views.model import PersonalData
from bauhinia.wire.client import Client
from bauhinia.words.ids import PartyNumber
from tests.edge.http.stage import ISIN, Stage

PATHS = (
    ("CMU", f"/v1/bonds/{ISIN}/register", "register"),
    ("A", "/v1/accounts/{account}/holdings?day=2026-02-03", "holdings"),
    ("A", "/v1/accounts/{account}/statement?first=2026-02-02&last=2026-02-03", "statement"),
)


def fetched(stage: Stage, url: str, who: str, path: str, form: str) -> tuple[int, str, str, bytes]:
    target = path.format(account=stage.at["A"]) + ("&" if "?" in path else "?") + f"format={form}"
    with Client(url, stage.signer(who)) as client:
        answer = client._http.get(target, headers=client._headers("GET", target))
    named = answer.headers.get("content-disposition", "")
    return answer.status_code, answer.headers["content-type"], named, answer.content


@pytest.mark.parametrize(("who", "path", "name"), PATHS)
def test_as_csv(stage: Stage, url: str, who: str, path: str, name: str) -> None:
    status, kind, named, data = fetched(stage, url, who, path, "csv")
    assert (status, kind) == (200, "text/csv; charset=utf-8")
    assert named.startswith(f"attachment; filename={name}-")
    rows = list(csv.reader(io.StringIO(data.decode())))
    assert len({len(row) for row in rows}) == 1
    assert len(rows) > 1


@pytest.mark.parametrize(("who", "path", "name"), PATHS)
def test_as_pdf(stage: Stage, url: str, who: str, path: str, name: str) -> None:
    status, kind, named, data = fetched(stage, url, who, path, "pdf")
    assert (status, kind) == (200, "application/pdf")
    assert named.endswith(".pdf")
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)
    assert "300.00" in text, "the nominal that A holds"


@pytest.mark.parametrize("form", ["json", "csv", "pdf"])
@pytest.mark.parametrize(("who", "path", "name"), PATHS)
def test_nobody_else_gets_a_file_either(stage: Stage, url: str, who: str, path: str, name: str, form: str) -> None:
    assert fetched(stage, url, "Trustee" if who == "A" else "A", path, form)[0] == 404


def test_a_form_that_is_none_is_refused(stage: Stage, url: str) -> None:
    assert fetched(stage, url, "CMU", PATHS[0][1], "xls")[0] == 400


def test_names_and_addresses_of_a_register_come_from_beside_the_ledger(stage: Stage) -> None:
    from bauhinia.wire.local import LocalDesk

    kept = {stage.parties["A"]: PersonalData("Ah Kwan", "1 Harbour Road")}
    registrar = LocalDesk(stage.following, stage.signer("CMU"), personal=lambda party: kept.get(PartyNumber(party)))
    names = {row.holder: row.name for row in registrar.register(ISIN).rows}
    assert names[stage.parties["A"]] == "Ah Kwan"
    assert names[stage.parties["B"]] == "B"
