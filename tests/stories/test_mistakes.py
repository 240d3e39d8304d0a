"""What a story is told that is wrong: the file, the line, and what was expected there."""

from __future__ import annotations

import pytest

from bauhinia.edge.stories import Mistake
from tests.stories.samples import STORY, played, spoilt


def line_of(part: str, written: str = STORY) -> int:
    """The line on which a text stands, from 1."""
    return written[: written.index(part)].count("\n") + 1


FIGURE = """of = "interest"
bond = "Bond 2028"
nominal = "HKD 1,000,000.00"
period = 1
derived = "HKD 36,500.00"
"""
CYCLE = """of = "settlement cycle"
bond = "Bond 2028"
priced = 2026-02-02
derived = "T+1"
"""
YIELD = """of = "yield"
bond = "Bond 2028"
market = "ICMA"
price = "100.00"
settles = 2026-02-04
derived = "3.65%"
"""
STEPS = '[[step]]\ndo = "trade"\nseller'
TOLD = f"""[[step]]
do = "observe"
series = "CPI"
sources = ["Issuer", "Bank"]
values = {{ 2026-02-01 = "273.003" }}

{STEPS}"""

# what is changed, on the line of what the mistake is told, and words that it has
READ = [
    ("no toml", ('title = "A morning"', 'title = "A morning'), 'title = "', "is no TOML"),
    ("unknown table", ("[[rulebook]]", "[[rulebok]]"), "[[rulebok]]", 'no "rulebok"; did you mean "rulebook"?'),
    ("table not a list", ("[[rulebook]]", "[rulebook]"), "[rulebook]", "tables headed [[rulebook]]"),
    ("no start", ("starts = 2026-02-02T08:00:00+08:00", ""), "[story]", '[story] needs "starts"'),
    ("start without offset", ("T08:00:00+08:00", "T08:00:00"), "starts", "an offset such as"),
    ("unknown story key", ('title = "A morning"', 'title = "A morning"\nautor = "x"'), "autor", 'no "autor"'),
    ("unknown centre", ('centre = "HK"', 'centre = "XX"'), "[[calendar]]", "no calendar of 'XX'"),
    ("unknown rulebook", ('name = "contractual"\n', 'name = "contract"\n'), 'name = "contract"', 'mean "contractual"?'),
    ("unknown role", ('["issuer"]', '["isuer"]'), '"isuer"', "expected operator, central_bank"),
    ("declared twice", ('name = "Stranger"', 'name = "Fund"'), 'name = "Fund"\n\n[[money]]', "declared twice"),
    ("unknown money kind", ('kind = "cbdc"', 'kind = "cash"'), 'kind = "cash"', "central_bank_token, cbdc"),
    ("currency", ('currency = "HKD"\nkind = "cbdc"', 'currency = "HKX"\nkind = "cbdc"'), '"HKX"', "of ISO 4217"),
    ("unknown party", ('registrar = "CMU"', 'registrar = "CMO"'), 'registrar = "CMO"', 'did you mean "CMU"?'),
    (
        "no documents",
        ('documents = ["Conditions"]', "documents = 7"),
        "documents = 7",
        "expected a document, its name or a table, not 7",
    ),
    ("rate as number", ('rate = "3.65%"', "rate = 3.65"), "rate = 3.65", "not the number 3.65 with a point"),
    ("rate without %", ('rate = "3.65%"', 'rate = "3.65"'), 'rate = "3.65"', "is 3.65% meant?"),
    ("frequency", ('"annual"', '"yearly"'), '"yearly"', "expected at maturity, annual"),
    ("unknown term", ('tenor = "2Y"', 'tennor = "2Y"'), "tennor", 'mean "tenor"?'),
    ("no maturity", ('tenor = "2Y"\n', ""), "[bond.terms]", 'terms need "maturity"'),
    ("impossible terms", ('tenor = "2Y"', "maturity = 2025-02-04"), "maturity = 2025", "not after the issue date"),
    (
        "wrong part of the terms",
        (
            '"HKD 10,000.00"\n',
            '"HKD 10,000.00"\n[[bond.terms.call]]\nfirst = 2027-02-04\nlast = 2027-02-04\nprice = 101\n',
        ),
        "price = 101\n",
        "expected a rate as text",
    ),
    ("unknown command", ('do = "lodge"', 'do = "logde"'), 'do = "logde"', 'mean "lodge"?'),
    ("unknown step", ('by = "Stranger"', 'by = "Strager"'), 'by = "Strager"', 'mean "Stranger"?'),
    ("unknown field", ('why = "curiosity"', 'wy = "curiosity"'), "wy =", 'no field "wy"; did you mean "why"?'),
    ("missing field", ('reference = "T-1"\n', ""), '[[step]]\ndo = "trade"', 'needs "reference"'),
    ("wrong type", ('why = "curiosity"', "why = 5"), "why = 5", "expected a text in quotes, not 5"),
    ("unknown reason", ('"NOT_DISCLOSED"', '"NOT_DISCLOSD"'), '"NOT_DISCLOSD"', 'mean "NOT_DISCLOSED"?'),
    ("amount as number", ('"500,000.00"', "500000"), '"Fund own" = 500000', "expected an amount as text"),
    ("amount of commas", ('"500,000.00"', '"50,0000.00"'), '"50,0000.00"', "is not an amount such as"),
    ("amount too fine", ('"500,000.00"', '"500,000.001"'), '"500,000.001"', "3 decimals, at most 2"),
    ("other currency", ('nominal = "HKD 400,000.00"', 'nominal = "USD 1.00"'), '"USD 1.00"', "an amount of HKD"),
    ("bad date", ("settlement_date = 2026-02-05", 'settlement_date = "2026-02-30"'), '"2026-02-30"', "calendar"),
    (
        "no date",
        ("settlement_date = 2026-02-05", "settlement_date = true"),
        "settlement_date = true",
        "expected a date",
    ),
    ("tenor past all dates", ('tenor = "2Y"', 'tenor = "9999Y"'), 'tenor = "9999Y"', "outside the calendar"),
    ("no tenor", ('tenor = "2Y"', 'tenor = "0Y"'), 'tenor = "0Y"', "is not after the issue date"),
    ("denomination", ('"HKD 10,000.00"', '"HKD 0.00"'), '"HKD 0.00"', "is not above zero"),
    ("profile", ('profile = "contractual"', 'profile = "contractul"'), '"contractul"', 'did you mean "contractual"?'),
    ("price of nothing", ('money = "e-HKD"\nprice', "price"), 'price = "100.5"', 'no "money"'),
    ("proceeds", ('{ "e-HKD" = "Iss', '{ "e-HKT" = "Iss'), "proceeds", 'did you mean "e-HKD"?'),
    ("trade's status", ('"pending FUTU"', '"pending FUTUR"'), '"pending FUTUR"', '"pending LACK"), not'),
    ("amount of what", ('"e-HKD 97,960.00"]', '"97,960.00"]'), "holds", "an amount with its money or bond"),
    ("event without a name", ('{ is = "PhaseBegan", phase', "{ phase"), "events", "the name of an event, as { is ="),
    ("back in time", ("at = 2026-02-04\n", "at = 2026-02-01\n"), "at = 2026-02-01", "time only goes on"),
    ("neither price nor amount", ('price = "100.5"\n', ""), '[[step]]\ndo = "trade"', "an amount or a price"),
    ("price", ('price = "100.5"', 'price = "dear"'), '"dear"', 'a number such as "99.901"'),
    ("unknown account", ('seller = "Bank"', 'seller = "Bnak"'), 'seller = "Bnak"', 'did you mean "Bank"?'),
    ("no account", ('seller = "Bank"', 'seller = "Stranger"'), 'seller = "Stranger"', "has no account"),
    ("unknown expectation", ("no_events =", "not_events ="), "not_events", 'mean "no_events"?'),
    ("unknown event", ('["Failed"]', '["Fialed"]'), '["Fialed"]', 'mean "Failed"?'),
    ("event field", ('phase = "open", d', 'fase = "open", d'), "fase", 'mean "phase"?'),
    ("phase", ('"2026-02-05 open"', '"2026-02-05 opened"'), '"2026-02-05 opened"', "closed, open"),
    ("unknown figure", ('of = "interest"', 'of = "interset"'), '"interset"', "expected clean price"),
    ("figure without value", ('derived = "HKD 36,500.00"\n', ""), "[[figure]]", "published, derived or assumed"),
    ("figure lacks", ("period = 1\n", ""), "[[figure]]", 'needs "period"'),
    ("figure's other", ("period = 1\n", "priced = 2026-02-02\nperiod = 1\n"), "priced", 'does not depend on "priced"'),
    ("no market", ("period = 1\n", 'period = 1\nmarket = "KOREA"\n'), "market", 'does not depend on "market"'),
    ("unknown market", (FIGURE, YIELD.replace("ICMA", "ICAM")), '"ICAM"', "market: expected ICMA, US Treasury"),
    ("series of nobody", (STEPS, TOLD.replace('"Bank"]', '"Bnak"]')), "sources", 'did you mean "Bank"?'),
    ("no value", (STEPS, TOLD.replace('"273.003"', '"high"')), '"high"', 'a number such as "99.901"'),
    ("value as number", (STEPS, TOLD.replace('"273.003"', "273.003")), "values", "expected a value as text"),
    ("no day", (STEPS, TOLD.replace("2026-02-01 =", "Sunday =")), "values", "is not written YYYY-MM-DD"),
    ("priced", (FIGURE, CYCLE.replace("2026-02-02", '"2 February"')), '"2 February"', "is not written YYYY-MM-DD"),
]


@pytest.mark.parametrize(("change", "at", "words"), [each[1:] for each in READ], ids=[each[0] for each in READ])
def test_a_mistake_is_found_before_anything_is_played(change: tuple[str, str], at: str, words: str) -> None:
    written = spoilt(change)
    with pytest.raises(Mistake) as found:
        played(written)
    (problem,) = found.value.problems
    assert (problem.file, problem.line) == ("x.toml", line_of(at, written)), str(problem)
    assert words in problem.what


PLAYED = [
    ("refused, not expected", ('refused = "NOT_DISCLOSED"\n', ""), 'do = "inspect_register"', "refused: NOT_DISCLOSED"),
    ("accepted, not expected", ('reference = "T-1"', 'reference = "T-1"\nrefused = "LACK"'), "refused", "was accepted"),
    ("other reason", ('"NOT_DISCLOSED"', '"TEXT"'), 'refused = "TEXT"', "another reason than TEXT: NOT_DISCLOSED"),
    ("isin", ('"HKPLAYFAIL07"', '"HKPLAYFAIL08"'), 'isin = "', "check digit is 8, should be 7"),
    ("issue date", ("issue_date = 2026-02-04", "issue_date = 2026-02-07"), "issue_date", "is no business day"),
    ("lei", ('roles = ["issuer"]', 'roles = ["issuer"]\nlei = "X"'), 'lei = "X"', "IDENTIFIER lei X"),
    ("nominal", ('"HKD 400,000.00"', '"HKD 400,000.01"'), 'nominal = "HKD 400', "(The nominal is not the denomination"),
    ("holds", ('"e-HKD 97,960.00"', '"e-HKD 1.00"'), "holds", "Fund holds e-HKD 97,960.00"),
    ("outstanding", ('= "1,000,000.00" }', '= "2.00" }'), '"2.00"', "is outstanding by 1,000,000.00"),
    ("trade", ('T-1 = "settled"', 'T-1 = "failing"'), 'T-1 = "failing"', "trade T-1 is settled"),
    ("event", ('["Settled", {', '["Failed", {'), '["Failed", {', "there was no Failed"),
    (
        "event fields",
        ("date = 2026-02-05 }", "date = 2026-02-06 }"),
        "date = 2026-02-06 }",
        'there was PhaseBegan of phase "OPEN", date 2026-02-05',
    ),
    ("no event", ('["Failed"]', '["Settled"]'), 'no_events = ["Settled"]', "there was Settled"),
    ("seen", ("{ Stranger =", "{ Bank ="), "cannot_see", "Bank sees Settled"),
    ("nothing to see", ('{ Stranger = ["Settled"] }', '{ Bank = ["Failed"] }'), "cannot_see", "no Failed to see"),
    ("system", ('"2026-02-05 open"', '"2026-02-05 closed"'), '"2026-02-05 closed"', "is at 2026-02-05 open"),
    ("bond", ('= "issued" }', '= "redeemed" }'), '"redeemed"', "Bond 2028 is issued"),
    ("figure", ('"HKD 36,500.00"', '"HKD 36,500.01"'), '"HKD 36,500.01"', "ours is HKD 36,500.00"),
    ("period", ("period = 1", "period = 3"), "period = 3", "expected 1 to 2"),
    ("exact", ('of = "interest"', 'of = "exact interest"'), '"HKD 36,500.00"', 'a number such as "99.901"'),
    ("cycle", (FIGURE, CYCLE), '"T+1"', "derived T+1, ours is T+2"),
    ("cycle back", (FIGURE, CYCLE.replace("02-02", "02-05")), "priced", "2026-02-05 is after the issue on 2026-02-04"),
]


@pytest.mark.parametrize(("change", "at", "words"), [each[1:] for each in PLAYED], ids=[e[0] for e in PLAYED])
def test_what_does_not_hold_is_told_where_the_story_says_it(change: tuple[str, str], at: str, words: str) -> None:
    written = spoilt(change)
    with pytest.raises(Mistake) as found:
        played(written)
    (problem,) = found.value.problems
    assert problem.line == line_of(at, written), str(problem)
    assert words in problem.what


def test_a_bond_that_nobody_lodged_is_not_on_the_ledger() -> None:
    written = spoilt(('do = "lodge"\nbond = "Bond 2028"\n', "\n\n"))
    with pytest.raises(Mistake, match=r'"Bond 2028" is not on the ledger yet') as found:
        played(written)
    assert found.value.problems[0].line == line_of('do = "close"', written) + 1


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    written = spoilt(('why = "curiosity"', "why = 5"), ('do = "lodge"', 'do = "logde"'), ("period = 1", "perod = 1"))
    with pytest.raises(Mistake) as found:
        played(written)
    lines = [problem.line for problem in found.value.problems]
    assert lines == [line_of(part, written) for part in ('do = "logde"', "why = 5", "perod")]
    assert str(found.value).splitlines()[0].startswith(f"x.toml:{lines[0]}: do: there is no")


def test_what_is_wrong_in_the_declarations_is_told_before_the_steps() -> None:
    written = spoilt(('roles = ["issuer"]', 'roles = ["isuer"]'), ('why = "curiosity"', "why = 5"))
    with pytest.raises(Mistake) as found:
        played(written)
    assert [problem.line for problem in found.value.problems] == [line_of('"isuer"', written)]
