"""The offset solver: which transactions that wait should settle together.

Gross settlement gets stuck where everyone waits for someone else. Settled at one instant, what comes in pays for what
goes out, and only the ends count: any set that leaves no position below zero may settle. Finding the best such set is
hard (subset sum is a case of it), checking one is a pass over its legs; so it is looked for here, outside the ledger,
and the ledger believes nothing of it.
"""

from __future__ import annotations

import time

from bauhinia.agents import program
from bauhinia.agents.searching import crowded, search
from bauhinia.agents.waiting import (
    LOWEST_PRIORITY,
    By,
    Leg,
    Offence,
    Position,
    Proposal,
    Queue,
    Waiting,
    check,
    problem_of,
)
from bauhinia.words.reasons import must

__all__ = ["LOWEST_PRIORITY", "By", "Leg", "Offence", "Position", "Proposal", "Queue", "Waiting", "check", "propose"]

SEARCH = 0.4  # of the time, at most, for the search before the proof
HARD = 0.7  # the same where HiGHS has little hope in seconds: many transactions in many positions
MANY = 2_000
PROOF = 0.75  # of the time, when HiGHS is told to end: it does so somewhat later


def propose(queue: Queue, *, by: By = By.VALUE, seconds: float = 2.0, exact: bool = True) -> Proposal:
    """The set of greatest value (or count) that can settle together, and it always can.

    Classes of priority come one after the other: nothing of a higher one is given up for any amount of a lower one.
    Within a class, of sets with equal value the one with more transactions is better, and the other way round. Of
    transactions that are alike, the oldest settle.

    A search comes first, then HiGHS for what is left of `seconds`, from the set found. `exact=False` leaves HiGHS out,
    as does an installation without the extra `offset`; the proposal says which. Then the same queue gives the same
    proposal, unless the time runs out first. Ends after about `seconds`; empty where nothing can settle.
    """
    begun = time.perf_counter()
    problem = problem_of(queue, by)
    proving = exact and program.INSTALLED
    hard = len(problem.flows) > MANY and not crowded(problem)
    share = (HARD if hard else SEARCH) if proving else 1
    best, proved = search(problem, begun + seconds * share), False
    how = "found by search"
    if all(best.chosen):
        proved, how = True, "all that can ever settle"
    elif proving:
        best, proved = program.prove(problem, best, begun + seconds * PROOF)
        how = "proved best by HiGHS" if proved else "found by search and HiGHS, which did not end in time"
    elif exact:
        how = "found by search alone: HiGHS is not installed (the extra `offset`)"
    proposal = problem.proposal(best.members(), proved=proved, how=how)
    must(not check(queue, proposal.numbers), "the offset solver proposes what cannot settle:", proposal.numbers[:10])
    return proposal
