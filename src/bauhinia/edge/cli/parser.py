"""The commands and their arguments. Nothing here is slow to import: `bauhinia --help` answers at once."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, NoReturn

from bauhinia import __version__

ABOUT = "Tokenised-bond market infrastructure: one ledger on which a bond is issued, settled, serviced and redeemed."
EPILOG = """\
start here:
  bauhinia demo                      play Hong Kong 2025, print it, then serve it with its console
  bauhinia run hong-kong-2023        play another story; `bauhinia run --list` names them
  bauhinia up --data market          serve a market of your own on 127.0.0.1:8080

exit codes: 0 done; 1 refused, with the reason; 2 wrong usage; 3 the data are broken; 4 a fault of ours.
Every command takes --help; --json answers in JSON on standard output, refusals included."""

NEGATIVE = re.compile(r"-\.?[0-9][0-9,.]*%?$")

Add = Callable[[argparse.ArgumentParser], None]


@dataclass(frozen=True, slots=True)
class Command:
    """One command: `runs` is the module and the function that does it, imported only when it is asked for."""

    name: str
    summary: str
    runs: str
    arguments: Add
    more: str = ""


class Parser(argparse.ArgumentParser):
    """A parser whose complaints are one line, with what was probably meant; -0.5% is a number to it, and no option."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._negative_number_matcher = NEGATIVE

    def error(self, message: str) -> NoReturn:
        found = re.match(r"argument \S+: invalid choice: '?(.*?)'? \(choose from (.*)\)", message)
        if found:
            choices = re.findall(r"[\w-]+", found[2])
            close = get_close_matches(found[1], choices, 1)
            meant = f"; did you mean {close[0]}?" if close else f"; there are {', '.join(choices)}"
            message = f"there is no {found[1]}{meant}"
        print(f"{self.prog}: {message} (see {self.prog} --help)", file=sys.stderr)
        raise SystemExit(2)


def port(text: str) -> int:
    """A TCP port; 0 takes any that is free."""
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port from 0 to 65535")
    return int(text)


def _data(parser: argparse.ArgumentParser, *, required: bool = False, more: str = "") -> None:
    parser.add_argument("--data", metavar="DIR", required=required, help=f"the folder of the market{more}")


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="answer in JSON")


def _serving(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="the address to serve on (127.0.0.1)")
    parser.add_argument("--port", type=port, default=8080, help="the port to serve on (8080); 0 takes a free one")


def _asking(parser: argparse.ArgumentParser) -> None:
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--data", metavar="DIR", help="the folder of a market on this machine, which no node serves now")
    where.add_argument("--url", help="the address of a node, as http://127.0.0.1:8080")
    parser.add_argument("--as", dest="party", metavar="PARTY", help="the party that asks, by name or number")
    keys = parser.add_mutually_exclusive_group()
    keys.add_argument("--key", metavar="FILE", action="append", default=[], help="a key of the party; once for each")
    keys.add_argument("--play", action="store_true", help="sign with the play keys of a played story")
    _json(parser)


def _up(parser: argparse.ArgumentParser) -> None:
    _data(parser, more=" (bauhinia-data); made where it is not there")
    _serving(parser)
    parser.add_argument("--name", default="Bauhinia", help="what a new market is called")
    parser.add_argument("--operator", default="Operator", help="the operator of a new market")
    _json(parser)


def _run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("story", nargs="?", help="a story file, or the name of one in stories/")
    parser.add_argument("--list", action="store_true", help="name the stories that come with it")
    _data(parser, more=" that keeps what is played (a new one); in memory without")
    _json(parser)


def _demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help="end after the printout")
    parser.add_argument("--story", default="hong-kong-2025", help=argparse.SUPPRESS)
    _data(parser, more=" that keeps what is played (a new one); in memory without")
    _serving(parser)
    _json(parser)


def _issue(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", help='a term sheet (.toml), or commands (.json), as {"do": "elect", ...} or a list')
    _asking(parser)


def _instruct(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("side", choices=("deliver", "receive"), help="which way the securities go")
    parser.add_argument("quantity", help="nominal, as 10,000,000.00")
    parser.add_argument("bond", help="the bond: its ISIN, code or number")
    parser.add_argument("--account", required=True, type=int, metavar="NUMBER", help="the securities account")
    parser.add_argument("--counterparty", required=True, metavar="PARTY", help="by name or number")
    parser.add_argument("--amount", help="what is paid for it; without, it is free of payment")
    parser.add_argument("--money", help="the money, by its code; with --amount")
    parser.add_argument("--cash-account", type=int, default=0, metavar="NUMBER", help="none where it is paid by RTGS")
    parser.add_argument("--settle", metavar="DATE", help="intended settlement date (the system's business date)")
    parser.add_argument("--trade-date", metavar="DATE", help="the day it was agreed (the system's business date)")
    parser.add_argument("--reference", required=True, help="your own reference")
    parser.add_argument("--common", default="", metavar="REFERENCE", help="the reference both sides agreed on")
    parser.add_argument("--hold", action="store_true", help="enter it on hold")
    parser.add_argument("--priority", type=int, choices=(1, 2, 3, 4), default=4, help="1 is the highest")
    parser.add_argument("--partial", action="store_true", help="let it settle in parts where securities are short")
    parser.add_argument("--model", type=int, choices=(1, 2, 3), default=1, help="of delivery versus payment (BIS)")
    for name, what in (("with", "together with"), ("before", "before"), ("after", "after")):
        parser.add_argument(f"--{name}", dest=f"linked_{name}", action="append", default=[], metavar="REFERENCE",
                            help=f"settle it {what} another instruction of yours")  # fmt: skip
    _asking(parser)


def _register(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bond", help="the bond: its ISIN, code or number")
    parser.add_argument("--csv", metavar="FILE", help="write a copy as CSV; - is standard output")
    parser.add_argument("--pdf", metavar="FILE", help="write a copy as PDF")
    parser.add_argument("--why", default="", metavar="TEXT", help="sign for a copy first; who keeps it need not")
    _asking(parser)


def _particulars(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("of", metavar="PARTY", help="the party, by name or number")
    parser.add_argument("--name", help="a natural person's name")
    parser.add_argument("--address", help="its address")
    parser.add_argument("--salt", default="", metavar="HEX", help="where the ledger is bound to them already")
    _asking(parser)


def _statement(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("account", type=int, help="the account, by its number")
    parser.add_argument("--from", dest="first", metavar="DATE", help="the first day (the account's first)")
    parser.add_argument("--to", dest="last", metavar="DATE", help="the last day (today, as the market has it)")
    parser.add_argument("--holdings", action="store_true", help="only what is held at the end of the last day")
    _asking(parser)


def _verify(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", nargs="?", metavar="DIR", help="the folder of the market")
    _data(parser, more=", said the other way")
    parser.add_argument("--events", action="store_true", help="only evolve: finds a rule that writes without an event")
    parser.add_argument("--noted", action="store_true", help="take the verdicts noted on signatures as they stand")
    _json(parser)


def _backup(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("to", metavar="INTO", help="a new folder for the copy")
    _data(parser, required=True, more="; it may be running")
    _json(parser)


def _prove(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("block", nargs="?", type=int, metavar="HEIGHT", help="the block")
    parser.add_argument("step", nargs="?", type=int, help="which of its outcomes, from 0")
    parser.add_argument("--register", metavar="BOND", help="a row of a sealed register instead: of this ISIN or code")
    parser.add_argument("--account", type=int, metavar="NUMBER", help="the account whose row it is; with --register")
    parser.add_argument("--height", type=int, metavar="BLOCK", help="the last seal up to this block (the last of all)")
    parser.add_argument("--out", metavar="FILE", help="the proof file (standard output)")
    _data(parser, required=True)
    _json(parser)


def _check_proof(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", help="the proof file; - is standard input")
    parser.add_argument(
        "--node", metavar="KEY", action="append", default=[], help="a node's public key that you know; once for each"
    )
    _json(parser)


def _keys(parser: argparse.ArgumentParser) -> None:
    kinds = parser.add_subparsers(dest="action", metavar="ACTION", required=True, parser_class=Parser)
    new = kinds.add_parser("new", help="make a key and write it to a new file")
    new.add_argument("file", help="the file; it is never written over")
    new.add_argument("--person", required=True, help="who holds it: four eyes are two persons")
    new.add_argument("--passphrase", action="store_true", help="ask for a passphrase and encrypt the file with it")
    show = kinds.add_parser("show", help="show the public key of a file")
    show.add_argument("file")
    listed = kinds.add_parser("list", help="list the key files of a folder")
    listed.add_argument("folder", nargs="?", default=".")
    sign = kinds.add_parser("sign", help="sign the text with which a console or a node asks who you are")
    sign.add_argument("challenge", help="the text, as shown")
    sign.add_argument("--key", metavar="FILE", required=True)
    sign.add_argument("--party", metavar="NUMBER", type=int, required=True)
    for each in (new, show, listed, sign):
        _json(each)


def _sheet(parser: argparse.ArgumentParser, *, known: bool = True, until: bool = True) -> None:
    parser.add_argument("sheet", help="a term sheet (.toml), or a bond of the ICMA Bond Data Taxonomy (.xml, .json)")
    parser.add_argument("--bond", metavar="NAME", help="which bond of the file, by name or ISIN, where it has several")
    parser.add_argument(
        "--calendar", metavar="FILE", action="append", default=[], help="a centre's calendar; once for each"
    )
    if until:
        parser.add_argument(
            "--until", metavar="DATE", help="how far to go with a perpetual bond (ten years from its issue)"
        )
    if known:
        parser.add_argument(
            "--known",
            metavar="FILE",
            action="append",
            default=[],
            help="fixings, index values, reports and pool factors (.toml, .csv); once for each",
        )
    _json(parser)


def _schedule(parser: argparse.ArgumentParser) -> None:
    _sheet(parser, known=False)
    parser.add_argument("--csv", metavar="FILE", help="write it as CSV; - is standard output")


def _cashflows(parser: argparse.ArgumentParser) -> None:
    _sheet(parser)
    parser.add_argument("--nominal", metavar="N", help="on so much nominal, as 1,000,000.00 (the least denomination)")
    parser.add_argument("--csv", metavar="FILE", help="write them as CSV; - is standard output")
    parser.add_argument("--plot", metavar="FILE", help="draw them as a ladder, in SVG")


def _price(parser: argparse.ArgumentParser) -> None:
    _sheet(parser, until=False)
    parser.add_argument("--settle", metavar="DATE", required=True, help="the settlement date")
    given = parser.add_mutually_exclusive_group(required=True)
    given.add_argument(
        "--yield", dest="annual_yield", metavar="Y", help="the yield: 0.0405, or in per cent with the sign"
    )
    given.add_argument("--price", metavar="P", help="the clean price per 100 of what is outstanding, as 99.5")
    given.add_argument("--margin", metavar="M", help="the discount margin of a floater, as 0.45%%")
    parser.add_argument("--market", metavar="NAME", help="a market's conventions, by name (ICMA's compound yield)")
    parser.add_argument("--compounding", metavar="N", type=int, help="times a year (as often as the bond pays)")
    parser.add_argument("--nominal", metavar="N", help="what so much nominal settles for, too")
    parser.add_argument("--forward", metavar="RATE", help="a floater's index from now on, as 4%% (by the curve)")
    parser.add_argument("--curve", metavar="FILE", help="the z-spread over this curve (.toml, .csv)")
    parser.add_argument("--repo", metavar="RATE", help="the carry at this repo rate; with --until")
    parser.add_argument("--until", metavar="DATE", help="to which settlement date it is carried; with --repo")
    parser.add_argument("--csv", metavar="FILE", help="write it as CSV; - is standard output")


def _curve(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("quotes", help="bonds with their prices or yields (.toml, .csv)")
    parser.add_argument("--settle", metavar="DATE", help="the settlement date (the one in the file)")
    parser.add_argument(
        "--calendar", metavar="FILE", action="append", default=[], help="a centre's calendar; once for each"
    )
    parser.add_argument("--out", metavar="FILE", help="write the curve for price --curve (.toml)")
    parser.add_argument("--csv", metavar="FILE", help="write it as CSV; - is standard output")
    _json(parser)


def _observe(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("series", help="the series, by its name, as the terms name it")
    parser.add_argument("day", help="the day that the value is of")
    parser.add_argument("value", help="3.10%%, 310.326, or true or false for a target that was met or missed")
    _asking(parser)


def _series(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", help="one of them, with its values")
    _asking(parser)


def _pay(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("amount", help="the amount, as 1,000,000.00")
    parser.add_argument("--money", required=True, metavar="CODE", help="the money, by its code")
    parser.add_argument("--account", type=int, required=True, metavar="NUMBER", help="the account that pays")
    parser.add_argument("--to", type=int, required=True, metavar="NUMBER", help="the account that is paid")
    parser.add_argument("--reference", required=True, metavar="TEXT", help="your reference, told to the payee too")
    parser.add_argument("--settle", metavar="DATE", help="the day on which it is to be made (today)")
    parser.add_argument("--priority", type=int, default=4, metavar="N", help="from 1, the highest, to 4 (4)")
    parser.add_argument("--hold", action="store_true", help="make it only once you release it")
    _asking(parser)


def _sets(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--unanswered", action="store_true", help="only those that you may still agree to")
    _asking(parser)


def _mandates(parser: argparse.ArgumentParser) -> None:
    _asking(parser)


def _queue(parser: argparse.ArgumentParser) -> None:
    _asking(parser)


def _penalties(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--month", metavar="YYYY-MM", help="of which month (this one)")
    parser.add_argument("--rates", action="store_true", help="what failing costs by the day instead")
    _asking(parser)


def _settle_together(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("transactions", nargs="+", type=int, metavar="NUMBER", help="a transaction that waits")
    parser.add_argument("--why", required=True, metavar="TEXT", help="how you came to them")
    _asking(parser)


def _offset(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--by", choices=("value", "count"), default="value", help="what is best (value)")
    parser.add_argument("--seconds", type=float, default=2.0, metavar="N", help="how long to search (2)")
    parser.add_argument("--quick", action="store_true", help="leave the exact solver out")
    parser.add_argument("--every", type=float, metavar="N", help="go on, and search again after so many seconds")
    _asking(parser)


def _networks(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--report", type=int, metavar="NUMBER", help="what a day of this network needed, by bank")
    parser.add_argument("--day", metavar="DATE", help="the day of the report (today, as the market has it)")
    _asking(parser)


def _deposits(parser: argparse.ArgumentParser) -> None:
    _asking(parser)


def _send(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("network", type=int, help="the network, by its number")
    parser.add_argument("amount", help="how much, as 1,250.00")
    parser.add_argument("--from", dest="payer", required=True, type=int, metavar="ACCOUNT", help="the payer's account")
    parser.add_argument("--to", dest="payee", required=True, type=int, metavar="ACCOUNT", help="the payee's account")
    parser.add_argument("--reference", required=True, help="what it is for, shown to the payee")
    parser.add_argument("--priority", type=int, choices=(1, 2, 3, 4), default=4, help="1 is the highest")
    _asking(parser)


def _rtgs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", help="what the RTGS begins with (.toml); not needed where it has begun")
    parser.add_argument("--data", metavar="DIR", required=True, help="the folder of its book")
    parser.add_argument("--host", default="127.0.0.1", help="the address to serve on (127.0.0.1)")
    parser.add_argument("--port", type=port, default=8090, help="the port to serve on (8090); 0 takes a free one")
    parser.add_argument("--at", metavar="TIME", help="put its clock to this time and leave it there (this machine's)")
    parser.add_argument(
        "--fault", metavar="PLACE:KIND", action="append", default=[], help="make it fail, as pay:lose; once for each"
    )
    _json(parser)


def _gateway(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", help="the RTGS and its members (.toml), as the simulator takes it")
    parser.add_argument("--rtgs", metavar="URL", required=True, help="where the RTGS answers, as http://127.0.0.1:8090")
    parser.add_argument("--every", type=float, default=1.0, metavar="N", help="look again after so many seconds (1)")
    parser.add_argument("--once", action="store_true", help="look once, and end")
    parser.add_argument("--wait", type=float, default=10.0, metavar="N", help="how long to wait for an answer (10)")
    parser.add_argument("--resume", metavar="FILE", help="keep here how far it has read; it may be lost")
    _asking(parser)


def _bill(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", nargs="?", type=int, help="one bill, with its lines (all, in short)")
    _asking(parser)


def _report(parser: argparse.ArgumentParser) -> None:
    kinds = parser.add_subparsers(dest="report", metavar="REPORT", required=True, parser_class=Parser)
    settling = kinds.add_parser("efficiency", help="how trades settle: on their day, late, or failing")
    settling.add_argument(
        "--by", choices=("day", "party", "asset", "reason"), default="day", help="a line for each (day)"
    )
    settling.add_argument("--from", dest="first", metavar="DATE", help="the first intended settlement date")
    settling.add_argument("--to", dest="last", metavar="DATE", help="the last one")
    settling.set_defaults(runs="reporting:efficiency")
    money = kinds.add_parser("liquidity", help="what money will come in and go out, and what will lack")
    money.add_argument("--days", type=int, default=30, metavar="N", help="how many calendar days ahead (30)")
    money.add_argument("--of", metavar="PARTY", help="another party's, to an operator; by name or number")
    money.set_defaults(runs="reporting:liquidity")
    for each in (settling, money):
        _asking(each)


def _bench(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("work", nargs="*", metavar="NAME", help="what to measure (all of it)")
    parser.add_argument("--quick", action="store_true", help="less of it, to see that it runs")
    _json(parser)


COMMANDS = (
    Command("up", "serve a market: its API and its console", "serving:up", _up),
    Command("run", "play a story and print what came of it", "playing:run", _run),
    Command("demo", "play Hong Kong 2025, print it, then serve it", "playing:demo", _demo),
    Command("issue", "lodge a term sheet, or send commands from a file", "asking:issue", _issue),
    Command("instruct", "enter a settlement instruction", "asking:instruct", _instruct),
    Command("register", "show or copy the register of a bond", "asking:register", _register),
    Command(
        "particulars",
        "show what is kept of a party beside the ledger, or put it in",
        "asking:particulars",
        _particulars,
    ),
    Command("statement", "the statement of an account", "asking:statement", _statement),
    Command("schedule", "the interest periods and payment dates of a term sheet", "bonds:periods", _schedule),
    Command("cashflows", "what a term sheet pays, and when", "bonds:cashflows", _cashflows),
    Command("price", "price, accrued interest and yield of a term sheet", "pricing:price", _price),
    Command("curve", "discount factors and zero rates from the prices of bonds", "curves:curve", _curve),
    Command("observe", "tell a value of a series: a fixing, an index, a report", "observing:observe", _observe),
    Command("series", "the series of values that bonds hang on", "observing:series", _series),
    Command("pay", "order a payment from one account to another", "paying:pay", _pay),
    Command("sets", "sets of legs that settle all or none", "paying:sets", _sets),
    Command("mandates", "standing mandates given and held", "paying:mandates", _mandates),
    Command("queue", "what waits to settle", "queueing:queue", _queue),
    Command("settle-together", "propose what settles at one instant", "queueing:settle_together", _settle_together),
    Command("offset", "search the queue for what could settle at one instant", "queueing:offset", _offset),
    Command("networks", "deposit networks, and what a day of one needed", "networks:networks", _networks),
    Command("deposits", "deposits sent, held, asked for and asked back", "networks:deposits", _deposits),
    Command("send", "send a deposit to another customer of a network", "networks:send", _send),
    Command("rtgs", "run a simulated RTGS beside the ledger", "rtgs:rtgs", _rtgs),
    Command("gateway", "pay in an RTGS what the ledger asks for, and answer", "rtgs:gateway", _gateway),
    Command("penalties", "what fails cost in a month", "penalising:penalties", _penalties),
    Command("bill", "the bills of fees", "reporting:bill", _bill),
    Command("report", "how trades settle, and what money will be needed", "reporting:efficiency", _report),
    Command("verify", "execute the journal again and compare every hash", "keeping:verify", _verify),
    Command("backup", "copy a market, also while it runs", "keeping:backup", _backup),
    Command("prove", "write a proof of what happened", "keeping:prove", _prove),
    Command("check-proof", "check a proof, offline", "keeping:check_proof", _check_proof),
    Command("keys", "make, show and list keys, and sign with them", "keys:run", _keys),
    Command("bench", "measure speed and memory on this machine", "keeping:bench", _bench),
)


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    found = Parser(
        prog="bauhinia",
        description=ABOUT,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    found.add_argument("--version", action="version", version=f"bauhinia {__version__}")
    kinds = found.add_subparsers(dest="command", metavar="COMMAND", title="commands", parser_class=Parser)
    for command in COMMANDS:
        one = kinds.add_parser(
            command.name, help=command.summary, description=f"{command.summary[:1].upper()}{command.summary[1:]}."
        )
        one.set_defaults(runs=command.runs)
        command.arguments(one)
    return found
