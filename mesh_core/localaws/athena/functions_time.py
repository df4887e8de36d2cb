"""Trino's functions of dates, times and intervals.

A `tstz` argument comes as the wall clock of its zone; `@raw` is its instant, `@at(...)` the value that shows a wall
clock in its zone. `=last` keeps the last argument's digits of a second, `@step` is the last of them in microseconds.
"""

_PARTS = {
    "year": "year",
    "quarter": "quarter",
    "month": "month",
    "week": "week",
    "week_of_year": "week",
    "day": "day",
    "day_of_month": "day",
    "day_of_week": "isodow",
    "dow": "isodow",
    "day_of_year": "doy",
    "doy": "doy",
    "year_of_week": "isoyear",
    "yow": "isoyear",
}
_CLOCK = {
    "hour": (3_600_000_000, 24),
    "minute": (60_000_000, 60),
    "second": (1_000_000, 60),
    "millisecond": (1000, 1000),
}


def _clock() -> str:
    lines = []
    for name, (unit, count) in _CLOCK.items():
        lines += [
            f"{name}(time) bigint = epoch_us(DATE '1970-01-01' + {{0}}) // {unit} % {count}",
            f"{name}(timestamp) bigint = athena_part(epoch_us({{0}}), {unit}, {count})",
            f"{name}(tstz) bigint = athena_part(epoch_us({{0}}), {unit}, {count})",
            f"{name}(interval day to second) bigint = epoch_us({{0}}) // {unit} % {count}",
        ]
    return "\n".join(lines)


SCALARS = (
    "\n".join(
        f"{name}({of}) bigint = date_part('{part}', {{0}})"
        for name, part in _PARTS.items()
        for of in ("date", "timestamp", "tstz")
    )
    + "\n"
    + _clock()
    + r"""
year(interval year to month) bigint = CAST(trunc(athena_months({0}) / 12) AS BIGINT)
month(interval year to month) bigint = (athena_months({0}) % 12)
day(interval day to second) bigint = epoch_us({0}) // 86400000000
timezone_hour(tstz) bigint = @offset // 60
timezone_minute(tstz) bigint = @offset % 60
timezone_hour(timestamp) bigint = CASE WHEN {0} IS NOT NULL THEN CAST(0 AS BIGINT) END
timezone_minute(timestamp) bigint = CASE WHEN {0} IS NOT NULL THEN CAST(0 AS BIGINT) END
last_day_of_month(date) date = last_day({0})
last_day_of_month(timestamp) date = last_day({0})
last_day_of_month(tstz) date = last_day({0})
date(varchar) date = @date
date(date) date = {0}
date(timestamp) date = CAST({0} AS DATE)
date(tstz) date = CAST({0} AS DATE)
date_trunc(varchar,date) date = CAST(athena_trunc_date({0}, {1}) AS DATE)
date_trunc(varchar,timestamp) =last = athena_trunc_timestamp({0}, {1})
date_trunc(varchar,tstz) =last = @at(athena_trunc_timestamp({0}, {1}))
date_trunc(varchar,time) =last = CAST(athena_trunc_time({0}, DATE '1970-01-01' + {1}) AS TIME)
date_add(varchar,bigint,date) date = CAST(athena_add_days({0}, {1}, CAST({2} AS TIMESTAMP)) AS DATE)
date_add(varchar,bigint,timestamp) =last = athena_round_timestamp(athena_date_add({0}, {1}, {2}), @step)
date_add(varchar,bigint,tstz) =last = @date_add
date_add(varchar,bigint,time) =last = CAST(athena_round_timestamp(athena_add_clock({0}, {1}, DATE '1970-01-01' + {2}),
    @step) AS TIME)
date_diff(varchar,date,date) bigint = athena_days_between({0}, CAST({1} AS TIMESTAMP), CAST({2} AS TIMESTAMP))
date_diff(varchar,timestamp,timestamp) bigint = athena_date_diff({0}, {1}, {2})
date_diff(varchar,tstz,tstz) bigint = @date_diff
date_diff(varchar,time,time) bigint = athena_clock_between({0}, DATE '1970-01-01' + {1}, DATE '1970-01-01' + {2})
to_unixtime(timestamp) double = (CAST(epoch_us({0}) AS DOUBLE) / 1000000)
to_unixtime(tstz) double = (CAST(epoch_us(@raw) AS DOUBLE) / 1000000)
from_iso8601_date(varchar) date = athena_iso_date({0})
to_iso8601(date) varchar(16) = strftime({0}, '%Y-%m-%d')
to_milliseconds(interval day to second) bigint = CAST(epoch_us({0}) // 1000 AS BIGINT)
parse_duration(varchar) interval day to second = athena_duration({0})
now() timestamp(3) with time zone = date_trunc('milliseconds', now())
current_timezone() varchar = 'UTC'
"""
)
