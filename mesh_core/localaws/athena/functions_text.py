"""Trino's functions of text, regular expressions, binary values, URLs and JSON."""

SCALARS = r"""
length(varchar) bigint = length({0})
length(varbinary) bigint = octet_length({0})
char_length(varchar) bigint = length({0})
character_length(varchar) bigint = length({0})
lower(varchar) =first = lower({0})
upper(varchar) =first = upper({0})
trim(varchar) varchar = trim({0}, athena_blanks())
ltrim(varchar) varchar = ltrim({0}, athena_blanks())
rtrim(varchar) varchar = rtrim({0}, athena_blanks())
trim(varchar,varchar) varchar = trim({0}, {1})
ltrim(varchar,varchar) varchar = ltrim({0}, {1})
rtrim(varchar,varchar) varchar = rtrim({0}, {1})
reverse(varchar) varchar = reverse({0})
reverse(varbinary) varbinary = unhex(array_to_string(list_reverse(regexp_extract_all(hex({0}), '..')), ''))
replace(varchar,varchar) varchar = replace({0}, {1}, '')
replace(varchar,varchar,varchar) varchar = athena_replace({0}, {1}, {2})
substr(varchar,bigint) varchar = athena_substr({0}, {1})
substr(varchar,bigint,bigint) varchar = athena_substr_to({0}, {1}, {2})
substring(varchar,bigint) varchar = athena_substr({0}, {1})
substring(varchar,bigint,bigint) varchar = athena_substr_to({0}, {1}, {2})
strpos(varchar,varchar) bigint = CAST(strpos({0}, {1}) AS BIGINT)
strpos(varchar,varchar,bigint) bigint = athena_strpos({0}, {1}, {2})
position(varchar,varchar) bigint = CAST(strpos({1}, {0}) AS BIGINT)
starts_with(varchar,varchar) boolean = starts_with({0}, {1})
ends_with(varchar,varchar) boolean = ends_with({0}, {1})
lpad(varchar,bigint,varchar) varchar = lpad({0}, CAST({1} AS INTEGER), {2})
rpad(varchar,bigint,varchar) varchar = rpad({0}, CAST({1} AS INTEGER), {2})
split(varchar,varchar) array(varchar) = string_split({0}, {1})
split(varchar,varchar,bigint) array(varchar) = athena_split({0}, {1}, {2})
split_part(varchar,varchar,bigint) varchar = CASE WHEN {2} > len(string_split({0}, {1})) THEN NULL ELSE
    string_split({0}, {1})[{2}] END
split_to_map(varchar,varchar,varchar) map(varchar,varchar) = athena_split_to_map({0}, {1}, {2})
chr(bigint) varchar = chr(CAST({0} AS INTEGER))
codepoint(varchar) integer = CASE WHEN length({0}) = 1 THEN unicode({0}) ELSE
    athena_fail('INVALID_FUNCTION_ARGUMENT', 'Input string must be a single character string') END
concat_ws(varchar,varchar*) varchar = CASE WHEN {0} IS NULL THEN NULL ELSE concat_ws({*}) END
concat_ws(varchar,array(varchar)) varchar = array_to_string({1}, {0})
levenshtein_distance(varchar,varchar) bigint = levenshtein({0}, {1})
hamming_distance(varchar,varchar) bigint = CASE WHEN length({0}) = length({1}) THEN hamming({0}, {1}) ELSE
    athena_fail('INVALID_FUNCTION_ARGUMENT', 'The input strings to hamming_distance function must have the same
    length') END
translate(varchar,varchar,varchar) varchar = translate({0}, {1}, {2})
soundex(varchar) varchar = athena_soundex({0})
normalize(varchar) varchar = nfc_normalize({0})
to_utf8(varchar) varbinary = encode({0})
from_utf8(varbinary) varchar = decode({0})
to_hex(varbinary) varchar = hex({0})
from_hex(varchar) varbinary = unhex({0})
from_hex(varbinary) varbinary = unhex(decode({0}))
to_base64(varbinary) varchar = to_base64({0})
from_base64(varchar) varbinary = from_base64({0})
from_base64(varbinary) varbinary = from_base64(decode({0}))
to_base64url(varbinary) varchar = replace(replace(to_base64({0}), '+', '-'), '/', '_')
from_base64url(varchar) varbinary = from_base64(replace(replace({0}, '-', '+'), '_', '/'))
md5(varbinary) varbinary = unhex(md5({0}))
sha1(varbinary) varbinary = unhex(sha1({0}))
sha256(varbinary) varbinary = unhex(sha256({0}))
to_big_endian_64(bigint) varbinary = unhex(lpad(hex({0}), 16, '0'))
from_big_endian_64(varbinary) bigint = CAST(athena_from_hex64(hex({0})) AS BIGINT)
to_big_endian_32(integer) varbinary = unhex(right(lpad(hex({0}), 16, '0'), 8))
regexp_like(varchar,pattern) boolean = regexp_matches({0}, {1})
regexp_count(varchar,pattern) bigint = len(regexp_extract_all({0}, {1}))
regexp_position(varchar,pattern) integer = athena_regexp_position({0}, {1})
regexp_extract(varchar,pattern) varchar = CASE WHEN regexp_matches({0}, {1}) THEN regexp_extract({0}, {1}) END
regexp_extract(varchar,pattern,bigint) varchar = CASE WHEN regexp_matches({0}, {1}) THEN athena_group({0}, {1},
    {2}) END
regexp_extract_all(varchar,pattern) array(varchar) = regexp_extract_all({0}, {1})
regexp_extract_all(varchar,pattern,bigint) array(varchar) = regexp_extract_all({0}, {1}, CAST({2} AS INTEGER))
regexp_replace(varchar,pattern) varchar = regexp_replace({0}, {1}, '', 'g')
regexp_replace(varchar,pattern,varchar) varchar = regexp_replace({0}, {1}, athena_replacement({2}), 'g')
regexp_split(varchar,pattern) array(varchar) = regexp_split_to_array({0}, {1})
url_extract_protocol(varchar) varchar = nullif(regexp_extract({0}, '^([a-zA-Z][a-zA-Z0-9+.-]*):', 1), '')
url_extract_host(varchar) varchar = nullif(regexp_extract({0},
    '^[a-zA-Z][a-zA-Z0-9+.-]*://(?:[^/?#@]*@)?(\[[^\]]*\]|[^/?#:]*)', 1), '')
url_extract_port(varchar) bigint = TRY_CAST(nullif(regexp_extract({0},
    '^[a-zA-Z][a-zA-Z0-9+.-]*://[^/?#]*:([0-9]+)(?:[/?#]|$)', 1), '') AS BIGINT)
url_extract_path(varchar) varchar = regexp_extract({0}, '^[a-zA-Z][a-zA-Z0-9+.-]*://[^/?#]*([^?#]*)', 1)
url_extract_query(varchar) varchar = regexp_extract({0}, '\?([^#]*)', 1)
url_extract_fragment(varchar) varchar = regexp_extract({0}, '#(.*)$', 1)
url_extract_parameter(varchar,varchar) varchar = athena_url_parameter({0}, {1})
url_decode(varchar) varchar = url_decode(replace({0}, '+', ' '))
url_encode(varchar) varchar = replace(replace(replace(url_encode({0}), '%20', '+'), '%2A', '*'), '~', '%7E')
uuid() uuid = uuid()
json_extract_scalar(json,varchar) varchar = athena_json_scalar({0}, {1})
json_extract_scalar(varchar,varchar) varchar = athena_json_scalar({0}, {1})
json_extract(json,varchar) json = json_extract({0}, {1})
json_extract(varchar,varchar) json = json_extract(athena_json({0}), {1})
json_array_length(json) bigint = athena_json_length({0})
json_array_length(varchar) bigint = athena_json_length({0})
json_array_get(varchar,bigint) json = json_extract({0}, '$[' || {1} || ']')
json_array_get(json,bigint) json = json_extract({0}, '$[' || {1} || ']')
json_array_contains(varchar,varchar) boolean = list_contains(json_extract_string({0}, '$[*]'), {1})
json_array_contains(json,varchar) boolean = list_contains(json_extract_string({0}, '$[*]'), {1})
json_array_contains(varchar,bigint) boolean = list_contains([CAST(e AS VARCHAR) for e in json_extract({0},
    '$[*]')], CAST({1} AS VARCHAR))
json_array_contains(json,bigint) boolean = list_contains([CAST(e AS VARCHAR) for e in json_extract({0}, '$[*]')],
    CAST({1} AS VARCHAR))
json_array_contains(varchar,boolean) boolean = list_contains([CAST(e AS VARCHAR) for e in json_extract({0},
    '$[*]')], CAST({1} AS VARCHAR))
json_size(json,varchar) bigint = athena_json_size(json_extract({0}, {1}))
json_size(varchar,varchar) bigint = athena_json_size(json_extract({0}, {1}))
json_parse(varchar) json = athena_json({0})
json_format(json) varchar = CAST({0} AS VARCHAR)
json_exists(varchar,varchar) boolean = coalesce(json_exists({0}, athena_json_path({1})), false)
is_json_scalar(varchar) boolean = json_type({0}) NOT IN ('OBJECT', 'ARRAY')
is_json_scalar(json) boolean = json_type({0}) NOT IN ('OBJECT', 'ARRAY')
typeof(any) varchar = @typeof
version() varchar = 'Athena engine version 3'
"""
