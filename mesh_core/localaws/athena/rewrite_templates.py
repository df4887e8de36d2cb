"""The templates of functions_*.py, filled: arguments, and `@offset`, `@instant`, `@digits`, `@iso`, `@result`."""

from __future__ import annotations

from mesh_core.localaws.athena import types
from mesh_core.localaws.athena.rewrite_casts import (
    instant,
    local,
    rounded_instant,
    text_of,
    text_to_date,
    timestamp_text,
)
from mesh_core.localaws.athena.scope import Typed
from mesh_core.localaws.athena.types import ZONED, Type

_OFFSET = "CAST(epoch_us({local}) - epoch_us(timezone('UTC', {raw})) AS BIGINT) // 60000000"


def filled_template(template: str, texts: list[str], values: list[Typed | None], result: Type) -> str:
    """A scalar function's template with its arguments, and what `@...` stands for."""
    raw = next((each for each in values if each and each.type.name == ZONED), None)
    if template == "@typeof":
        return types.literal(str(values[0].type)) if values[0] else "NULL"
    if template == "@date":
        return text_to_date(texts[0])
    if raw is not None:
        inner = local(raw.sql, raw.type.args[1])
        minutes = "(" + _OFFSET.format(local=inner, raw=raw.sql) + ")"
        sign = f"CASE WHEN {minutes} < 0 THEN '-' ELSE '+' END"
        text = (
            f"({sign} || lpad(CAST(abs({minutes}) // 60 AS VARCHAR), 2, '0') || ':' || "
            f"lpad(CAST(abs({minutes}) % 60 AS VARCHAR), 2, '0'))"
        )
        zone = raw.type.args[1]
        template = template.replace("@offset_text", braced(f"CASE WHEN {minutes} = 0 THEN 'Z' ELSE {text} END"))
        template = template.replace("@offset", braced(minutes)).replace("@raw", braced(raw.sql))
        if template.startswith("@digits(@instant("):
            sql = instant(formatted(template[len("@digits(@instant") : -1], texts), zone)
            return rounded_instant(sql, ZONED, result.args[0]) if result.args[0] < 3 else sql
        if template.startswith("@instant("):
            return instant(formatted(template[len("@instant") :], texts), zone)
    if template.startswith("@digits("):
        sql = formatted(template[len("@digits(") : -1], texts)
        return rounded_instant(sql, result.name, result.args[0]) if result.args[0] < 3 else sql
    if "@iso" in template and values[0]:
        iso = f"replace({timestamp_text(texts[0], values[0].type.args[0])}, ' ', 'T')"
        template = template.replace("@iso", braced(iso))
    if "@texts0" in template and values[0]:
        item = text_of("e", values[0].type.args[0]) if values[0].type.name == "array" else "e"
        template = template.replace("@texts0", braced(f"list_transform({texts[0]}, lambda e: {item})"))
    template = template.replace("@result", types.duckdb_type(result) if "@result" in template else "")
    return formatted(template, texts)


def braced(sql: str) -> str:
    """SQL that a template takes as it is."""
    return sql.replace("{", "{{").replace("}", "}}")


def formatted(template: str, texts: list[str]) -> str:
    """A template with its arguments."""
    return template.replace("{*}", braced(", ".join(texts))).format(*texts)
