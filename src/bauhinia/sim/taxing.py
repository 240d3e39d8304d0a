"""What happens in a random life to a bond whose interest is taxed: documents come and go, keepers declare pools, the
agent remits, holders ask back, the paying agent takes back what it announced."""

from __future__ import annotations

from bauhinia.ledger.actions import Action, ActionStatus
from bauhinia.ledger.taxes import Pool, Reclaim, ReclaimStatus
from bauhinia.rules.advising import ConfirmEntitlement, ReverseEntitlement
from bauhinia.rules.onboarding import Attest
from bauhinia.rules.tax import DecideReclaim, DeclarePools, ReclaimTax, RefundTax, RemitTax
from bauhinia.sim.founding import CLIENTS, DIRECT, TAX_RATES, Life
from bauhinia.words.dates import DAY
from bauhinia.words.ids import AccountNumber

PROOF = bytes(range(32))


def _actions(life: Life) -> list[Action]:
    servicing = life.state.servicing
    return [servicing.actions[number] for number in servicing.of.get(life.bonds["taxed"], ())]


def documents(life: Life) -> None:
    """A holder gets a document, another one, or loses it."""
    name = life.one_of((*DIRECT, *CLIENTS))
    value = life.one_of(("treaty", "treaty", "exempt", ""))
    life.stage.send(
        "Attester", Attest(life.party(name), "tax", value, life.state.time + life.chance.randrange(1, 90) * DAY)
    )


def pools(life: Life) -> None:
    """A keeper declares pools for an account of its own: where it may not, or for too much, or too late."""
    for action in _actions(life):
        for name, label in (("C1", "C1"), ("C1", "omnibus 1"), ("C2", "omnibus 2")):
            account = life.at[label]
            rows = ((record, record.row(account)) for record in action.records.values())
            units = sum(record.units[row] for record, row in rows if row is not None)
            if units and life.likely(25):
                life.stage.send(name, DeclarePools(action.number, account, _pools(life, units)))


def _pools(life: Life, units: int) -> tuple[Pool, ...]:
    part = life.chance.randrange(1, units + 2)
    return tuple(Pool(each.rate, part // 2 + 1) for each in TAX_RATES)


def remit(life: Life) -> None:
    """The withholding agent remits, all or a part."""
    for number, taxed in life.state.taxes.actions.items():
        for money, sums in taxed.sums.items():
            if sums.kept and life.likely(30):
                part = sums.kept if life.likely(60) else life.chance.randrange(1, sums.kept + 1)
                life.stage.send("Agent", RemitTax(number, money, part))


def reclaims(life: Life) -> None:
    """Holders ask back; agent and authority answer."""
    for action in _actions(life):
        for record in action.records.values() if action.status is ActionStatus.PAID else ():
            for number, units in zip(record.accounts, record.units, strict=True):
                if units and life.likely(4):
                    holder = life.stage.name_of(life.state.accounts[AccountNumber(number)].holder)
                    asked = (Pool(life.one_of(TAX_RATES).rate, units),)
                    life.stage.send(holder, ReclaimTax(action.number, AccountNumber(number), asked, PROOF))
    for reclaim in life.state.taxes.reclaims.values():
        _answer(life, reclaim)


def _answer(life: Life, reclaim: Reclaim) -> None:
    if reclaim.status is ReclaimStatus.ASKED and life.likely(30):
        life.stage.send("Agent", DecideReclaim(reclaim.number, life.likely(80), "no certificate"))
    elif reclaim.status is ReclaimStatus.FORWARDED and life.likely(30):
        life.mint("Bank", reclaim.amount)
        life.stage.send("Bank", RefundTax(reclaim.number, life.at["Bank"]))


def reverse(life: Life) -> None:
    """The paying agent takes an entitlement back."""
    for action in _actions(life):
        if action.status in (ActionStatus.ANNOUNCED, ActionStatus.RECORDED) and life.likely(20):
            life.stage.send("Agent", ReverseEntitlement(action.number, "announced for another bond"))


def confirm(life: Life, percent: int = 50) -> None:
    """It confirms it again."""
    for number in life.state.taxes.reversed:
        if life.likely(percent):
            life.stage.send("Agent", ConfirmEntitlement(number))
