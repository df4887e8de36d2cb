"""What the gate refuses, and that each refusal is AWS's own: code, status and text, in the service's own protocol.

Every attack is a request that botocore signed rightly, changed afterwards in one respect; none may reach a service.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.localaws.gate_world import KEY, TEMPORARY, URL, Answer, World, presigned, presigned_old, signed

HOST = {"host": "127.0.0.1:4711"}
WRONG = Credentials("AKIAROOT", "wrong secret")
UNKNOWN = Credentials("AKIAUNKNOWN", "secret")
EXPIRED = Credentials("ASIAOLD", "temporary/secret", "token==")
NO_TOKEN = Credentials("ASIATEMP", "temporary/secret")
OTHER_TOKEN = Credentials("ASIATEMP", "temporary/secret", "another token")
TOKEN_TOO_MUCH = Credentials("AKIAROOT", "root/secret", "a token")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def message(answer: Answer) -> str:
    """The text of an error document of any protocol."""
    if answer.body.startswith(b"{"):
        return str(json.loads(answer.body)["message"])
    found = re.search(r"<Message>(.*?)</Message>", answer.body.decode(), re.DOTALL)
    return found[1].replace("&quot;", '"').replace("&lt;", "<").replace("&gt;", ">") if found else ""


def to(service: str, key: Credentials = KEY, region: str = "us-east-1", scope: str | None = None) -> AWSRequest:
    """A signed request to a service; `scope` signs it for another one."""
    form = {"content-type": "application/x-www-form-urlencoded"}
    match service:
        case "s3":
            return signed(key=key, region=region, service=scope or "s3")
        case "sts" | "iam":
            return signed("POST", "/", b"Action=GetCallerIdentity", form, key, scope or service, region)
        case "glue" | "athena":
            target = {"glue": "AWSGlue.GetDatabases", "athena": "AmazonAthena.ListWorkGroups"}[service]
            return signed("POST", "/", b"{}", {"x-amz-target": target}, key, scope or service, region)
        case _:
            return signed("POST", "/ListPermissions", b"{}", {}, key, scope or "lakeformation", region)


def changed(request: AWSRequest, pattern: str, text: str) -> dict[str, str]:
    """The request's Authorization header with one thing in it replaced."""
    found, count = re.subn(pattern, text, request.headers["Authorization"])
    assert count == 1
    return {"authorization": found}


# -- the same fault, in the words of each protocol

S3, STS, GLUE, ATHENA, LAKE = "s3", "sts", "glue", "athena", "lakeformation"
INCOMPLETE = {
    STS: ("IncompleteSignature", 400),
    GLUE: ("IncompleteSignatureException", 400),
    ATHENA: ("IncompleteSignatureException", 400),
    LAKE: ("IncompleteSignatureException", 403),
}
MISMATCH = {
    S3: ("SignatureDoesNotMatch", 403),
    STS: ("SignatureDoesNotMatch", 403),
    GLUE: ("InvalidSignatureException", 400),
    ATHENA: ("InvalidSignatureException", 400),
    LAKE: ("InvalidSignatureException", 403),
}
UNKNOWN_CLIENT = {
    STS: ("InvalidClientTokenId", 403),
    GLUE: ("UnrecognizedClientException", 400),
    ATHENA: ("UnrecognizedClientException", 400),
    LAKE: ("UnrecognizedClientException", 403),
}
MISSING = {
    S3: ("AccessDenied", 403),
    STS: ("MissingAuthenticationToken", 403),
    GLUE: ("MissingAuthenticationTokenException", 400),
    ATHENA: ("MissingAuthenticationTokenException", 400),
    LAKE: ("MissingAuthenticationTokenException", 403),
}
HEAD = {S3: ("AuthorizationHeaderMalformed", 400)}
DENIED = {S3: ("AccessDenied", 403)}
Send = Callable[[World, str], Answer]


def by_key(key: Credentials) -> Send:
    return lambda w, s: w.send(to(s, key))


def by_header(pattern: str, text: str) -> Send:
    def send(world: World, service: str) -> Answer:
        request = to(service)
        return world.send(request, **changed(request, pattern, text))

    return send


def without(name: str) -> Send:
    return lambda w, s: w.send(to(s), **{name: None})


def replaced(name: str, value: str) -> Send:
    return lambda w, s: w.send(to(s), **{name: value})


FAULTS: list[tuple[str, Send, dict[str, tuple[str, int]], str]] = [
    ("wrong secret", by_key(WRONG), MISMATCH, "The request signature we calculated does not match"),
    ("tampered signature", by_header(r"Signature=.{8}", "Signature=00000000"), MISMATCH, "does not match"),
    ("empty signature", by_header(r"Signature=[0-9a-f]+", "Signature="), INCOMPLETE | HEAD, "Signature"),
    ("signature in another script", by_header(r"Signature=.", "Signature=\u00b2"), MISMATCH, "does not match"),
    ("unsigned", without("authorization"), MISSING, "Access Denied|Request is missing Authentication Token"),
    (
        "unknown key",
        by_key(UNKNOWN),
        UNKNOWN_CLIENT | {S3: ("InvalidAccessKeyId", 403)},
        "does not exist in our records|The security token included in the request is invalid",
    ),
    (
        "temporary key without its token",
        by_key(NO_TOKEN),
        UNKNOWN_CLIENT | {S3: ("InvalidAccessKeyId", 403)},
        "does not exist in our records|The security token included in the request is invalid",
    ),
    (
        "another token",
        by_key(OTHER_TOKEN),
        UNKNOWN_CLIENT | {S3: ("InvalidToken", 400)},
        "The provided token is malformed|The security token included in the request is invalid",
    ),
    (
        "a token with a long-term key",
        by_key(TOKEN_TOO_MUCH),
        UNKNOWN_CLIENT | {S3: ("InvalidToken", 400)},
        "The provided token is malformed|The security token included in the request is invalid",
    ),
    (
        "expired session",
        by_key(EXPIRED),
        {
            S3: ("ExpiredToken", 400),
            STS: ("ExpiredToken", 403),
            GLUE: ("ExpiredTokenException", 400),
            LAKE: ("ExpiredTokenException", 403),
        },
        "The provided token has expired|The security token included in the request is expired",
    ),
    (
        "token exchanged after signing",
        lambda w, s: w.send(to(s, TEMPORARY), x_amz_security_token="token=!"),
        MISMATCH,
        "does not match",
    ),
    ("another region", lambda w, s: w.send(to(s, region="eu-west-1")), MISMATCH | HEAD, "region"),
    ("region in the wrong case", lambda w, s: w.send(to(s, region="US-EAST-1")), MISMATCH | HEAD, "region"),
    ("another service", lambda w, s: w.send(to(s, scope="ec2")), {GLUE: MISMATCH[GLUE], ATHENA: MISMATCH[ATHENA]},
     "Credential should be scoped to correct service: '(glue|athena)'"),
    ("glue's request signed for athena", lambda w, s: w.send(to(s, scope="athena")), {GLUE: MISMATCH[GLUE]},
     "Credential should be scoped to correct service: 'glue'"),
    ("another terminator", by_header("aws4_request", "aws5_request"), MISMATCH | HEAD, "aws4_request"),
    ("another day in the scope", by_header(r"/\d{8}/", "/20000101/"), MISMATCH | HEAD, "[Dd]ate"),
    ("day that is none", by_header(r"/\d{8}/", "/tomorrow/"), MISMATCH | HEAD, "[Dd]ate"),
    ("credential of four parts", by_header(r"/aws4_request", ""), INCOMPLETE | HEAD, "Credential"),
    ("credential without a key", by_header(r"Credential=\w+", "Credential="), INCOMPLETE | HEAD, "Credential"),
    ("no credential", by_header("Credential=", "Kredential="), INCOMPLETE | HEAD, "Credential"),
    ("no signed headers", by_header(r" SignedHeaders=[^,]+,", ""), INCOMPLETE | HEAD, "SignedHeaders"),
    ("a fourth part", by_header(r"$", ", Signature=00"), INCOMPLETE | HEAD, "Credential"),
    ("host not signed", by_header(r"=([^,]*;)?host;", r"=\1"), MISMATCH | DENIED, "not signed"),
    ("date not signed", by_header(";x-amz-date", ""), MISMATCH | DENIED, "not signed"),
    ("header added after signing", replaced("x_amz_meta_added", "later"), MISMATCH | DENIED, "not signed"),
    ("signed header that is not there", by_header(";x-amz-date", ";x-amz-date;x-amz-late"), MISMATCH, "does not match"),
    ("no date", without("x_amz_date"), INCOMPLETE | DENIED, "Date"),
    ("date that is none", replaced("x_amz_date", "20269999T000000Z"), INCOMPLETE | DENIED, "Date"),
    ("date with other digits", replaced("x_amz_date", "\u00b20261122T000000Z"), INCOMPLETE | DENIED, "Date"),
    (
        "Signature Version 4A",
        by_header("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"),
        INCOMPLETE | {S3: ("InvalidRequest", 400)},
        "Signature Version 4A .* runs on AWS but not on the local endpoint",
    ),
    (
        "Signature Version 2",
        replaced("authorization", "AWS AKIAROOT:c2lnbmF0dXJl"),
        INCOMPLETE | {S3: ("InvalidRequest", 400)},
        "Please use AWS4-HMAC-SHA256|AWS Signature Version 2 is not supported",
    ),
    (
        "another algorithm",
        by_header("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA512"),
        INCOMPLETE | {S3: ("InvalidArgument", 400)},
        "Unsupported",
    ),
    (
        "a header of one word",
        replaced("authorization", "Bearer"),
        MISSING | {S3: ("InvalidArgument", 400)},
        "one and only one|Missing Authentication|missing Authentication",
    ),
    ("a password", replaced("authorization", "Basic dTpw"), INCOMPLETE | {S3: ("InvalidArgument", 400)}, "Unsupported"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("send", "service", "wanted", "text"),
    [
        pytest.param(send, service, wanted, text, id=f"{service}: {name}")
        for name, send, answers, text in FAULTS
        for service, wanted in answers.items()
    ],
)
def test_each_fault_is_answered_as_the_service_answers_it_on_aws(
    world: World, send: Send, service: str, wanted: tuple[str, int], text: str
) -> None:
    answer = send(world, service)
    assert ((answer.code, answer.status), world.echo.seen) == (wanted, [])
    assert re.search(text, message(answer)), message(answer)


@pytest.mark.parametrize("service", [S3, STS, GLUE, LAKE])
@pytest.mark.parametrize(
    ("minutes", "text"), [(16, "is now earlier than"), (-16, "is still later than"), (24 * 60, "earlier")]
)
def test_a_clock_more_than_fifteen_minutes_off_is_refused(
    tmp_path: Path, service: str, minutes: int, text: str
) -> None:
    world = World(tmp_path, datetime.now(UTC) + timedelta(minutes=minutes))
    answer = world.send(to(service))
    wanted = ("RequestTimeTooSkewed", 403) if service == S3 else MISMATCH[service]
    assert ((answer.code, answer.status), world.echo.seen) == (wanted, [])
    assert re.search("too large" if service == S3 else text, message(answer))


@pytest.mark.parametrize("service", [S3, STS, GLUE, LAKE])
@pytest.mark.parametrize("minutes", [-14, 14])
def test_a_clock_a_little_off_is_let_through(tmp_path: Path, service: str, minutes: int) -> None:
    assert World(tmp_path, datetime.now(UTC) + timedelta(minutes=minutes)).send(to(service)).code == ""


def test_s3_says_what_the_client_needs_to_mend_the_request(tmp_path: Path) -> None:
    late = World(tmp_path, datetime.now(UTC) + timedelta(hours=1)).send(signed()).body.decode()
    assert re.search(r"<RequestTime>\d{8}T\d{6}Z</RequestTime><ServerTime>.*<MaxAllowedSkewMilliseconds>900000<", late)
    world = World(tmp_path)
    assert b"<Region>us-east-1</Region>" in world.send(signed(region="eu-west-1")).body
    assert b"<AWSAccessKeyId>AKIAUNKNOWN</AWSAccessKeyId>" in world.send(signed(key=UNKNOWN)).body
    assert b"<HeadersNotSigned>x-amz-acl</HeadersNotSigned>" in world.send(signed(), x_amz_acl="private").body


# -- a signature is good for one request


@pytest.mark.parametrize(
    ("method", "uri"),
    [
        pytest.param("PUT", "/bucket/key", id="method"),
        pytest.param("HEAD", "/bucket/key", id="head in place of get"),
        pytest.param("GET", "/bucket/other", id="path"),
        pytest.param("GET", "/bucket/key/", id="slash added"),
        pytest.param("GET", "/bucket//key", id="slash doubled"),
        pytest.param("GET", "/bucket/./key", id="dot: S3 does not normalise"),
        pytest.param("GET", "/x/../bucket/key", id="dots: S3 does not normalise"),
        pytest.param("GET", "/bucket/ke%2579", id="encoded twice"),
        pytest.param("GET", "/bucket/KEY", id="case"),
        pytest.param("GET", "/bucket/key?versionId=1", id="argument added"),
        pytest.param("GET", "/bucket/key?acl", id="sub-resource added"),
        pytest.param("GET", "/bucket/key?=", id="empty argument added"),
    ],
)
def test_a_replay_with_something_changed_is_refused(world: World, method: str, uri: str) -> None:
    headers = {k.lower(): str(v) for k, v in signed().headers.items()} | HOST
    answer = world.raw(method, uri, headers)
    assert (answer.status, world.echo.seen) == (403, [])


def test_the_other_services_normalise_a_path_and_then_do_not_know_it(world: World) -> None:
    headers = {k.lower(): str(v) for k, v in to(LAKE).headers.items()} | HOST
    world.raw("POST", "/x/../ListPermissions", headers, b"{}")
    assert [request.path for request, _ in world.echo.seen] == ["/x/../ListPermissions"]


@pytest.mark.parametrize("service", [S3, STS, GLUE, LAKE])
def test_a_tampered_body_is_refused(world: World, service: str) -> None:
    request = signed("PUT", body=b"what was signed") if service == S3 else to(service)
    request.data = b"what was sent.."
    answer = world.send(request)
    wanted = ("XAmzContentSHA256Mismatch", 400) if service == S3 else MISMATCH[service]
    assert ((answer.code, answer.status), world.echo.seen) == (wanted, [])


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        pytest.param(None, "InvalidRequest", id="missing"),
        pytest.param("", "InvalidRequest", id="empty"),
        pytest.param("unsigned-payload", "InvalidArgument", id="wrong case"),
        pytest.param("0" * 63, "InvalidArgument", id="too short"),
        pytest.param("STREAMING-AWS4-HMAC-SHA256-EVENTS", "InvalidArgument", id="a kind that S3 does not have"),
        pytest.param("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", "InvalidRequest", id="chunks of version 4A"),
        pytest.param("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER", "InvalidRequest", id="and with a trailer"),
        pytest.param("0" * 64, "SignatureDoesNotMatch", id="another hash"),
        pytest.param("UNSIGNED-PAYLOAD", "SignatureDoesNotMatch", id="unsigned after signing"),
    ],
)
def test_s3_must_be_told_what_the_body_is(world: World, payload: str | None, code: str) -> None:
    answer = world.send(signed("PUT", body=b"data"), x_amz_content_sha256=payload)
    assert (answer.code, world.echo.seen) == (code, [])


def test_an_unsigned_payload_is_s3s_alone(world: World) -> None:
    target = {"x-amz-target": "AWSGlue.GetDatabases", "x-amz-content-sha256": "UNSIGNED-PAYLOAD"}
    assert world.send(signed("PUT", body=b"data", headers={"x-amz-content-sha256": "UNSIGNED-PAYLOAD"})).code == ""
    assert world.send(signed("POST", "/", b"{}", target, service="glue")).code == "InvalidSignatureException"


# -- presigned URLs


def uri_of(request: AWSRequest) -> str:
    return str(request.url).removeprefix(URL)


def url_fault(pattern: str, text: str) -> Callable[[str], str]:
    def change(uri: str) -> str:
        found, count = re.subn(pattern, text, uri)
        assert count == 1, uri
        return found

    return change


PARAMETERS = "AuthorizationQueryParametersError"
URL_FAULTS = [
    ("expires in 8 days", url_fault("Expires=60", "Expires=691200"), PARAMETERS, "less than a week"),
    ("a second more than a week", url_fault("Expires=60", "Expires=604801"), PARAMETERS, "less than a week"),
    ("negative expiry", url_fault("Expires=60", "Expires=-1"), PARAMETERS, "must be non-negative"),
    ("expiry in words", url_fault("Expires=60", "Expires=soon"), PARAMETERS, "should be a number"),
    ("expiry in other digits", url_fault("Expires=60", "Expires=%C2%B2"), PARAMETERS, "should be a number"),
    ("expiry of 5,000 digits", url_fault("Expires=60", "Expires=" + "1" * 5000), PARAMETERS, "should be a number"),
    ("no expiry", url_fault("&X-Amz-Expires=60", ""), PARAMETERS, "requires the X-Amz-Algorithm"),
    ("empty expiry", url_fault("Expires=60", "Expires="), PARAMETERS, "requires the X-Amz-Algorithm"),
    ("no date", url_fault(r"&X-Amz-Date=\w+", ""), PARAMETERS, "requires the X-Amz-Algorithm"),
    ("no signature", url_fault(r"&X-Amz-Signature=\w+", ""), PARAMETERS, "requires the X-Amz-Algorithm"),
    ("no signed headers", url_fault("&X-Amz-SignedHeaders=host", ""), PARAMETERS, "requires the X-Amz-Algorithm"),
    ("no algorithm", url_fault("X-Amz-Algorithm=AWS4-HMAC-SHA256&", ""), PARAMETERS, "requires the X-Amz-Algorithm"),
    ("longer expiry", url_fault("Expires=60", "Expires=600"), "SignatureDoesNotMatch", ""),
    ("second expiry", url_fault("$", "&X-Amz-Expires=600"), PARAMETERS, "requires"),
    ("second signature", url_fault("$", "&X-Amz-Signature=00"), PARAMETERS, "requires"),
    ("signature in small letters too", url_fault("$", "&x-amz-signature=00"), "SignatureDoesNotMatch", ""),
    ("second credential", url_fault("$", "&X-Amz-Credential=A/20261122/us-east-1/s3/aws4_request"), PARAMETERS, ""),
    ("argument added", url_fault("$", "&versionId=1"), "SignatureDoesNotMatch", ""),
    ("harmless argument added", url_fault("$", "&x=y"), "SignatureDoesNotMatch", ""),
    ("argument before", url_fault(r"\?", "?acl&"), "SignatureDoesNotMatch", ""),
    ("header as an argument", url_fault("$", "&x-amz-acl=public-read"), "SignatureDoesNotMatch", ""),
    ("token added", url_fault("$", "&X-Amz-Security-Token=t"), "SignatureDoesNotMatch", ""),
    ("path", url_fault("/key", "/other"), "SignatureDoesNotMatch", ""),
    ("algorithm 4A", url_fault("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"), PARAMETERS, "Version 4A"),
    ("another algorithm", url_fault("AWS4-HMAC-SHA256", "AWS4-HMAC-MD5"), PARAMETERS, "only supports"),
    ("another service", url_fault("%2Fs3%2F", "%2Fsts%2F"), "SignatureDoesNotMatch", ""),
    ("another region", url_fault("us-east-1", "eu-west-1"), PARAMETERS, "region 'eu-west-1' is wrong"),
    ("another day", url_fault(r"%2F\d{8}%2F", "%2F20200101%2F"), PARAMETERS, "Invalid credential date"),
    ("date that is none", url_fault(r"Date=\d+", "Date=2026"), PARAMETERS, "ISO8601 Long Format"),
    ("host not signed", url_fault("SignedHeaders=host", "SignedHeaders=x-amz-date"), "AccessDenied", "not signed"),
    ("key of somebody else", url_fault("AKIAROOT", "AKIAOTHER"), "InvalidAccessKeyId", ""),
]


@pytest.mark.parametrize(("change", "code", "text"), [pytest.param(*case, id=name) for name, *case in URL_FAULTS])
@pytest.mark.parametrize("method", ["GET", "PUT", "HEAD", "DELETE"])
def test_a_changed_presigned_url_opens_nothing(
    world: World, method: str, change: Callable[[str], str], code: str, text: str
) -> None:
    answer = world.raw(method, change(uri_of(presigned(method))), HOST)
    assert world.echo.seen == []
    assert answer.status in (400, 403)
    if method != "HEAD":
        assert (answer.code, bool(re.search(text, message(answer)))) == (code, True), message(answer)


@pytest.mark.parametrize("method", ["GET", "PUT", "HEAD", "DELETE"])
def test_a_presigned_url_is_good_for_its_method_and_time_alone(tmp_path: Path, method: str) -> None:
    uri = uri_of(presigned(method))
    for moment, others, reached in (
        (timedelta(seconds=30), (), True),
        (timedelta(seconds=62), (), False),
        (timedelta(minutes=-16), (), False),
        (timedelta(0), {"GET", "PUT", "HEAD", "DELETE", "POST"} - {method}, False),
    ):
        world = World(tmp_path, datetime.now(UTC) + moment)
        for sent in others or (method,):
            answer = world.raw(sent, uri, HOST)
            assert (bool(world.echo.seen), answer.status == 200) == (reached, reached)


def test_a_presigned_url_says_since_when_it_has_expired(tmp_path: Path) -> None:
    late = World(tmp_path, datetime.now(UTC) + timedelta(hours=1))
    for request in (presigned(), presigned_old()):
        answer = late.raw("GET", uri_of(request), HOST)
        assert (answer.code, message(answer)) == ("AccessDenied", "Request has expired")
        assert re.search(r"<Expires>[\dT:-]+Z</Expires><ServerTime>[\dT:-]+Z</ServerTime>", answer.body.decode())
    early = World(tmp_path, datetime.now(UTC) - timedelta(hours=1)).raw("GET", uri_of(presigned()), HOST)
    assert (early.code, message(early)) == ("AccessDenied", "Request is not valid yet")


def test_headers_that_a_presigned_url_did_not_sign_are_refused(world: World) -> None:
    for name in ("x-amz-acl", "x-amz-copy-source", "x-amz-tagging", "x-amz-meta-a", "x-amz-security-token"):
        answer = world.raw("PUT", uri_of(presigned("PUT")), HOST | {name: "value"})
        assert (answer.code, world.echo.seen) == ("AccessDenied", [])


def test_a_presigned_url_with_a_header_signed_needs_that_header(world: World) -> None:
    request = AWSRequest("PUT", URL + "/bucket/key", headers={"x-amz-acl": "private"})
    from botocore.auth import S3SigV4QueryAuth

    S3SigV4QueryAuth(KEY, "s3", "us-east-1", expires=60).add_auth(request)
    assert world.raw("PUT", uri_of(request), HOST | {"x-amz-acl": "private"}).code == ""
    assert world.raw("PUT", uri_of(request), HOST).code == "SignatureDoesNotMatch"
    assert world.raw("PUT", uri_of(request), HOST | {"x-amz-acl": "public-read"}).code == "SignatureDoesNotMatch"


def test_a_header_may_stand_in_the_signed_url(world: World) -> None:
    assert world.raw("PUT", uri_of(presigned("PUT", "/bucket/key?x-amz-tagging=a%3Db")), HOST).code == ""
    assert world.echo.seen[0][0].headers["x-amz-tagging"] == "a=b"


def test_a_request_is_signed_in_one_way(world: World) -> None:
    headers = {k.lower(): str(v) for k, v in signed().headers.items()} | HOST
    for uri in (uri_of(presigned()), uri_of(presigned_old())):
        assert world.raw("GET", uri, headers).code == "InvalidArgument"
    assert world.echo.seen == []


def test_a_presigned_call_of_sts_is_good_for_itself_alone(world: World) -> None:
    request = AWSRequest("GET", URL + "/?Action=GetCallerIdentity&Version=2011-06-15")
    SigV4QueryAuth(KEY, "sts", "us-east-1", expires=60).add_auth(request)
    uri = uri_of(request)
    assert world.raw("GET", uri, HOST).code == ""
    world.echo.seen.clear()
    for change in (uri.replace("GetCallerIdentity", "GetSessionToken"), uri + "&Action=GetSessionToken"):
        answer = world.raw("GET", change, HOST)
        assert (answer.code, answer.status) == ("SignatureDoesNotMatch", 403)
    assert world.raw("POST", uri, HOST, b"Action=GetSessionToken").code == "SignatureDoesNotMatch"
    assert world.echo.seen == []


# -- the old presigned URLs

OLD_FAULTS = [
    ("path", url_fault("/key", "/other")),
    ("longer expiry", url_fault(r"Expires=\d+", "Expires=99999999999")),
    ("expiry of 5,000 digits", url_fault(r"Expires=\d+", "Expires=" + "9" * 5000)),
    ("negative expiry", url_fault(r"Expires=\d+", "Expires=-1")),
    ("second expiry", url_fault("$", "&Expires=99999999999")),
    ("second signature", url_fault("$", "&Signature=x")),
    ("signature", url_fault("Signature=.", "Signature=%C3%BC")),
    ("token added", url_fault("$", "&x-amz-security-token=t")),
    ("header as an argument", url_fault("$", "&x-amz-acl=public-read")),
    *[(f"sub-resource {name}", url_fault("$", f"&{name}")) for name in (
        "acl", "tagging", "policy", "policyStatus", "ownershipControls", "publicAccessBlock", "attributes", "uploads",
        "uploadId=1", "versionId=1", "encryption", "delete", "versions", "website", "renameObject", "select",
    )],
]  # fmt: skip


@pytest.mark.parametrize("change", [pytest.param(change, id=name) for name, change in OLD_FAULTS])
def test_a_changed_url_of_the_old_kind_opens_nothing(world: World, change: Callable[[str], str]) -> None:
    answer = world.raw("GET", change(uri_of(presigned_old())), HOST)
    assert (answer.code, answer.status, world.echo.seen) == ("SignatureDoesNotMatch", 403, [])


def test_a_url_of_the_old_kind_says_each_thing_once(world: World) -> None:
    uri = uri_of(presigned_old("PUT"))
    for headers in ({"content-type": "text/html"}, {"x-amz-acl": "public-read"}, {"content-md5": "AAAA"}):
        assert world.raw("PUT", uri, HOST | headers).code == "SignatureDoesNotMatch"
    assert (world.raw("DELETE", uri, HOST).code, world.echo.seen) == ("SignatureDoesNotMatch", [])


@pytest.mark.parametrize("uri", ["http://evil.example/bucket/key", "*", "bucket/key", ""])
def test_a_request_line_without_a_path_is_refused(world: World, uri: str) -> None:
    headers = {k.lower(): str(v) for k, v in signed().headers.items()} | HOST
    answer = world.raw("GET", uri, headers)
    assert (answer.code, answer.status, world.echo.seen) == ("InvalidURI", 400, [])
