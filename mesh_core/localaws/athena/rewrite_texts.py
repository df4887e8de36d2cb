"""Values as Trino's CAST(... AS varchar) writes them."""

from __future__ import annotations

from mesh_core.localaws.athena.types import Type, literal
from mesh_core.localaws.athena.zones import local, zone_text


def text_of(sql: str, source: Type) -> str:
    """A value of a scalar type as text; NULL stays NULL."""
    match source.name:
        case "varchar":
            return sql
        case "char":
            # kept without its blanks; bytes of one width make the padding cheap to leave out
            return f"rpad({sql}, {source.args[0]}, ' ')"
        case "double":
            return f"athena_double_text({sql})"
        case "real":
            return f"athena_real_text({sql})"
        case "decimal":
            return decimal_text(sql, source)
        case "timestamp":
            return timestamp_text(sql, source.args[0])
        case "timestamp with time zone":
            digits, zone = source.args
            return f"({timestamp_text(local(sql, zone), max(3, digits))} || ' ' || {zone_text(sql, source)})"
        case "time":
            return timestamp_text(f"(DATE '1970-01-01' + {sql})", source.args[0], "%H:%M:%S")
        case "varbinary":
            return f"decode({sql})"
        case "interval day to second":
            return f"athena_day_interval_text({sql})"
        case "interval year to month":
            return f"athena_month_interval_text({sql})"
        case "json":
            return f"athena_json_text({sql})"
        case _:
            return f"CAST({sql} AS VARCHAR)"


def decimal_text(sql: str, of: Type) -> str:
    """Digits with a zero before the point: DuckDB writes `.5` where all digits are behind it."""
    precision, scale = of.args
    if precision > scale:
        return f"CAST({sql} AS VARCHAR)"
    if precision < 38:
        return f"CAST(CAST({sql} AS DECIMAL({precision + 1},{scale})) AS VARCHAR)"
    return f"regexp_replace(CAST({sql} AS VARCHAR), '^(-?)\\.', '\\1' || '0.')"


def timestamp_text(sql: str, digits: int, pattern: str = "%Y-%m-%d %H:%M:%S") -> str:
    """`2020-01-01 00:00:00` with so many digits of a second."""
    fraction = {0: "", 3: ".%g"}.get(digits, ".%f" if digits > 3 else ".%g")
    text = f"strftime({sql}, {literal(pattern + fraction)})"
    extra = {1: -2, 2: -1, 4: -2, 5: -1}.get(digits)
    return f"left({text}, {extra})" if extra else text
