"""A market told from the start in a process of its own: prints every header's hash, and the checks of its journal."""

from __future__ import annotations

import sys
from pathlib import Path

from bauhinia.ledger.assets import MoneyKind
from bauhinia.ledger.parties import Purpose, Role
from bauhinia.node import pieces
from bauhinia.node.home import Home
from bauhinia.node.journal import Journal
from bauhinia.rules.market import SetTime
from bauhinia.rules.money import CreateMoney, MintMoney, RedeemMoney
from bauhinia.rules.onboarding import OpenAccount
from bauhinia.words.ids import NO_ACCOUNT, NO_ASSET, AccountNumber, AssetNumber, SystemNumber
from tests.node.desk import Desk, registration


def tell(folder: Path) -> None:
    """Money is made, spread, given back; a day goes by."""
    desk = Desk.at(folder, seal_every=4, snapshot_blocks=3)
    desk.opens()
    bank = desk.party("Bank", Role.BANK)
    desk.does("operator", OpenAccount(bank, Purpose.ISSUER, "issue", NO_ACCOUNT, NO_ACCOUNT))
    desk.does(
        "Bank",
        CreateMoney(
            "HKD.B", "Deposits", "HKD", MoneyKind.DEPOSIT_TOKEN, SystemNumber(1), AccountNumber(1), 10**12, NO_ACCOUNT,
            NO_ASSET,
        ),
    )  # fmt: skip
    for number in range(5):
        holder = desk.party(f"Holder {number}", Role.INVESTOR)
        desk.does("operator", OpenAccount(holder, Purpose.OWN, f"own {number}", NO_ACCOUNT, NO_ACCOUNT))
        desk.does("Bank", MintMoney(AssetNumber(1), AccountNumber(2 + number), 1_000 + number, "paid in"))
        desk.does(f"Holder {number}", RedeemMoney(AssetNumber(1), AccountNumber(2 + number), 10 * number + 1, "out"))
    desk.sends("operator", registration(""))
    for _ in range(5):
        desk.does("operator", SetTime(desk.market.read(lambda state: state.days.agenda[0][0])))
    desk.close()


def main(folder: Path) -> None:
    tell(folder)
    executed, evolved = pieces.verify(folder), pieces.verify(folder, events=True)
    journal = Journal(Home.at(folder).journal, writable=False)
    for stored in journal.blocks():
        print(stored.height, stored.hash.hex())
    journal.close()
    print(executed.why or executed.header.hex(), evolved.why or evolved.header.hex())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
