"""What customers and banks of a network do beside paying, on a day of its random life: deposits on condition, requests
to pay, returns and recalls, screening, and bridges."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from bauhinia.ledger.networks import Condition, ConditionKind, Held
from bauhinia.rules.bridges import DrawBridge, OfferBridge, RepayBridge
from bauhinia.rules.conditional import DeclineDeposit, ReleaseDeposit, SendOnCondition
from bauhinia.rules.requests import AnswerRecall, DeclineRequest, PayRequest, RecallDeposit, RequestToPay, ReturnDeposit
from bauhinia.rules.screening import DecideScreening, ListAccount, SetScreening
from bauhinia.sim.founding import DIRECT, Life
from bauhinia.words.dates import DAY
from bauhinia.words.ids import AccountNumber, NetworkNumber, TransactionNumber

SECRET = b"a preimage"
MOST = 40_000
Banks = tuple[str, ...]


def beside(life: Life, network: NetworkNumber, banks: Banks) -> None:
    """One thing of these."""
    match life.chance.randrange(7):
        case 0:
            _on_condition(life, network)
        case 1:
            _release(life)
        case 2:
            _requests(life, network)
        case 3:
            _give_back(life)
        case 4:
            _screening(life, network, banks)
        case 5:
            _bridge(life, network, banks)
        case _:
            _repay(life, network, banks)


def _amount(life: Life) -> int:
    return life.chance.randrange(1, MOST)


def _holder(life: Life, account: AccountNumber) -> str:
    return life.stage.name_of(life.state.accounts[account].holder)


def _on_condition(life: Life, network: NetworkNumber) -> None:
    """Locked by a hash, or until someone says so."""
    payer, payee = life.chance.sample(DIRECT, 2)
    until = life.state.time + life.chance.randrange(1, 6) * DAY // 2
    condition = life.chance.choice((
        Condition(ConditionKind.HASH, until, sha256(SECRET).digest()),
        Condition(ConditionKind.PARTY, until, party=life.party(life.chance.choice(DIRECT))),
    ))  # fmt: skip
    command = SendOnCondition(
        network, life.at[payer], life.at[payee], _amount(life), "on condition", condition,
        priority=life.chance.randrange(1, 5),
    )  # fmt: skip
    life.stage.send(payer, command)


def _release(life: Life) -> None:
    """What is held is released, declined, or decided on by a bank that screens it."""
    for held in life.state.networks.held.values():
        if life.chance.randrange(2) == 0:
            continue
        if held.screens:
            bank = life.stage.name_of(life.chance.choice(held.screens))
            life.stage.send(bank, DecideScreening(held.number, life.chance.randrange(4) > 0, "looked at"))
        elif life.chance.randrange(4):
            life.stage.send(_releases(life, held), ReleaseDeposit(held.number, SECRET if held.condition.hash else b""))
        else:
            life.stage.send(_holder(life, held.transfer.payee), DeclineDeposit(held.number))


def _releases(life: Life, held: Held) -> str:
    party = held.condition.party
    return life.stage.name_of(party) if party else _holder(life, held.transfer.payee)


def _requests(life: Life, network: NetworkNumber) -> None:
    """Someone asks to be paid; who was asked pays, or does not."""
    for request in life.state.networks.requests.values():
        answer: Any = (PayRequest, DeclineRequest)[life.chance.randrange(3) == 0]
        life.stage.send(_holder(life, request.payer), answer(request.number))
    payer, payee = life.chance.sample(DIRECT, 2)
    until = life.state.time + DAY
    life.stage.send(payee, RequestToPay(network, life.at[payee], life.at[payer], _amount(life), "an invoice", until))


def _give_back(life: Life) -> None:
    """A deposit that has come is given back in part, or asked back; who was asked says yes or no."""
    networks = life.state.networks
    for recall in networks.recalls.values():
        payee = _holder(life, networks.transfers[recall.transaction].payee)
        life.stage.send(payee, AnswerRecall(recall.number, life.chance.randrange(2) == 0, "as it is"))
    arrived = [each for each in networks.transfers.values() if each.arrived]
    if not arrived:
        return
    sent = life.chance.choice(arrived)
    number = TransactionNumber(sent.number)
    if life.chance.randrange(2):
        life.stage.send(_holder(life, sent.payee), ReturnDeposit(number, sent.amount // 2 + 1, "too much"))
    else:
        life.stage.send(_holder(life, sent.payer), RecallDeposit(number, "not meant"))


def _screening(life: Life, network: NetworkNumber, banks: Banks) -> None:
    """A bank looks at large deposits, or at those of one account, for a while."""
    bank, account = life.chance.choice(banks), life.at[life.chance.choice(DIRECT)]
    if life.chance.randrange(2):
        above = life.chance.choice((0, MOST - 5_000))
        life.stage.send(bank, SetScreening(network, life.party(life.chance.choice(banks)), above))
    else:
        life.stage.send(bank, ListAccount(network, account, life.chance.randrange(3) == 0, "a name"))


def _bridge(life: Life, network: NetworkNumber, banks: Banks) -> None:
    """A bank lends another over some hours, which draws on it, by itself or as it says."""
    lender, borrower = life.chance.sample(banks, 2)
    until = life.state.time + life.chance.randrange(1, 3) * DAY
    limit = life.chance.choice((0, MOST, 3 * MOST))
    offer = OfferBridge(network, life.party(borrower), limit, until, life.chance.randrange(2) == 0)
    life.stage.send(lender, offer)
    life.stage.send(borrower, DrawBridge(network, life.party(lender), _amount(life)))


def _repay(life: Life, network: NetworkNumber, banks: Banks) -> None:
    """Who has drawn on a bridge pays some of it, in time or late."""
    for bridge in life.state.networks.networks[network].bridges.values():
        borrower = life.stage.name_of(bridge.borrower)
        if bridge.drawn and life.chance.randrange(2):
            life.stage.send(borrower, RepayBridge(network, bridge.lender, life.chance.randrange(1, bridge.drawn + 1)))
