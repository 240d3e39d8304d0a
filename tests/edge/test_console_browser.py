"""The console in a real browser: pages open, what happens arrives by itself, and nothing leaves the host."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from bauhinia.edge.stories import play_key
from bauhinia.ledger.instructions import CumEx, Payment, Side
from bauhinia.node.keys import save
from bauhinia.rules.instructing import Instruct
from bauhinia.words.ids import AccountNumber, AssetNumber, PartyNumber
from tests.edge.played import HongKong, at_address

pytestmark = pytest.mark.browser

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
PATIENCE = 15_000  # milliseconds


@dataclass
class Watched:
    """A browser's context, and what its pages said and asked for."""

    context: BrowserContext
    host: str
    said: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)

    def page(self) -> Page:
        page = self.context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda message: self.said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.said.append(f"error: {error}"))
        page.on("request", lambda request: self._asked(request.url))
        return page

    def _asked(self, url: str) -> None:
        if urlsplit(url).netloc != self.host:
            self.elsewhere.append(url)

    def look_as(self, page: Page, hong_kong: HongKong, name: str) -> None:
        page.goto(f"{hong_kong.url}/viewer")
        page.get_by_role("button", name=name).click()
        expect(page.locator(".eyes b")).to_have_text(name)


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield found
        found.close()


@pytest.fixture
def watched(browser: Browser, hong_kong: HongKong) -> Iterator[Watched]:
    """A desk's browser; at the end nothing was complained of, and nothing was asked of another host."""
    found = Watched(browser.new_context(viewport=DESK), urlsplit(hong_kong.url).netloc)  # type: ignore[arg-type]
    yield found
    found.context.close()
    assert found.said == []
    assert found.elsewhere == []


def test_from_the_glance_to_a_bond_to_an_account(watched: Watched, hong_kong: HongKong) -> None:
    page = watched.page()
    watched.look_as(page, hong_kong, "CMU")
    page.goto(hong_kong.url)
    expect(page.get_by_role("heading", level=1)).to_have_text("Wednesday 20 May 2026")
    page.get_by_role("link", name="CNY 2030").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("CNY 2030")
    expect(page.locator(".ladder svg[role=img]:visible")).to_have_count(1)
    expect(page.locator("#holders")).to_contain_text("Mainland fund")
    page.get_by_role("link", name="Accounts").click()
    page.get_by_role("link", name="CMU members").first.click()
    expect(page.locator("#positions")).to_contain_text("HKD 700,000,000.00")
    expect(page.locator("#live")).to_have_text("live")


def test_what_happens_arrives_without_reloading(watched: Watched, hong_kong: HongKong) -> None:
    page = watched.page()
    watched.look_as(page, hong_kong, "Bank A")
    account = hong_kong.account("Bank A")
    page.goto(f"{hong_kong.url}/accounts/{account}")
    expect(page.locator("#live")).to_have_text("live")
    expect(page.locator("#pending")).to_contain_text("Nothing is pending.")
    page.evaluate("window.notReloaded = true")
    today = hong_kong.market.read(lambda state: next(iter(state.days.systems.values())).date)
    with hong_kong.desk("Bank A") as desk:
        desk.do(
            Instruct(
                reference="SEEN-LIVE",
                side=Side.DELIVER,
                payment=Payment.FREE,
                asset=AssetNumber(hong_kong.asset("HKD 2027")),
                quantity=100_000_000,
                account=AccountNumber(account),
                counterparty=PartyNumber(hong_kong.party("Bank B")),
                trade_date=today,
                settlement_date=today,
                money=AssetNumber(0),
                amount=0,
                cash_account=AccountNumber(0),
                common_reference="",
                cum_ex=CumEx.UNSAID,
                hold=False,
                priority=4,
            )
        )
    expect(page.locator("#pending")).to_contain_text("SEEN-LIVE", timeout=PATIENCE)
    expect(page.locator("#pending")).to_contain_text("Unmatched")
    expect(page.locator("#pending tr.fresh")).to_have_count(1)
    assert page.evaluate("window.notReloaded") is True


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_never_scrolls_sideways(browser: Browser, hong_kong: HongKong, scheme: str) -> None:
    context = browser.new_context(viewport=PHONE, color_scheme=scheme)  # type: ignore[arg-type]
    watched = Watched(context, urlsplit(hong_kong.url).netloc)
    page = watched.page()
    watched.look_as(page, hong_kong, "CMU")
    bonds = [f"/bonds/{hong_kong.asset(name)}" for name in ("HKD 2027", "CNY 2030")]
    account = f"/accounts/{hong_kong.account('CMU members')}"
    for address in ("/", *bonds, "/accounts", account, "/powers", "/viewer", "/bonds/nothing"):
        page.goto(hong_kong.url + address)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= PHONE["width"], f"{address} is {wide} wide"
    context.close()
    assert watched.elsewhere == []


def test_the_keyboard_reaches_the_content_first(watched: Watched, hong_kong: HongKong) -> None:
    page = watched.page()
    page.goto(hong_kong.url)
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("To the content")
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_every_colour_of_text_stands_out(browser: Browser, hong_kong: HongKong) -> None:
    """WCAG 2.2, 1.4.3: text against its ground at least 4.5 to 1, in both schemes."""
    for scheme in ("light", "dark"):
        context = browser.new_context(viewport=DESK, color_scheme=scheme)  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(f"{hong_kong.url}/bonds/{hong_kong.asset('CNY 2030')}")
        for name in ("ink", "soft", "accent", "good", "wait", "bad"):
            ratio = page.evaluate(CONTRAST, [f"--{name}", "--paper"])
            assert ratio >= 4.5, f"{name} on paper is {ratio:.2f} to 1 when {scheme}"
        assert page.evaluate(CONTRAST, ["--on-accent", "--accent"]) >= 4.5
        context.close()


CONTRAST = """([over, under]) => {
  const style = getComputedStyle(document.documentElement);
  const light = (name) => {
    const hex = style.getPropertyValue(name).trim().slice(1);
    const parts = [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255);
    const [r, g, b] = parts.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [a, b] = [light(over), light(under)].sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
}"""


def test_a_key_file_signs_in_where_there_are_no_play_keys(browser: Browser, hong_kong: HongKong) -> None:
    file = hong_kong.folder / "bank-a.key"
    save(play_key("Bank A", "maker"), file)
    with at_address(hong_kong.floor) as url:
        context = browser.new_context(viewport=DESK)  # type: ignore[arg-type]
        watched = Watched(context, urlsplit(url).netloc)
        page = watched.page()
        page.goto(f"{url}/viewer")
        if page.locator("#with-file").is_hidden():
            pytest.skip("this Chromium signs no Ed25519")
        page.get_by_label("Number of the party").fill(str(hong_kong.party("Bank A")))
        page.get_by_label("Key file").set_input_files(file)
        page.wait_for_function("document.getElementById('signature').value.length === 64 + 1 + 128")
        page.get_by_role("button", name="Sign in").click()
        expect(page.locator(".eyes b")).to_have_text("Bank A")
        context.close()
        assert watched.said == []
        assert watched.elsewhere == []
