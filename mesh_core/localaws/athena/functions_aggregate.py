"""Trino's aggregate and window functions. `name<...>` is DuckDB's own call."""

AGGREGATES = r"""
count() bigint = count<*>
count(T) bigint = count<{0}>
count_if(boolean) bigint = count<CASE WHEN {0} THEN true END>
sum(tinyint) bigint = CAST(sum<{0}> AS BIGINT)
sum(smallint) bigint = CAST(sum<{0}> AS BIGINT)
sum(integer) bigint = CAST(sum<{0}> AS BIGINT)
sum(bigint) bigint = CAST(sum<{0}> AS BIGINT)
sum(decimal) =sum = sum<{0}>
sum(real) real = CAST(sum<CAST({0} AS DOUBLE)> AS FLOAT)
sum(double) double = sum<{0}>
sum(interval day to second) interval day to second = to_microseconds(CAST(sum<epoch_us({0})> AS BIGINT))
sum(interval year to month) interval year to month = to_months(CAST(sum<athena_months({0})> AS INTEGER))
avg(interval day to second) interval day to second =
    to_microseconds(CAST(trunc(sum<epoch_us({0})> / count<{0}>) AS BIGINT) // 1000 * 1000)
avg(interval year to month) interval year to month = to_months(CAST(round(avg<athena_months({0})>) AS INTEGER))
avg(tinyint) double = avg<{0}>
avg(smallint) double = avg<{0}>
avg(integer) double = avg<{0}>
avg(bigint) double = avg<{0}>
avg(decimal) =first = @average
avg(real) real = CAST(avg<CAST({0} AS DOUBLE)> AS FLOAT)
avg(double) double = avg<{0}>
min(T) T = min<{0}>
max(T) T = @max
min(T,bigint) array(T) = min<{0}, {1}>
max(T,bigint) array(T) = @max
min_by(T,U) T = arg_min_null<{0}, {1}>
max_by(T,U) T = @max_by
min_by(T,U,bigint) array(T) = arg_min<{0}, {1}, {2}>
max_by(T,U,bigint) array(T) = @max_by
arbitrary(T) T = any_value<{0}>
any_value(T) T = any_value<{0}>
array_agg(T) array(T) = list<{0}>
bool_and(boolean) boolean = bool_and<{0}>
bool_or(boolean) boolean = bool_or<{0}>
every(boolean) boolean = bool_and<{0}>
approx_distinct(T) bigint = count<DISTINCT {0}>
approx_distinct(T,double) bigint = count<DISTINCT {0}>
approx_percentile(bigint,double) bigint = CAST(quantile_disc<{0}, {1}> AS BIGINT)
approx_percentile(real,double) real = quantile_disc<{0}, {1}>
approx_percentile(double,double) double = quantile_disc<{0}, {1}>
approx_percentile(bigint,bigint,double) bigint = CAST(athena_weighted(list<struct_pack(v := {0}, w := {1})>,
    any_value<{2}>) AS BIGINT)
approx_percentile(bigint,double,double) bigint = CAST(athena_weighted(list<struct_pack(v := {0}, w := {1})>,
    any_value<{2}>) AS BIGINT)
approx_percentile(double,double,double) double = athena_weighted(list<struct_pack(v := {0}, w := {1})>,
    any_value<{2}>)
approx_percentile(bigint,array(double)) array(bigint) = quantile_disc<{0}, {1}>
approx_percentile(double,array(double)) array(double) = quantile_disc<{0}, {1}>
geometric_mean(double) double = exp(avg<ln({0})>)
histogram(T) map(T,bigint) = CAST(histogram<{0}> AS @result)
map_agg(K,V) map(K,V) = athena_map_agg(list<struct_pack(key := {0}, value := {1})>)
multimap_agg(K,V) map(K,array(V)) = athena_multimap(list<struct_pack(key := {0}, value := {1})>)
map_union(map(K,V)) map(K,V) = athena_map_union(list<map_entries({0})>)
bitwise_and_agg(bigint) bigint = bit_and<{0}>
bitwise_or_agg(bigint) bigint = bit_or<{0}>
bitwise_xor_agg(bigint) bigint = bit_xor<{0}>
corr(real,real) real = CAST(corr<{0}, {1}> AS FLOAT)
corr(double,double) double = corr<{0}, {1}>
covar_pop(real,real) real = CAST(covar_pop<{0}, {1}> AS FLOAT)
covar_pop(double,double) double = covar_pop<{0}, {1}>
covar_samp(real,real) real = CAST(covar_samp<{0}, {1}> AS FLOAT)
covar_samp(double,double) double = covar_samp<{0}, {1}>
regr_intercept(real,real) real = CAST(regr_intercept<{0}, {1}> AS FLOAT)
regr_intercept(double,double) double = regr_intercept<{0}, {1}>
regr_slope(real,real) real = CAST(regr_slope<{0}, {1}> AS FLOAT)
regr_slope(double,double) double = regr_slope<{0}, {1}>
regr_r2(double,double) double = regr_r2<{0}, {1}>
regr_count(double,double) bigint = CAST(regr_count<{0}, {1}> AS BIGINT)
regr_avgx(double,double) double = regr_avgx<{0}, {1}>
regr_avgy(double,double) double = regr_avgy<{0}, {1}>
regr_sxx(double,double) double = regr_sxx<{0}, {1}>
regr_sxy(double,double) double = regr_sxy<{0}, {1}>
regr_syy(double,double) double = regr_syy<{0}, {1}>
stddev(double) double = stddev_samp<{0}>
stddev_samp(double) double = stddev_samp<{0}>
stddev_pop(double) double = stddev_pop<{0}>
variance(double) double = var_samp<{0}>
var_samp(double) double = var_samp<{0}>
var_pop(double) double = var_pop<{0}>
skewness(double) double = @skewness
kurtosis(double) double = kurtosis<{0}>
"""

WINDOWS = r"""
row_number() bigint = row_number<>
rank() bigint = rank<>
dense_rank() bigint = dense_rank<>
percent_rank() double = percent_rank<>
cume_dist() double = cume_dist<>
ntile(bigint) bigint = ntile<{0}>
first_value(T) T = first_value<{0}>
last_value(T) T = last_value<{0}>
nth_value(T,bigint) T = nth_value<{0}, {1}>
lag(T) T = lag<{0}>
lag(T,bigint) T = lag<{0}, {1}>
lag(T,bigint,T) T = lag<{0}, {1}, {2}>
lead(T) T = lead<{0}>
lead(T,bigint) T = lead<{0}, {1}>
lead(T,bigint,T) T = lead<{0}, {1}, {2}>
"""
