"""The templates of functions_*.py, filled: arguments, `@...` of scalar functions, DuckDB's own calls of aggregates."""

from __future__ import annotations

import re

from mesh_core.localaws.athena import types
from mesh_core.localaws.athena.functions import Signature
from mesh_core.localaws.athena.rewrite_casts import text_to_date
from mesh_core.localaws.athena.rewrite_compare import FLOATS, floating, greatest_of, ranked
from mesh_core.localaws.athena.rewrite_dates import offset_minutes, step_of
from mesh_core.localaws.athena.rewrite_operators import scaled, unscaled
from mesh_core.localaws.athena.rewrite_texts import text_of
from mesh_core.localaws.athena.rewrite_windows import Tail
from mesh_core.localaws.athena.scope import Typed
from mesh_core.localaws.athena.types import ZONED, Type
from mesh_core.localaws.athena.zones import at_wall, moment

_OWN_CALL = re.compile(r"(\w)<(?=[{*>D]|CAST|CASE|coalesce|struct_pack|map_entries|hash|ln|athena_|epoch_us)")


# the arguments of functions whose templates would not answer NULL for a NULL in them
_STRICT = {
    ("array_join", 3): (2,), ("bit_count", 2): (1,), ("bitwise_right_shift_arithmetic", 2): (1,),
    ("codepoint", 1): (0,),
    ("regexp_extract", 3): (2,), ("regexp_extract_all", 3): (2,), ("regexp_split", 2): (1,), ("slice", 3): (2,),
    ("split", 2): (1,), ("split", 3): (0, 1, 2), ("split_to_map", 3): (0, 1, 2), ("split_to_multimap", 3): (0, 1, 2),
    ("width_bucket", 2): (0,), ("width_bucket", 4): (0, 1, 2, 3),
}  # fmt: skip


def strict(name: str, sql: str, texts: list[str]) -> str:
    """A call's SQL, NULL where an argument is that must not be NULL. A constant is not looked at."""
    given = [texts[each] for each in _STRICT.get((name, len(texts)), ())]
    tests = [f"{each} IS NOT NULL" for each in given if '"' in each or "NULL" in each]
    return f"CASE WHEN {' AND '.join(tests)} THEN {sql} END" if tests else sql


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
    if template.startswith("athena_array_max@floats") and values[0] and floating(result) and result.name not in FLOATS:
        return f"CASE WHEN NOT athena_has_null({texts[0]}) THEN {greatest_of(texts[0], result)} END"
    if "@floats" in template and values[0]:
        floats = values[0].type.name == "array" and values[0].type.args[0].name in FLOATS
        template = template.replace("@floats", "_floats" if floats else "")
    if "@glue" in template:
        mark = texts[1] if template.startswith("@glue") else texts[0]
        template = template.replace("@glue", "array_to_string" if mark.startswith("'") else "athena_glue")
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
    of = values[0 if template == "@max" else 1].type
    if of.name in FLOATS or not floating(of):
        return _GREATEST[template, len(values)][of.name in FLOATS]
    if template == "@max" and len(values) == 1:
        pair = f"struct_pack(k := {braced(ranked('{0}', of)).replace('{{0}}', '{0}')}, v := {{0}})"
        return f"(max<CASE WHEN {{0}} IS NOT NULL THEN {pair} END>).v"
    return _GREATEST[template, len(values)][0]


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
