"""Nobody gets past the gate without a valid signature; refusals carry the code that AWS's clients expect."""

from __future__ import annotations

import hashlib
import hmac
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from mesh_core.localaws import chunked, sigv4
from mesh_core.localaws.aws_error import AwsError
from tests.localaws.gate_world import KEY, TEMPORARY, Answer, World, presigned, presigned_old, signed

EXAMPLE_SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
EMPTY = hashlib.sha256(b"").hexdigest()


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


# -- AWS's own published examples


def test_the_signature_of_the_published_get_example_is_reproduced() -> None:
    headers = {
        "host": "examplebucket.s3.amazonaws.com",
        "range": "bytes=0-9",
        "x-amz-content-sha256": EMPTY,
        "x-amz-date": "20130524T000000Z",
        "authorization": "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
        "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
        "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    }
    claimed = sigv4.read_signature(headers, ())
    canonical = sigv4.canonical_request(claimed, "GET", "/test.txt", (), headers, EMPTY)
    sigv4.check_signature(claimed, EXAMPLE_SECRET, canonical)


def test_the_signature_of_the_published_presigned_example_is_reproduced() -> None:
    query = (
        ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
        ("X-Amz-Credential", "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"),
        ("X-Amz-Date", "20130524T000000Z"),
        ("X-Amz-Expires", "86400"),
        ("X-Amz-SignedHeaders", "host"),
        ("X-Amz-Signature", "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"),
    )
    headers = {"host": "examplebucket.s3.amazonaws.com"}
    claimed = sigv4.read_signature(headers, query)
    canonical = sigv4.canonical_request(claimed, "GET", "/test.txt", query, headers, sigv4.UNSIGNED_PAYLOAD)
    sigv4.check_signature(claimed, EXAMPLE_SECRET, canonical)


def example_chunks() -> tuple[sigv4.Signature, bytes]:
    seed = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
    claimed = sigv4.Signature(
        "AKIAIOSFODNN7EXAMPLE", "20130524", "us-east-1", "s3", ("host",), seed, "20130524T000000Z", None
    )
    parts = (
        (b"a" * 65536, "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"),
        (b"a" * 1024, "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"),
        (b"", "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"),
    )
    framed = b"".join(b"%x;chunk-signature=%s\r\n%s\r\n" % (len(data), sig.encode(), data) for data, sig in parts)
    return claimed, framed


def test_the_chunk_signatures_of_the_published_example_are_reproduced() -> None:
    claimed, framed = example_chunks()
    target = io.BytesIO()
    chunked.decode(io.BytesIO(framed), target, chunked.SIGNED[0], claimed, sigv4.signing_key(claimed, EXAMPLE_SECRET))
    assert target.getvalue() == b"a" * 66560


def test_one_changed_byte_in_a_signed_chunk_is_refused() -> None:
    claimed, framed = example_chunks()
    key = sigv4.signing_key(claimed, EXAMPLE_SECRET)
    with pytest.raises(sigv4.AuthError, match="chunk's signature"):
        chunked.decode(io.BytesIO(framed.replace(b"aaa", b"aba", 1)), io.BytesIO(), chunked.SIGNED[0], claimed, key)


# -- requests that botocore signs


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(lambda: signed(), id="get"),
        pytest.param(lambda: signed("PUT", body=b"data"), id="put with a body"),
        pytest.param(lambda: signed(path="/bucket/a%20b/%C3%BC%2B%25.txt"), id="key with space, umlaut, plus, percent"),
        pytest.param(lambda: signed(path="/bucket/a//b/../c"), id="key with dots and double slashes"),
        pytest.param(lambda: signed(path="/bucket?prefix=a%2Fb%20c&list-type=2&delimiter="), id="arguments"),
        pytest.param(lambda: signed(path="/bucket/key?uploads"), id="argument without a value"),
        pytest.param(lambda: signed(headers={"x-amz-meta-my_key": " two   spaces "}), id="metadata with underscore"),
        pytest.param(lambda: signed(key=TEMPORARY), id="temporary credentials"),
        pytest.param(
            lambda: signed("POST", "/", b"{}", {"x-amz-target": "AWSGlue.GetDatabases"}, service="glue"), id="glue"
        ),
        pytest.param(lambda: signed("POST", "/", b"Action=GetCallerIdentity", service="sts"), id="sts"),
        pytest.param(lambda: presigned(), id="presigned"),
        pytest.param(lambda: presigned("PUT", "/bucket/a%20b?uploadId=x"), id="presigned put with arguments"),
        pytest.param(lambda: presigned(key=TEMPORARY), id="presigned with temporary credentials"),
        pytest.param(lambda: presigned_old(), id="presigned, version 2"),
        pytest.param(
            lambda: presigned_old(path="/bucket/a%20b?versionId=3&response-content-type=text%2Fcsv"), id="v2 arguments"
        ),
    ],
)
def test_what_botocore_signs_is_let_through(world: World, request_: Callable[[], AWSRequest]) -> None:
    assert world.send(request_()).code == ""


def wrong(access_key_id: str = "AKIAROOT", token: str | None = None) -> Credentials:
    return Credentials(access_key_id, "wrong secret", token)


def glue(key: Credentials = KEY, region: str = "us-east-1") -> AWSRequest:
    return signed("POST", "/", b"{}", {"x-amz-target": "AWSGlue.GetDatabases"}, key, "glue", region)


def sts(key: Credentials = KEY) -> AWSRequest:
    form = {"content-type": "application/x-www-form-urlencoded"}
    return signed("POST", "/", b"Action=GetCallerIdentity", form, key, "sts")


OLD = Credentials("ASIAOLD", "temporary/secret", "token==")
STALE = Credentials("ASIATEMP", "temporary/secret", "another token")


@pytest.mark.parametrize(
    ("send", "code", "status"),
    [
        pytest.param(lambda w: w.send(signed(key=wrong())), "SignatureDoesNotMatch", 403, id="s3: wrong secret"),
        pytest.param(lambda w: w.send(sts(wrong())), "SignatureDoesNotMatch", 403, id="sts: wrong secret"),
        pytest.param(lambda w: w.send(glue(wrong())), "InvalidSignatureException", 400, id="glue: wrong secret"),
        pytest.param(lambda w: w.send(signed(key=wrong("AKIAX"))), "InvalidAccessKeyId", 403, id="s3: unknown key"),
        pytest.param(lambda w: w.send(sts(wrong("AKIAX"))), "InvalidClientTokenId", 403, id="sts: unknown key"),
        pytest.param(
            lambda w: w.send(glue(wrong("AKIAX"))), "UnrecognizedClientException", 400, id="glue: unknown key"
        ),
        pytest.param(lambda w: w.send(signed(key=OLD)), "ExpiredToken", 400, id="s3: expired session"),
        pytest.param(lambda w: w.send(sts(OLD)), "ExpiredToken", 403, id="sts: expired session"),
        pytest.param(lambda w: w.send(glue(OLD)), "ExpiredTokenException", 400, id="glue: expired session"),
        pytest.param(lambda w: w.send(signed(key=STALE)), "InvalidToken", 400, id="s3: another token"),
        pytest.param(lambda w: w.send(sts(STALE)), "InvalidClientTokenId", 403, id="sts: another token"),
        pytest.param(
            lambda w: w.send(signed(key=Credentials("ASIATEMP", "temporary/secret"))),
            "InvalidToken",
            400,
            id="temporary key without its token",
        ),
        pytest.param(lambda w: w.send(glue(region="eu-west-1")), "InvalidSignatureException", 400, id="another region"),
        pytest.param(lambda w: w.send(signed(), authorization=None), "AccessDenied", 403, id="s3: unsigned"),
        pytest.param(
            lambda w: w.send(sts(), authorization=None), "MissingAuthenticationToken", 403, id="sts: unsigned"
        ),
        pytest.param(
            lambda w: w.send(glue(), authorization=None),
            "MissingAuthenticationTokenException",
            400,
            id="glue: unsigned",
        ),
        pytest.param(
            lambda w: w.send(signed(), authorization="AWS AKIAROOT:abc"),
            "AuthorizationHeaderMalformed",
            400,
            id="version 2 header",
        ),
        pytest.param(
            lambda w: w.send(signed(), x_amz_meta_added="later"),
            "SignatureDoesNotMatch",
            403,
            id="header added after signing",
        ),
        pytest.param(
            lambda w: w.send(signed("PUT", headers={"x-amz-acl": "private"}), x_amz_acl="public-read"),
            "SignatureDoesNotMatch",
            403,
            id="signed header changed",
        ),
        pytest.param(lambda w: w.send(presigned(expires_s=0)), "AccessDenied", 403, id="presigned url expired"),
        pytest.param(lambda w: w.send(presigned_old(expires_s=-1)), "AccessDenied", 403, id="version 2 url expired"),
        pytest.param(
            lambda w: w.send(presigned(key=wrong())), "SignatureDoesNotMatch", 403, id="presigned, wrong secret"
        ),
    ],
)
def test_what_is_not_proven_is_refused_as_aws_refuses_it(
    world: World, send: Callable[[World], Answer], code: str, status: int
) -> None:
    answer = send(world)
    assert (answer.code, answer.status, world.echo.seen) == (code, status, [])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param(lambda s: ("PUT", s.replace("/bucket/key", "/bucket/other")), "SignatureDoesNotMatch", id="path"),
        pytest.param(lambda s: ("DELETE", s), "SignatureDoesNotMatch", id="method"),
        pytest.param(lambda s: ("PUT", s.replace("Expires=60", "Expires=600")), "SignatureDoesNotMatch", id="expiry"),
        pytest.param(lambda s: ("PUT", s + "&versionId=1"), "SignatureDoesNotMatch", id="argument added"),
        pytest.param(
            lambda s: ("PUT", s.replace("Expires=60", "Expires=999999")), "AuthorizationHeaderMalformed", id="8 days"
        ),
    ],
)
def test_a_presigned_url_is_good_for_exactly_what_it_says(
    world: World, change: Callable[[str], tuple[str, str]], code: str
) -> None:
    method, uri = change(presigned("PUT").url.removeprefix("http://127.0.0.1:4711"))
    assert world.raw(method, uri, {"host": "127.0.0.1:4711"}).code == code


def test_a_tampered_body_is_refused(world: World) -> None:
    request = signed("PUT", body=b"what was signed")
    request.data = b"what was sent.."
    assert world.send(request).code == "XAmzContentSHA256Mismatch"
    tampered = sts()
    tampered.data = b"Action=GetSessionTokens!"
    assert world.send(tampered).code == "SignatureDoesNotMatch"


@pytest.mark.parametrize("minutes", [-16, 16])
def test_a_clock_more_than_fifteen_minutes_off_is_refused(tmp_path: Path, minutes: int) -> None:
    world = World(tmp_path, datetime.now(UTC) + timedelta(minutes=minutes))
    assert world.send(signed()).code == "RequestTimeTooSkewed"


# -- bodies in chunks


def unsigned_chunks(data: bytes, trailer: bytes) -> bytes:
    return b"%x\r\n%s\r\n0\r\n%s\r\n" % (len(data), data, trailer)


def streamed(body: bytes, kind: str, length: int, **headers: str) -> AWSRequest:
    sent = {
        "x-amz-content-sha256": kind,
        "x-amz-decoded-content-length": str(length),
        "content-encoding": "aws-chunked",
    }
    return signed("PUT", body=body, headers=sent | {k.replace("_", "-"): v for k, v in headers.items()})


def test_unsigned_chunks_are_joined_and_the_trailer_becomes_headers(world: World) -> None:
    body = unsigned_chunks(b"hello", b"x-amz-checksum-crc32:NhCmhg==\r\n")
    request = streamed(body, "STREAMING-UNSIGNED-PAYLOAD-TRAILER", 5, x_amz_trailer="x-amz-checksum-crc32")
    assert world.send(request).code == ""
    reached, data = world.echo.seen[0]
    assert data == b"hello"
    assert reached.headers["x-amz-checksum-crc32"] == "NhCmhg=="
    assert reached.headers["content-length"] == "5"
    assert "content-encoding" not in reached.headers


def test_the_content_encoding_that_remains_is_the_objects_own(world: World) -> None:
    request = signed(
        "PUT",
        body=unsigned_chunks(b"hello", b""),
        headers={"x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "content-encoding": "aws-chunked,gzip"},
    )
    assert world.send(request).code == ""
    assert world.echo.seen[0][0].headers["content-encoding"] == "gzip"


@pytest.mark.parametrize(
    ("body", "length"),
    [
        pytest.param(b"5\r\nhell", 5, id="ends inside a chunk"),
        pytest.param(b"5\r\nhello\r\n", 5, id="no last chunk"),
        pytest.param(b"zz\r\nhello\r\n0\r\n\r\n", 5, id="size is no number"),
        pytest.param(b"-5\r\nhello\r\n0\r\n\r\n", 5, id="negative size"),
        pytest.param(b"3\r\nhello\r\n0\r\n\r\n", 5, id="chunk longer than it says"),
        pytest.param(b"ffffffffff\r\nhello\r\n0\r\n\r\n", 5, id="a terabyte"),
        pytest.param(unsigned_chunks(b"hello", b""), 6, id="fewer bytes than declared"),
    ],
)
def test_broken_framing_is_an_incomplete_body(world: World, body: bytes, length: int) -> None:
    answer = world.send(streamed(body, "STREAMING-UNSIGNED-PAYLOAD-TRAILER", length))
    assert (answer.code, answer.status, world.echo.seen) == ("IncompleteBody", 400, [])


class ChunkSigner:
    """Frames and signs chunks as the S3 documentation says, from the request's own signature on."""

    def __init__(self, request: AWSRequest, secret: str) -> None:
        claimed = sigv4.read_signature({k.lower(): v for k, v in request.headers.items()}, ())
        self.key, self.previous = sigv4.signing_key(claimed, secret), claimed.signature
        self.head = f"{claimed.amz_date}\n{claimed.scope}\n"

    def sign(self, kind: str, *hashes: str) -> str:
        text = f"AWS4-HMAC-SHA256-{kind}\n{self.head}{self.previous}\n" + "\n".join(hashes)
        self.previous = hmac.new(self.key, text.encode(), hashlib.sha256).hexdigest()
        return self.previous

    def frame(self, *chunks: bytes) -> bytes:
        framed = b""
        for data in (*chunks, b""):
            signature = self.sign("PAYLOAD", EMPTY, hashlib.sha256(data).hexdigest())
            framed += b"%x;chunk-signature=%s\r\n%s" % (len(data), signature.encode(), data)
            framed += b"\r\n" if data else b""
        return framed


def with_signed_trailer(trailer: bytes, sent: bytes | None = None) -> AWSRequest:
    request = streamed(b"", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", 11, x_amz_trailer="x-amz-checksum-crc32")
    signer = ChunkSigner(request, "root/secret")
    body = signer.frame(b"hello ", b"world")
    signature = signer.sign("TRAILER", hashlib.sha256(trailer + b"\n").hexdigest())
    request.data = body + (sent or trailer) + b"\r\nx-amz-trailer-signature:" + signature.encode() + b"\r\n\r\n"
    return request


def test_signed_chunks_with_a_signed_trailer_are_let_through(world: World) -> None:
    assert world.send(with_signed_trailer(b"x-amz-checksum-crc32:DUoRhQ==")).code == ""
    assert world.echo.seen[0][1] == b"hello world"


def test_a_changed_trailer_is_refused(world: World) -> None:
    request = with_signed_trailer(b"x-amz-checksum-crc32:DUoRhQ==", sent=b"x-amz-checksum-crc32:AAAAAA==")
    assert world.send(request).code == "SignatureDoesNotMatch"


# -- web pages


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param({"host": "evil.example:4711"}, "AccessDenied", id="another host: DNS rebinding"),
        pytest.param({"host": "127.0.0.1:80"}, "AccessDenied", id="another port"),
        pytest.param({"host": None}, "AccessDenied", id="no host"),
        pytest.param({"origin": "https://evil.example"}, "AccessDenied", id="a page's fetch"),
        pytest.param({"origin": "null"}, "AccessDenied", id="a sandboxed page's fetch"),
    ],
)
def test_a_web_page_reaches_nothing(world: World, change: dict[str, str | None], code: str) -> None:
    answer = world.send(signed(), **change)
    assert (answer.code, answer.status, world.echo.seen) == (code, 403, [])


def test_the_control_door_of_moto_is_closed(world: World) -> None:
    assert world.send(signed("POST", "/moto-api/reset")).code == "AccessDenied"


def test_a_bucket_may_stand_in_the_host_name(world: World) -> None:
    request = AWSRequest("GET", "http://my-bucket.localhost:4711/key", headers={}, data=b"")
    request.context["payload_signing_enabled"] = True
    from botocore.auth import S3SigV4Auth

    S3SigV4Auth(KEY, "s3", "us-east-1").add_auth(request)
    assert world.send(request).code == ""
    assert world.echo.seen[0][0].path == "/my-bucket/key"


def test_a_service_that_is_not_there_is_named(world: World) -> None:
    answer = world.send(signed("POST", "/", b"{}", service="dynamodb"))
    assert answer.code == "UnknownService"
    assert b"dynamodb" in answer.body


def test_a_failing_service_answers_without_its_trace(world: World, caplog: pytest.LogCaptureFixture) -> None:
    def fail(*_: object) -> None:
        raise ValueError("a secret detail")

    world.echo.handle = fail  # type: ignore[assignment,method-assign]
    answer = world.send(signed())
    assert (answer.code, answer.status) == ("InternalFailure", 500)
    assert b"secret detail" not in answer.body
    assert "a secret detail" in caplog.text


def test_a_full_disk_is_said_by_name(world: World) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    world.echo.handle = fail  # type: ignore[assignment,method-assign]
    answer = world.send(signed())
    assert answer.status == 507
    assert b"disk is full" in answer.body


def test_a_chunk_decoder_never_reads_past_its_limit() -> None:
    claimed, _ = example_chunks()
    with pytest.raises(AwsError, match="are taken"):
        chunked.decode(io.BytesIO(b"8000000\r\n"), io.BytesIO(), chunked.KINDS[2], claimed, b"")
