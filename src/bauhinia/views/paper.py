"""Sheets as CSV and PDF: a title, lines of context, columns, rows."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from io import BytesIO, StringIO
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, LongTable, Paragraph, SimpleDocTemplate, Spacer, TableStyle

HAN = "MSung-Light"  # for what Helvetica has no letters for: every reader brings it, so nothing is embedded
MARGIN = 15 * mm
WIDE = 6  # more columns than this stand across


@dataclass(frozen=True, slots=True)
class Sheet:
    """A statement or report. `right` names the columns whose cells stand to the right, as amounts do."""

    title: str
    context: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: tuple[str, ...] = ()
    footer: tuple[str, ...] = ()


def to_csv(sheet: Sheet) -> str:
    """RFC 4180, the columns' names in the first line; title and context stand in the file's name, not in it.

    A text that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(sheet.columns)
    writer.writerows([_harmless(cell) for cell in row] for row in sheet.rows)
    return out.getvalue()


def _harmless(cell: str) -> str:
    formula = cell[:1] in ("=", "+", "@", "\t", "\r") or (cell[:1] == "-" and not cell[1:2].isdigit())
    return f"'{cell}" if formula else cell


def to_pdf(sheet: Sheet) -> bytes:
    """A4, upright up to six columns, the header line again on every page, pages numbered. The same sheet gives the
    same bytes."""
    if HAN not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(HAN))
    out = BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=landscape(A4) if len(sheet.columns) > WIDE else A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=sheet.title,
        author="Bauhinia",
        invariant=1,
    )
    story: list[Flowable] = [_paragraph(sheet.title, 14, bold=True), Spacer(0, 3 * mm)]
    story += [_paragraph(line, 8, grey=True) for line in sheet.context]
    story += [Spacer(0, 4 * mm), _table(sheet)]
    if sheet.footer:
        story += [Spacer(0, 4 * mm), *(_paragraph(line, 8, grey=True) for line in sheet.footer)]
    document.build(story, onFirstPage=_number, onLaterPages=_number)
    return out.getvalue()


def _table(sheet: Sheet) -> LongTable:
    head = [_paragraph(_heading(name), 8, bold=True, right=name in sheet.right) for name in sheet.columns]
    body = [
        [_paragraph(cell, 8, right=name in sheet.right) for name, cell in zip(sheet.columns, row, strict=True)]
        for row in sheet.rows
    ]
    table = LongTable([head, *body], repeatRows=1, hAlign="LEFT")
    table.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LINEBELOW", (0, 0), (-1, 0), 0.75, colors.black),
                ("LINEBELOW", (0, 1), (-1, -1), 0.25, colors.lightgrey),
                ("TOPPADDING", (0, 0), (-1, -1), 2),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
            ]
        )
    )
    return table


def _heading(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _paragraph(text: str, size: int, *, bold: bool = False, right: bool = False, grey: bool = False) -> Paragraph:
    style = ParagraphStyle(
        "cell",
        fontName=_font(text, bold),
        fontSize=size,
        leading=size * 1.25,
        alignment=2 if right else 0,
        textColor=colors.Color(0.35, 0.35, 0.35) if grey else colors.black,
    )
    return Paragraph(escape(text), style)


def _font(text: str, bold: bool) -> str:
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return HAN
    return "Helvetica-Bold" if bold else "Helvetica"


def _number(canvas: Canvas, document: SimpleDocTemplate) -> None:
    canvas.setFont("Helvetica", 7)
    canvas.drawRightString(document.pagesize[0] - MARGIN, MARGIN / 2, f"page {document.page}")
