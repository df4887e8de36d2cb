"""Trino's mathematical and bitwise functions."""

_BITS = {"tinyint": 8, "smallint": 16, "integer": 32, "bigint": 64}


def _of_integers() -> str:
    lines = []
    for of, bits in _BITS.items():
        lines += [
            f"abs({of}) {of} = athena_abs({{0}}, {2 ** (bits - 1)}, '{of}')",
            f"sign({of}) {of} = CAST(sign({{0}}) AS @result)",
            f"round({of}) {of} = {{0}}",
            f"round({of},integer) {of} = CAST(athena_round_whole({{0}}, {{1}}) AS @result)",
            f"ceil({of}) {of} = {{0}}",
            f"ceiling({of}) {of} = {{0}}",
            f"floor({of}) {of} = {{0}}",
            f"mod({of},{of}) {of} = ({{0}} % {{1}})",
            f"random({of}) {of} = CAST(floor(random() * athena_bound({{0}})) AS @result)",
            f"rand({of}) {of} = CAST(floor(random() * athena_bound({{0}})) AS @result)",
            f"random({of},{of}) {of} = CAST({{0}} + floor(random() * athena_range({{0}}, {{1}})) AS @result)",
            f"rand({of},{of}) {of} = CAST({{0}} + floor(random() * athena_range({{0}}, {{1}})) AS @result)",
            f"bitwise_left_shift({of},integer) {of} = CAST(athena_shift_left({{0}}, {{1}}, {2**bits}) AS @result)",
            f"bitwise_right_shift({of},integer) {of} = CAST(athena_shift_right({{0}}, {{1}}, {2**bits}) AS @result)",
            f"bitwise_right_shift_arithmetic({of},integer) {of} = CAST({{0}} >> least({{1}}, {bits - 1}) AS @result)",
        ]
    return "\n".join(lines)


def _of_floats() -> str:
    lines = []
    for of in ("real", "double"):
        lines += [
            f"abs({of}) {of} = abs({{0}})",
            f"sign({of}) {of} = CASE WHEN isnan({{0}}) OR {{0}} = 0 THEN {{0}} ELSE CAST(sign({{0}}) AS @result) END",
            f"round({of}) {of} = CAST(athena_round({{0}}, 0) AS @result)",
            f"round({of},integer) {of} = CAST(athena_round({{0}}, {{1}}) AS @result)",
            f"ceil({of}) {of} = ceil({{0}})",
            f"ceiling({of}) {of} = ceil({{0}})",
            f"floor({of}) {of} = floor({{0}})",
            f"truncate({of}) {of} = trunc({{0}})",
            f"mod({of},{of}) {of} = ({{0}} % {{1}})",
        ]
    return "\n".join(lines)


SCALARS = (
    _of_integers()
    + "\n"
    + _of_floats()
    + """
abs(decimal) =first = abs({0})
sign(decimal) decimal(1,0) = CAST(sign({0}) AS DECIMAL(1,0))
round(decimal) =integral = CAST(round({0}, 0) AS @result)
round(decimal,integer) =rounded = @round_decimal
ceil(decimal) =integral = CAST(ceil({0}) AS @result)
ceiling(decimal) =integral = CAST(ceil({0}) AS @result)
floor(decimal) =integral = CAST(floor({0}) AS @result)
truncate(decimal) =truncated = CAST(trunc({0}) AS @result)
truncate(decimal,integer) =first = @truncate_decimal
mod(decimal,decimal) =modulus = ({0} % {1})
power(double,double) double = athena_power({0}, {1})
pow(double,double) double = athena_power({0}, {1})
sqrt(double) double = athena_sqrt({0})
cbrt(double) double = python_cbrt({0})
exp(double) double = exp({0})
ln(double) double = athena_ln({0})
log2(double) double = (athena_ln({0}) / ln(2))
log10(double) double = athena_log10({0})
log(double,double) double = (athena_ln({1}) / athena_ln({0}))
sin(double) double = CASE WHEN isinf({0}) THEN CAST('NaN' AS DOUBLE) ELSE sin({0}) END
cos(double) double = CASE WHEN isinf({0}) THEN CAST('NaN' AS DOUBLE) ELSE cos({0}) END
tan(double) double = CASE WHEN isinf({0}) THEN CAST('NaN' AS DOUBLE) ELSE tan({0}) END
asin(double) double = CASE WHEN abs({0}) > 1 THEN CAST('NaN' AS DOUBLE) ELSE asin({0}) END
acos(double) double = CASE WHEN abs({0}) > 1 THEN CAST('NaN' AS DOUBLE) ELSE acos({0}) END
atan(double) double = atan({0})
atan2(double,double) double = atan2({0}, {1})
cosh(double) double = cosh({0})
sinh(double) double = sinh({0})
tanh(double) double = tanh({0})
degrees(double) double = degrees({0})
radians(double) double = radians({0})
pi() double = pi()
e() double = exp(CAST(1 AS DOUBLE))
nan() double = CAST('NaN' AS DOUBLE)
infinity() double = CAST('Infinity' AS DOUBLE)
is_nan(double) boolean = isnan({0})
is_finite(double) boolean = isfinite({0})
is_infinite(double) boolean = isinf({0})
random() double = random()
rand() double = random()
width_bucket(double,double,double,bigint) bigint = athena_width_bucket({0}, {1}, {2}, {3})
width_bucket(double,array(double)) bigint = athena_bucket_of({0}, {1})
from_base(varchar,bigint) bigint = athena_from_base({0}, {1})
to_base(bigint,bigint) varchar = athena_to_base({0}, {1})
cosine_similarity(map(varchar,double),map(varchar,double)) double = athena_cosine({0}, {1})
bitwise_and(bigint,bigint) bigint = ({0} & {1})
bitwise_or(bigint,bigint) bigint = ({0} | {1})
bitwise_xor(bigint,bigint) bigint = xor({0}, {1})
bitwise_not(bigint) bigint = (~{0})
bit_count(bigint,bigint) bigint = athena_bit_count({0}, {1})
"""
)
