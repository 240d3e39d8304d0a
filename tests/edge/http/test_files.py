"""Registers and statements as the files that people keep."""

from __future__ import annotations

import csv
import io

import httpx
import pytest
from pypdf import PdfReader

from bauhinia.edge.http import files
from bauhinia.ledger.registers import Row
from bauhinia.node.proofs import check_proof
from bauhinia.rules.registers import RegisterSealed
from bauhinia.wire.client import Client
from bauhinia.words.codec import decode
from tests.edge.http.stage import ISIN, Stage
from tests.rules.deal import NEXT

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


def proof(stage: Stage, url: str, who: str | None, query: str = "", holder: str = "A") -> httpx.Response:
    target = f"/v1/bonds/{ISIN}/register/{stage.at[holder]}/proof{query}"
    with Client(url, stage.signer(who)) as client:
        return client._http.get(target, headers=client._headers("GET", target))


@pytest.fixture(scope="module")
def sealed(stage: Stage) -> Stage:
    """The register is sealed at the end of the day."""
    stage.live.until(NEXT, 23 * 60)
    assert stage.following.reach(stage.market.journal.height())
    return stage


@pytest.mark.parametrize("who", ["A", "CMU", "operator"])
def test_a_row_of_a_sealed_register_is_proved_to_its_holder_and_who_keeps_it(sealed: Stage, url: str, who: str) -> None:
    answer = proof(sealed, url, who)
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith(f"attachment; filename=proof-register-{sealed.bond}-")
    proved = check_proof(answer.content, [sealed.market.node_key])
    assert proved.good, proved.why
    row = decode(Row, proved.row)
    assert (row.account, row.holder, row.balance) == (sealed.at["A"], sealed.parties["A"], 30_000)
    assert isinstance(proved.sealed, RegisterSealed)
    assert (proved.sealed.asset, proved.sealed.day) == (sealed.bond, NEXT)
    assert not check_proof(answer.content.replace(b'"row"', b'"raw"')).good


@pytest.mark.parametrize("who", [None, "B", "Trustee", "Watch", "Government", "Custodian"])
def test_nobody_else_gets_the_proof_of_a_row(sealed: Stage, url: str, who: str | None) -> None:
    assert proof(sealed, url, who).status_code == 404


def test_there_is_no_proof_of_what_was_not_sealed(sealed: Stage, url: str) -> None:
    assert proof(sealed, url, "operator", "?height=1").status_code == 404
    assert proof(sealed, url, "operator", holder="Lead").status_code == 404, "who holds nothing stands in no register"


def test_one_proof_is_made_at_a_time(sealed: Stage, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "PATIENCE", 0.01)
    with sealed.app.state.house.proving:
        answer = proof(sealed, url, "A")
    assert (answer.status_code, answer.json()["reason"]) == (429, "TOO_MANY")
