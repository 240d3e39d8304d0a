"""The offset solver: which transactions that wait should settle together.

Gross settlement gets stuck where everyone waits for someone else. Settled at one instant, what comes in pays for what
goes out, and only the ends count: any set that leaves no position below zero may settle. Finding the best such set is
hard (subset sum is a case of it), checking one is a pass over its legs; so it is looked for here, outside the ledger,
and the ledger believes nothing of it.
"""

from __future__ import annotations

import time

from bauhinia.agents import highs, parts, program
from bauhinia.agents.searching import begin, crowded, search
from bauhinia.agents.trial import Trial
from bauhinia.agents.waiting import (
    LOWEST_PRIORITY,
    By,
    Leg,
    Offence,
    Position,
    Problem,
    Proposal,
    Queue,
    Waiting,
    check,
    problem_of,
)
from bauhinia.words.reasons import must

__all__ = ["LOWEST_PRIORITY", "By", "Leg", "Offence", "Position", "Proposal", "Queue", "Waiting", "check", "propose"]

SEARCH = 0.4  # of the time, at most, for the search before the proof
SMALL = 2_000  # items: with more, HiGHS has little hope in seconds but by parts
FEW = 300  # items: with no more, HiGHS needs no help
PARTS = 0.5  # of the time, for the parts before the proof, where there are no more
PROOF = 0.95  # of the time, when HiGHS is told to end


def propose(queue: Queue, *, by: By = By.VALUE, seconds: float = 2.0, exact: bool = True) -> Proposal:
    """The set of greatest value (or count) that can settle together, and it always can.

    Classes of priority come one after the other: nothing of a higher one is given up for any amount of a lower one.
    Within a class, of sets with equal value the one with more transactions is better, and the other way round. Of
    transactions that are alike, the oldest settle. What stands in a group settles with all of it or not at all.

    A search comes first, then HiGHS for what is left of `seconds`, from the set found: as a whole where that has hope,
    else by parts. `exact=False` leaves HiGHS out, as does an installation without the extra `offset`; the proposal says
    which. Then the same queue gives the same proposal, unless the time runs out first. Ends after about `seconds`;
    empty where nothing can settle.
    """
    begun = time.perf_counter()
    problem = problem_of(queue, by)
    if exact and highs.INSTALLED:
        best, proved, how = _with_highs(problem, begun, seconds)
    else:
        best, proved = search(problem, begun + seconds), False
        how = "found by search alone: HiGHS is not installed (the extra `offset`)" if exact else "found by search"
    if all(best.chosen):
        proved, how = True, "all that can ever settle"
    proposal = problem.proposal(best.members(), proved=proved, how=how)
    must(not check(queue, proposal.numbers), "the offset solver proposes what cannot settle:", proposal.numbers[:10])
    return proposal


def _with_highs(problem: Problem, begun: float, seconds: float) -> tuple[Trial, bool, str]:
    """The best set found in that time, whether it is proved best, and how."""
    until, proved = begun + seconds * PROOF, False
    whole = crowded(problem) or len(problem.flows) <= SMALL
    if crowded(problem):
        best = search(problem, begun + seconds * SEARCH)
    else:
        best = begin(problem, begun + seconds * SEARCH)
        if not all(best.chosen) and len(problem.flows) > FEW:
            best = parts.better(problem, best, begun + seconds * PARTS if whole else until)
    if whole and not all(best.chosen):
        best, proved = program.prove(problem, best, until)
    how = "found by search and HiGHS, which did not end in time" if whole else "found by search and HiGHS, by parts"
    return best, proved, "proved best by HiGHS" if proved else how
