"""The HTTP server: waitress on 127.0.0.1, with what AWS clients need and it lacks.

Header names reach the gate as they were sent. WSGI folds `-` and `_` together and waitress drops names with `_`, but
S3's user metadata may hold either, and the signature covers them.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from typing import Any

import waitress.channel
import waitress.parser
import waitress.server
import waitress.task

THREADS = 16
MAX_BODY_BYTES = 6 * 1024**3  # S3 takes 5 GiB in one request; framing of chunks comes on top
HEADERS = "mesh.headers"  # environ key: the headers, lower-case names, values of repeated ones joined by ","


class _Parser(waitress.parser.HTTPRequestParser):  # type: ignore[misc]
    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        self.exact: dict[str, str] = {}
        for line in waitress.parser.get_header_lines(header_plus.partition(b"\r\n")[2]):
            name, _, value = line.decode("latin-1").partition(":")
            key = name.lower()
            self.exact[key] = f"{self.exact[key]},{value.strip()}" if key in self.exact else value.strip()


class _Task(waitress.task.WSGITask):  # type: ignore[misc]
    def get_environment(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environment()
        environ[HEADERS] = self.request.exact
        return environ

    def build_response_header(self) -> bytes:
        """waitress capitalises header names, but clients read the case of metadata keys from them."""
        head: bytes = super().build_response_header()
        return re.sub(rb"\r\nX-Amz-[^:]*", lambda match: match.group().lower(), head)


class _Channel(waitress.channel.HTTPChannel):  # type: ignore[misc]
    parser_class = _Parser
    task_class = _Task

    def send_continue(self) -> None:
        """waitress forgets that a request is complete, and would wait for ever: an empty body, or one sent at once."""
        completed = self.request.completed
        super().send_continue()
        self.request.completed = completed


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
    made = waitress.server.create_server(
        application,
        sockets=[listening],
        threads=THREADS,
        max_request_body_size=MAX_BODY_BYTES,
        max_request_header_size=256 * 1024,
        connection_limit=500,
        recv_bytes=256 * 1024,
        channel_timeout=120,
        ident="localaws",
        clear_untrusted_proxy_headers=False,
    )
    made.channel_class = _Channel
    return made
