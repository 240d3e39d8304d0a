"""Copies of registers and statements as the files that people keep: CSV (RFC 4180) and PDF."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bauhinia.views.model import RegisterCopy

if TYPE_CHECKING:
    from bauhinia.views.paper import Sheet

MEDIA = {"csv": "text/csv; charset=utf-8", "pdf": "application/pdf"}


def filed(sheet: Sheet, form: str) -> bytes:
    """A sheet as CSV in UTF-8, or as PDF."""
    from bauhinia.views.paper import to_csv, to_pdf  # what draws is loaded when something is drawn

    return to_pdf(sheet) if form == "pdf" else to_csv(sheet).encode()


def register_file(copy: RegisterCopy, form: str) -> tuple[bytes, str, str]:
    """A copy of a register as a file: its bytes, its media type, and a name of letters that every system takes."""
    from bauhinia.views.statements import register_sheet

    code = "".join(sign if sign.isalnum() and sign.isascii() else "-" for sign in copy.isin or str(copy.asset))
    return filed(register_sheet(copy), form), MEDIA[form], f"register-{code}-{copy.height}.{form}"
