"""What customers of a network agree in a random life: deposits on condition and their release, requests to pay, returns
and recalls; and what banks do for them: screening, and bridges to each other."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from random import Random

from bauhinia.ledger.instructions import Side
from bauhinia.ledger.networks import Condition, ConditionKind, Held, Transfer
from bauhinia.rules.bridges import DrawBridge, OfferBridge, RepayBridge
from bauhinia.rules.conditional import DeclineDeposit, ReleaseDeposit, SendOnCondition
from bauhinia.rules.requests import (
    AnswerRecall,
    DeclineRequest,
    PayRequest,
    RecallDeposit,
    RequestToPay,
    ReturnDeposit,
)
from bauhinia.rules.screening import DecideScreening, ListAccount, SetScreening
from bauhinia.sim.founding import DIRECT, Life
from bauhinia.words.dates import DAY, MINUTE
from bauhinia.words.ids import AccountNumber, NetworkNumber

NETWORK = NetworkNumber(1)
BANKS = ("B1", "B2", "B3", "B4")
SECRET = b"a secret of the two"
Doing = Callable[[Life], None]


def _holder(life: Life, account: AccountNumber) -> str:
    return life.stage.name_of(life.state.accounts[account].holder)


def _amount(life: Life) -> int:
    return 500 + life.banking.randrange(5_000)


def on_condition(life: Life) -> None:
    """A payer pays on a hash, on the word of a third, or when it has received what it waits for."""
    payer, payee, third = life.banking.sample(DIRECT, 3)
    until = life.state.time + life.banking.choice((30 * MINUTE, 5 * 60 * MINUTE, 2 * DAY))
    kind = life.banking.choice((ConditionKind.HASH, ConditionKind.PARTY, ConditionKind.DELIVERY))
    condition = Condition(kind, until)
    if kind is ConditionKind.HASH:
        condition.hash = sha256(SECRET).digest()
    elif kind is ConditionKind.PARTY:
        condition.party = life.party(third)
    else:
        waiting = [
            each.number
            for each in life.state.settlement.instructions.values()
            if each.party == life.party(payer) and each.order.side is Side.RECEIVE
        ]
        if not waiting:
            return
        condition.instruction = life.banking.choice(waiting)
    command = SendOnCondition(NETWORK, life.at[payer], life.at[payee], _amount(life), "on condition", condition)
    life.stage.send(payer, command)


def _held(life: Life) -> Held | None:
    held = list(life.state.networks.held.values())
    return life.banking.choice(held) if held else None


def end_of_condition(life: Life) -> None:
    """What is held is released by who may, or declined."""
    held = _held(life)
    if held is None or held.condition.kind is ConditionKind.NONE:
        return
    payee = _holder(life, held.transfer.payee)
    if life.banking.randrange(4) == 0:
        life.stage.send(payee, DeclineDeposit(held.number))
    elif held.condition.kind is ConditionKind.HASH:
        life.stage.send(payee, ReleaseDeposit(held.number, SECRET))
    elif held.condition.kind is ConditionKind.PARTY:
        life.stage.send(life.stage.name_of(held.condition.party), ReleaseDeposit(held.number, b""))


def request(life: Life) -> None:
    payee, payer = life.banking.sample(DIRECT, 2)
    until = life.state.time + life.banking.choice((60 * MINUTE, DAY))
    life.stage.send(payee, RequestToPay(NETWORK, life.at[payee], life.at[payer], _amount(life), "asked", until))


def answer(life: Life) -> None:
    asked = list(life.state.networks.requests.values())
    if asked:
        chosen = life.banking.choice(asked)
        kind = life.banking.choice((PayRequest, PayRequest, DeclineRequest))
        life.stage.send(_holder(life, chosen.payer), kind(chosen.number))


def _arrived(life: Life) -> Transfer | None:
    arrived = [each for each in life.state.networks.transfers.values() if each.arrived]
    return life.banking.choice(arrived) if arrived else None


def give_back(life: Life) -> None:
    """A part of a deposit goes back, asked for or not."""
    sent = _arrived(life)
    if sent is not None:
        part = 1 + life.banking.randrange(sent.amount)
        life.stage.send(_holder(life, sent.payee), ReturnDeposit(sent.number, part, "not due"))


def recall(life: Life) -> None:
    sent = _arrived(life)
    if sent is not None:
        life.stage.send(_holder(life, sent.payer), RecallDeposit(sent.number, "a mistake"))


def answer_recall(life: Life) -> None:
    recalls = list(life.state.networks.recalls.values())
    if recalls:
        chosen = life.banking.choice(recalls)
        payee = life.state.networks.transfers[chosen.transaction].payee
        life.stage.send(
            _holder(life, payee), AnswerRecall(chosen.number, life.banking.randrange(2) == 0, "looked into")
        )


def screen(life: Life) -> None:
    """A bank looks at what is large, or at an account, for a while."""
    bank, account = life.banking.choice(BANKS), life.at[life.banking.choice(DIRECT)]
    screening = life.state.networks.networks[NETWORK].screening.get(life.party(bank))
    if life.banking.randrange(2):
        life.stage.send(bank, SetScreening(NETWORK, life.party("B1"), life.banking.choice((0, 20_000))))
    else:
        listed = screening is not None and account in screening.listed
        life.stage.send(bank, ListAccount(NETWORK, account, not listed, "looked at"))


def decide(life: Life) -> None:
    held = _held(life)
    if held is not None and held.screens:
        bank = life.stage.name_of(held.screens[0])
        life.stage.send(bank, DecideScreening(held.number, life.banking.randrange(4) > 0, "looked at"))


def bridge(life: Life) -> None:
    """A bank lends another; what it lends is drawn, and repaid or not."""
    lender, borrower = life.banking.sample(BANKS, 2)
    bridges = list(life.state.networks.networks[NETWORK].bridges.values())
    doing = life.banking.randrange(5)
    if doing == 0 or not bridges:
        until, limit = life.state.time + 3 * DAY, life.banking.choice((0, 10_000, 50_000))
        automatic = life.banking.randrange(2) == 0
        life.stage.send(lender, OfferBridge(NETWORK, life.party(borrower), limit, until, automatic))
        return
    chosen = life.banking.choice(bridges)
    who = life.stage.name_of(chosen.borrower)
    if doing < 4:
        left = max(chosen.limit - chosen.drawn, 1)
        life.stage.send(who, DrawBridge(NETWORK, chosen.lender, left))
    else:
        life.stage.send(who, RepayBridge(NETWORK, chosen.lender, max(chosen.drawn, 1)))


DOINGS: tuple[Doing, ...] = (
    on_condition, on_condition, end_of_condition, end_of_condition, request, answer, give_back, recall, answer_recall,
    screen, decide, decide, bridge, bridge,
)  # fmt: skip


def moves(life: Life, chance: Random) -> None:
    """What happens in one hour."""
    for _ in range(chance.randrange(5) // life.calm):
        chance.choice(DOINGS)(life)
