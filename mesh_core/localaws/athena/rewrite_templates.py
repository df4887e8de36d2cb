"""The templates of functions_*.py, filled: arguments, `@...` of scalar functions, DuckDB's own calls of aggregates."""

from __future__ import annotations

import re

from mesh_core.localaws.athena import types
from mesh_core.localaws.athena.functions import Signature
from mesh_core.localaws.athena.rewrite_casts import text_to_date
from mesh_core.localaws.athena.rewrite_compare import FLOATS
from mesh_core.localaws.athena.rewrite_dates import offset_minutes, step_of
from mesh_core.localaws.athena.rewrite_operators import scaled, unscaled
from mesh_core.localaws.athena.rewrite_texts import text_of
from mesh_core.localaws.athena.rewrite_windows import Tail
from mesh_core.localaws.athena.scope import Typed
from mesh_core.localaws.athena.types import ZONED, Type
from mesh_core.localaws.athena.zones import at_wall, moment

_OWN_CALL = re.compile(r"(\w)<(?=[{*>D]|CAST|CASE|coalesce|struct_pack|map_entries|hash|ln|athena_|epoch_us)")


def filled_template(template: str, texts: list[str], values: list[Typed | None], result: Type) -> str:
    """A scalar function's template with its arguments, and what `@...` stands for."""
    if template == "@typeof":
        return types.literal(str(values[0].type)) if values[0] else "NULL"
    if template == "@date":
        return text_to_date(texts[0])
    raw = next((each for each in values if each and each.type.name == ZONED), None)
    if raw is not None:
        template = template.replace("@offset", braced(offset_minutes(raw)))
        template = template.replace("@raw", braced(moment(raw.sql, raw.type)))
        if template.startswith("@at("):
            return at_wall(formatted(template[len("@at") :], texts), raw)
    if "@floats" in template and values[0]:
        floats = values[0].type.name == "array" and values[0].type.args[0].name in FLOATS
        template = template.replace("@floats", "_floats" if floats else "")
    if "@step" in template:
        template = template.replace("@step", str(step_of(result)))
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


def decimal_places(how: str, texts: list[str], of: Type) -> str:
    """A decimal rounded or truncated to so many places, on its unscaled digits."""
    precision, scale = of.args
    digits = unscaled(texts[0], scale, scale)
    result = Type("decimal", (min(38, precision + 1), scale)) if how == "round" else of
    return scaled(f"athena_{how}_unscaled({digits}, {precision}, {scale}, {texts[1]})", result)


def expanded(signature: Signature, texts: list[str], values: list[Typed], result: Type, tail: Tail) -> str:
    """An aggregate's template with its arguments, DISTINCT, FILTER, ORDER BY and OVER."""
    template = signature.template
    if template.startswith(("quantile_disc", "CAST(quantile_disc")) and '"' in texts[1]:  # DuckDB wants a constant
        template = template.replace("quantile_disc<{0}, {1}>", "athena_percentile(list<{0}>, any_value<{1}>)")
    match template:
        case "@average":
            return _average(texts[0], values[0].type, tail)
        case "@max" | "@max_by":
            return own(_greatest(template, values), texts, tail)
        case "@skewness":
            n, s = own("count<{0}>", texts, tail), own("skewness<{0}>", texts, tail)
            # DuckDB corrects the sample's bias, Trino does not
            return f"CASE WHEN {n} > 2 THEN {s} * ({n} - 2) / sqrt(CAST({n} AS DOUBLE) * ({n} - 1)) END"
        case _:
            return own(template.replace("@result", types.duckdb_type(result)), texts, tail)


# a NaN, which DuckDB takes for the greatest number, is never the greatest for Trino unless there is nothing else
_RANK = "struct_pack(a := NOT isnan({0}), b := {0})"
_GREATEST = {
    ("@max", 1): ("max<{0}>", "coalesce(max<CASE WHEN NOT isnan({0}) THEN {0} END>, max<{0}>)"),
    ("@max", 2): ("max<{0}, {1}>", f"arg_max<{{0}}, {_RANK}, {{1}}>"),
    ("@max_by", 2): (
        "arg_max_null<{0}, {1}>",
        f"arg_max_null<{{0}}, CASE WHEN {{1}} IS NOT NULL THEN {_RANK.replace('0', '1')} END>",
    ),
    ("@max_by", 3): (
        "arg_max<{0}, {1}, {2}>",
        f"arg_max<{{0}}, CASE WHEN {{1}} IS NOT NULL THEN {_RANK.replace('0', '1')} END, {{2}}>",
    ),
}


def _greatest(template: str, values: list[Typed]) -> str:
    ranked = values[0 if template == "@max" else 1].type.name
    return _GREATEST[template, len(values)][ranked in ("double", "real")]


def _average(text: str, of: Type, tail: Tail) -> str:
    total, count = own("sum<{0}>", [text], tail), own("count<{0}>", [text], tail)
    scale = of.args[1]
    quotient = f"athena_divide({unscaled(total, scale, scale)}, nullif({count}, 0))"
    return scaled(quotient, of)


def own(template: str, texts: list[str], tail: Tail) -> str:
    """DuckDB's own calls `name<...>` in a template, with all that surrounds an aggregate's arguments."""
    distinct = "DISTINCT " if tail.distinct and "<DISTINCT" not in template else ""
    shaped = _OWN_CALL.sub(lambda found: found[1] + "\x01", template)
    shaped = _match_close(shaped)
    return formatted(shaped, texts).replace("\x01", "(" + distinct).replace("\x02", tail.close())


def _match_close(shaped: str) -> str:
    return re.sub(r"\x01([^<>]*)>", lambda found: f"\x01{found[1]}\x02", shaped)
