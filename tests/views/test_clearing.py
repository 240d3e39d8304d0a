"""What a viewer sees of caps, lines, nets and losses in a network, and of a bank that has failed."""

from __future__ import annotations

from pathlib import Path

from bauhinia.ledger.parties import Standing
from bauhinia.rules.clearing import BoundPosition, GrantLine, SetDebitCap
from bauhinia.rules.onboarding import SetStanding
from bauhinia.views import queries
from tests.rules.banks import NETWORK, Banked, banked
from tests.views.agreement import agree
from tests.views.test_networks import OPERATOR, viewed, viewer


def failed() -> Banked:
    """JPM owes 60 and has posted 30 of collateral when it fails; BAC and Citi bear the rest."""
    banks = banked("NETTED", own_cover="0.5")
    told, jpm = banks.told, banks.bank("JPM")
    for bank in ("JPM", "BAC", "Citi"):
        banks.fund(bank, 30_00, collateral=True)
    banks.fund("Wells", 30_00, collateral=True)
    told.does("TCH", SetDebitCap(NETWORK, jpm, 60_00))
    told.does("BAC", GrantLine(NETWORK, jpm, 60_00))
    told.does("TCH", BoundPosition(NETWORK, banks.bank("BAC"), 0, 90_00))
    banks.sends("JPM 1", "BAC 1", 60_00)
    told.does("operator", SetStanding(jpm, Standing.INSOLVENT, "a run"))
    return banks


def test_a_bank_sees_its_own_nets_and_losses_and_the_networks_operator_those_of_all(tmp_path: Path) -> None:
    banks = failed()
    views = viewed(banks, tmp_path)
    agree(views, banks.told.state)
    jpm, bac, citi, wells = (banks.bank(name) for name in ("JPM", "BAC", "Citi", "Wells"))
    for who in (OPERATOR, viewer(banks, "TCH")):
        (page,) = queries.networks(views, who)
        assert [(each.bank, each.net.units, each.own.units, each.collateral.units) for each in page.nets] == [
            (jpm, -60_00, 0, 30_00), (bac, 60_00, 60_00, 0),
        ]  # fmt: skip
        assert [(each.defaulter, each.bank, each.amount.units) for each in page.owed] == [
            (jpm, bac, 10_00), (jpm, citi, 10_00), (jpm, wells, 10_00),
        ]  # fmt: skip
        assert [(each.bank, each.to, each.granted.units) for each in page.lines] == [(bac, jpm, 60_00)]
    (page,) = queries.networks(views, viewer(banks, "Citi"))
    assert (page.nets, page.lines) == ((), ())
    assert [each.bank for each in page.owed] == [citi]
    assert [each.cap for each in page.members if each.bank != citi] == [None, None, None]
    (page,) = queries.networks(views, viewer(banks, "BAC"))
    assert [each.most.units for each in page.members if each.most] == [90_00]
    (page,) = queries.networks(views, viewer(banks, "JPM 1"))
    assert (page.nets, page.lines, page.owed) == ((), (), ())


def test_everyone_sees_that_a_bank_has_failed_and_when_it_is_back(tmp_path: Path) -> None:
    banks = failed()
    views = viewed(banks, tmp_path)
    (page,) = queries.networks(views, viewer(banks, "BAC 1"))
    assert [each.bank for each in page.members if each.failed] == [banks.bank("JPM")]
    banks.told.does("operator", SetStanding(banks.bank("JPM"), Standing.ACTIVE, "rescued"))
    (tmp_path / "after").mkdir()
    after = viewed(banks, tmp_path / "after")
    agree(after, banks.told.state)
    (page,) = queries.networks(after, viewer(banks, "BAC 1"))
    assert not any(each.failed for each in page.members)


def test_a_deposit_waits_in_the_queue_with_its_payers_priority(tmp_path: Path) -> None:
    banks = banked("QUEUED")
    banks.sends("JPM 1", "BAC 1", 40_00, priority=2)
    views = viewed(banks, tmp_path)
    (line,) = queries.queue(views, OPERATOR).waiting
    assert (line.kind, line.reason, line.priority) == ("DEPOSIT", "MONY", 2)
