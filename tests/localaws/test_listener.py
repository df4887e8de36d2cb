"""What is no request, what is too much of one, and who dawdles: answered or cut off, and the others are served."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from mesh_core.localaws import listener
from tests.localaws.gate_world import KEY, World

WAIT_S = 30


class Served:
    """A gate behind the real listener, in this process."""

    def __init__(self, folder: Path) -> None:
        listening = listener.bind(0)
        self.port = listening.getsockname()[1]
        self.world = World(folder)
        object.__setattr__(self.world.gate, "port", self.port)
        self.server = listener.server(self.world.gate, listening)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            self.server.run()
        except OSError:
            return  # its sockets were closed

    def close(self) -> None:
        self.server.close()
        self.server.task_dispatcher.shutdown()

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=WAIT_S)

    def ask(self, data: bytes) -> tuple[int, bytes]:
        """Send bytes as they are; the status (0: closed without an answer) and all of the answer."""
        with closing(self.connect()) as client:
            try:
                client.sendall(data)
                client.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # it was cut off before all was sent
            return answer_of(client)

    def head(self, method: str = "GET", path: str = "/bucket/key", **headers: str) -> bytes:
        """The head of a rightly signed request without its last, empty line."""
        unsigned = {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}
        request = AWSRequest(method, f"http://127.0.0.1:{self.port}{path}", data=b"", headers=unsigned)
        SigV4Auth(KEY, "s3", "us-east-1").add_auth(request)
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}"]
        lines += [f"{name}: {value}" for name, value in request.headers.items()]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        return "\r\n".join(lines).encode() + b"\r\n"

    def lives(self) -> bool:
        return self.ask(self.head() + b"Connection: close\r\n\r\n")[0] == 200


def answer_of(client: socket.socket) -> tuple[int, bytes]:
    found = b""
    try:
        while block := client.recv(65536):
            found += block
    except OSError:
        pass
    return (int(found.split(b" ", 2)[1]) if found.startswith(b"HTTP/") else 0), found


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    made = Served(tmp_path_factory.mktemp("listener"))
    yield made
    made.close()


LONG = b"x" * (listener.MAX_HEADER_BYTES + 1000)
PUT, GET, POST = (m + b" / HTTP/1.1\r\nHost: {host}\r\n" for m in (b"PUT", b"GET", b"POST"))
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
SIGNED = b"Authorization: AWS4-HMAC-SHA256 Credential=A/20261122/us-east-1/{service}/aws4_request, Signature=0\r\n"
BROKEN: list[tuple[str, bytes, tuple[int, ...]]] = [
    ("no request at all", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", (400,)),
    ("a line of nothing but blanks", b"   \r\n\r\n", (0, 400)),
    ("no version", b"GET /\r\n\r\n", (400, 403)),
    ("another version", b"GET / HTTP/9.9\r\nHost: {host}\r\n\r\n", (400, 403, 505)),
    ("another protocol", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (400, 403, 505)),
    ("no host", b"GET / HTTP/1.1\r\n\r\n", (400, 403)),
    ("two hosts", GET + b"Host: evil.example\r\n\r\n", (400, 403)),
    ("a header without a name", b"GET / HTTP/1.1\r\n: x\r\nHost: {host}\r\n\r\n", (400,)),
    ("a blank before the colon", b"GET / HTTP/1.1\r\nHost : {host}\r\n\r\n", (400,)),
    ("a line feed in a header", b"GET / HTTP/1.1\r\nHost: {host}\nx-amz-date: 1\r\n\r\n", (400,)),
    ("a NUL in a header", GET + b"x-amz-meta-a: \x00\r\n\r\n", (400, 403)),
    ("a header that is too long", GET + b"x: " + LONG + b"\r\n\r\n", (431, 0)),
    ("a path that is too long", b"GET /" + LONG + b" HTTP/1.1\r\nHost: {host}\r\n\r\n", (431, 0)),
    ("ten thousand headers", b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 20_000 + b"\r\n", (431, 0)),
    ("a negative length", PUT + b"Content-Length: -1\r\n\r\n", (400,)),
    ("a length in words", PUT + b"Content-Length: ten\r\n\r\n", (400,)),
    ("two lengths", PUT + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", (400,)),
    ("length and chunks", PUT + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
                          b"0\r\n\r\nGET /x HTTP/1.1\r\n\r\n", (400,)),
    ("chunks before 1.1", b"PUT / HTTP/1.0\r\nConnection: keep-alive\r\n" + CHUNKED + b"0\r\n\r\n", (400,)),
    ("another coding", PUT + b"Transfer-Encoding: gzip, chunked\r\n\r\n", (501,)),
    ("a coding that is nearly one", PUT + b"Transfer-Encoding: xchunked\r\n\r\n", (501,)),
    ("chunked twice", PUT + b"Transfer-Encoding: chunked\r\n" + CHUNKED +
                      b"0\r\n\r\n", (400, 403, 501)),
    ("a chunk's size in words", PUT + CHUNKED + b"ten\r\n", (400,)),
    ("a negative chunk", PUT + CHUNKED + b"-5\r\nhello\r\n", (400,)),
    ("a chunk longer than it says", PUT + CHUNKED + b"1\r\nhello\r\n",
     (400,)),
    ("a chunk's line without an end", PUT + CHUNKED + b"1" * 100_000,
     (400, 0)),
    ("a trailer without an end", PUT + CHUNKED + b"0\r\n"
                                 + b"a: b\r\n" * 20_000, (400, 413, 0)),
    ("an upgrade", GET + b"Connection: Upgrade\r\nUpgrade: websocket\r\n"
                   b"Sec-WebSocket-Key: dGhlIHNhbXBsZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n", (400, 403)),
    ("a web page's websocket", GET + b"Origin: http://evil.example\r\nConnection: Upgrade\r\n"
                               b"Upgrade: websocket\r\n\r\n", (403,)),
    ("a preflight", b"OPTIONS /bucket/key HTTP/1.1\r\nHost: {host}\r\nOrigin: http://evil.example\r\n"
                    b"Access-Control-Request-Method: PUT\r\n\r\n", (403,)),
    ("a proxy's request", b"GET http://evil.example/ HTTP/1.1\r\nHost: {host}\r\n\r\n", (400, 403)),
    ("a tunnel", b"CONNECT evil.example:443 HTTP/1.1\r\nHost: {host}\r\n\r\n", (400, 403)),
    ("a trace", b"TRACE / HTTP/1.1\r\nHost: {host}\r\n\r\n", (400, 403, 405)),
    ("an unsigned body that is large", PUT + b"Content-Length: 5000000000\r\n\r\n",
     (413,)),
    ("a web page's body that is large", POST + b"Origin: null\r\nContent-Length: 70000\r\n\r\n",
     (413,)),
    ("a large body signed for no service", PUT + b"Authorization: AWS4-HMAC-SHA256 x\r\n"
                                           b"Content-Length: 70000\r\n\r\n", (413,)),
    ("a call that is too large", POST + SIGNED.replace(b"{service}", b"glue")
                                 + b"Content-Length: 20000000\r\n\r\n", (413,)),
    ("more than S3 takes", PUT + SIGNED.replace(b"{service}", b"s3")
                           + b"Content-Length: 999999999999999\r\n\r\n", (413,)),
]  # fmt: skip


@pytest.mark.parametrize(("data", "statuses"), [pytest.param(d, s, id=name) for name, d, s in BROKEN])
def test_what_is_no_request_is_refused_and_the_next_one_is_served(
    served: Served, data: bytes, statuses: tuple[int, ...]
) -> None:
    seen = len(served.world.echo.seen)
    status, answer = served.ask(data.replace(b"{host}", b"127.0.0.1:%d" % served.port))
    assert status in statuses, answer[:300]
    assert len(served.world.echo.seen) == seen, "it reached a service"
    assert b"Traceback" not in answer and answer.count(b"HTTP/1") <= 1
    assert served.lives()


def test_an_unsigned_body_in_chunks_is_cut_off_before_it_fills_the_disk(served: Served) -> None:
    head = b"PUT /bucket/key HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nTransfer-Encoding: chunked\r\n\r\n" % served.port
    status, _ = served.ask(head + b"40000\r\n" + b"x" * 0x40000 + b"\r\n" + b"40000\r\n" + b"x" * 0x40000)
    assert status in (413, 0)
    assert served.lives()


def test_a_signed_body_in_chunks_passes(served: Served) -> None:
    head = served.head("PUT") + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    status, _ = served.ask(head + b"40000\r\n" + b"x" * 0x40000 + b"\r\n0\r\n\r\n")
    assert (status, len(served.world.echo.seen[-1][1])) == (200, 0x40000)


def test_a_refused_request_is_answered_in_a_form_that_clients_read(served: Served) -> None:
    _, answer = served.ask(b"GET / HTTP/1.1\r\nx: " + LONG[:10] + b"\r\n: \r\n\r\n")
    assert b"application/xml" in answer and b"<Error><Code>BadRequest</Code>" in answer


def test_clients_that_dawdle_stop_nobody(served: Served) -> None:
    dawdling = [served.connect() for _ in range(60)]
    try:
        for number, client in enumerate(dawdling):
            client.sendall(
                (b"GET /", served.head(), served.head("PUT") + b"Content-Length: 10\r\n\r\nhalf")[number % 3]
            )
        assert all(served.lives() for _ in range(5))
    finally:
        for client in dawdling:
            client.close()


def test_who_does_not_finish_his_headers_is_cut_off(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "HEADERS_TIMEOUT_S", -1)
    with closing(served.connect()) as client:
        client.sendall(b"GET / HTTP/1.1\r\n")
        assert client.recv(1000) == b""
    monkeypatch.undo()
    assert served.lives()


def test_who_does_not_read_holds_no_worker(tmp_path: Path) -> None:
    from mesh_core.localaws.http import FileBody, Reply, Request

    served = Served(tmp_path)
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(64 * 1024 * 1024)

    def handle(request: Request, caller: Any) -> Reply:
        if request.path != "/bucket/large":
            return Reply(200, {}, b"reached")
        size = large.stat().st_size
        return Reply(200, {"content-length": str(size)}, FileBody(large.open("rb"), 0, size))

    served.world.echo.handle = handle  # type: ignore[assignment,method-assign]
    readers = [served.connect() for _ in range(2 * listener.THREADS)]
    try:
        for client in readers:
            client.sendall(served.head(path="/bucket/large") + b"\r\n")
        assert all(served.lives() for _ in range(5))
        status, answer = answer_of_length(readers[0], large.stat().st_size)
        assert (status, answer) == (200, large.stat().st_size)
    finally:
        for client in readers:
            client.close()
        served.close()


def answer_of_length(client: socket.socket, size_bytes: int) -> tuple[int, int]:
    """The status and how many bytes of a body came."""
    found = b""
    while b"\r\n\r\n" not in found:
        found += client.recv(65536)
    head, _, rest = found.partition(b"\r\n\r\n")
    got = len(rest)
    while got < size_bytes and (block := client.recv(1 << 20)):
        got += len(block)
    return int(head.split(b" ", 2)[1]), got


# -- documents of the JSON services


JSON_BODIES = [
    pytest.param(b"", 200, id="nothing"),
    pytest.param(b"{", 400, id="half"),
    pytest.param(b"[]", 400, id="a list"),
    pytest.param(b'"x"', 400, id="a text"),
    pytest.param(b"1", 400, id="a number"),
    pytest.param(b"\xff\xfe{\x00}\x00", 400, id="another encoding"),
    pytest.param(b'{"MaxResults": NaN}', 400, id="not a number"),
    pytest.param(b'{"MaxResults": 1e400}', 400, id="infinity"),
    pytest.param(b'{"MaxResults": ' + b"9" * 30 + b"}", 400, id="a number of thirty digits"),
    pytest.param(b'{"MaxResults": ' + b"9" * 5000 + b"}", 400, id="and of five thousand"),
    pytest.param(b'{"MaxResults": true}', 400, id="true as a number"),
    pytest.param(b'{"NextToken": "\\ud800"}', 400, id="half a character"),
    pytest.param(b'{"NextToken": 1}', 400, id="a number as a text"),
    pytest.param(b'{"NextToken": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400, id="deep"),
    pytest.param(b'{"a":' * 50_000 + b"1" + b"}" * 50_000, 400, id="deep objects"),
    pytest.param(b"\xa1\x6aMaxResults\x01", 400, id="CBOR"),
]


@pytest.mark.parametrize(("body", "status"), JSON_BODIES)
@pytest.mark.parametrize("target", ["AWSGlue.GetDatabases", "AmazonAthena.ListWorkGroups"])
def test_a_document_that_is_none_is_the_clients_fault(
    tmp_path_factory: Any, body: bytes, status: int, target: str
) -> None:
    answer, text = call(inside(tmp_path_factory), target, body)
    assert answer == status, text
    if status == 400:
        assert json.loads(text)["__type"] in (
            "SerializationException",
            "InvalidInputException",
            "InvalidRequestException",
        )


@pytest.mark.parametrize(
    "target",
    ["", "AWSGlue", "AWSGlue.", ".GetDatabases", "AWSGlue.GetDatabases.x", "AWSGlue.__class__", "AWSGlue.getdatabases",
     "AmazonAthena.GetDatabases", "DynamoDB.ListTables", "AWSGlue.RunStatement"],
)  # fmt: skip
def test_an_operation_that_is_none_is_said(tmp_path_factory: Any, target: str) -> None:
    answer, text = call(inside(tmp_path_factory), target, b"{}")
    assert answer in (400, 404), text


_made: list[Any] = []


def inside(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One endpoint inside this process for these tests."""
    from tests.localaws.inside import Inside

    if not _made:
        _made.append(Inside(tmp_path_factory.mktemp("json")))
    return _made[0]


def call(world: Any, target: str, body: bytes) -> tuple[int, str]:
    service = "athena" if target.startswith("AmazonAthena") else "glue"
    request = AWSRequest("POST", "http://127.0.0.1:4711/", data=body, headers={"x-amz-target": target})
    key = Credentials(world.root["aws_access_key_id"], world.root["aws_secret_access_key"])
    SigV4Auth(key, service, "us-east-1").add_auth(request)
    headers = {k.lower(): str(v) for k, v in request.headers.items()} | {"host": "127.0.0.1:4711"}
    status, _, answer = world.raw("POST", "/", headers, body)
    return status, answer.decode()
