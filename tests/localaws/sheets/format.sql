-- format(): Java's Formatter
SELECT format('%s', TIMESTAMP '2024-01-01 10:00:00')
  2024-01-01T10:00
SELECT format('%s', TIMESTAMP '2024-01-01 10:00:00 UTC')
  2024-01-01T10:00Z[UTC]
SELECT format('%s', TIMESTAMP '2024-01-01 10:00:01.5 +05:45')
  2024-01-01T10:00:01.500+05:45
SELECT format('%s', TIME '10:20:30'), format('%s', TIME '10:20:00'), format('%s', DATE '1969-07-20')
  10:20:30 | 10:20 | 1969-07-20
SELECT format('%s|%S|%5s|%-5s|%.2s', 'a', 'b', 'c', 'd', 'efg')
  a|B|    c|d    |ef
SELECT format('%2$s %1$s %s %<s', 'a', 'b')
  b a a a
SELECT format('%d|%05d|%5d|%-5d|%,d|%+d|%(d', 1, 2, 3, 4, -1234567, 6, -7)
  1|00002|    3|4    |-1,234,567|+6|(7)
SELECT format('%.1f|%.2f|%.0f|%f', 0.25e0, 1.005e0, -0.4e0, 1e20)
  0.3|1.01|-0|100000000000000000000.000000
SELECT format('%,.2f|%08.2f|%10.1f|%-8.1f|', DECIMAL '1234567.895', -3.14159e0, 2.25e0, 2.25e0)
  1,234,567.90|-0003.14|       2.3|2.3     |
SELECT format('%.20f', DECIMAL '12345678901234567890.12345678901234567')
  12345678901234567890.12345678901234567000
SELECT format('%f|%f|%f', nan(), infinity(), -infinity())
  NaN|Infinity|-Infinity
SELECT format('%e|%.1E', 123456e-1, 0e0)
  1.234560e+04|0.0E+00
SELECT format('%x|%X|%o|%x', 255, 255, 8, -1)
  ff|FF|10|ffffffffffffffff
SELECT format('%b|%b|%b', true, NULL, 1)
  true|false|true
SELECT format('%s|%d', NULL, CAST(NULL AS integer))
  null|null
SELECT format('%s', DECIMAL '0.0000001'), format('%s', DECIMAL '1.10'), format('%s', 1e7)
  1E-7 | 1.10 | 1.0E7
SELECT format('100%%%n')
  ! FUNCTION_NOT_FOUND
SELECT format('%1$tA, %1$tB %1$te, %1$tY', DATE '2006-07-04')
  Tuesday, July 4, 2006
SELECT format('%tH:%<tM %<tp', TIMESTAMP '2020-02-29 13:05:00')
  13:05 pm
SELECT format('%d', 1e0)
  ! INVALID_FUNCTION_ARGUMENT: Invalid format string: %d (IllegalFormatConversion: d != java.lang.Double)
SELECT format('%f', 1)
  ! INVALID_FUNCTION_ARGUMENT: Invalid format string: %f (IllegalFormatConversion: f != java.lang.Long)
SELECT format('%s %s', 1)
  ! INVALID_FUNCTION_ARGUMENT: Invalid format string: %s %s (MissingFormatArgument: Format specifier '%s')
SELECT format('%y', 1)
  ! INVALID_FUNCTION_ARGUMENT: Invalid format string: %y (UnknownFormatConversion: Conversion = 'y')
SELECT format('%h', 1)
  ! NOT_SUPPORTED: line 1:8: The format '%h' runs on Athena but not on the local engine

-- numbers in other bases
SELECT to_base(255, 16), to_base(-255, 2), to_base(0, 36), to_base(BIGINT '9223372036854775807', 36), to_base(NULL, 10)
  ff | -11111111 | 0 | 1y2p0ij32e8e7 | NULL
