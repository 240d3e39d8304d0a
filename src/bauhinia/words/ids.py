"""Numbers by which the ledger knows its things. They are given in order of registration and never reused."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, NewType

PartyNumber = NewType("PartyNumber", int)
AccountNumber = NewType("AccountNumber", int)
AssetNumber = NewType("AssetNumber", int)
InstructionNumber = NewType("InstructionNumber", int)  # one side's settlement instruction (sese.023)
TransactionNumber = NewType("TransactionNumber", int)  # legs that settle together
ActionNumber = NewType("ActionNumber", int)  # a corporate action event (seev.031)
SystemNumber = NewType("SystemNumber", int)  # a system with a business day of its own
NetworkNumber = NewType("NetworkNumber", int)  # a network of banks whose customers' deposits move at par
Row = NewType("Row", int)  # where a position stands in the columns

Units = int  # whole smallest units of an asset: a cent, a yen, HKD 0.01 nominal
Micros = int  # microseconds since 1970-01-01T00:00:00Z

NO_ACCOUNT = AccountNumber(0)
NO_ASSET = AssetNumber(0)
NO_PARTY = PartyNumber(0)

LIMIT: Units = 1 << 62  # every amount is below it, so that no sum of two leaves 64 bits
EVERYONE = PartyNumber(-1)  # as an audience: anyone at all, whoever asks

if TYPE_CHECKING:
    Column = array[int]
else:
    Column = array  # array("q"); Python 3.11 cannot subscript it at run time
