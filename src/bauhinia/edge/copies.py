"""Copies of a register as files that people keep: CSV (RFC 4180) and PDF."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Any

from bauhinia.views.model import RegisterCopy, RegisterRow
from bauhinia.words.money import format_units

CSV_TYPE, PDF_TYPE = "text/csv; charset=utf-8", "application/pdf"
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # with which a spreadsheet begins to calculate
MARGIN = 42  # points
WIDE = ("name", "address")


def cells(copy: RegisterCopy, row: RegisterRow) -> list[str]:
    """A row's cells, in the columns of the register's profile."""
    values = {
        "account": str(row.account),
        "holder": str(row.holder),
        "name": row.name,
        "address": row.address,
        "amount": format_units(row.amount.units, row.amount.exponent),
        "entered": row.entered.isoformat(),
        "ceased": row.ceased.isoformat() if row.ceased else "",
    }
    return [values.get(column, "") for column in copy.columns]


def file_name(copy: RegisterCopy, ending: str) -> str:
    """A name for the file of a copy, of letters that every system takes."""
    code = "".join(sign if sign.isalnum() else "-" for sign in copy.isin or str(copy.asset))
    return f"register-{code}-{copy.height}.{ending}"


def register_csv(copy: RegisterCopy) -> bytes:
    """The register as CSV in UTF-8. A cell that a spreadsheet would take for a formula begins with an apostrophe."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(copy.columns)
    for row in copy.rows:
        writer.writerow([f"'{cell}" if cell.startswith(FORMULA) else cell for cell in cells(copy, row)])
    return out.getvalue().encode()


def register_pdf(copy: RegisterCopy) -> bytes:
    """The register as a PDF of A4 pages, each with its number and the block at which it was taken."""
    from reportlab.lib import colors
    from reportlab.lib.pagesizes import A4, landscape
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

    out = io.BytesIO()
    size = landscape(A4) if len(copy.columns) > 4 else A4
    document = SimpleDocTemplate(
        out, pagesize=size, title=f"Register of {copy.name}", author="Bauhinia", invariant=1,
        leftMargin=MARGIN, rightMargin=MARGIN, topMargin=MARGIN, bottomMargin=MARGIN + 12,
    )  # fmt: skip
    styles = getSampleStyleSheet()
    small = styles["BodyText"].clone("small", fontSize=8, leading=10)
    head = [column.replace("_", " ").capitalize() for column in copy.columns]
    rows = [
        [
            Paragraph(_escaped(cell), small) if column in WIDE else cell
            for column, cell in zip(copy.columns, cells(copy, row), strict=True)
        ]
        for row in copy.rows
    ]
    accent, line = colors.HexColor("#8f1d6b"), colors.HexColor("#d8d0d5")
    table = Table([head, *rows], colWidths=_widths(copy, size[0] - 2 * MARGIN), repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("FONTSIZE", (0, 0), (-1, -1), 8),
                ("TEXTCOLOR", (0, 0), (-1, 0), accent),
                ("LINEBELOW", (0, 0), (-1, 0), 0.8, colors.black),
                ("LINEBELOW", (0, 1), (-1, -1), 0.4, line),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                *(("ALIGN", (at, 0), (at, -1), "RIGHT") for at, name in enumerate(copy.columns) if name == "amount"),
            ]
        )
    )
    said = [f"Total {copy.total.text} · {len(copy.rows)} entries · profile {copy.profile or 'none'}", _taken(copy)]
    story = [Paragraph(f"Register of {_escaped(copy.name)}", styles["Title"].clone("t", alignment=0))]
    story += [Paragraph(_escaped(line), small) for line in said]
    document.build([*story, Spacer(1, 14), table], onFirstPage=_numbered(copy), onLaterPages=_numbered(copy))
    return out.getvalue()


def _widths(copy: RegisterCopy, room: float) -> list[float]:
    """Names and addresses take what the others leave."""
    fixed = {"account": 48.0, "holder": 48.0, "amount": 110.0, "entered": 66.0, "ceased": 66.0}
    taken = sum(fixed.get(column, 0.0) for column in copy.columns)
    wide = [column for column in copy.columns if column not in fixed]
    each = (room - taken) / len(wide) if wide else 0.0
    return [fixed.get(column, each) for column in copy.columns]


def _taken(copy: RegisterCopy) -> str:
    when = datetime.fromtimestamp(copy.time // 1_000_000, UTC)
    sealed = f"; sealed last for {copy.sealed_date}, root {copy.sealed}" if copy.sealed_date else "; not sealed yet"
    return f"{copy.isin} at block {copy.height}, {when:%Y-%m-%d %H:%M} UTC{sealed}"


def _numbered(copy: RegisterCopy) -> Any:
    def draw(canvas: Any, document: Any) -> None:
        canvas.setFont("Helvetica", 7)
        canvas.drawString(MARGIN, MARGIN - 8, f"{copy.isin} at block {copy.height}")
        canvas.drawRightString(document.pagesize[0] - MARGIN, MARGIN - 8, f"page {document.page}")

    return draw


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
