"""The HTTP server: waitress on 127.0.0.1, with what AWS clients need and it lacks, and with limits.

Header names reach the gate as they were sent. WSGI folds `-` and `_` together and waitress drops names with `_`, but
S3's user metadata may hold either, and the signature covers them.

Limits, so that nobody stops the others: a body is received only as far as its sender may send one (who is not signed
gets almost nothing on disk), a client that dawdles over its headers or stops reading is cut off, and files are sent by
the one thread that waits for sockets, so that a slow reader holds no worker.
"""

from __future__ import annotations

import io
import logging
import re
import socket
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import waitress.buffers
import waitress.channel
import waitress.parser
import waitress.receiver
import waitress.server
import waitress.task
from waitress.utilities import BadRequest, RequestEntityTooLarge

THREADS = 16
MAX_BODY_BYTES = 6 * 1024**3  # S3 takes 5 GiB in one request; framing of chunks comes on top
MAX_CALL_BYTES = 16 * 1024**2  # of the other services; Athena's longest statement has 256 KiB
MAX_UNSIGNED_BYTES = 64 * 1024
MAX_HEADER_BYTES = 64 * 1024
MAX_ANSWER_BYTES = 256 * 1024**2  # far above what any answer has that is not a file
MAX_LINE_BYTES = 16 * 1024  # of HTTP's own framing in chunks
HEADERS_TIMEOUT_S, IDLE_TIMEOUT_S, CLEANUP_S = 20, 120, 5
LOST_BODY = "mesh.lost_body"  # environ key: the OSError that lost the body, if it is lost
HEADERS = "mesh.headers"  # environ key: the headers, lower-case names, values of repeated ones joined by ","
_SCOPE = re.compile(r"Credential=[^,&]*?(?:/|%2F)([a-z0-9-]+)(?:/|%2F)aws4_request", re.IGNORECASE)


class _Body(waitress.buffers.OverflowableBuffer):  # type: ignore[misc]
    """A request's body, in memory or in a file. On a full disk it goes nowhere, so that its client gets an answer."""

    lost: OSError | None = None

    def append(self, s: bytes) -> None:
        """waitress would drop the connection when the file can't be written."""
        if self.lost is None:
            try:
                super().append(s)
            except OSError as error:
                self.lost = error
                self.close()

    def getfile(self) -> Any:
        """A lost body has no bytes."""
        return io.BytesIO() if self.lost is not None else super().getfile()


class _Chunks(waitress.receiver.ChunkedReceiver):  # type: ignore[misc]
    def received(self, s: bytes) -> int:
        """waitress keeps the lines between chunks without a limit."""
        taken: int = super().received(s)
        if max(len(self.control_line), len(self.trailer)) > MAX_LINE_BYTES:
            self.error = BadRequest("a chunk's size or trailer is too long")
        return taken


class _Parser(waitress.parser.HTTPRequestParser):  # type: ignore[misc]
    body_rcv: Any
    error: Any

    def __init__(self, adj: Any) -> None:
        super().__init__(adj)
        self.began_at_s = time.monotonic()
        self.limit_bytes = MAX_UNSIGNED_BYTES

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        self.exact: dict[str, str] = {}
        for line in waitress.parser.get_header_lines(header_plus.partition(b"\r\n")[2]):
            name, _, value = line.decode("latin-1").partition(":")
            key = name.lower()
            self.exact[key] = f"{self.exact[key]},{value.strip()}" if key in self.exact else value.strip()
        if self.body_rcv is not None:
            self.body_rcv.buf = _Body(self.adj.inbuf_overflow)
        if "transfer-encoding" in self.exact:
            self._check_framing()
        self.limit_bytes = _limit_bytes(self.exact, self.request_uri)

    def _check_framing(self) -> None:
        """A length said in two ways is how requests are smuggled past others."""
        if "content-length" in self.exact or self.version != "1.1":
            raise waitress.parser.ParsingError("Transfer-Encoding beside Content-Length, or before HTTP/1.1")
        if self.chunked:
            self.body_rcv = _Chunks(self.body_rcv.getbuf())

    def received(self, data: bytes) -> int:
        """waitress asks for the size of the whole server only."""
        taken: int = super().received(data)
        if max(self.content_length, self.body_bytes_received) > self.limit_bytes and self.error is None:
            self.error = RequestEntityTooLarge(f"exceeds max_body of {self.limit_bytes}")
            self.completed = True
        return taken


def _limit_bytes(headers: dict[str, str], uri: str) -> int:
    """How large a body may be, by what the request claims to be; whether it is so is asked when it is here."""
    if "origin" in headers:
        return MAX_UNSIGNED_BYTES
    found = _SCOPE.search(headers.get("authorization", "")) or _SCOPE.search(uri)
    if found is None:
        return MAX_BODY_BYTES if "Signature=" in uri and "AWSAccessKeyId=" in uri else MAX_UNSIGNED_BYTES
    return MAX_BODY_BYTES if found[1] == "s3" else MAX_CALL_BYTES


class _Task(waitress.task.WSGITask):  # type: ignore[misc]
    def get_environment(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environment()
        environ[HEADERS] = self.request.exact
        if self.request.body_rcv is not None:
            environ[LOST_BODY] = self.request.body_rcv.getbuf().lost
        return environ

    def build_response_header(self) -> bytes:
        """waitress capitalises header names, but clients read the case of metadata keys from them."""
        head: bytes = super().build_response_header()
        return re.sub(rb"\r\nX-Amz-[^:]*", lambda match: match.group().lower(), head)


_CODES = {
    400: "BadRequest",
    413: "EntityTooLarge",
    431: "RequestHeaderSectionTooLarge",
    501: "NotImplemented",
}


class _ErrorTask(waitress.task.ErrorTask):  # type: ignore[misc]
    def execute(self) -> None:
        """What is no request is answered in a form that S3's clients can read, without what was sent."""
        error = self.request.error
        code = _CODES.get(error.code, "InternalFailure")
        body = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code>'
            f"<Message>The request can't be read: {error.reason}.</Message></Error>"
        ).encode()
        self.status = f"{error.code} {error.reason}"
        self.response_headers.append(("Content-Type", "application/xml"))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class _Channel(waitress.channel.HTTPChannel):  # type: ignore[misc]
    parser_class = _Parser
    task_class = _Task
    error_task_class = _ErrorTask

    def send_continue(self) -> None:
        """waitress forgets that a request is complete, and would wait for ever: an empty body, or one sent at once."""
        completed = self.request.completed
        super().send_continue()
        self.request.completed = completed


def _close_stalled(http_server: Any, close_idle: Callable[[float], None], now: float) -> None:
    """Cut off who has not said his headers in time, and who does not read what he asked for."""
    close_idle(now)
    for channel in list(http_server.active_channels.values()):
        request = channel.request
        dawdles = request is not None and not request.headers_finished
        if dawdles and time.monotonic() - request.began_at_s > HEADERS_TIMEOUT_S:
            channel.will_close = True
        if channel.total_outbufs_len and now - channel.last_activity > IDLE_TIMEOUT_S:
            channel.handle_close()  # its socket takes nothing: nobody would tell the channel to close


def bind(port: int) -> socket.socket:
    """A socket on 127.0.0.1; OSError when the port is taken. Port 0: any free one."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
    except OSError:
        listening.close()
        raise
    return listening


def server(application: Callable[..., Any], listening: socket.socket) -> Any:
    """A waitress server; `run()` serves until SystemExit or KeyboardInterrupt reaches its thread."""
    # More requests than threads is nothing to warn of: a crowd of clients waits for a moment.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    made = waitress.server.create_server(
        application,
        sockets=[listening],
        threads=THREADS,
        max_request_body_size=MAX_BODY_BYTES + MAX_LINE_BYTES,
        max_request_header_size=MAX_HEADER_BYTES,
        connection_limit=500,
        recv_bytes=256 * 1024,
        outbuf_overflow=MAX_ANSWER_BYTES,  # answers wait in memory: reads go on when the disk is full
        channel_timeout=IDLE_TIMEOUT_S,
        cleanup_interval=CLEANUP_S,
        ident="localaws",
        clear_untrusted_proxy_headers=False,
    )
    made.channel_class = _Channel
    made.maintenance = partial(_close_stalled, made, made.maintenance)
    return made
