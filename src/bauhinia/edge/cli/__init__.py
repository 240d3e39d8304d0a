"""The command line. Exit codes: 0 done; 1 refused, with the reason; 2 wrong usage; 3 the data are broken; 4 a fault
of ours."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module

from bauhinia.edge.cli.parser import parser

DONE, REFUSED, USAGE, BROKEN, FAULT = range(5)
INTERRUPTED = 130
TRACE = "BAUHINIA_TRACE"  # where it is set, a fault shows where it happened


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its exit code. Whatever goes wrong is one line on standard error."""
    try:
        asked = parser().parse_args(arguments)
    except SystemExit as ended:
        return int(ended.code or 0)
    if asked.command is None:
        parser().print_help()
        return USAGE
    module, function = asked.runs.split(":")
    try:
        code: int = getattr(import_module(f"bauhinia.edge.cli.{module}"), function)(asked)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # whoever read the output has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except Exception as wrong:
        if os.environ.get(TRACE):
            raise
        from bauhinia.edge.cli.complaints import complain

        return complain(asked, wrong)
