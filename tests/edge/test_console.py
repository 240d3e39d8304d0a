"""The console: what each page shows, and what it does not show to whom."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pypdf
import pytest

from bauhinia.edge import copies
from bauhinia.edge.cli.playing import keys_of
from bauhinia.edge.console import pages, phrases, tales
from bauhinia.edge.console.app import console_routes
from bauhinia.edge.console.ladder import Flow, FlowState, ladder, short
from bauhinia.edge.http.app import make_app
from bauhinia.edge.http.limits import Limits
from bauhinia.edge.stories import play_key, read_file
from bauhinia.edge.stories.library import story_file
from bauhinia.edge.stories.played import play
from bauhinia.rules.onboarding import Elect
from bauhinia.rules.registers import RequestCopy
from bauhinia.views import model
from bauhinia.wire.asking import COOKIE, open_signed
from bauhinia.wire.problems import DoorRefused
from bauhinia.words.ids import AccountNumber, AssetNumber, PartyNumber
from bauhinia.words.reasons import Refused
from tests.edge.played import HongKong, at_address, running

PAGES = ("/", "/accounts", "/powers", "/viewer")
BONDS = ("HKD 2027", "CNY 2030", "USD 2028", "EUR 2029")
HOLDERS = ("Asset manager", "Mainland fund", "Insurer", "Bank A", "Bank B")
PARTIES = ("operator", "CMU", "HKMA", "HKSAR Government", "HSBC", "Newspaper", *HOLDERS)
NOT_THERE = 999_999


def section(html: str, heading: str) -> str:
    """The part of a page under a heading."""
    found = re.search(rf'<section class="part" aria-labelledby="{heading}-heading">.*?</section>', html, re.S)
    assert found is not None, f"no section {heading}"
    return found[0]


@pytest.fixture(scope="module")
def stranger(hong_kong: HongKong) -> Iterator[httpx.Client]:
    with hong_kong.browser() as client:
        yield client


@pytest.mark.parametrize("name", ["", *PARTIES])
def test_every_page_is_made_for_everyone(hong_kong: HongKong, name: str) -> None:
    addresses = [*PAGES, *(f"/bonds/{hong_kong.asset(bond)}" for bond in BONDS)]
    with hong_kong.browser(name) as client:
        for address in addresses:
            page = client.get(address)
            assert page.status_code == 200, address
            assert (f"<b>{name}</b>" if name else "as a stranger") in page.text, address


def test_the_market_at_a_glance(stranger: httpx.Client) -> None:
    html = stranger.get("/").text
    assert "Wednesday 20 May 2026" in html
    bonds = section(html, "bonds")
    for bond, outstanding in zip(
        BONDS, ("HKD 2,500,000,000.00", "CNY 2,500,000,000.00", "USD 300,000,000.00", "EUR 300,000,000.00"), strict=True
    ):
        assert bond in bonds
        assert outstanding in bonds
    assert "HKD 1,920,000,000.00" in section(html, "moneys")
    assert "outside the ledger" in section(html, "moneys")
    assert 'aria-current="step"' in section(html, "systems")


def test_a_bond_by_number_or_isin(hong_kong: HongKong, stranger: httpx.Client) -> None:
    by_number = stranger.get(f"/bonds/{hong_kong.asset('CNY 2030')}")
    by_isin = stranger.get("/bonds/HKPLAY25CNY6")
    assert by_number.status_code == by_isin.status_code == 200
    assert section(by_number.text, "flows") == section(by_isin.text, "flows")


def test_what_is_assumed_and_what_is_provisional_is_marked(hong_kong: HongKong, stranger: httpx.Client) -> None:
    html = stranger.get(f"/bonds/{hong_kong.asset('CNY 2030')}").text
    terms, flows = section(html, "terms"), section(html, "flows")
    assert re.search(r"Day count</dt><dd>Act/365F <span class=\"tag assumed\">", terms)
    assert re.search(r"Rate</dt><dd>1.9%</dd>", terms), "the rate was published"
    assert re.search(r"11 Nov 2030</span> <span class=\"tag provisional\"", flows)
    assert re.search(r"11 Nov 2026</span> <span class=\"tag next\">next</span>\s*<small", flows), "confirmed"
    assert "471.10" in flows  # 50,000 x 1.9% x 181 / 365
    assert flows.count("<rect") == 2 * 10 + 3, "a bar a payment, wide and narrow, and the key's three"


@pytest.mark.parametrize("bond", BONDS)
def test_a_stranger_sees_no_holder(hong_kong: HongKong, stranger: httpx.Client, bond: str) -> None:
    html = stranger.get(f"/bonds/{hong_kong.asset(bond)}").text
    assert "Nothing that you may see." in section(html, "holders")
    assert [name for name in HOLDERS if name in html] == []
    assert "register.csv" not in html


def test_a_stranger_sees_no_account(hong_kong: HongKong, stranger: httpx.Client) -> None:
    assert "A stranger sees no account" in stranger.get("/accounts").text
    numbers = hong_kong.market.read(lambda state: sorted(state.accounts))
    assert {stranger.get(f"/accounts/{number}").status_code for number in numbers} == {404}


def test_a_holder_sees_its_own_and_nobody_elses(hong_kong: HongKong) -> None:
    with hong_kong.browser("Mainland fund") as client:
        holders = section(client.get(f"/bonds/{hong_kong.asset('CNY 2030')}").text, "holders")
        assert "CNY 1,000,000,000.00" in holders
        assert [name for name in HOLDERS if name in holders] == ["Mainland fund"]
        own = client.get(f"/accounts/{hong_kong.account('Mainland fund')}")
        assert "CNY 1,000,000,000.00" in own.text
        assert client.get(f"/accounts/{hong_kong.account('Bank B')}").status_code == 404


def test_unknown_and_not_yours_are_one_answer(hong_kong: HongKong) -> None:
    with hong_kong.browser("Newspaper") as client:
        of_another = client.get(f"/accounts/{hong_kong.account('Bank B')}")
        unknown = client.get(f"/accounts/{NOT_THERE}")
    assert (of_another.status_code, of_another.text) == (unknown.status_code, unknown.text) == (404, unknown.text)


def test_the_registrar_sees_and_copies_the_register(hong_kong: HongKong) -> None:
    bond = hong_kong.asset("HKD 2027")
    with hong_kong.browser("CMU") as client:
        holders = section(client.get(f"/bonds/{bond}").text, "holders")
        assert all(name in holders for name in ("Bank A", "Asset manager", "CMU", "Insurer"))
        copied = client.get(f"/bonds/{bond}/register.csv")
        rows = list(csv.reader(io.StringIO(copied.text)))
        assert rows[0] == ["name", "amount"]
        assert sorted(rows[1:]) == [
            ["Asset manager", "HKD 900,000,000.00"], ["Bank A", "HKD 900,000,000.00"], ["CMU", "HKD 700,000,000.00"],
        ]  # fmt: skip
        assert copied.headers["content-disposition"].startswith("attachment; filename=register-HKPLAY25HKD5-")
        pdf = client.get(f"/bonds/{bond}/register.pdf")
        text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf.content)).pages)
        assert "HKD 2,500,000,000.00" in text
        assert "Asset manager" in text
        assert client.get(f"/bonds/{bond}/register.exe").status_code == 404


@pytest.mark.parametrize("name", ["", "Newspaper", "Bank A"])
def test_others_get_no_copy(hong_kong: HongKong, name: str) -> None:
    with hong_kong.browser(name) as client:
        for ending in ("csv", "pdf"):
            assert client.get(f"/bonds/{hong_kong.asset('HKD 2027')}/register.{ending}").status_code == 404


def test_an_accounts_page(hong_kong: HongKong) -> None:
    with hong_kong.browser("Bank A") as client:
        html = client.get(f"/accounts/{hong_kong.account('Bank A')}").text
    assert "HKD 311,444,466.30" in section(html, "positions")
    entries = section(html, "entries")
    assert "HKD +11,157,480.00" in entries
    assert "HKD −1,000,000,000.00" in entries
    assert "Nothing is pending." in section(html, "pending")


def test_the_powers_report_names_no_account_to_a_stranger(hong_kong: HongKong, stranger: httpx.Client) -> None:
    assert "Mainland fund" not in stranger.get("/powers").text
    assert "Lift block" in stranger.get("/powers").text
    with hong_kong.browser("CMU") as client:
        assert f"account {hong_kong.account('Mainland fund')}" in client.get("/powers").text


@pytest.mark.parametrize("address", [*PAGES, "/bonds/HKPLAY25HKD5", "/nothing-here", "/bonds/nothing"])
def test_pages_hold_nothing_from_elsewhere_and_nothing_inline(stranger: httpx.Client, address: str) -> None:
    answer = stranger.get(address)
    if answer.headers["content-type"].startswith("text/html"):
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert re.findall(r"https?://", answer.text) == []
        assert re.findall(r"<script(?! src=)|<style|\sstyle=|\son\w+=", answer.text) == []
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_our_own_files_and_no_others(stranger: httpx.Client) -> None:
    for name, kind in (("console.css", "text/css"), ("console.js", "text/javascript"), ("mark.svg", "image/svg+xml")):
        answer = stranger.get(f"/static/{name}")
        assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, kind)
        assert re.findall(r"https?://(?!www\.w3\.org/2000/svg)", answer.text) == []
    assert stranger.get("/static/app.py").status_code == 404
    assert stranger.get("/static/../app.py").status_code == 404


def test_a_form_of_another_site_is_not_taken(hong_kong: HongKong) -> None:
    with hong_kong.browser() as client:
        form = {"party": str(hong_kong.party("operator"))}
        assert client.post("/viewer", data=form, headers={"Origin": "http://elsewhere.example"}).status_code == 403
        assert client.post("/viewer", data=form, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
        assert client.post("/viewer", data={"party": "1" * 5_000}).status_code == 413
        assert "as a stranger" in client.get("/").text


def test_whose_eyes_can_be_changed_and_given_back(hong_kong: HongKong) -> None:
    with hong_kong.browser("Bank A") as client:
        chosen = client.post("/viewer", data={"party": str(hong_kong.party("Bank B"))}, follow_redirects=False)
        cookies = chosen.headers.get_list("set-cookie")
        assert all("HttpOnly" in each and "SameSite=strict" in each for each in cookies)
        assert "<b>Bank B</b>" in client.get("/").text
        client.cookies.delete(COOKIE)  # a session that has ended is opened again: play keys are there for it
        assert "<b>Bank B</b>" in client.get("/").text
        client.post("/viewer", data={"party": "0"})
        assert "as a stranger" in client.get("/").text
        client.post("/viewer", data={"party": str(NOT_THERE)})
        assert "as a stranger" in client.get("/").text


@pytest.fixture(scope="module")
def real(hong_kong: HongKong) -> Iterator[httpx.Client]:
    """The same market without play keys: who looks must sign."""
    with at_address(hong_kong.floor) as url, httpx.Client(base_url=url) as client:
        yield client


def signed(hong_kong: HongKong, client: httpx.Client, name: str, person: str = "maker") -> dict[str, str]:
    """The sign-in form, filled in by a person of a party."""
    shown = re.search(r"name=\"challenge\" value=\"([0-9a-f]+)\.([0-9a-f]+)\"", client.get("/viewer").text)
    assert shown is not None
    assert bytes.fromhex(shown[1]) == hong_kong.market.ledger
    key, party = play_key(name, person).key, hong_kong.party(name)
    signature = key.sign(open_signed(hong_kong.market.ledger, party, shown[2])).signature
    public = key.verify_key.encode().hex()
    challenge = f"{shown[1]}.{shown[2]}"
    return {"party": str(party), "challenge": challenge, "signature": f"{public} {signature.hex()}"}


def test_a_real_market_asks_for_a_signature(hong_kong: HongKong, real: httpx.Client) -> None:
    assert "play key" not in real.get("/").text
    form = signed(hong_kong, real, "Bank A")
    assert real.post("/viewer", data=form).status_code == 303
    assert "<b>Bank A</b>" in real.get("/").text
    cookie = real.cookies[COOKIE]
    again = real.post("/viewer", data=form)
    assert (again.status_code, "did not sign you in" in again.text) == (401, True), "a challenge is good once"
    real.post("/viewer", data={"leave": "yes"})
    assert "as a stranger" in real.get("/").text
    assert "as a stranger" in real.get("/", headers={"Cookie": f"{COOKIE}={cookie}"}).text, "the session is over"


def test_a_real_market_takes_nobodys_word(hong_kong: HongKong, real: httpx.Client) -> None:
    form = signed(hong_kong, real, "Bank A")
    wrong = (
        {"party": str(hong_kong.party("operator"))},
        {"signature": "not so"},
        {"signature": form["signature"][:-2] + ("00" if form["signature"][-2:] != "00" else "01")},
        {"challenge": "00" * 32},
    )
    for each in wrong:
        answer = real.post("/viewer", data={**signed(hong_kong, real, "Bank A"), **each})
        assert answer.status_code == 401, each
    assert real.post("/viewer", data={"party": str(hong_kong.party("operator"))}).status_code == 401
    assert real.get("/", headers={"Cookie": f"bauhinia-eyes={hong_kong.party('operator')}"}).text.count("stranger")


def test_an_open_page_hears_of_what_its_viewer_may_know(hong_kong: HongKong) -> None:
    with hong_kong.browser("Bank A") as client:
        cursor = re.search(r"data-events=\"([^\"]+)\"", client.get("/").text)
        assert cursor is not None
        with client.stream("GET", cursor[1], timeout=20) as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            lines = stream.iter_lines()
            assert next(lines) == "retry: 2000"
            with hong_kong.desk("Bank A") as desk:
                account = AccountNumber(hong_kong.account("Bank A"))
                desk.do(Elect(account, "HKD", AssetNumber(hong_kong.asset("e-HKD"))))
            assert next(line for line in lines if line.startswith("event:")) == "event: happened"


def test_a_name_cannot_become_markup() -> None:
    shell = pages.Shell("", model.STRANGER, "", False, 1, "00", False, 0, 0, "")
    nothing = model.Amount(0, 2, "HKD", "HKD 0.00")
    line = model.BondLine(
        1, "X", "X", "<script>alert(1)</script>", "HKD", 2, 1, "\"'><img src=x>", "1%", date(2027, 1, 1), "ISSUED",
        "NATIVE", nothing, None, False, False, 0,
    )  # fmt: skip
    glance = model.MarketGlance("00", "<b>", 1, 1, 0, False, "00", (), (line,), (), ())
    html = pages.market(shell, glance, ())
    assert "<script>alert" not in html
    assert "<img" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def amount(units: int, currency: str = "HKD") -> model.Amount:
    return model.Amount(units, 2, currency, f"{currency} {units}")


def test_a_spreadsheet_takes_no_cell_for_a_formula() -> None:
    row = model.RegisterRow(1, 2, "=HYPERLINK(1)", "+1, -2 & <b>", amount(100), date(2026, 1, 2), None)
    copy = model.RegisterCopy(
        3, "X1", "<Bond>", "p", ("name", "address", "amount", "entered", "ceased"), (row,), amount(100), 9, 0, "", None
    )
    data, kind, name = copies.register_file(copy, "csv")
    assert (kind, name) == ("text/csv; charset=utf-8", "register-X1-9.csv")
    assert data.decode() == (
        "name,address,amount,entered,ceased\r\n'=HYPERLINK(1),\"'+1, -2 & <b>\",HKD 100,2026-01-02,\r\n"
    )
    text = pypdf.PdfReader(io.BytesIO(copies.register_file(copy, "pdf")[0])).pages[0].extract_text()
    assert "=HYPERLINK(1)" in text


@pytest.mark.parametrize(
    ("units", "exponent", "said"),
    [
        (250_000_000_000, 2, "2.5bn"),
        (3_099_300_000, 2, "30.99m"),
        (95_000_000, 2, "950k"),
        (12_345, 2, "123.45"),
        (1_000, 0, "1k"),
        (999, 0, "999"),
        (0, 2, "0"),
    ],
)
def test_amounts_in_short(units: int, exponent: int, said: str) -> None:
    assert short(units, exponent) == said


def test_the_ladder_draws_each_payment_by_its_state() -> None:
    days = (date(2026, 5, 11), date(2026, 11, 11), date(2027, 5, 11), date(2027, 11, 11))
    states = (FlowState.PAID, FlowState.AHEAD, FlowState.PROVISIONAL, FlowState.PROVISIONAL)
    flows = [
        Flow(day, 1_000_00, 100_000_00 if day == days[-1] else 0, state)
        for day, state in zip(days, states, strict=True)
    ]
    drawn = str(ladder(date(2025, 11, 11), flows, 2, date(2026, 6, 1)))
    assert [drawn.count(f'class="{state.value}"') for state in FlowState] == [1, 1, 2, 0]
    assert drawn.count('class="break"') == 1, "the redemption is drawn broken"
    assert "2027-11-11: interest and principal, 101k, date provisional" in drawn
    assert "today" in drawn
    tops = [float(each) for each in re.findall(r'<rect class="in[^"]*" x="[^"]*" y="([^"]*)"', drawn)]
    assert tops[0] == tops[1] == tops[2] > tops[3]
    level = [Flow(day, 100, 0, FlowState.AHEAD) for day in days]
    assert "break" not in str(ladder(date(2025, 11, 11), level, 2, date(2030, 1, 1), narrow=True))
    assert ladder(date(2025, 11, 11), [], 2, date(2026, 1, 1)) == ""


def event(kind: str, /, **fields: Any) -> model.EventLine:
    return model.EventLine("1", 0, 7, kind, fields, f"as the views tell {kind}")


DATES = {"payment_date": "2026-08-03", "record_date": "2026-07-31"}
NAMES = tales.Names(
    {1: "Alpha Bank", 2: "Beta Fund", 3: ""},
    {10: tales.Asset("HKD 2027", "HKD", 2), 11: tales.Asset("e-HKD", "HKD", 2)},
    {21: "Alpha own"},
    {1: "CMU"},
    {},
)


@pytest.mark.parametrize(
    ("happened", "said"),
    [
        (event("TimeSet", time=1), ""),
        (event("PhaseBegan", system=1, date="2026-05-20", phase="OPEN", time=1), "CMU opened for 20 May 2026"),
        (event("PhaseBegan", system=1, date="2026-05-20", phase="CLOSED", time=1), ""),
        (event("AmountConfirmed", asset=10, nominal=250_00), "The registrar confirmed HKD 250.00 of HKD 2027"),
        (event("Waits", transaction=4, reason="LACK", party=1), "Transaction 4 waits: LACK"),
        (event("Waits", transaction=4, reason="FUTU", party=0), ""),
        (
            event(
                "Instructed",
                party=1,
                order={"side": "DELIVER", "asset": 10, "quantity": 100, "money": 11, "amount": 101, "counterparty": 2},
            ),
            "Alpha Bank instructed: deliver HKD 1.00 of HKD 2027 for HKD 1.01, with Beta Fund",
        ),
        (event("PartyRegistered", name="", roles=["INVESTOR"]), "A natural person registered: investor"),
        (
            event("EarlyAnnounced", asset=10, kind="REDUCTION", nominal=100, early={"day": "2026-08-03"}, dates=DATES),
            "Called by the issuer, HKD 1.00 of HKD 2027: payable 3 Aug 2026, record date 31 Jul 2026",
        ),
        (
            event("EarlyAnnounced", asset=10, kind="PUT", nominal=0, early={"day": "2026-08-02"}, dates=DATES),
            "Put by a holder for 2 Aug 2026: payable 3 Aug 2026, record date 31 Jul 2026",
        ),
        (
            event("PenaltyComputed", day="2026-08-03", transaction=9, payer=1, payee=2, currency="EUR", amount=19680),
            "Penalty of 3 Aug 2026 for trade 9: Alpha Bank owes Beta Fund EUR 196.80",
        ),
        (
            event("PenaltiesNetted", month="2026-08-01", payer=1, payee=2, currency="JPY", amount=500),
            "Penalties of 2026-08 netted: Alpha Bank owes Beta Fund JPY 500",
        ),
        (event("AppealDecided", penalty=3, removed=True, why="so it was"), "Penalty 3 removed: so it was"),
        (event("BoughtIn", transaction=9, quantity=5), "Trade 9 is bought in"),
        (event("BoughtIn", transaction=9, quantity=0), "Trade 9 is cancelled: nothing was to be bought in"),
        (event("Unheard", of=1), "as the views tell Unheard"),
        (event("AmountConfirmed", asset=10), "as the views tell AmountConfirmed"),
    ],
)
def test_what_happened_is_told_in_words(happened: model.EventLine, said: str) -> None:
    assert tales.tale(happened, NAMES) == said


def test_a_settlement_is_told_by_the_legs_that_the_viewer_knows() -> None:
    leg = {"asset": 10, "giver": 21, "taker": 22, "amount": 500}
    matched = event("Matched", transaction=9, legs=[leg])
    found = tales.told([event("Settled", transactions=[9, 10]), matched], NAMES, 5)
    assert [each.text for each in found] == [
        "Trade settled: HKD 5.00 of HKD 2027 from Alpha own to account 22; Transaction 10 settled",
        "Instructions matched: HKD 5.00 of HKD 2027",
    ]
    assert len(tales.told([matched] * 9, NAMES, 3)) == 1, "what is the same again is told once"
    many = [event("AmountConfirmed", asset=10, nominal=nominal) for nominal in range(9)]
    assert len(tales.told(many, NAMES, 3)) == 3


@pytest.mark.parametrize(
    ("offset", "name", "shown"),
    [(480, "UTC+8", "11 Nov 2025, 10:00"), (0, "UTC", "11 Nov 2025, 02:00"), (-210, "UTC-3:30", "10 Nov 2025, 22:30")],
)
def test_moments_are_told_as_the_markets_clock_shows_them(offset: int, name: str, shown: str) -> None:
    clock = phrases.Clock(offset)
    assert clock.moment(1_762_826_400_000_000) == shown
    assert clock.name == name


def test_the_style_sheet_and_the_script_are_small() -> None:
    folder = Path(pages.__file__).parent / "static"
    assert sum(path.stat().st_size for path in folder.iterdir()) < 32_768


@pytest.mark.parametrize(
    "address",
    [*PAGES, "/nothing-here", "/static/console.css", "/static/none", "/bonds/x/register.csv", "/v1/market", "/v1/none",
     "/metrics", "/docs", "/bonds/"],
)  # fmt: skip
def test_every_answer_has_a_policy_and_is_not_framed(stranger: httpx.Client, address: str) -> None:
    headers = stranger.get(address, follow_redirects=False).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert "referrer-policy" in headers


def test_cookies_are_for_this_site_and_no_script(hong_kong: HongKong, stranger: httpx.Client) -> None:
    party = str(hong_kong.party("Bank A"))
    with httpx.Client(base_url=hong_kong.url) as client:
        given = client.post("/viewer", data={"party": party}).headers.get_list("set-cookie")
        taken = client.post("/viewer", data={"leave": "1"}).headers.get_list("set-cookie")
    assert len(given) == len(taken) == 2
    for cookie in (*given, *taken):
        assert "httponly" in cookie.lower()
        assert "samesite=strict" in cookie.lower()


def test_pages_are_counted_as_the_api_is(hong_kong: HongKong) -> None:
    app = make_app(hong_kong.floor.following, limits=Limits(a_second=1, burst=4))
    app.router.routes.extend(console_routes(app.state.house))
    with running(app) as url, httpx.Client(base_url=url) as client:
        answers = [client.get("/") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200] * 4
        for address in (*PAGES, "/bonds/x/register.csv", "/live", "/v1/market"):
            answer = client.get(address)
            assert (answer.status_code, answer.headers["retry-after"]) == (429, "1"), address
            assert "content-security-policy" in answer.headers
        assert client.post("/viewer", data={"leave": "1"}).status_code == 429
        assert client.post("/viewer", content=b"x" * 5_000).status_code in (413, 429)


def test_a_company_s_register_shows_addresses_from_beside_the_ledger() -> None:
    """To who keeps it, and to anyone who has signed for a copy; to nobody else."""
    with play("hsbc-2024") as floor, at_address(floor, keys_of(floor.played)) as url:
        bond = floor.desk().bonds()[0].asset

        def copied(who: str) -> list[list[str]]:
            with httpx.Client(base_url=url, follow_redirects=True) as client:
                if who:
                    client.post("/viewer", data={"party": str(floor.names[who])}).raise_for_status()
                assert client.get(f"/bonds/{bond}/register.pdf").content.startswith(b"%PDF")
                rows = csv.reader(io.StringIO(client.get(f"/bonds/{bond}/register.csv").text))
                return [row[:2] for row in rows]

        addresses = [["Lead manager", "2 Ice House Street, Hong Kong"], ["Insurer", "8 Gloucester Road, Hong Kong"]]
        assert copied("CMU") == [["name", "address"], *addresses], "without who left long ago: her data are erased"
        for who in ("", "Newspaper"):
            with httpx.Client(base_url=url, follow_redirects=True) as client:
                if who:
                    client.post("/viewer", data={"party": str(floor.names[who])}).raise_for_status()
                assert "send inspect_register" in section(client.get(f"/bonds/{bond}").text, "holders")
                refused = client.get(f"/bonds/{bond}/register.csv")
                assert (refused.status_code, "send request_copy" in refused.text) == (403, True)
                assert "Ice House Street" not in refused.text
        floor.desk("Newspaper").do(RequestCopy(AssetNumber(bond), "an article"))
        assert copied("Newspaper")[1:] == addresses
        assert floor.market.personal.get(PartyNumber(floor.names["Ms Chan"])) is None


def test_a_natural_person_s_name_stands_in_the_register_until_it_is_erased() -> None:
    plan = read_file(story_file("hsbc-2024"))
    held = next(at for at, step in enumerate(plan.steps) if step.what == "inspect_register")
    plan.steps, plan.checks, plan.figures = plan.steps[: held + 1], [], []
    with play(plan) as floor:
        chan = floor.names["Ms Chan"]
        bond = floor.desk().bonds()[0].asset
        rows = {row.holder: (row.name, row.address) for row in floor.desk("CMU").register(bond).rows}
        assert rows[chan] == ("Chan Siu Ming", "12 Harbour Road, Hong Kong")
        with pytest.raises(Refused, match="NOT_SIGNED_FOR: request_copy"):
            floor.desk("Newspaper").register(bond)
        signed = floor.desk("Newspaper").register(bond, "an article")
        assert {row.name for row in signed.rows if row.holder == chan} == {"Chan Siu Ming"}
        assert floor.desk("Ms Chan").particulars(chan).bound
        for other in ("Newspaper", "Insurer", "Trustee"):
            with pytest.raises(DoorRefused):
                floor.desk(other).particulars(chan)
