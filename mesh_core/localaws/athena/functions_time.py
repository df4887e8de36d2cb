"""Trino's functions of dates, times and intervals. `@local` is the wall clock of an instant's zone."""

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
_CLOCK = {"hour": "hour", "minute": "minute"}

SCALARS = (
    "\n".join(
        f"{name}({of}) bigint = date_part('{part}', {{0}})"
        for name, part in _PARTS.items()
        for of in ("date", "timestamp", "tstz")
    )
    + "\n"
    + "\n".join(
        f"{name}({of}) bigint = date_part('{part}', {{0}})"
        for name, part in _CLOCK.items()
        for of in ("time", "timestamp", "tstz", *(["interval day to second"] if name == "minute" else []))
    )
    + r"""
hour(interval day to second) bigint = (date_part('hour', {0}) % 24)
year(interval year to month) bigint = CAST(trunc(athena_months({0}) / 12) AS BIGINT)
month(interval year to month) bigint = (athena_months({0}) % 12)
day(interval day to second) bigint = CAST(trunc(epoch({0}) / 86400) AS BIGINT)
second(time) bigint = CAST(floor(date_part('second', {0})) AS BIGINT)
second(timestamp) bigint = CAST(floor(date_part('second', {0})) AS BIGINT)
second(tstz) bigint = CAST(floor(date_part('second', {0})) AS BIGINT)
second(interval day to second) bigint = CAST(trunc(date_part('second', {0})) AS BIGINT)
millisecond(time) bigint = (date_part('millisecond', {0}) % 1000)
millisecond(timestamp) bigint = (date_part('millisecond', {0}) % 1000)
millisecond(tstz) bigint = (date_part('millisecond', {0}) % 1000)
timezone_hour(tstz) bigint = @offset // 60
timezone_minute(tstz) bigint = @offset % 60
last_day_of_month(date) date = last_day({0})
last_day_of_month(timestamp) date = last_day({0})
last_day_of_month(tstz) date = last_day({0})
date(varchar) date = @date
date(date) date = {0}
date(timestamp) date = CAST({0} AS DATE)
date(tstz) date = CAST({0} AS DATE)
date_trunc(varchar,date) date = CAST(date_trunc({0}, {1}) AS DATE)
date_trunc(varchar,timestamp) =last = date_trunc({0}, {1})
date_trunc(varchar,tstz) =last = @instant(date_trunc({0}, {1}))
date_trunc(varchar,time) =last = CAST(date_trunc({0}, DATE '1970-01-01' + {1}) AS TIME)
date_add(varchar,bigint,date) date = CAST(athena_date_add({0}, {1}, CAST({2} AS TIMESTAMP)) AS DATE)
date_add(varchar,bigint,timestamp) =last = @digits(athena_date_add({0}, {1}, {2}))
date_add(varchar,bigint,tstz) =last = @digits(@instant(athena_date_add({0}, {1}, {2})))
date_add(varchar,bigint,time) =last = @digits(CAST(athena_date_add({0}, {1}, DATE '1970-01-01' + {2}) AS TIME))
date_diff(varchar,date,date) bigint = athena_date_diff({0}, CAST({1} AS TIMESTAMP), CAST({2} AS TIMESTAMP))
date_diff(varchar,timestamp,timestamp) bigint = athena_date_diff({0}, {1}, {2})
date_diff(varchar,tstz,tstz) bigint = athena_date_diff({0}, {1}, {2})
date_diff(varchar,time,time) bigint = athena_date_diff({0}, DATE '1970-01-01' + {1}, DATE '1970-01-01' + {2})
to_unixtime(timestamp) double = (CAST(epoch_us({0}) AS DOUBLE) / 1000000)
to_unixtime(tstz) double = (CAST(epoch_us(@raw) AS DOUBLE) / 1000000)
from_unixtime(double) timestamp(3) with time zone = to_timestamp(round({0} * 1000) / 1000)
from_unixtime_nanos(bigint) timestamp(6) with time zone = to_timestamp({0} / 1000000000)
from_iso8601_date(varchar) date = athena_iso_date({0})
from_iso8601_timestamp(varchar) timestamp(3) with time zone = athena_iso_timestamp({0})
to_iso8601(date) varchar = strftime({0}, '%Y-%m-%d')
to_iso8601(timestamp) varchar = @iso
to_iso8601(tstz) varchar = (@iso || @offset_text)
to_milliseconds(interval day to second) bigint = CAST(epoch_ms({0}) AS BIGINT)
parse_duration(varchar) interval day to second = athena_duration({0})
human_readable_seconds(double) varchar = athena_human_seconds({0})
now() timestamp(3) with time zone = date_trunc('milliseconds', now())
current_timezone() varchar = 'UTC'
"""
)
