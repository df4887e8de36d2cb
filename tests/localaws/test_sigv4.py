"""What is rightly signed passes the gate, in every form that clients sign in; a web page does not."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from botocore.auth import HmacV1QueryAuth, S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest

from mesh_core.localaws import sigv4
from mesh_core.localaws.s3.call import locate
from tests.localaws.gate_world import KEY, PORT, TEMPORARY, World, presigned, presigned_old, signed

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
        pytest.param(lambda: signed(path="/bucket/key?uploads="), id="argument with an empty value"),
        pytest.param(lambda: signed(path="/bucket?prefix=a&prefix=b&prefix=A"), id="argument three times"),
        pytest.param(lambda: signed(path="/bucket?b=2&a=1&B=3&a-=4"), id="arguments in another order"),
        pytest.param(lambda: signed(path="/bucket?prefix=%2B%20%26%3D%25~%C3%BC"), id="argument of marks and umlauts"),
        pytest.param(lambda: signed(path="/bucket/a%252Fb"), id="key that looks encoded"),
        pytest.param(lambda: signed(path="/bucket/%F0%9F%98%80%E2%80%8B"), id="key beyond the first plane"),
        pytest.param(lambda: signed(path="/bucket/~-_.%21%27%28%29%2A"), id="key of marks"),
        pytest.param(lambda: signed(headers={"X-Amz-Meta-A": "1", "x-amz-meta-b": "\t2\t "}), id="tabs around a value"),
        pytest.param(
            lambda: signed("PUT", headers={"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}, body=b"x"), id="unsigned"
        ),
        pytest.param(lambda: signed(headers={"x-amz-meta-my_key": " two   spaces "}), id="metadata with underscore"),
        pytest.param(lambda: signed(key=TEMPORARY), id="temporary credentials"),
        pytest.param(
            lambda: signed("POST", "/", b"{}", {"x-amz-target": "AWSGlue.GetDatabases"}, service="glue"), id="glue"
        ),
        pytest.param(lambda: signed("POST", "/", b"Action=GetCallerIdentity", service="sts"), id="sts"),
        pytest.param(
            lambda: signed("GET", "/?Action=GetCallerIdentity&Version=2011-06-15", service="sts"), id="sts get"
        ),
        pytest.param(lambda: signed("POST", "/ListPermissions", b"{}", service="lakeformation"), id="lake formation"),
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


FETCHES = [
    pytest.param({"sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}, id="an image"),
    pytest.param({"sec-fetch-mode": "no-cors", "sec-fetch-dest": "script"}, id="a script"),
    pytest.param({"sec-fetch-mode": "no-cors", "sec-fetch-dest": "empty"}, id="a fetch without CORS"),
    pytest.param({"sec-fetch-mode": "cors", "sec-fetch-dest": "empty"}, id="a fetch"),
    pytest.param({"sec-fetch-mode": "same-origin", "sec-fetch-dest": "empty"}, id="a fetch of a page stored here"),
    pytest.param({"sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"}, id="a frame"),
    pytest.param({"sec-fetch-mode": "navigate", "sec-fetch-dest": "object"}, id="an object"),
    pytest.param({"sec-fetch-mode": "websocket", "sec-fetch-dest": "websocket"}, id="a websocket"),
    pytest.param({"sec-fetch-site": "cross-site"}, id="something"),
    pytest.param({"origin": "http://localhost:8501"}, id="the portal's own page"),
    pytest.param({"origin": f"http://127.0.0.1:{PORT}"}, id="a page stored here"),
    pytest.param({"host": "evil.example"}, id="a rebound name"),
    pytest.param({"host": f"127.0.0.1.evil.example:{PORT}"}, id="a name that begins like the address"),
    pytest.param({"host": f"evil.example:{PORT}"}, id="a rebound name with the port"),
    pytest.param({"host": f"localhost.evil.example:{PORT}"}, id="a name that begins like localhost"),
    pytest.param({"host": f"evillocalhost:{PORT}"}, id="a name that ends like localhost"),
    pytest.param({"host": f"[::1]:{PORT}"}, id="another loopback"),
    pytest.param({"host": f"0.0.0.0:{PORT}"}, id="any address"),
    pytest.param({"host": f"127.0.0.1:{PORT}, evil.example:{PORT}"}, id="two hosts"),
]


@pytest.mark.parametrize("headers", FETCHES)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "HEAD"])
def test_a_page_reaches_nothing_even_with_a_presigned_url(world: World, method: str, headers: dict[str, str]) -> None:
    uri = presigned(method).url.removeprefix(f"http://127.0.0.1:{PORT}")
    answer = world.raw(method, uri, {"host": f"127.0.0.1:{PORT}"} | headers)
    assert (answer.status, world.echo.seen) == (403, [])


def test_somebody_may_open_a_presigned_url_and_what_it_shows_runs_nothing(world: World) -> None:
    uri = presigned().url.removeprefix(f"http://127.0.0.1:{PORT}")
    opened = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    answer = world.raw("GET", uri, {"host": f"127.0.0.1:{PORT}"} | opened)
    assert (answer.status, answer.headers["content-security-policy"]) == (200, "sandbox")


@pytest.mark.parametrize(
    "path",
    ["/moto-api", "/moto-api/", "/moto-api/reset", "//moto-api/reset", "/MOTO-API/reset", "/moto%2Dapi/reset",
     "/%6doto-api/data.json", "/moto-api%2Freset", "/moto-api?x=y"],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_control_door_of_moto_is_closed(world: World, method: str, path: str) -> None:
    answer = world.raw(method, path, {"host": f"127.0.0.1:{PORT}"})
    assert (answer.code, answer.status, world.echo.seen) == ("AccessDenied", 403, [])
    assert world.send(signed("POST", "/moto-api/reset")).code == "AccessDenied"


@pytest.mark.parametrize("signer", ["header", "url", "old url"])
def test_a_bucket_may_stand_in_the_host_name(world: World, signer: str) -> None:
    request = AWSRequest("GET", f"http://my.bucket.localhost:{PORT}/a%20key", headers={}, data=b"")
    request.context["payload_signing_enabled"] = True
    if signer == "header":
        S3SigV4Auth(KEY, "s3", "us-east-1").add_auth(request)
    elif signer == "url":
        S3SigV4QueryAuth(KEY, "s3", "us-east-1", expires=60).add_auth(request)
    else:
        request.auth_path = "/my.bucket/a%20key"  # as botocore sets it for a bucket in the host
        HmacV1QueryAuth(KEY, expires=60).add_auth(request)
    assert world.send(request).code == ""
    assert locate(world.echo.seen[0][0]) == ("my.bucket", "a key")


def test_bytes_beyond_ascii_in_a_header_are_signed_as_they_are_sent(world: World) -> None:
    request = signed(headers={"x-amz-meta-city": "A\u0308rau \u00a0 Köln".encode().decode("latin-1")})
    headers = {k.lower(): str(v) for k, v in request.headers.items()} | {"host": f"127.0.0.1:{PORT}"}
    signature = sigv4.read_signature(headers, ())
    canonical = sigv4.canonical_request(signature, "GET", "/bucket/key", (), headers, EMPTY)
    other = sigv4.sign(signature, "root/secret", canonical)
    headers["authorization"] = headers["authorization"].replace(signature.signature, other)
    assert "x-amz-meta-city:A\u0308rau \u00a0 Köln\n" in canonical.encode("latin-1").decode()
    assert world.raw("GET", "/bucket/key", headers).code == ""


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
    assert b"The disk that holds" in answer.body and b"Free some space, then repeat the request" in answer.body
