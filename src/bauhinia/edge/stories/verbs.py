"""What people say in one breath and the ledger is told in several commands: a trade, a closing, money for many."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any

from bauhinia.bond import proceeds as proceeds_of
from bauhinia.edge.stories.names import AccountName, AssetName
from bauhinia.edge.stories.plan import Act
from bauhinia.edge.stories.values import Scope, amount, build
from bauhinia.ledger.instructions import PaymentStatus, Side
from bauhinia.ledger.state import State
from bauhinia.machine.commands import BY_NAME
from bauhinia.rules.allotment import AcceptAllotment, Allot, ReleaseIssue, cost
from bauhinia.rules.amounts import worth_of
from bauhinia.rules.closing import AcceptAgency, AuthoriseIssue, ConfirmAmount
from bauhinia.rules.deposits import SendDeposit
from bauhinia.rules.instructing import Instruct
from bauhinia.rules.money import MintMoney
from bauhinia.rules.observing import Observe
from bauhinia.rules.rtgs import ConfirmPayment, RejectPayment
from bauhinia.wire.mistakes import Place, named, nearest
from bauhinia.wire.observations import observed_value
from bauhinia.wire.written import day, decimal, table, text
from bauhinia.words.ids import AssetNumber
from bauhinia.words.money import format_units
from bauhinia.words.reasons import Refused, must

UNANSWERED = (PaymentStatus.REQUESTED, PaymentStatus.IN_DOUBT)
NORMAL = 4  # the priority of an instruction that names none


@dataclass(frozen=True, slots=True)
class Asked:
    """A step's fields, where they stand, what its texts lean on, and who signs where the step says."""

    given: dict[str, Any]
    place: Place
    scope: Scope
    persons: tuple[str, ...] = ()
    by: str = ""  # who the step says acts; the verb's own choice where it says nobody

    def act(self, by: str, command: Any) -> Act:
        persons = self.persons or self.scope.names.persons_of(by)
        return Act(by, command, persons)

    def only(self, *keys: str) -> None:
        """Refuse a field that the verb does not know."""
        for key in self.given:
            if key not in keys:
                raise self.place.at(key).mistake(f'"{key}" is no field of this step{nearest(key, keys)}')

    def need(self, key: str, what: str) -> Any:
        if key not in self.given:
            raise self.place.mistake(f'this step needs "{key}": expected {what}')
        return self.given[key]


Verb = Callable[[Asked], list[Act]]


def command(name: str) -> Verb | None:
    """The verb that is one command of the ledger, by its name in small letters; None where there is none."""
    row = BY_NAME.get("".join(word.capitalize() for word in name.split("_")))
    if row is None or name != name.lower():
        return None
    kind = row.kind

    def acts(asked: Asked) -> list[Act]:
        otherwise = {}
        if kind is Instruct:
            otherwise = {"priority": NORMAL, "trade_date": asked.scope.today, "amount": 0}
        value = build(kind, asked.given, asked.place, asked.scope, otherwise)
        return [asked.act(asked.scope.by, value)]

    return acts


def send_deposits(asked: Asked) -> list[Act]:
    """The same deposits in one network or in several, each signed by its payer: `networks`, and `deposits` of `from`,
    `to`, `amount`, `reference` and, where there is one, `priority`."""
    asked.only("networks", "deposits")
    listed = asked.need("networks", "the names of networks")
    listed = listed if isinstance(listed, list) else [listed]
    acts = []
    for at, given in enumerate(asked.need("deposits", "a list of deposits")):
        place = asked.place.at("deposits", at)
        fields_of = {
            {"from": "payer", "to": "payee"}.get(key, key): value for key, value in table(given, place).items()
        }
        payer = asked.scope.names.account_name(fields_of.get("payer", ""), place)
        scope = replace(asked.scope, by=payer.holder)
        for network in listed:
            value = build(SendDeposit, {"network": network, **fields_of}, place, scope)
            acts.append(asked.act(payer.holder, value))
    return acts


def trade(asked: Asked) -> list[Act]:
    """Both sides instruct: seller and buyer (accounts, or parties that have one), bond, nominal, settlement date, and
    money with an amount or a clean price per 100; free of payment without. `reference` is that of both; `seller_links`
    and `buyer_links` are each side's own."""
    own = ("seller", "buyer", "bond", "nominal", "money", "amount", "price", "seller_cash", "buyer_cash",
           "seller_links", "buyer_links")  # fmt: skip
    shared = ("reference", "trade_date", "settlement_date", "common_reference", "cum_ex", "hold", "priority",
              "partial", "least_quantity", "least_amount", "model")  # fmt: skip
    asked.only(*own, *shared)
    names, place = asked.scope.names, asked.place
    seller = names.account_name(asked.need("seller", "the seller's account"), place.at("seller"))
    buyer = names.account_name(asked.need("buyer", "the buyer's account"), place.at("buyer"))
    bond = names.asset_name(asked.need("bond", "the name of a bond"), place.at("bond"))
    asked.need("nominal", "an amount of the bond")
    asked.need("settlement_date", "the day on which it is to settle")
    asked.need("reference", "a reference of its own")
    given = {key: asked.given[key] for key in shared if key in asked.given}
    given |= {"asset": bond.name, "payment": "free", "quantity": asked.given["nominal"]}
    scope = replace(asked.scope, beside=(bond,))
    amount(asked.given["nominal"], place.at("nominal"), scope)
    otherwise: dict[str, Any] = {"priority": NORMAL, "trade_date": asked.scope.today, "amount": 0}
    money = None
    if "money" not in asked.given:
        for key in ("amount", "price", "seller_cash", "buyer_cash"):
            if key in asked.given:
                raise place.at(key).mistake(f'"{key}" is given, but no "money": without one a trade is free of payment')
    else:
        money = names.asset_name(asked.given["money"], place.at("money"))
        given |= {"payment": "against", "money": money.name}
        otherwise["amount"] = _price_paid(asked, bond, money)
    acts = []
    for side, own_account, other, who in (
        (Side.DELIVER, seller, buyer, "seller"),
        (Side.RECEIVE, buyer, seller, "buyer"),
    ):
        fields_of_side = {**given, "side": side.name, "account": own_account.name, "counterparty": other.holder}
        if money is not None and not money.outside:
            fields_of_side["cash_account"] = _cash(asked, own_account, f"{who}_cash")
        if f"{who}_links" in asked.given:
            fields_of_side["links"] = asked.given[f"{who}_links"]
        value = build(Instruct, fields_of_side, place, replace(scope, by=own_account.holder), otherwise)
        acts.append(asked.act(own_account.holder, value))
    return acts


def _cash(asked: Asked, account: AccountName, key: str) -> str:
    """The account that pays or is paid: the one given, else the account's cash account, else itself."""
    if key in asked.given:
        return asked.scope.names.account_name(asked.given[key], asked.place.at(key)).name
    return account.cash or account.name


def _price_paid(asked: Asked, bond: AssetName, money: AssetName) -> int:
    """The amount given, or what the nominal costs at a clean price, accrued interest included."""
    place = asked.place
    if ("amount" in asked.given) == ("price" in asked.given):
        raise place.mistake("a trade against payment needs an amount or a price, one of them")
    if "amount" in asked.given:
        return amount(asked.given["amount"], place.at("amount"), replace(asked.scope, beside=(money,)))
    price = decimal(text(asked.given["price"], place.at("price")), place.at("price"))
    nominal = amount(asked.given["nominal"], place.at("nominal"), replace(asked.scope, beside=(bond,)))
    settles = day(asked.given["settlement_date"], place.at("settlement_date"))
    names = asked.scope.names
    if names.read is None:
        return 1
    number = names.asset(bond.name, place.at("bond"))
    return _settles_for(asked, number, settles, nominal, price, place.at("settlement_date"))


def close(asked: Asked) -> list[Act]:
    """A closing, signed by everyone in turn: the issuer authorises, the registrar confirms, each agent accepts, the
    lead manager allots, each investor accepts, the lead manager releases.

    `allotments` are tables of account, nominal and money (the only one of `proceeds` where it is left out); what each
    costs follows from `price`, per 100, and of a tap from the interest accrued as well.
    """
    asked.only("bond", "price", "proceeds", "allotments", "all_or_none")
    names, place = asked.scope.names, asked.place
    asset = names.asset_name(asked.need("bond", "the name of a bond"), place.at("bond"))
    if not asset.sheet:
        raise place.at("bond").mistake(f'bond: "{asset.name}" has no term sheet in this story')
    proceeds = asked.need("proceeds", "a table of moneys and the issuer's account of each")
    if not isinstance(proceeds, dict) or not proceeds:
        raise place.at("proceeds").mistake("proceeds: expected a table of moneys and the issuer's account of each")
    for money in proceeds:
        names.asset_name(money, place.at("proceeds", money))
    price = asked.given.get("price", "100")
    listed = asked.need("allotments", "a list of tables")
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise place.at("allotments").mistake("allotments: expected a list of tables: account, nominal and money")
    allotments = [
        _allotment(asked, asset, list(proceeds), each, place.at("allotments", at)) for at, each in enumerate(listed)
    ]
    scope = replace(asked.scope, beside=(asset,))
    nominal = f"{asset.currency} {format_units(sum(each.pop('units') for each in allotments), asset.exponent)}"
    sheet = asset.sheet
    agents = dict.fromkeys(
        [sheet["paying_agent"], *([sheet["trustee"]] if sheet.get("trustee") else []), *sheet.get("agents", [])]
    )
    bond = {"asset": asset.name}
    payers = [each.pop("payer") for each in allotments]
    authorise = {**bond, "nominal": nominal, "price": price, "proceeds": proceeds}
    if "all_or_none" in asked.given:
        authorise["all_or_none"] = asked.given["all_or_none"]
    said: list[tuple[str, type, dict[str, Any]]] = [
        (sheet["issuer"], AuthoriseIssue, authorise),
        (sheet["registrar"], ConfirmAmount, {**bond, "nominal": nominal}),
        *((agent, AcceptAgency, bond) for agent in agents if not _has_accepted(asked, asset, agent)),
        (sheet["lead_manager"], Allot, {**bond, "allotments": allotments}),
        *(
            (payer, AcceptAllotment, {**bond, "allotment": number})
            for number, payer in enumerate(payers, 1)
            if payer != sheet["lead_manager"]
        ),
        (sheet["lead_manager"], ReleaseIssue, bond),
    ]
    return [asked.act(by, build(kind, given, place, replace(scope, by=by))) for by, kind, given in said]


def _has_accepted(asked: Asked, asset: AssetName, agent: str) -> bool:
    """Whether an agent has signed for the closing under way, in a step before: once is enough."""
    names = asked.scope.names
    if names.read is None:
        return False
    number, party = names.asset(asset.name, asked.place.at("bond")), names.party(agent, asked.place)
    accepted: bool = names.read(lambda state: party in state.issues.bonds[number].closings[-1].accepted)
    return accepted


def _allotment(
    asked: Asked, asset: AssetName, moneys: list[str], given: dict[str, Any], place: Place
) -> dict[str, Any]:
    """The fields of an allotment, and beside them its units and who pays for it."""
    for key in given:
        if key not in ("account", "nominal", "money", "cash_account"):
            raise place.at(key).mistake(f'an allotment has no "{key}"')
    for key in ("account", "nominal", *(() if len(moneys) == 1 else ("money",))):
        if key not in given:
            raise place.mistake(f'an allotment needs "{key}"')
    names = asked.scope.names
    account = names.account_name(given["account"], place.at("account"))
    money = names.asset_name(given.get("money", moneys[0]), place.at("money"))
    if money.name not in moneys:
        raise place.at("money").mistake(f'money: "{money.name}" is not among the proceeds: {", ".join(moneys)}')
    units = amount(given["nominal"], place.at("nominal"), replace(asked.scope, beside=(asset,)))
    price = decimal(text(asked.given.get("price", "100"), asked.place.at("price")), asked.place.at("price"))
    costs = _costs(asked, asset, units, price)
    fields = {"account": account.name, "nominal": given["nominal"], "money": money.name, "units": units}
    fields["amount"] = f"{money.currency} {format_units(costs, money.exponent)}"
    cash = account
    if not money.outside:
        name = given.get("cash_account", account.cash or account.name)
        cash = names.account_name(name, place.at("cash_account"))
        fields["cash_account"] = cash.name
    return {**fields, "payer": cash.holder}


def _costs(asked: Asked, asset: AssetName, units: int, price: Fraction) -> int:
    """What an allotment costs: the price, and the interest accrued where a tap settles within a period."""
    names, place = asked.scope.names, asked.place
    if names.read is None:
        return proceeds_of(units, price)
    number = names.asset(asset.name, place.at("bond"))

    def settles(state: State) -> date:
        return state.issues.bonds[number].closings[-1].settlement_date

    return _settles_for(asked, number, names.read(settles), units, price, place.at("bond"))


def _settles_for(asked: Asked, number: AssetNumber, settles: date, units: int, price: Fraction, place: Place) -> int:
    """What a nominal amount costs at a clean price on a day, interest accrued included, by the bond's own terms."""

    def work(state: State) -> int:
        bond = state.issues.bonds.get(number)
        if bond is None:
            raise place.mistake(f"{place.key}: this is no bond with terms, and has no price: give the amount")
        try:
            return cost(price, worth_of(state, bond, settles), units)
        except Refused as refused:
            raise place.mistake(f"{place.key}: {refused}") from None

    must(asked.scope.names.read, "a price is asked for while the story is only read")
    found: int = asked.scope.names.read(work) if asked.scope.names.read else 0
    return found


def mint(asked: Asked) -> list[Act]:
    """The issuer of a money mints it: `money`, and `to`, a table of accounts and amounts."""
    asked.only("money", "to", "reference")
    names, place = asked.scope.names, asked.place
    money = names.asset_name(asked.need("money", "the name of a money"), place.at("money"))
    to = asked.need("to", "a table of accounts and amounts")
    if not isinstance(to, dict):
        raise place.at("to").mistake(f"to: expected a table of accounts and amounts, not {named(to)}")
    if money.outside:
        raise place.at("money").mistake(f'money: "{money.name}" moves outside the ledger, and nobody holds it here')
    reference = text(asked.given.get("reference", "reserves received"), place.at("reference"))
    acts = []
    for account, units in to.items():
        here = place.at("to", account)
        value = MintMoney(
            names.asset(money.name, place.at("money")),
            names.account(account, here),
            amount(units, here, replace(asked.scope, beside=(money,))),
            reference,
        )
        acts.append(asked.act(money.issuer, value))
    return acts


def confirm_payments(asked: Asked) -> list[Act]:
    """The settlement institution of an RTGS confirms every payment asked of it, or those of the trades named."""
    asked.only("money", "trades", "reference")
    text(asked.given.get("reference", ""), asked.place.at("reference"))
    return [
        asked.act(issuer, ConfirmPayment(number, f"{asked.given.get('reference', money)} {number}"))
        for money, issuer, number in _asked_payments(asked)
    ]


def reject_payments(asked: Asked) -> list[Act]:
    """The settlement institution says that payments were not made and will not be, and why."""
    asked.only("money", "trades", "why")
    why = text(asked.need("why", "a text"), asked.place.at("why"))
    return [asked.act(issuer, RejectPayment(number, why)) for _, issuer, number in _asked_payments(asked)]


def _asked_payments(asked: Asked) -> list[tuple[str, str, int]]:
    """Money, settlement institution and number of each payment that is asked for and not answered."""
    names, place = asked.scope.names, asked.place
    money = names.asset_name(asked.need("money", "the name of an RTGS money"), place.at("money"))
    if not money.outside:
        raise place.at("money").mistake(f'money: "{money.name}" does not move in an RTGS')
    references = asked.given.get("trades", [])
    wanted = references if isinstance(references, list) else [references]
    if names.read is None:
        return []
    number = names.asset(money.name, place.at("money"))
    found: list[int] = names.read(lambda state: _unanswered(state, number, wanted))
    if not found:
        raise place.mistake(f"no payment in {money.name} is waiting for an answer")
    return [(money.name, money.issuer, each) for each in found]


def _unanswered(state: State, money: AssetNumber, references: list[str]) -> list[int]:
    found = []
    for payment in state.settlement.payments.values():
        if payment.money != money or payment.status not in UNANSWERED:
            continue
        transaction = state.settlement.transactions[payment.transaction]
        sides = [state.settlement.instructions[each] for each in (transaction.deliver, transaction.receive) if each]
        if not references or any(side.order.reference in references for side in sides):
            found.append(payment.number)
    return found


def lodge(asked: Asked) -> list[Act]:
    """The registrar (or who acts) lodges the term sheet of a bond that the story declares."""
    asked.only("bond")
    asset, _ = asked.scope.names.terms(asked.need("bond", "the name of a bond"), asked.place.at("bond"))
    if asset.lodge is None:
        raise asked.place.at("bond").mistake(f'bond: "{asset.name}" has no [[bond]] table')
    by = asked.by or asset.sheet["registrar"]
    return [replace(asked.act(by, asset.lodge(asked.scope)), place=asset.place)]


def observe(asked: Asked) -> list[Act]:
    """Sources tell values of a series: `series`, `values` (a table of days and values), and `sources`, who is one
    alone where it is left out; or one value, as the command has it."""
    if "values" not in asked.given:
        return [asked.act(asked.scope.by, build(Observe, asked.given, asked.place, asked.scope))]
    asked.only("series", "values", "sources")
    names, place = asked.scope.names, asked.place
    series = text(asked.need("series", "the name of a series"), place.at("series"))
    told = table(asked.given["values"], place.at("values"))
    listed = asked.given.get("sources", asked.scope.by)
    at = place.at("sources")
    sources = [names.party_name(each, at).name for each in (listed if isinstance(listed, list) else [listed])]
    said = [
        (day(when, place.at("values", when)), observed_value(value, place.at("values", when)))
        for when, value in told.items()
    ]
    return [
        replace(asked, persons=()).act(source, Observe(series, when, value))
        for when, value in said
        for source in sources
    ]


def wait(asked: Asked) -> list[Act]:
    """Nothing is done: time passes, and what falls due is done on the way."""
    asked.only()
    return []


VERBS: dict[str, Verb] = {
    "trade": trade,
    "send_deposits": send_deposits,
    "mint": mint,
    "confirm_payments": confirm_payments,
    "reject_payments": reject_payments,
    "lodge": lodge,
    "close": close,
    "observe": observe,
    "wait": wait,
}


def verb(name: str) -> Verb | None:
    """What a step does, by its name."""
    return VERBS.get(name) or command(name)


def verb_names() -> list[str]:
    """Every name that a step may do: the verbs of stories, then the commands of the ledger."""
    commands = ["".join(f"_{c.lower()}" if c.isupper() else c for c in each).lstrip("_") for each in BY_NAME]
    return list(dict.fromkeys([*VERBS, *commands]))  # one that says more than its command has the same name
