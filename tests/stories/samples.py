"""A small story that the tests play, and spoil."""

from __future__ import annotations

from bauhinia.edge.stories import Machine, Played, genesis_of, play, read_story

STORY = """\
[story]
title = "A morning"
starts = 2026-02-02T08:00:00+08:00

[[calendar]]
centre = "HK"

[[system]]
name = "CMU"
centres = ["HK"]

[[rulebook]]
name = "contractual"

[[party]]
name = "HKMA"
roles = ["central_bank", "settlement_institution"]

[[party]]
name = "CMU"
roles = ["csd", "registrar", "paying_agent"]

[[party]]
name = "Issuer"
roles = ["issuer"]
account = "Issuer cash"

[[party]]
name = "Bank"
roles = ["bank", "lead_manager"]
account = "Bank own"

[[party]]
name = "Fund"
account = "Fund own"

[[party]]
name = "Stranger"

[[money]]
code = "e-HKD"
currency = "HKD"
kind = "cbdc"
issuer = "HKMA"

[[money]]
code = "CHATS"
currency = "HKD"
kind = "rtgs"
issuer = "HKMA"

[[bond]]
name = "Bond 2028"
isin = "HKPLAYFAIL07"
currency = "HKD"
issuer = "Issuer"
registrar = "CMU"
paying_agent = "CMU"
lead_manager = "Bank"
profile = "contractual"
documents = ["Conditions"]

[bond.terms]
issue_date = 2026-02-04
tenor = "2Y"
rate = "3.65%"
frequency = "annual"
calendars = ["HK"]
denomination = "HKD 10,000.00"

[[step]]
at = 2026-02-02 10:00:00
do = "lodge"
bond = "Bond 2028"

[[step]]
at = "11:00"
do = "close"
bond = "Bond 2028"
proceeds = { "e-HKD" = "Issuer cash" }
allotments = [{ account = "Bank", nominal = "HKD 1,000,000.00" }]

[[step]]
at = 2026-02-04
do = "mint"
money = "e-HKD"
to = { Bank = "HKD 1,000,000.00", "Fund own" = "500,000.00" }
expect.outstanding = { "Bond 2028" = "1,000,000.00" }

[[step]]
do = "trade"
seller = "Bank"
buyer = "Fund"
bond = "Bond 2028"
nominal = "HKD 400,000.00"
money = "e-HKD"
price = "100.5"
settlement_date = 2026-02-05
reference = "T-1"
expect.trades = { T-1 = "pending FUTU" }

[[step]]
at = 2026-02-05 09:30:00
note = "The next morning."

[step.expect]
trades = { T-1 = "settled" }
holds = { Fund = ["Bond 2028 400,000.00", "e-HKD 97,960.00"] }
events = ["Settled", { is = "PhaseBegan", phase = "open", date = 2026-02-05 }]
no_events = ["Failed"]
cannot_see = { Stranger = ["Settled"] }
systems = { CMU = "2026-02-05 open" }

[[step]]
by = "Stranger"
do = "inspect_register"
asset = "Bond 2028"
why = "curiosity"
refused = "NOT_DISCLOSED"

[[expect]]
bonds = { "Bond 2028" = "issued" }

[[figure]]
of = "interest"
bond = "Bond 2028"
nominal = "HKD 1,000,000.00"
period = 1
derived = "HKD 36,500.00"
"""


def spoilt(*changes: tuple[str, str]) -> str:
    """The story with some of its text changed, each text that is changed standing in it once."""
    written = STORY
    for old, new in changes:
        assert written.count(old) == 1, f"{old!r} stands {written.count(old)} times in the story"
        written = written.replace(old, new)
    return written


def played(written: str, file: str = "x.toml") -> Played:
    """A story played in memory."""
    plan = read_story(written, file)
    return play(plan, Machine(genesis_of(plan)))
