-- CAST between all types: what is read, what is written, what is refused.

-- to varchar
SELECT CAST(true AS varchar), CAST(TINYINT '-5' AS varchar), CAST(BIGINT '9223372036854775807' AS varchar)
  true | -5 | 9223372036854775807
SELECT CAST(DECIMAL '0.5' AS varchar), CAST(CAST(0.5 AS decimal(1,1)) AS varchar), CAST(DECIMAL '-.001' AS varchar)
  0.5 | 0.5 | -0.001
SELECT CAST(DECIMAL '12345678901234567890123456789012345678' AS varchar), CAST(DECIMAL '1.50' AS varchar)
  12345678901234567890123456789012345678 | 1.50
SELECT CAST(1e0 AS varchar), CAST(1e7 AS varchar), CAST(123456.789e0 AS varchar), CAST(1e-3 AS varchar)
  1.0 | 1.0E7 | 123456.789 | 0.001
SELECT CAST(9.99e-4 AS varchar), CAST(-0e0 AS varchar), CAST(5e-324 AS varchar), CAST(1.7976931348623157e308 AS varchar)
  9.99E-4 | -0.0 | 5.0E-324 | 1.7976931348623157E308
SELECT CAST(nan() AS varchar), CAST(infinity() AS varchar), CAST(-infinity() AS varchar)
  NaN | Infinity | -Infinity
SELECT CAST(REAL '3.14' AS varchar), CAST(REAL '1e10' AS varchar), CAST(REAL '16777216' AS varchar)
  3.14 | 1.0E10 | 1.6777216E7
SELECT CAST(DATE '0099-03-01' AS varchar), CAST(DATE '1969-12-31' AS varchar)
  0099-03-01 | 1969-12-31
SELECT CAST(TIMESTAMP '1969-12-31 23:59:59.9' AS varchar), CAST(TIMESTAMP '2020-02-29 00:00:00.123456' AS varchar)
  1969-12-31 23:59:59.9 | 2020-02-29 00:00:00.123456
SELECT CAST(TIME '01:02:03.45' AS varchar), CAST(INTERVAL '3' DAY AS varchar), CAST(INTERVAL '-14' MONTH AS varchar)
  01:02:03.45 | 3 00:00:00.000 | -1-2
SELECT CAST(123456 AS varchar(3))
  ! INVALID_CAST_ARGUMENT: Value 123456 cannot be represented as varchar(3)
SELECT CAST('abcdef' AS varchar(3)), CAST('ab' AS varchar(3)), CAST('ab' AS char(4)) || '|'
  abc | ab | ab  |
SELECT CAST('a  ' AS char(5)) || '.', length(CAST('a' AS char(5))), CAST('abcdef' AS char(2))
  a    . | 5 | ab
SELECT CAST(X'41' AS varchar)
  ! TYPE_MISMATCH: line 1:8: Cannot cast varbinary to varchar
SELECT CAST(ARRAY[1] AS varchar)
  ! TYPE_MISMATCH: line 1:8: Cannot cast array(integer) to varchar

-- to numbers
SELECT CAST('12' AS integer), CAST('-12' AS tinyint), CAST('+7' AS smallint), CAST('9223372036854775807' AS bigint)
  12 | -12 | 7 | 9223372036854775807
SELECT CAST(' 12' AS integer)
  ! INVALID_CAST_ARGUMENT: Cannot cast ' 12' to INT
SELECT CAST('1.5' AS bigint)
  ! INVALID_CAST_ARGUMENT: Cannot cast '1.5' to BIGINT
SELECT CAST('128' AS tinyint)
  ! INVALID_CAST_ARGUMENT: Cannot cast '128' to TINYINT
SELECT CAST('' AS integer)
  ! INVALID_CAST_ARGUMENT: Cannot cast '' to INT
SELECT CAST(2.5e0 AS integer), CAST(-2.5e0 AS integer), CAST(2.4999e0 AS bigint), CAST(3.5e0 AS smallint)
  3 | -3 | 2 | 4
SELECT CAST(DECIMAL '2.5' AS integer), CAST(DECIMAL '-2.5' AS bigint), CAST(DECIMAL '2.49' AS integer)
  3 | -3 | 2
SELECT CAST(true AS integer), CAST(0 AS boolean), CAST(0.4 AS boolean), CAST(-1e-9 AS boolean)
  1 | false | true | true
SELECT CAST(' 1e3 ' AS double), CAST('1d' AS double), CAST('-.5' AS real), CAST('NaN' AS double), CAST('Infinity' AS real)
  1000.0 | 1.0 | -0.5 | NaN | Infinity
SELECT CAST('nan' AS double)
  ! INVALID_CAST_ARGUMENT: Cannot cast 'nan' to DOUBLE
SELECT CAST('1_000' AS double)
  ! INVALID_CAST_ARGUMENT: Cannot cast '1_000' to DOUBLE
SELECT CAST(123456789.12345679e0 AS decimal(18,9)), CAST(1234567890e0 AS decimal(30,20)), CAST(.1e0 AS decimal(3,3))
  123456789.123456790 | 1234567890.00000000000000000000 | 0.100
SELECT CAST(0.125e0 AS decimal(3,2)), CAST(-0.125e0 AS decimal(3,2)), CAST(1e-10 AS decimal(5,2))
  0.13 | -0.13 | 0.00
SELECT CAST(nan() AS decimal(5,2))
  ! INVALID_CAST_ARGUMENT: Cannot cast DOUBLE 'NaN' to a decimal
SELECT CAST('1.005' AS decimal(5,2)), CAST('-1.005' AS decimal(5,2)), CAST('1e2' AS decimal(5,2)), CAST('.5' AS decimal(2,1))
  1.01 | -1.01 | 100.00 | 0.5
SELECT CAST('1000' AS decimal(5,2))
  ! INVALID_CAST_ARGUMENT: 
SELECT CAST(DECIMAL '1.005' AS decimal(3,2)), CAST(DECIMAL '-1.005' AS decimal(3,2)), CAST(7 AS decimal(3,2))
  1.01 | -1.01 | 7.00
SELECT CAST('tRuE' AS boolean), CAST('t' AS boolean), CAST('0' AS boolean), CAST('F' AS boolean)
  true | true | false | false
SELECT CAST('yes' AS boolean)
  ! INVALID_CAST_ARGUMENT: Cannot cast 'yes' to BOOLEAN
SELECT CAST(DATE '2020-01-01' AS integer)
  ! TYPE_MISMATCH: line 1:8: Cannot cast date to integer
SELECT TRY_CAST('x' AS integer), TRY_CAST('12' AS integer), TRY_CAST('1000' AS decimal(4,2)), TRY_CAST('x' AS date)
  NULL | 12 | NULL | NULL
SELECT TRY_CAST(ARRAY['1', 'x'] AS array(integer)), TRY_CAST(ARRAY['1', '2'] AS array(integer))
  NULL | [1, 2]
SELECT TRY_CAST(x AS integer) FROM (VALUES '1', 'y', NULL, '99999999999') AS t(x)
  1
  NULL
  NULL
  NULL

-- to dates and times
SELECT CAST('2020-2-9' AS date), CAST(U&'\000A 2020-02-09\0009' AS date)
  2020-02-09 | 2020-02-09
SELECT CAST('12345-01-01' AS date)
  ! NOT_SUPPORTED: A year outside of 0001 to 9999 runs on Athena but not on the local engine
SELECT CAST('2020-13-01' AS date)
  ! INVALID_CAST_ARGUMENT: 
SELECT CAST('20200101' AS date)
  ! INVALID_CAST_ARGUMENT: Value cannot be cast to date: 20200101
SELECT CAST('2019-02-29' AS date)
  ! INVALID_CAST_ARGUMENT: 
SELECT CAST('2020-01-01' AS timestamp), CAST('2020-1-2 3:04' AS timestamp), CAST('2020-01-01 01:02:03.4567' AS timestamp)
  2020-01-01 00:00:00.000 | 2020-01-02 03:04:00.000 | 2020-01-01 01:02:03.457
SELECT CAST('2020-01-01T00:00:00' AS timestamp)
  ! INVALID_CAST_ARGUMENT: Value cannot be cast to timestamp: 2020-01-01T00:00:00
SELECT CAST('2020-01-01 10:00:00 Asia/Tokyo' AS timestamp), CAST('2020-01-01 10:00:00.25 +01:00' AS timestamp(1))
  2020-01-01 10:00:00.000 | 2020-01-01 10:00:00.300
SELECT CAST(TIMESTAMP '1969-12-31 23:59:59.9995' AS timestamp(3)), CAST(TIMESTAMP '1969-12-31 23:59:59.4' AS timestamp(0))
  1970-01-01 00:00:00.000 | 1969-12-31 23:59:59.000
SELECT CAST(TIMESTAMP '2020-05-01 23:59:59.9996' AS time(3)), CAST(TIME '12:00:00.55' AS time(1))
  00:00:00.000 | 12:00:00.600
SELECT CAST(TIMESTAMP '2020-05-01 12:34:56.789' AS date), CAST(DATE '1968-02-29' AS timestamp)
  2020-05-01 | 1968-02-29 00:00:00.000
SELECT CAST(TIMESTAMP '2020-05-01 23:30:00 America/New_York' AS date), CAST(TIMESTAMP '2020-05-01 23:30:00 +05:00' AS timestamp)
  2020-05-01 | 2020-05-01 23:30:00.000
SELECT CAST('12:34' AS time), CAST('1:2:3.4567' AS time(2))
  12:34:00.000 | 01:02:03.460
SELECT CAST('2020-01-01 00:00:00 Europe/Paris' AS timestamp with time zone)
  2020-01-01 00:00:00.000 Europe/Paris :: timestamp(3) with time zone
SELECT CAST(s AS timestamp with time zone) FROM (VALUES '2020-01-01 00:00:00 +02:00', '2020-07-01 00:00:00 Europe/Paris', '2020-01-01') AS t(s)
  2020-01-01 00:00:00.000 +02:00
  2020-07-01 00:00:00.000 Europe/Paris
  2020-01-01 00:00:00.000 UTC
SELECT CAST('2020-01-01 00:00:00 Nowhere/Town' AS timestamp with time zone)
  ! INVALID_CAST_ARGUMENT: 

-- JSON
SELECT CAST(JSON '1' AS integer), CAST(JSON '"7"' AS bigint), CAST(JSON 'true' AS integer), CAST(JSON '1.5' AS bigint)
  1 | 7 | 1 | 2
SELECT CAST(JSON 'null' AS integer), CAST(JSON 'null' AS varchar), CAST(JSON '"a b"' AS varchar), CAST(JSON '12' AS varchar)
  NULL | NULL | a b | 12
SELECT CAST(JSON '{"a": 1}' AS varchar)
  ! INVALID_CAST_ARGUMENT: Cannot cast '{"a":1}' to varchar
SELECT CAST(JSON '[1, "2", true, null]' AS array(integer)), CAST(JSON '{"a": 1, "b": null}' AS map(varchar, bigint))
  [1, 2, 1, null] | {a=1, b=null}
SELECT CAST(JSON '{"B": "x", "a": 1}' AS row(a integer, b varchar)), CAST(JSON '[1, "x"]' AS row(a integer, b varchar))
  {a=1, b=x} | {a=1, b=x}
SELECT CAST(JSON '{"a": [{"b": 1}]}' AS map(varchar, array(row(b bigint))))
  {a=[{b=1}]}
SELECT CAST(JSON '[1]' AS map(varchar, integer))
  ! INVALID_CAST_ARGUMENT: Cannot cast to map. Expected a json object
SELECT CAST(JSON '1' AS date)
  ! TYPE_MISMATCH: line 1:8: Cannot cast json to date
SELECT CAST(1 AS json), CAST(true AS json), CAST('a"b' AS json), CAST(1.50 AS json), CAST(DATE '2020-01-01' AS json)
  1 | true | "a\"b" | 1.50 | "2020-01-01"
SELECT CAST(1e0 AS json), CAST(1e20 AS json), CAST(nan() AS json), CAST(REAL '3.14' AS json), CAST(NULL AS json)
  1.0 | 1.0E20 | "NaN" | 3.14 | NULL
SELECT CAST(ARRAY[1, NULL] AS json), CAST(MAP(ARRAY['b', 'a'], ARRAY[1, NULL]) AS json)
  [1,null] | {"a":null,"b":1}
SELECT CAST(CAST(ROW(1, 'x') AS row(n integer, s varchar)) AS json), CAST(ROW(1, 'x') AS json)
  {"n":1,"s":"x"} | {"":1,"":"x"}
SELECT CAST(ARRAY[TIMESTAMP '2020-01-01 00:00:00.000'] AS json), CAST(MAP(ARRAY[1, 10, 9], ARRAY['a', 'b', 'c']) AS json)
  ["2020-01-01 00:00:00.000"] | {"1":"a","10":"b","9":"c"}
SELECT CAST(X'00' AS json)
  ! TYPE_MISMATCH: line 1:8: Cannot cast varbinary to json
SELECT json_parse('{"b": 1.50, "a": 1e10}'), json_parse('[ 1 , 2 ]'), json_parse('"é"')
  {"a":1.0E10,"b":1.5} | [1,2] | "é"
SELECT json_parse('{"a"')
  ! INVALID_FUNCTION_ARGUMENT: Cannot convert value to JSON: '{"a"'

-- nested
SELECT CAST(ARRAY[1, 2] AS array(varchar)), CAST(MAP(ARRAY[1], ARRAY['2']) AS map(varchar, integer))
  [1, 2] | {1=2}
SELECT CAST(ROW(1, '2') AS row(a varchar, b integer)), CAST(ROW(ARRAY[1e0]) AS row(x array(decimal(3,1))))
  {a=1, b=2} | {x=[1.0]}
SELECT CAST(ROW(1) AS row(a integer, b integer))
  ! TYPE_MISMATCH: line 1:8: Cannot cast row(integer) to row(a integer, b integer)

-- types that DuckDB has nothing for
SELECT CAST(TIME '12:00:00' AS time with time zone)
  ! NOT_SUPPORTED: line 1:8: The type time with time zone runs on Athena but not on the local engine
SELECT CAST('10.0.0.1' AS ipaddress)
  ! NOT_SUPPORTED: line 1:8: The type ipaddress runs on Athena but not on the local engine
SELECT CAST('2020-01-01' AS timestamp(9))
  ! NOT_SUPPORTED: line 1:8: A timestamp finer than microseconds runs on Athena but not on the local engine
SELECT CAST('2020-01-01' AS timestamp(13))
  ! INVALID_ARGUMENTS: line 1:8: TIMESTAMP precision must be in range [0, 12]: 13
SELECT CAST(1 AS frob)
  ! TYPE_NOT_FOUND: line 1:8: Unknown type: frob
