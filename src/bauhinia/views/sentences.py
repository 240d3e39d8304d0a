"""What happened, in a line."""

from __future__ import annotations

import re
from typing import Any

from bauhinia.views.asking import Asking

_WORD = re.compile(r"(?<!^)(?=[A-Z])")
PARTIES = ("party", "by", "payer", "payee", "attester", "issuer", "holder", "owner")
AMOUNTS = ("amount", "units", "nominal", "paid", "quantity")
LEFT_OUT = ("time", "legs", "data", "commitment", "keys", "threshold", "tag", "position")
MOST = 5  # parts of a sentence


def sentence(asking: Asking, event: Any, fields: dict[str, Any]) -> str:
    """The event's name as words, then what it says first: parties and assets by name, amounts with their currency."""
    words = _WORD.sub(" ", type(event).__name__).lower().capitalize()
    parts = []
    for name, value in fields.items():
        text = _part(asking, name, value, fields)
        if text:
            parts.append(text)
    return f"{words}: {', '.join(parts[:MOST])}" if parts else words


def _part(asking: Asking, name: str, value: Any, fields: dict[str, Any]) -> str:
    if name in LEFT_OUT or value in (None, "", 0, []) or isinstance(value, (bool, dict)):
        return _nested(asking, name, value)
    said = name.replace("_", " ")
    if name in PARTIES and isinstance(value, int):
        return f"{said} {asking.party_name(value) or value}"
    if name in ("asset", "money", "bond") and isinstance(value, int):
        return f"{said} {asking.code(value) or value}"
    if name in AMOUNTS and isinstance(value, int):
        asset = fields.get("asset") if name == "quantity" else fields.get("money") or fields.get("asset")
        return f"{said} {asking.amount(asset, value).text if isinstance(asset, int) else value}"
    if isinstance(value, list):
        flat = all(isinstance(item, (int, str)) for item in value)
        return f"{said} {' '.join(map(str, value))}" if flat and len(value) <= MOST else ""
    return f"{said} {value}"


def _nested(asking: Asking, name: str, value: Any) -> str:
    """Of an event that carries a whole thing (an order, an asset): what the thing is called."""
    if not isinstance(value, dict):
        return ""
    if name == "order":
        quantity = asking.amount(value["asset"], value["quantity"]).text
        other = asking.party_name(value["counterparty"]) or value["counterparty"]
        return f"{value['side'].lower()} {quantity} of {asking.code(value['asset'])}, counterparty {other}"
    for key in ("code", "isin", "centre", "name"):
        if value.get(key):
            return f"{name} {value[key]}"
    return ""
