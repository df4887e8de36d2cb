// Words of Athena's SQL (Trino), for highlighting and completion.

export const KEYWORDS =
  "all and any array as asc at between by case cast cross cube current_date current_time current_timestamp desc " +
  "distinct else end escape except exists extract false fetch filter first following for from full group grouping " +
  "having if in inner intersect interval into is join last lateral left like limit localtime localtimestamp natural " +
  "next not null nulls offset on only or order ordinality outer over partition preceding range recursive right rollup " +
  "row rows select sets some table tablesample then time true try_cast unbounded union unnest using values when where " +
  "window with within zone"

export const TYPES =
  "bigint boolean char date decimal double integer int json map real smallint timestamp tinyint varbinary varchar"

export const BUILTIN =
  "abs approx_distinct approx_percentile array_agg array_join avg bool_and bool_or cardinality ceil coalesce concat " +
  "contains corr count count_if date_add date_diff date_format date_parse date_trunc day day_of_week dense_rank " +
  "element_at exp first_value floor format_datetime from_iso8601_date from_unixtime greatest histogram hour " +
  "json_extract json_extract_scalar json_parse lag last_value lead least length ln log10 lower lpad ltrim map_agg max " +
  "max_by min min_by mod month now ntile nullif parse_datetime percent_rank position power quarter rank regexp_extract " +
  "regexp_like regexp_replace replace reverse round row_number rpad rtrim sequence split split_part sqrt stddev " +
  "strpos substr substring sum to_unixtime transform trim truncate try typeof upper variance week year"
