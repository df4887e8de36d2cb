"""Trino's functions of text and regular expressions. `=text` is the type of the first argument's text, varchar(n)."""

SCALARS = r"""
length(char) bigint = @length
length(varchar) bigint = length({0})
lower(char) =first = athena_lower({0})
lower(varchar) =text = athena_lower({0})
upper(char) =first = athena_upper({0})
upper(varchar) =text = athena_upper({0})
trim(char) =text = trim({0}, athena_blanks())
trim(varchar) =text = trim({0}, athena_blanks())
ltrim(char) =text = ltrim({0}, athena_blanks())
ltrim(varchar) =text = ltrim({0}, athena_blanks())
rtrim(char) =text = rtrim({0}, athena_blanks())
rtrim(varchar) =text = rtrim({0}, athena_blanks())
trim(char,varchar) =text = rtrim(trim(@padded, {1}), ' ')
trim(varchar,varchar) =text = trim({0}, {1})
ltrim(char,varchar) =text = rtrim(ltrim(@padded, {1}), ' ')
ltrim(varchar,varchar) =text = ltrim({0}, {1})
rtrim(char,varchar) =text = rtrim(rtrim(@padded, {1}), ' ')
rtrim(varchar,varchar) =text = rtrim({0}, {1})
reverse(varchar) =text = athena_reverse({0})
replace(varchar,varchar) =text = athena_replace({0}, {1}, '')
replace(varchar,varchar,varchar) =replaced = athena_replace({0}, {1}, {2})
substr(char,bigint) =text = athena_substr(@padded, {1})
substr(varchar,bigint) =text = athena_substr({0}, {1})
substr(char,bigint,bigint) =text = athena_substr_to(@padded, {1}, {2})
substr(varchar,bigint,bigint) =text = athena_substr_to({0}, {1}, {2})
substring(char,bigint) =text = athena_substr(@padded, {1})
substring(varchar,bigint) =text = athena_substr({0}, {1})
substring(char,bigint,bigint) =text = athena_substr_to(@padded, {1}, {2})
substring(varchar,bigint,bigint) =text = athena_substr_to({0}, {1}, {2})
strpos(varchar,varchar) bigint = CAST(strpos({0}, {1}) AS BIGINT)
strpos(varchar,varchar,bigint) bigint = python_strpos({0}, {1}, {2})
starts_with(varchar,varchar) boolean = starts_with({0}, {1})
lpad(varchar,bigint,varchar) varchar = athena_lpad({0}, {1}, {2})
rpad(varchar,bigint,varchar) varchar = athena_rpad({0}, {1}, {2})
split(varchar,varchar) =texts = athena_split_all({0}, {1})
split(varchar,varchar,bigint) =texts = athena_split({0}, {1}, {2})
split_part(varchar,varchar,bigint) =text = athena_split_part({0}, {1}, {2})
split_to_map(varchar,varchar,varchar) map(varchar,varchar) = athena_split_to_map({0}, {1}, {2})
split_to_multimap(varchar,varchar,varchar) map(varchar,array(varchar)) = athena_split_to_multimap({0}, {1}, {2})
chr(bigint) varchar(1) = athena_chr({0})
codepoint(varchar) integer = CASE WHEN length({0}) = 1 THEN unicode({0}) ELSE
    athena_fail('INVALID_FUNCTION_ARGUMENT', 'Input string must be a single character string') END
concat_ws(varchar,varchar*) varchar = CASE WHEN {0} IS NULL THEN NULL ELSE concat_ws({*}) END
concat_ws(varchar,array(varchar)) varchar = CASE WHEN {0} IS NULL THEN NULL
    ELSE @glue(list_filter({1}, lambda e: e IS NOT NULL), {0}) END
levenshtein_distance(varchar,varchar) bigint = athena_levenshtein({0}, {1})
hamming_distance(varchar,varchar) bigint = athena_hamming({0}, {1})
translate(varchar,varchar,varchar) varchar = python_translate({0}, {1}, {2})
soundex(varchar) varchar(4) = python_soundex({0})
luhn_check(varchar) boolean = python_luhn_check({0})
regexp_like(varchar,pattern) boolean = regexp_matches({0}, {1})
regexp_count(varchar,pattern) bigint = CAST(len(regexp_extract_all({0}, {1})) AS BIGINT)
regexp_position(varchar,pattern) integer = athena_regexp_position({0}, {1}, 1, 1)
regexp_position(varchar,pattern,bigint) integer = athena_regexp_position({0}, {1}, {2}, 1)
regexp_position(varchar,pattern,bigint,bigint) integer = athena_regexp_position({0}, {1}, {2}, {3})
regexp_extract(varchar,pattern) =text = CASE WHEN regexp_matches({0}, {1}) THEN regexp_extract({0}, {1}) END
regexp_extract(varchar,pattern,bigint) =text = @group
regexp_extract_all(varchar,pattern) =texts = regexp_extract_all({0}, {1})
regexp_extract_all(varchar,pattern,bigint) =texts = @groups
regexp_replace(varchar,pattern) =text = regexp_replace({0}, {1}, '', 'g')
regexp_replace(varchar,pattern,varchar) =regexp_replaced = regexp_replace({0}, {1}, @replacement, 'g')
regexp_split(varchar,pattern) =texts = CASE WHEN {1} = ''
    THEN list_concat([''], string_split({0}, ''), ['']) ELSE regexp_split_to_array({0}, {1}) END
uuid() uuid = uuid()
typeof(any) varchar = @typeof
version() varchar = 'Athena engine version 3'
format_number(double) varchar = python_format_number({0})
format_number(bigint) varchar = python_format_number(CAST({0} AS DOUBLE))
human_readable_seconds(double) varchar = python_human_seconds({0})
parse_data_size(varchar) decimal(38,0) = CAST(python_data_size({0}) AS DECIMAL(38,0))
parse_presto_data_size(varchar) decimal(38,0) = CAST(python_data_size({0}) AS DECIMAL(38,0))
"""
