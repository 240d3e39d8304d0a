"""What came of a story, printed: for a person in tables that fit the terminal, else line by line."""

from __future__ import annotations

from bauhinia.edge.cli.printing import heading, person, say, table
from bauhinia.edge.stories.report import NETWORK_HEADS, Report, network_cells


def printed(report: Report) -> None:
    """Print a report; all of it where a programme reads, without the payments one by one where a person looks."""
    if not person():
        say(*report.lines())
        return
    heading(report.title, report.about)
    _terms(report)
    table(
        ("what", "status", "outstanding"),
        [(each.asset, each.status, each.outstanding) for each in report.issues],
        right=(2,),
        title="Issued",
    )
    table(
        ("party", "account", "what", "amount"),
        [(each.party, each.account, each.asset, each.amount) for each in report.holdings],
        right=(3,),
        title="Held",
    )
    table(
        ("party", "account", "bond", "money", "paid in all"),
        [(each.party, each.account, each.bond, each.money, each.amount) for each in report.income],
        right=(4,),
        title="Paid on bonds",
    )
    table(
        NETWORK_HEADS,
        [network_cells(each) for each in report.networks],
        right=tuple(range(3, 12)),
        title="Deposit networks",
    )
    table(
        ("when", "who", "what", "why"),
        [(each["time"], each["by"], each["what"], each["why"]) for each in report.refusals],
        title="Refused, as it must be",
    )
    table(
        ("figure", "", "theirs", "ours"),
        [(each["what"], each["status"], each["theirs"], each["ours"]) for each in report.figures],
        right=(2, 3),
        title="Figures",
    )
    say(
        *(f"Assumed: {each}" for each in report.assumptions),
        f"{len(report.payments)} payments in {report.height} blocks, told to {report.time}; "
        f"the last header is {report.header[:16]}…",
        "",
    )


def _terms(report: Report) -> None:
    """The terms of all bonds side by side; a star marks what was not published."""
    bonds = list(dict.fromkeys(each.bond for each in report.terms))
    values = {(each.term, each.bond): f"{each.value}{' *' if each.assumed else ''}" for each in report.terms}
    terms = list(dict.fromkeys(each.term for each in report.terms))
    rows = [(term, *(values.get((term, bond), "") for bond in bonds)) for term in terms]
    table(("term", *bonds), rows, title="Terms (* assumed: not published)")
