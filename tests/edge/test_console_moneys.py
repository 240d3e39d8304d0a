"""What the console and the API show of wallets, and of the moneys in which a holder is paid."""

from __future__ import annotations

import re
from pathlib import Path

from tests.edge.played import played


def test_an_account_shows_its_wallets_and_its_moneys_in_order(tmp_path: Path) -> None:
    with played(tmp_path, "four-moneys") as market, market.browser("Pension fund") as client:
        page = client.get(f"/accounts/{market.account('Pension fund')}").text
        said = re.findall(r"<dt>([^<]*)</dt><dd>([^<]*)", page)
        assert [each for each in said if each[0] in ("HKD is paid in", "or else")] == [
            ("HKD is paid in", "e-HKD"), ("or else", "HSBC HKD"), ("or else", "HKD CHATS"),
        ]  # fmt: skip
        assert ("Wallet in e-HKD", "corporate") in said
        assert "holds HKD 5,000,000.00 at most" in page
        assert ("Wallet in HSBC HKD", "customer") in said
        shown = market.desk("Pension fund").account(market.account("Pension fund"))
        assert shown is not None
        tiers = {each.tier: each for each in shown.wallets}
        assert tiers["corporate"].most_held is not None
        assert tiers["corporate"].most_held.text == "HKD 5,000,000.00"
        assert tiers["customer"].most_held is None
        assert client.get(f"/accounts/{market.account('Insurer')}").status_code == 404
