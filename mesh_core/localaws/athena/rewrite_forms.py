"""Functions that take more than a template: they see their arguments' trees, or how many there are, or their types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from mesh_core.localaws.athena import rewrite_dates, types
from mesh_core.localaws.athena.failures import failure, unsupported
from mesh_core.localaws.athena.rewrite import Expressions, caught
from mesh_core.localaws.athena.rewrite_casts import coerce, unify
from mesh_core.localaws.athena.rewrite_compare import FLOATS, compare, floating, greatest_of, orderable
from mesh_core.localaws.athena.rewrite_folds import array_sort
from mesh_core.localaws.athena.rewrite_format import format_
from mesh_core.localaws.athena.scope import Typed
from mesh_core.localaws.athena.select_items import shown, whole
from mesh_core.localaws.athena.types import BIGINT, TEXTS, UNKNOWN, VARCHAR, ZONED, duckdb_type

Form = Callable[[Expressions, Any], Typed]


def _values(at: Expressions, node: Any, at_least: int, at_most: int | None = None) -> list[Typed]:
    count = len(node.expressions)
    if count < at_least or (at_most is not None and count > at_most):
        raise failure(
            "FUNCTION_NOT_FOUND", f"{at.at(node)}: Unexpected parameters for function {node.this}: {count} given"
        )
    return [at.typed(each) for each in node.expressions]


def _coalesce(at: Expressions, node: Any) -> Typed:
    places = [at.at(each) for each in node.expressions]
    texts, of = unify(_values(at, node, 2), places, "All COALESCE operands must be the same type")
    return Typed(f"coalesce({', '.join(texts)})", of)


def _nullif(at: Expressions, node: Any) -> Typed:
    first, second = _values(at, node, 2, 2)
    if types.common(first.type, second.type) is None:
        what = f"Types are not comparable with NULLIF: {first.type} vs {second.type}"
        raise failure("TYPE_MISMATCH", f"{at.at(node)}: {what}")
    return Typed(f"CASE WHEN {compare('=', first, second, at.at(node)).sql} THEN NULL ELSE {first.sql} END", first.type)


def _extreme(name: str) -> Form:
    def form(at: Expressions, node: Any) -> Typed:
        texts, of = unify(_values(at, node, 1), at.at(node), f"All {name} operands must be the same type")
        if not orderable(of):
            raise failure("TYPE_MISMATCH", f"{at.at(node)}: Type {of} is not orderable")
        if of.name == ZONED and of.args[1] is None:
            raise unsupported(f"{at.at(node)}: {name} of timestamps with different time zones")
        anything_null = " OR ".join(f"{each} IS NULL" for each in texts)
        found = f"{name}({', '.join(texts)})"
        if of.name in FLOATS and name == "greatest":  # NaN is the last that it takes
            found = f"athena_list_max([{', '.join(texts)}])"
        elif floating(of) and name == "greatest":
            found = greatest_of(f"[{', '.join(texts)}]", of)
        return Typed(f"CASE WHEN {anything_null} THEN NULL ELSE {found} END", of)

    return form


def _concat(at: Expressions, node: Any) -> Typed:
    return at.concat(node, _values(at, node, 1))


def _row(at: Expressions, node: Any) -> Typed:
    return at.row(_values(at, node, 1))


def _try(at: Expressions, node: Any) -> Typed:
    if len(node.expressions) != 1:
        raise failure("SYNTAX_ERROR", f"{at.at(node)}: The 'try' function must have exactly one argument")
    value = at.typed(node.expressions[0])
    return Typed(caught(value.sql), value.type)


def _grouping(at: Expressions, node: Any) -> Typed:
    frame = at.scope.frame
    if frame.clause:
        what = "aggregations, window functions or grouping operations"
        call = f"GROUPING ({', '.join(map(shown, node.expressions))})"
        raise failure("EXPRESSION_NOT_SCALAR", f"{at.at(whole(node))}: {frame.clause} cannot contain {what}: [{call}]")
    if len(node.expressions) > 63:
        raise failure("TOO_MANY_ARGUMENTS", f"{at.at(node)}: GROUPING supports up to 63 column arguments")
    if not frame.grouping:
        raise failure(
            "MISSING_GROUP_BY",
            f"{at.at(node.find_ancestor(exp.Select) or node)}: A GROUPING() operation can only be used with a "
            "corresponding GROUPING SET/CUBE/ROLLUP/GROUP BY clause",
        )
    before, frame.in_aggregate = frame.in_aggregate, True
    values = [at.typed(each) for each in node.expressions]
    frame.in_aggregate = before
    for each, value in zip(node.expressions, values, strict=True):
        if value.sql not in (frame.keys or ()):
            what = (
                "The arguments to GROUPING() must be expressions referenced by the GROUP BY at the associated query "
                f"level. Mismatch due to {each.sql()}."
            )
            raise failure("INVALID_ARGUMENTS", f"{at.at(node)}: {what}")
    of = types.INTEGER if len(values) < 32 else BIGINT
    return Typed(f"CAST(grouping({', '.join(each.sql for each in values)}) AS {of})", of)


MOST_ZIPPED = 5


def _zip(at: Expressions, node: Any) -> Typed:
    """zip(a, b, ...): rows of the elements at each place; NULL where an array is shorter."""
    values = [at.typed(each) for each in node.expressions]
    if not 2 <= len(values) <= MOST_ZIPPED or any(each.type.name not in ("array", "unknown") for each in values):
        raise rewrite_dates.unexpected(at, node, values)
    kinds = [each.type.args[0] if each.type.name == "array" else UNKNOWN for each in values]
    of = types.Type("row", tuple((None, each) for each in kinds))
    names = [name for name, _ in types.row_fields(of)]
    parts = ", ".join(f"{types.quoted(name)} := ({v.sql})[i]" for name, v in zip(names, values, strict=True))
    longest = f"greatest({', '.join(f'len({each.sql})' for each in values)})"
    nothing = " OR ".join(f"{each.sql} IS NULL" for each in values)
    rows = f"list_transform(range(1, {longest} + 1), lambda i: struct_pack({parts}))"
    return Typed(f"CASE WHEN {nothing} THEN NULL ELSE {rows} END", types.array(of))


def _map_concat(at: Expressions, node: Any) -> Typed:
    texts, of = unify(_values(at, node, 1), at.at(node), "All map_concat operands must be the same type")
    if of.name != "map":
        raise rewrite_dates.unexpected(at, node, [Typed("", of)])
    nothing = " OR ".join(f"{each} IS NULL" for each in texts)
    return Typed(f"CASE WHEN {nothing} THEN NULL ELSE map_concat({', '.join(texts)}) END", of)


def _normalize(at: Expressions, node: Any) -> Typed:
    values = rewrite_dates.typed(at, node, 1, 2)
    form = coerce(values[1], VARCHAR) if len(values) == 2 else "'NFC'"
    return Typed(f"python_normalize({coerce(values[0], VARCHAR)}, {form})", VARCHAR)


_NOW: dict[str, tuple[str, Callable[[int], types.Type]]] = {
    "current_timestamp": ("now()", lambda digits: types.zoned(digits=digits)),
    "localtimestamp": ("timezone('UTC', now())", lambda digits: types.Type("timestamp", (digits,))),
    "localtime": ("timezone('UTC', now())", lambda digits: types.Type("time", (digits,))),
}
FINEST = 12


def _now(name: str) -> Form:
    """current_timestamp(6) and the like: the time of now with so many digits of a second."""

    def form(at: Expressions, node: Any) -> Typed:
        given = node.expressions[0] if len(node.expressions) == 1 else None
        if not isinstance(given, exp.Literal) or given.is_string or not given.this.isdigit():
            raise failure("SYNTAX_ERROR", f"{at.at(node)}: mismatched input. Expecting: <integer>")
        digits = int(given.this)
        if digits > FINEST:
            what = f"TIMESTAMP precision must be in range [0, {FINEST}]: {digits}"
            raise failure("INVALID_FUNCTION_ARGUMENT", f"{at.at(node)}: {what}")
        if digits > 6:
            raise unsupported(f"{at.at(node)}: A timestamp finer than microseconds")
        sql, of = _NOW[name]
        cut = {6: sql, 3: f"date_trunc('milliseconds', {sql})", 0: f"date_trunc('seconds', {sql})"}.get(digits)
        if cut is None:
            cut = f"({sql} - to_microseconds(microsecond({sql}) % {10 ** (6 - digits)}))"
        return Typed(f"CAST({cut} AS TIME)" if name == "localtime" else cut, of(digits))

    return form


def _refused(what: str) -> Form:
    def form(at: Expressions, node: Any) -> Typed:
        raise unsupported(f"{at.at(node)}: {what}")

    return form


# Trino has them, and the local engine would be wrong about them or has no words for them
REFUSED = """
checksum scale_qdigest hash_counts numeric_histogram word_stem classify learn_classifier learn_libsvm_classifier
learn_regressor learn_libsvm_regressor features regress spooky_hash_v2_32 spooky_hash_v2_64 json_object json_array
json_table wilson_interval_lower wilson_interval_upper normal_cdf inverse_normal_cdf beta_cdf inverse_beta_cdf
bar color render rgb from_iso8601_timestamp_nanos from_unixtime_nanos
bing_tile bing_tile_at bing_tile_coordinates bing_tile_polygon bing_tile_quadkey bing_tile_zoom_level
bing_tiles_around convex_hull_agg from_encoded_polyline geometry_from_hadoop_shape geometry_invalid_reason
geometry_nearest_points geometry_to_bing_tiles geometry_union geometry_union_agg great_circle_distance
line_interpolate_point line_interpolate_points line_locate_point simplify_geometry st_area st_asbinary st_astext
st_boundary st_buffer st_centroid st_contains st_convexhull st_coorddim st_crosses st_difference st_dimension
st_disjoint st_distance st_endpoint st_envelope st_envelopeaspts st_equals st_exteriorring st_geometries
st_geometryfromtext st_geometryn st_geometrytype st_geomfrombinary st_interiorringn st_interiorrings
st_intersection st_intersects st_isclosed st_isempty st_isring st_issimple st_isvalid st_length st_linefromtext
st_linestring st_multipoint st_numgeometries st_numinteriorring st_numpoints st_overlaps st_point st_pointn
st_points st_polygon st_relate st_startpoint st_symdifference st_touches st_union st_within st_x st_xmax st_xmin
st_y st_ymax st_ymin to_encoded_polyline to_geometry to_spherical_geography
""".split()  # noqa: SIM905

FORMS: dict[str, Form] = {
    "coalesce": _coalesce,
    "nullif": _nullif,
    "greatest": _extreme("greatest"),
    "least": _extreme("least"),
    "concat": _concat,
    "row": _row,
    "try": _try,
    "grouping": _grouping,
    "date_format": rewrite_dates.date_format,
    "date_parse": rewrite_dates.date_parse,
    "format_datetime": rewrite_dates.format_datetime,
    "parse_datetime": rewrite_dates.parse_datetime,
    "from_unixtime": rewrite_dates.from_unixtime,
    "at_timezone": rewrite_dates.at_timezone,
    "with_timezone": rewrite_dates.with_timezone,
    "from_iso8601_timestamp": rewrite_dates.from_iso8601_timestamp,
    "to_iso8601": rewrite_dates.to_iso8601,
    "format": format_,
    "array_sort": array_sort,
    "zip": _zip,
    "map_concat": _map_concat,
    "normalize": _normalize,
    **{name: _now(name) for name in _NOW},
    "current_time": _refused("The type time with time zone"),
    **{name: _refused(name) for name in REFUSED},
}


# functions with lambdas whose shape DuckDB does not have


__all__ = ["BIGINT", "FORMS", "TEXTS", "duckdb_type"]
