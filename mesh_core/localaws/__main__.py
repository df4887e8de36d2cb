"""Run the endpoint: `python -m mesh_core.localaws --data-dir DIR`.

Prints one JSON line on stdout when it answers, and ends on SIGTERM, SIGINT, or when its stdin closes (--detach: not on
stdin). What keeps it from starting is one line on stderr and exit status 1.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import re
import signal
import sqlite3
import sys
import tempfile
import threading
from pathlib import Path
from types import FrameType

from mesh_core.localaws.copies import CopyError
from mesh_core.localaws.folder import Folder, FolderError
from mesh_core.localaws.listener import bind, server
from mesh_core.localaws.migrations import DamagedStateError, NewerStateError


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to end; returns the exit status."""
    options = _options(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    os.umask(0o077)  # the state holds secrets
    try:
        return _describe() if options.describe else _serve(options)
    except (FolderError, CopyError, NewerStateError, DamagedStateError) as error:
        return _refused(str(error))
    except sqlite3.Error as error:
        return _refused(f"The state in {options.data_dir} can't be used ({error}). Nothing was started.")
    except OSError as error:
        return _refused(f"{options.data_dir}: {error.strerror} ({error.filename}). Nothing was started.")


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m mesh_core.localaws", description="An AWS endpoint on 127.0.0.1.")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--data-dir", type=Path, help="the state folder; made if needed")
    what.add_argument(
        "--describe", action="store_true", help="print as JSON what is answered and what differs from AWS"
    )
    parser.add_argument("--port", type=_port, default=0, help="0: any free port")
    parser.add_argument("--region", type=_region, help="fixed at the first start (us-east-1)")
    parser.add_argument("--account-id", type=_account, help="12 digits, fixed at the first start (000000000000)")
    parser.add_argument("--detach", action="store_true", help="do not end when stdin closes")
    return parser.parse_args(arguments)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text} is no port (0 to 65535)")
    return int(text)


def _account(text: str) -> str:
    if not re.fullmatch(r"\d{12}", text):
        raise argparse.ArgumentTypeError(f"{text} is no account id (12 digits)")
    return text


def _region(text: str) -> str:
    if not re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d", text):
        raise argparse.ArgumentTypeError(f"{text} is no region (as us-east-1)")
    return text


def _serve(options: argparse.Namespace) -> int:
    folder = Folder(options.data_dir.absolute())
    if folder.copied_from is None:
        folder.retire()  # what a process that was killed announced; of a copy it is what tells that it is one
    tempfile.tempdir = str(folder.temp)  # uploads wait on the disk of the state, not in /tmp
    try:
        listening = bind(options.port)
    except OSError as error:
        raise FolderError(
            f"Port {options.port} of 127.0.0.1 can't be used ({error.strerror}). Nothing was started. "
            "Stop what listens there, or choose another port (0: any free one)."
        ) from error
    # Imported here: a refused start answers at once
    from mesh_core.localaws.server import assemble

    port = listening.getsockname()[1]
    endpoint = assemble(folder, port, options.region, options.account_id)
    http_server = server(endpoint.gate, listening)
    ready = {
        "endpoint": f"http://127.0.0.1:{port}",
        "region": endpoint.region,
        "account_id": endpoint.account_id,
        "credentials_file": str(folder.credentials_file),
    }
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    try:
        folder.announce(ready)
        print(json.dumps(ready), flush=True)
        if not options.detach:
            threading.Thread(target=_end_with_stdin, daemon=True).start()
        http_server.run()
        endpoint.close()
    finally:
        folder.retire()
    return 0


def _describe() -> int:
    from mesh_core.localaws.describe import describe

    print(json.dumps(describe(), indent=1))
    return 0


def _end(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


def _end_with_stdin() -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _refused(message: str) -> int:
    print(f"localaws: {' '.join(message.split())}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Libraries may still be loading in the background: an ordinary exit would wait for them, or crash in them
    os._exit(status)
