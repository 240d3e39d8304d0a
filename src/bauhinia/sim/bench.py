"""What the market costs: figures with their spread, and beside each what the machine itself would allow.

Run as ``python -m bauhinia.sim.bench [--json] [--quick] [NAME …]``. Every figure is taken in this one run, several
times; nothing here is a test, and no test depends on it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path

import httpx

from bauhinia.ledger.positions import Positions
from bauhinia.machine.block import Applied, Block, apply_block, header_of
from bauhinia.machine.commands import read_command
from bauhinia.machine.events import event_bytes
from bauhinia.node.journal import FILE, Journal
from bauhinia.node.market import Market, Options
from bauhinia.node.memory import settle_down
from bauhinia.node.pieces import verify
from bauhinia.node.sealing import sign_header
from bauhinia.node.stored import Stored, store, unpack_raws
from bauhinia.node.verify import Verifier, entry
from bauhinia.node.worker import verdict
from bauhinia.sim import bond_load, queue_load
from bauhinia.sim.amortiser_load import DAY_COUNTS, KINDS, amortiser
from bauhinia.sim.servicing_load import coupon
from bauhinia.sim.town import Town, found_town, keys_of
from bauhinia.words.frame import unpack_body, unseal
from bauhinia.words.ids import AccountNumber, AssetNumber
from bauhinia.words.reasons import must

BLOCK = 1_000
ENOUGH = 10**9


@dataclass(slots=True)
class Figure:
    """A measured figure: every value it took, what was asked of it, and what the machine allows (in the same unit)."""

    name: str
    unit: str
    values: list[float]
    asked: float | None = None
    at_most: bool = False
    limit: float | None = None
    limit_is: str = ""
    parts: dict[str, float] = field(default_factory=dict)

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def met(self) -> bool | None:
        """Whether the median meets what was asked; None where nothing was."""
        if self.asked is None:
            return None
        return self.median <= self.asked if self.at_most else self.median >= self.asked


@dataclass(slots=True)
class Scale:
    """How much work: `quick` is for looking whether it runs."""

    rounds: int = 5
    envelopes: int = 20_000
    positions: int = 1_000_000
    holders: int = 100_000
    starts: int = 7


QUICK = Scale(2, 2_000, 50_000, 2_000, 2)


@contextmanager
def folder() -> Iterator[Path]:
    """A folder on the disk, not in memory: commits are part of what is measured."""
    with tempfile.TemporaryDirectory(
        prefix="bauhinia-bench-", dir=os.environ.get("BAUHINIA_BENCH_DIR", "/var/tmp")
    ) as made:
        yield Path(made)


def seconds(work: Callable[..., object], *given: object) -> float:
    start = time.perf_counter()
    work(*given)
    return time.perf_counter() - start


def trades(town: Town, count: int, tag: str) -> list[bytes]:
    """Signed instructions, both sides of each trade in turn, over all accounts."""
    places = len(town.accounts)
    found: list[bytes] = []
    for number in range(count // 2):
        found += town.trade(number % places, (number * 7 + 1) % places, 100, 99, f"{tag}{number}")
    return found


def filled_town(accounts: int = 100) -> Town:
    return found_town(10, accounts, nominal=ENOUGH, cash=ENOUGH)


QUIET = Options(snapshot_blocks=ENOUGH, snapshot_envelopes=ENOUGH, snapshot_on_close=False)


def journalled(town: Town, path: Path, options: Options = QUIET) -> Market:
    """The town's past as a journal, and the market that goes on from it."""
    market = Market.create(path, town.genesis, options)
    for raws in town.blocks:
        sent(market, raws)
    return market


def instructions(scale: Scale) -> Figure:
    """Individually signed instructions into the durable journal."""
    town = filled_town()
    warm, *rounds = [trades(town, scale.envelopes, f"r{number}-") for number in range(scale.rounds + 1)]
    verifier = Verifier()
    verifier.start(warm).verdicts()  # the workers are up before the clock runs
    limits = [scale.envelopes / seconds(verified, verifier, raws) for raws in rounds]
    verifier.close()
    with folder() as path:
        market = journalled(town, path / "market")
        sent(market, warm)
        rates = [scale.envelopes / seconds(sent, market, raws) for raws in rounds]
        market.close()
    figure = Figure("signed instructions into the durable journal", "instructions/s", rates, 10_000)
    figure.limit, figure.limit_is = statistics.median(limits), "their signatures alone, on all cores"
    return figure


def verified(verifier: Verifier, raws: list[bytes]) -> None:
    must(not any(verifier.start(raws).verdicts()), "a signature of the bench is wrong")


def sent(market: Market, raws: list[bytes]) -> None:
    """Envelopes sent and answered, every one of them accepted."""
    for future in market.submit_many(raws):
        must(all(outcome.code == 0 for outcome in future.result().outcomes), "an instruction of the bench is refused")


def replays(scale: Scale) -> Figure:
    """Executing a journal again, every header and outcome compared: in pieces on all cores, and beside it in one."""
    town, cut = filled_town(), scale.envelopes * 2
    options = Options(block_size=BLOCK, snapshot_blocks=ENOUGH, snapshot_envelopes=cut, snapshots_older=ENOUGH)
    with folder() as path:
        market = journalled(town, path / "market", options)
        for number in range(4):
            sent(market, trades(town, scale.envelopes, f"p{number}-"))
        market.close()
        journal = Journal(path / "market" / FILE)
        raws = [raw for block in journal.blocks() for _, raw in unpack_raws(block.body)]
        commands = sum(len(unpack_body(unseal(raw).body)) for raw in raws)
        journal.close()
        rates, alone = list[float](), list[float]()
        for _ in range(min(scale.rounds, 3)):
            rates.append(commands / seconds(replayed, path / "market", None))
            alone.append(commands / seconds(replayed, path / "market", 1))
    figure = Figure("replay, every header and outcome compared", "commands/s", rates, 50_000)
    figure.parts = {"on one core": statistics.median(alone)}
    return figure


def replayed(path: Path, cores: int | None) -> None:
    report = verify(path, signatures=False, cores=cores)
    must(report.good, "a journal of the bench is not what it says:", report.why)


def stages(scale: Scale) -> Figure:
    """Where the microseconds of an instruction go, one stage after the other on one core."""
    town, key = filled_town(), keys_of("node")[0].key
    totals: dict[str, list[float]] = {}
    with folder() as path:
        journal = Journal.create(path / FILE, town.genesis)
        for number in range(scale.rounds):
            raws = trades(town, BLOCK, f"s{number}-")
            each = {"verify": seconds(lambda raws: [verdict(raw) for raw in raws], raws)}
            each["decode"] = seconds(lambda raws: [decoded(raw) for raw in raws], raws)
            block = Block(town.state.height + 1, town.state.time, [entry(raw, 0) for raw in raws])
            applied: list[Applied] = []
            whole = seconds(lambda block, made: made.append(apply_block(town.state, block)), block, applied)
            outcomes = applied[0].outcomes
            each["event bytes"] = seconds(lambda outcomes: [event_bytes(o.events) for o in outcomes], outcomes)
            header = seconds(header_of, town.state, block, outcomes)  # its event bytes are kept, and not made again
            each["hashes"] = header
            each["rule"] = max(whole - each["decode"] - each["event bytes"] - header, 0.0)
            stored = store(block, applied[0], sign_header(key, town.state.previous))
            each["commit"] = seconds(written, journal, stored)
            for name, value in each.items():
                totals.setdefault(name, []).append(value / BLOCK * 1e6)
        journal.close()
    parts = {name: statistics.median(values) for name, values in totals.items()}
    sums = [sum(values) for values in zip(*totals.values(), strict=True)]
    return Figure("an instruction, stage by stage, nothing overlapped", "µs", sums, parts=parts)


def written(journal: Journal, stored: Stored) -> None:
    journal.write(stored)
    journal.commit()


def decoded(raw: bytes) -> object:
    return [read_command(tag, data) for tag, data in unpack_body(unseal(raw).body)]


def positions(scale: Scale) -> Figure:
    """Memory of positions with their index, in a process of its own."""
    code = f"from bauhinia.sim.bench import fill_positions; print(fill_positions({scale.positions}))"
    values = [float(subprocess.check_output([sys.executable, "-c", code])) for _ in range(min(scale.rounds, 3))]
    plain = scale.positions * 32 / 1e6
    name = f"a process that holds {scale.positions:,} positions"
    return Figure(name, "MB", values, 250, at_most=True, limit=plain, limit_is="four words a position, nothing else")


def fill_positions(count: int) -> float:
    """Megabytes resident in this process once it holds so many positions."""
    held = Positions()
    for number in range(count):
        held.open(AccountNumber(number // 10 + 1), AssetNumber(number % 10 + 1))
    must(len(held) == count, "a position of the bench is missing")
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1e3


def coupons(scale: Scale) -> Figure:
    """A coupon to many holders: the register recorded and sealed, every holder paid, durable."""
    with folder() as path:
        values = [coupon(scale.holders, path / str(number)) for number in range(min(scale.rounds, 3))]
    return Figure(f"a coupon to {scale.holders:,} holders, durable", "s", values, 5, at_most=True)


def bonds(scale: Scale) -> list[Figure]:
    """The arithmetic of bonds, on one core."""
    rounds, count = range(min(scale.rounds, 3)), scale.positions // 10
    made = [bond_load.schedules(count, seed) * 100_000 / count for seed in rounds]
    accrued = [bond_load.accruals(count // 10, seed) / (count // 10) * 1e6 for seed in rounds]
    found = [count // 20 / bond_load.yields(count // 20, seed) for seed in rounds]
    counts = [(kind, day_count) for kind in KINDS for day_count in DAY_COUNTS]
    flows = [1e3 * statistics.median(amortiser(*each) for _ in range(20)) for each in counts for _ in rounds]
    return [
        Figure("schedules of 100,000 random bonds", "s", made, 10, at_most=True),
        Figure("accrued interest of one bond, exact", "µs", accrued, 20, at_most=True),
        Figure("cash flows of a monthly amortiser of 30 years", "ms", flows, 2, at_most=True),
        Figure("yields from prices", "yields/s", found, 10_000),
    ]


def queue(scale: Scale) -> list[Figure]:
    """What an arrival costs by how many wait, and a set that settles at one instant."""
    rounds = range(min(scale.rounds, 3))
    few = statistics.median(queue_load.arrivals(1_000, 1) for _ in rounds)
    grown = [queue_load.arrivals(scale.holders, 1) / few for _ in rounds]
    trades = [1e3 * each for each in queue_load.sets(5_000, len(rounds))]
    name = f"an arrival that frees 10 of {scale.holders:,}, beside one of 1,000"
    return [
        Figure(name, "times", grown, 2, at_most=True),
        Figure("a set of 5,000 legs, verified and posted", "ms", trades, 50, at_most=True),
    ]


def commits(scale: Scale) -> Figure:
    """What the disk allows: SHA-256 and a durable commit of a block's bytes."""
    data = os.urandom(BLOCK * 400)
    with folder() as path:
        connection = sqlite3.connect(path / "plain.sqlite", isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE plain(height INTEGER PRIMARY KEY, bytes BLOB, hash BLOB)")

        def commit(number: int) -> None:
            connection.execute("INSERT INTO plain VALUES(?, ?, ?)", (number, data, sha256(data).digest()))

        values = [1e3 * seconds(commit, number) for number in range(scale.rounds * 4)]
        connection.close()
    return Figure("SHA-256 and commit of 400 kB (the machine's own limit a block)", "ms", values)


def starts(scale: Scale) -> list[Figure]:
    """How long a person waits: for the command line's help, and for a market of its own to answer."""
    command = [sys.executable, "-m", "bauhinia", "--help"]
    bare = [sys.executable, "-c", "pass"]
    helps = [seconds(run_quietly, command) for _ in range(scale.starts)]
    limit = statistics.median([seconds(run_quietly, bare) for _ in range(scale.starts)])
    helped = Figure("bauhinia --help", "s", helps, 0.3, at_most=True, limit=limit, limit_is="python that does nothing")
    with folder() as path:
        values = [seconds(answering, path / "new")]
        values += [seconds(answering, path / "new") for _ in range(scale.starts)]
    return [helped, Figure("bauhinia up, until it answers", "s", values, 2, at_most=True)]


def run_quietly(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True)


def answering(data: Path) -> None:
    """Serve the market in a folder until it answers a read of its health, then stop it."""
    command = [sys.executable, "-m", "bauhinia", "up", "--data", str(data), "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            told = json.loads(process.stdout.readline()) if process.stdout else {}
            answer = httpx.get(told["api"] + "/health")
            must(answer.is_success, "a market that is up does not answer:", answer.status_code)
        finally:
            process.terminate()


WORK: dict[str, Callable[[Scale], Figure | list[Figure]]] = {
    "commits": commits,
    "stages": stages,
    "instructions": instructions,
    "replays": replays,
    "positions": positions,
    "coupons": coupons,
    "bonds": bonds,
    "queue": queue,
    "starts": starts,
}


def machine() -> dict[str, str]:
    """What this was measured on."""
    model = "unknown"
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else ():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "processor": model,
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": f"{memory:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }


def lines(figures: list[Figure]) -> Iterator[str]:
    """The figures as a person reads them."""
    for figure in figures:
        spread = f"{min(figure.values):,.5g} to {max(figure.values):,.5g}"
        asked = ""
        if figure.asked is not None:
            bound = "at most" if figure.at_most else "at least"
            asked = f"  asked {bound} {figure.asked:,.5g}: {'met' if figure.met else 'NOT MET'}"
        yield f"{figure.name}: {figure.median:,.5g} {figure.unit} ({spread}){asked}"
        if figure.limit is not None:
            yield f"    the machine allows {figure.limit:,.5g} {figure.unit}: {figure.limit_is}"
        for name, value in figure.parts.items():
            yield f"    {name:12} {value:8.2f} {figure.unit}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="bauhinia bench", description=__doc__)
    parser.add_argument("--json", action="store_true", help="figures as JSON")
    parser.add_argument("--quick", action="store_true", help="a small run, to see that it works")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of: {', '.join(WORK)} (default: all)")
    asked = parser.parse_args()
    unknown = [name for name in asked.names if name not in WORK]
    if unknown:
        parser.error(f"no such work: {', '.join(unknown)}; there are {', '.join(WORK)}")
    settle_down()
    scale, figures = QUICK if asked.quick else Scale(), list[Figure]()
    for name in asked.names or list(WORK):
        if not asked.json:
            print(f"… {name}", file=sys.stderr, flush=True)
        found = WORK[name](scale)
        figures += found if isinstance(found, list) else [found]
    if asked.json:
        told = [{**asdict(figure), "median": figure.median, "met": figure.met} for figure in figures]
        print(json.dumps({"machine": machine(), "figures": told}, indent=2))
        return
    print(", ".join(f"{name} {value}" for name, value in machine().items()))
    for line in lines(figures):
        print(line)


if __name__ == "__main__":
    main()
