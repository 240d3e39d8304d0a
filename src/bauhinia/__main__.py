"""`python -m bauhinia`: the command line."""

from __future__ import annotations

import sys

from bauhinia.edge.cli import main

if __name__ == "__main__":
    sys.exit(main())
