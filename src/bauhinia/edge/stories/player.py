"""Plays a plan against a market: tells the time through every duty on the way, signs, sends, and looks at what came."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from bauhinia.bond import Impossible
from bauhinia.edge.stories.called import Called
from bauhinia.edge.stories.checks import Check, World
from bauhinia.edge.stories.driver import Driver, Told
from bauhinia.edge.stories.figures import Compared
from bauhinia.edge.stories.keys import play_salt, play_secret, public_keys
from bauhinia.edge.stories.names import Names
from bauhinia.edge.stories.plan import Act, Plan, Step
from bauhinia.edge.stories.record import Record
from bauhinia.edge.stories.values import Scope
from bauhinia.ledger.state import State
from bauhinia.machine.commands import BY_KIND
from bauhinia.machine.genesis import Genesis
from bauhinia.machine.steps import Outcome, StepKind
from bauhinia.node.keys import play_keys
from bauhinia.rules.market import SetTime
from bauhinia.rules.onboarding import PartyRegistered
from bauhinia.views.refusals import said
from bauhinia.wire.mistakes import Place
from bauhinia.wire.problems import title_of
from bauhinia.words.codec import Malformed, encode
from bauhinia.words.dates import DAY, day_of, micros_at
from bauhinia.words.frame import pack_body, seal, signed_part
from bauhinia.words.ids import Micros
from bauhinia.words.reasons import Reason

OF_FIELDS = range(30, 70)  # the reasons that say that a field is wrong
WRITTEN_AS = {"quantity": "nominal", "asset": "bond"}  # fields of commands that verbs call otherwise


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a story has come: steps done of all, the market's time, and what the last step says of itself."""

    done: int
    total: int
    time: Micros
    note: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A step that was refused, as the story says it must be."""

    time: Micros
    by: str
    what: str
    reason: str
    sentence: str


@dataclass(slots=True)
class Played:
    """A story as it was played. `figures` are those of the story beside ours."""

    plan: Plan
    names: Names
    record: Record
    driver: Driver
    refusals: list[Refusal] = field(default_factory=list)
    figures: list[Compared] = field(default_factory=list)


def genesis_of(plan: Plan) -> Genesis:
    """How the ledger of a story begins: its time is told, its operator signs with play keys, nothing is secret."""
    operator = plan.operator
    keys = public_keys(operator, plan.operator_persons)
    return Genesis(plan.title, operator, keys, 1, play_secret(plan.title), plan.starts, True, 0)


def play(plan: Plan, driver: Driver, progress: Callable[[Progress], None] = lambda told: None) -> Played:
    """Play a plan on a market that began with `genesis_of(plan)`.

    Mistake, with file and line, where a step is refused that should not be, is accepted that should not be, or where
    something that is expected does not hold.
    """
    return _Player(plan, driver, progress).play()


class _Player:
    def __init__(self, plan: Plan, driver: Driver, progress: Callable[[Progress], None]) -> None:
        names = plan.names.playing(driver.read)
        names.numbers["party", plan.operator] = 1
        self.plan, self.driver, self.progress, self.names = plan, driver, progress, names
        self.played = Played(plan, names, Record(), driver)
        self.nonces: dict[int, int] = {}
        self.time = plan.starts

    def play(self) -> Played:
        steps = [*self.plan.setup, *self.plan.steps]
        record = self.played.record
        for done, step in enumerate(steps, 1):
            happened, flowed = len(record.happenings), len(record.flows)
            self._until(step.time, step)
            self._do(step)
            self._check(step.checks, step.by, happened, min(flowed, self._today(record)))
            self.progress(Progress(done, len(steps), self.time, step.note))
        self._check(self.plan.checks, self.plan.operator, 0, 0)
        world = self._world(self.plan.operator, 0, 0)
        for figure in self.plan.figures:
            try:
                compared = figure.compare(world)
            except Impossible as impossible:
                raise figure.place.mistake(f"{figure.what}: {impossible}") from None
            if not compared.agrees:
                raise figure.place.mistake(
                    f"{compared.what}: {compared.status} {compared.theirs}, ours is {compared.ours} ({compared.exact})"
                )
            self.played.figures.append(compared)
        return self.played

    def _today(self, record: Record) -> int:
        """The first of the flows of the day that it is."""
        offset = self.names.offset
        midnight = micros_at(day_of(self.time, offset), 0, offset)
        first = len(record.flows)
        while first and record.flows[first - 1].time >= midnight:
            first -= 1
        return first

    def _scope(self, by: str) -> Scope:
        return Scope(self.names, by, self.time)

    def _world(self, by: str, happened: int, flowed: int) -> World:
        record = self.played.record
        return World(self.names, record, record.happenings[happened:], record.flows[flowed:], self._scope(by))

    def _check(self, checks: list[Check], by: str, happened: int, flowed: int) -> None:
        if not checks:
            return
        world = self._world(by, happened, flowed)
        for check in checks:
            try:
                found = check.ask(world)
            except Impossible as impossible:
                raise check.place.mistake(f"expected {check.wanted}, but {impossible}") from None
            if found is not None:
                raise check.place.mistake(f"expected {check.wanted}, but {found}")

    def _until(self, target: Micros, step: Step) -> None:
        """Tell the time until a moment, stopping at everything that falls due before it, so that each duty runs at its
        own moment."""
        due: Micros | None = self.driver.read(_due)
        while self.time < target or (due is not None and due <= target):
            moment = target if due is None else max(min(due, target), self.time)
            told = self._send([Act(self.plan.operator, SetTime(moment), self.plan.operator_persons)])
            self.time = moment
            refused = [outcome for outcome in told if outcome.code]
            if refused:
                raise step.place.at("at").mistake(f"the time could not be told: {sentence(refused[0], self.names)}")
            due = self.driver.read(_due)

    def _do(self, step: Step) -> None:
        acts = step.prepare(self._scope(step.by))
        if step.refused and not acts:
            raise step.place.at("refused").mistake("nothing was sent that could have been refused")
        try:
            outcomes = self._send(acts, step.declares) if acts else []
        except Malformed as malformed:
            raise step.place.at("do").mistake(f"{step.what} cannot be written: {malformed}") from None
        if step.label:
            self._label(step.label, outcomes)
        refused = [(act, outcome) for act, outcome in zip(acts, outcomes, strict=True) if outcome.code]
        if not step.refused:
            for act, outcome in refused:
                where = _blamed(act.place or step.place, outcome)
                raise where.mistake(f"{_what(act)} by {act.by} was refused: {explained(outcome, self.names)}")
            return
        if not refused:
            wanted = " or ".join(reason.name for reason in step.refused)
            raise step.place.at("refused").mistake(f"{step.what} was accepted; it should have been refused: {wanted}")
        act, outcome = refused[0]  # what is refused after it may follow from that
        if Reason(outcome.code) not in step.refused:
            wanted = " or ".join(reason.name for reason in step.refused)
            raise step.place.at("refused").mistake(
                f"{_what(act)} was refused for another reason than {wanted}: {explained(outcome, self.names)}"
            )
        for act, outcome in refused:
            reason = Reason(outcome.code).name
            self.played.refusals.append(Refusal(self.time, act.by, _what(act), reason, sentence(outcome, self.names)))

    def _label(self, label: str, outcomes: list[Outcome]) -> None:
        """The numbers that the events of a step gave, by the field that has them."""
        given = self.names.labels.setdefault(label, {})
        for outcome in outcomes:
            for event in outcome.events:
                for name in type(event).__dataclass_fields__:
                    value = getattr(event, name)
                    if type(value) is int:
                        given[name] = value

    def _send(self, acts: list[Act], declares: str = "") -> list[Outcome]:
        """Send commands, an envelope each, in one go; the outcome of each."""
        told = self.driver.submit([self._envelope(act) for act in acts])
        found: list[Outcome] = []
        for block in told:
            self.played.record.keep(block)
            self._learn(block, declares)
            found += [outcome for outcome in block.outcomes if outcome.kind is StepKind.COMMAND]
        return found

    def _learn(self, block: Told, declares: str) -> None:
        for outcome in block.outcomes:
            for event in outcome.events:
                self.names.learn(event, declares)
                known = self.names.parties.get(declares)
                if isinstance(event, PartyRegistered) and known is not None and known.particulars:
                    self.driver.keep(event.party, known.particulars, play_salt(declares))

    def _envelope(self, act: Act) -> bytes:
        party = self.names.numbers["party", act.by]
        nonce = self.nonces[party] = self.nonces.get(party, 0) + 1
        body = pack_body([(BY_KIND[type(act.command)].tag, encode(act.command))])
        good_until = self.time + DAY
        signed = signed_part(self.driver.ledger, party, nonce, good_until, body)
        keys = play_keys(act.by, act.persons)
        signatures = [(bytes(key.verify_key), key.sign(signed).signature) for key in keys]
        return seal(self.driver.ledger, party, nonce, good_until, body, signatures)


def _due(state: State) -> Micros | None:
    """When the next duty falls due."""
    return state.days.agenda[0][0] if state.days.agenda else None


def _what(act: Act) -> str:
    name = type(act.command).__name__
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


def _blamed(place: Place, outcome: Outcome) -> Place:
    """Where the field stands that a refusal for a wrong field names first; otherwise what is done, or the table."""
    field = outcome.parts[0] if outcome.parts and outcome.code in OF_FIELDS else ""
    for keys in ((field,), ("terms", field), ("conditions", field), (WRITTEN_AS.get(str(field), ""),), ("do",)):
        if isinstance(field, str) and place.has(*keys):
            return place.at(*keys)
    return place


def explained(outcome: Outcome, names: Names) -> str:
    """Why something was refused, and what that reason means."""
    return f"{sentence(outcome, names)} ({title_of(Reason(outcome.code)).rstrip('.')})"


def sentence(outcome: Outcome, names: Names) -> str:
    """Why something was refused, in a line, with the story's names."""
    reason = Reason(outcome.code)
    return " ".join(filter(None, (reason.name, said(reason, outcome.parts, Called(names)))))
