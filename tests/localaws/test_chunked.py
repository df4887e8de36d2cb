"""Bodies in AWS's own framing: let through whole and rightly signed, refused as S3 refuses them else."""

from __future__ import annotations

import hashlib
import hmac
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from botocore.awsrequest import AWSRequest

from mesh_core.localaws import chunked, sigv4
from mesh_core.localaws.auth_errors import AuthError
from mesh_core.localaws.aws_error import AwsError
from tests.localaws.gate_world import Answer, World, signed

EXAMPLE_SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
EMPTY = hashlib.sha256(b"").hexdigest()
PLAIN, TRAILED, UNSIGNED = chunked.KINDS
CRC = b"x-amz-checksum-crc32:NhCmhg=="


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def example_chunks() -> tuple[sigv4.Signature, bytes]:
    """The published example: 66,560 times the letter a in two chunks."""
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


def decoded(claimed: sigv4.Signature, framed: bytes, size_bytes: int = 66560) -> bytes:
    target, key = io.BytesIO(), sigv4.signing_key(claimed, EXAMPLE_SECRET)
    chunked.decode(io.BytesIO(framed), target, chunked.Framing(PLAIN, None, size_bytes), claimed, key)
    return target.getvalue()


def test_the_chunk_signatures_of_the_published_example_are_reproduced() -> None:
    assert decoded(*example_chunks()) == b"a" * 66560


def test_one_changed_byte_in_a_signed_chunk_is_refused() -> None:
    claimed, framed = example_chunks()
    with pytest.raises(AuthError, match="mismatch"):
        decoded(claimed, framed.replace(b"aaa", b"aba", 1))


def test_a_chunk_decoder_never_reads_past_its_limit() -> None:
    claimed, _ = example_chunks()
    with pytest.raises(AwsError, match="are taken"):
        chunked.decode(io.BytesIO(b"8000000\r\n"), io.BytesIO(), chunked.Framing(UNSIGNED, None, 1 << 40), claimed, b"")


# -- through the gate


def streamed(body: bytes, kind: str, size_bytes: int, **headers: str) -> AWSRequest:
    sent = {
        "x-amz-content-sha256": kind,
        "x-amz-decoded-content-length": str(size_bytes),
        "content-encoding": "aws-chunked",
    }
    return signed("PUT", body=body, headers=sent | {k.replace("_", "-"): v for k, v in headers.items()})


class ChunkSigner:
    """Frames and signs chunks as the S3 documentation says, from the request's own signature on."""

    def __init__(self, request: AWSRequest, secret: str = "root/secret") -> None:
        claimed = sigv4.read_signature({k.lower(): v for k, v in request.headers.items()}, ())
        self.key, self.previous = sigv4.signing_key(claimed, secret), claimed.signature
        self.head = f"{claimed.amz_date}\n{claimed.scope}\n"

    def sign(self, kind: str, *hashes: str) -> bytes:
        text = f"AWS4-HMAC-SHA256-{kind}\n{self.head}{self.previous}\n" + "\n".join(hashes)
        self.previous = hmac.new(self.key, text.encode(), hashlib.sha256).hexdigest()
        return self.previous.encode()

    def chunk(self, data: bytes) -> bytes:
        signature = self.sign("PAYLOAD", EMPTY, hashlib.sha256(data).hexdigest())
        return b"%x;chunk-signature=%s\r\n%s" % (len(data), signature, data + b"\r\n" if data else b"")

    def trailer(self, line: bytes) -> bytes:
        return b"x-amz-trailer-signature:" + self.sign("TRAILER", hashlib.sha256(line + b"\n").hexdigest()) + b"\r\n"


A, B = b"a" * 8192, b"b" * 9000


def signed_body(world: World, change: Callable[[list[bytes]], list[bytes]] = lambda parts: parts) -> Answer:
    """Two signed chunks and the end, changed before they are sent."""
    request = streamed(b"", PLAIN, len(A + B))
    signer = ChunkSigner(request)
    request.data = b"".join(change([signer.chunk(A), signer.chunk(B), signer.chunk(b""), b"\r\n"]))
    return world.send(request)


def test_signed_chunks_are_joined(world: World) -> None:
    assert signed_body(world).code == ""
    assert world.echo.seen[0][1] == A + B


ATTACKS = [
    ("second chunk before the first", lambda p: [p[1], p[0], *p[2:]], "SignatureDoesNotMatch"),
    ("first chunk left out", lambda p: p[1:], "SignatureDoesNotMatch"),
    ("first chunk twice", lambda p: [p[0], p[0], *p[2:]], "SignatureDoesNotMatch"),
    ("a byte changed", lambda p: [p[0].replace(b"aa", b"ab", 1), *p[1:]], "SignatureDoesNotMatch"),
    (
        "a byte of the signature changed",
        lambda p: [*p[:2], p[2][:-9] + b"0000000\r\n", p[3]],
        "SignatureDoesNotMatch",
    ),
    ("no signature", lambda p: [b"2000\r\n" + A + b"\r\n", *p[1:]], "IncompleteBody"),
    ("signature in capitals", lambda p: [p[0].replace(p[0][21:85], p[0][21:85].upper()), *p[1:]], "IncompleteBody"),
    ("no end", lambda p: p[:2], "IncompleteBody"),
    ("no line after the end", lambda p: p[:3], "IncompleteBody"),
    ("something after the end", lambda p: [*p, b"2000\r\n"], "IncompleteBody"),
    ("ends inside a chunk", lambda p: [p[0][:500]], "IncompleteBody"),
    ("a trailer that was not announced", lambda p: [*p[:3], CRC + b"\r\n\r\n"], "MalformedTrailerError"),
    ("an end in the middle", lambda p: [p[0], *p[2:]], "SignatureDoesNotMatch|IncompleteBody"),
]


@pytest.mark.parametrize(("change", "code"), [pytest.param(change, code, id=name) for name, change, code in ATTACKS])
def test_changed_chunks_are_refused(world: World, change: Callable[[list[bytes]], list[bytes]], code: str) -> None:
    answer = signed_body(world, change)
    assert answer.code in code.split("|")
    assert world.echo.seen == []


def test_chunks_signed_with_another_key_are_refused(world: World) -> None:
    request = streamed(b"", PLAIN, len(A))
    signer = ChunkSigner(request, "another secret")
    request.data = signer.chunk(A) + signer.chunk(b"") + b"\r\n"
    assert (world.send(request).code, world.echo.seen) == ("SignatureDoesNotMatch", [])


def test_only_the_last_chunk_may_be_small(world: World) -> None:
    request = streamed(b"", PLAIN, 11)
    signer = ChunkSigner(request)
    request.data = signer.chunk(b"hello ") + signer.chunk(b"world") + signer.chunk(b"") + b"\r\n"
    answer = world.send(request)
    assert (answer.code, answer.status, world.echo.seen) == ("InvalidChunkSizeError", 403, [])


# -- trailers


def with_signed_trailer(announced: str = "x-amz-checksum-crc32", sent: bytes | None = None) -> AWSRequest:
    trailer = b"x-amz-checksum-crc32:DUoRhQ=="
    request = streamed(b"", TRAILED, 11, x_amz_trailer=announced)
    signer = ChunkSigner(request)
    body = signer.chunk(b"hello world") + signer.chunk(b"")
    signature = signer.trailer(trailer)
    request.data = body + (trailer + b"\r\n" + signature if sent is None else sent.replace(b"{}", signature)) + b"\r\n"
    return request


def test_signed_chunks_with_a_signed_trailer_are_let_through(world: World) -> None:
    assert world.send(with_signed_trailer()).code == ""
    reached, data = world.echo.seen[0]
    assert (data, reached.headers["x-amz-checksum-crc32"]) == (b"hello world", "DUoRhQ==")


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        pytest.param(b"x-amz-checksum-crc32:AAAAAA==\r\n{}", "SignatureDoesNotMatch", id="changed"),
        pytest.param(b"x-amz-checksum-crc32:DUoRhQ==\r\n", "MalformedTrailerError", id="signature left out"),
        pytest.param(
            b"x-amz-checksum-crc32:DUoRhQ==\r\nx-amz-trailer-signature:" + b"0" * 64 + b"\r\n",
            "SignatureDoesNotMatch",
            id="another signature",
        ),
        pytest.param(b"", "MalformedTrailerError", id="left out"),
        pytest.param(b"{}", "MalformedTrailerError", id="nothing but a signature"),
        pytest.param(b"x-amz-checksum-sha1:AAAA\r\n{}", "MalformedTrailerError", id="another one than announced"),
        pytest.param(
            b"x-amz-checksum-crc32:DUoRhQ==\r\nx-amz-acl:public-read\r\n{}", "MalformedTrailerError", id="a header more"
        ),
        pytest.param(
            b"x-amz-checksum-crc32:DUoRhQ==\r\nx-amz-checksum-crc32:AAAAAA==\r\n{}", "IncompleteBody", id="twice"
        ),
    ],
)
def test_a_changed_trailer_is_refused(world: World, sent: bytes, code: str) -> None:
    answer = world.send(with_signed_trailer(sent=sent))
    assert (answer.code, world.echo.seen) == (code, [])


def unsigned_chunks(data: bytes, trailer: bytes) -> bytes:
    return b"%x\r\n%s\r\n0\r\n%s\r\n" % (len(data), data, trailer)


def test_unsigned_chunks_are_joined_and_the_trailer_becomes_a_header(world: World) -> None:
    request = streamed(unsigned_chunks(b"hello", CRC + b"\r\n"), UNSIGNED, 5, x_amz_trailer="x-amz-checksum-crc32")
    assert world.send(request).code == ""
    reached, data = world.echo.seen[0]
    assert data == b"hello"
    assert reached.headers["x-amz-checksum-crc32"] == "NhCmhg=="
    assert reached.headers["content-length"] == "5"
    assert "content-encoding" not in reached.headers


@pytest.mark.parametrize(
    "name", ["x-amz-acl", "x-amz-copy-source", "x-amz-tagging", "x-amz-meta-a", "authorization", ""]
)
def test_a_trailer_is_a_checksum_and_no_other_header(world: World, name: str) -> None:
    body = unsigned_chunks(b"hello", f"{name}:public-read\r\n".encode())
    announced = {"x_amz_trailer": name} if name else {}
    answer = world.send(streamed(body, UNSIGNED, 5, **announced))
    assert (answer.code in ("InvalidRequest", "MalformedTrailerError"), world.echo.seen) == (True, [])


def test_a_checksum_stands_in_the_trailer_or_in_a_header(world: World) -> None:
    both = {"x_amz_trailer": "x-amz-checksum-crc32", "x_amz_checksum_crc32": "AAAAAA=="}
    answer = world.send(streamed(unsigned_chunks(b"hello", CRC + b"\r\n"), UNSIGNED, 5, **both))
    assert (answer.code, world.echo.seen) == ("InvalidRequest", [])


def test_the_content_encoding_that_remains_is_the_objects_own(world: World) -> None:
    request = streamed(unsigned_chunks(b"hello", b""), UNSIGNED, 5, content_encoding="aws-chunked,gzip")
    assert world.send(request).code == ""
    assert world.echo.seen[0][0].headers["content-encoding"] == "gzip"


@pytest.mark.parametrize(
    ("body", "size_bytes"),
    [
        pytest.param(b"5\r\nhell", 5, id="ends inside a chunk"),
        pytest.param(b"5\r\nhello\r\n", 5, id="no last chunk"),
        pytest.param(b"5\r\nhello\r\n0\r\n", 5, id="no last line"),
        pytest.param(b"5\nhello\n0\n\n", 5, id="lines ended otherwise"),
        pytest.param(b"zz\r\nhello\r\n0\r\n\r\n", 5, id="size is no number"),
        pytest.param(b"-5\r\nhello\r\n0\r\n\r\n", 5, id="negative size"),
        pytest.param(b"0x5\r\nhello\r\n0\r\n\r\n", 5, id="size as in Python"),
        pytest.param(b" 5\r\nhello\r\n0\r\n\r\n", 5, id="blank before the size"),
        pytest.param(b"5;x=y\r\nhello\r\n0\r\n\r\n", 5, id="an extension"),
        pytest.param(b"3\r\nhello\r\n0\r\n\r\n", 5, id="chunk longer than it says"),
        pytest.param(b"ffffffffff\r\nhello\r\n0\r\n\r\n", 5, id="a terabyte"),
        pytest.param(b"5" * 20_000, 5, id="a line without an end"),
        pytest.param(unsigned_chunks(b"hello", b""), 6, id="fewer bytes than declared"),
        pytest.param(unsigned_chunks(b"hello", b""), 4, id="more bytes than declared"),
        pytest.param(b"", 5, id="nothing"),
    ],
)
def test_broken_framing_is_an_incomplete_body(world: World, body: bytes, size_bytes: int) -> None:
    answer = world.send(streamed(body, UNSIGNED, size_bytes))
    assert (answer.code, answer.status, world.echo.seen) == ("IncompleteBody", 400, [])


@pytest.mark.parametrize("length", ["", "five", "-1", "\u00b2", "9" * 5000])
def test_the_decoded_size_must_be_said(world: World, length: str) -> None:
    sent = {"x-amz-content-sha256": UNSIGNED, "x-amz-decoded-content-length": length}
    answer = world.send(signed("PUT", body=unsigned_chunks(b"hello", b""), headers=sent))
    assert (answer.code in ("MissingContentLength", "SignatureDoesNotMatch"), world.echo.seen) == (True, [])
