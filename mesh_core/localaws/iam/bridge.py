"""IAM as moto models it, with our own memory: every change is logged in SQLite and replayed at the next start.

A change is the form of its request plus the clock and the seed under which it ran; both are pinned while moto works, so
that a replay gives the same ids, access keys and dates. Reads are not logged. The log is compacted as it grows
(`change_log.py`). One lock serialises all of it: moto's models know no threads.
"""

from __future__ import annotations

import json
import logging
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import moto.iam.models
import moto.iam.responses
from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import ServiceModel
from moto.core.request import Request as MotoRequest
from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.moto_api._internal import mock_random

from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.http import Reply
from mesh_core.localaws.iam import user_boundary
from mesh_core.localaws.iam.change_log import SCHEMA, Form, compacted
from mesh_core.localaws.iam.known import Known, default_text
from mesh_core.localaws.iam.managed import AWS_MANAGED, no_such_policy
from mesh_core.localaws.iam.replay import Replay
from mesh_core.localaws.migrations import DamagedStateError
from mesh_core.localaws.store import Store

_logger = logging.getLogger(__name__)
_READS = ("Get", "List", "Simulate")


class MotoIam:
    """moto's IAM of one account. `backend` may be read only inside `lock`."""

    def __init__(self, store: Store, account_id: str, now: Callable[[], datetime], known: Known | None = None) -> None:
        self._store, self._account_id, self._now = store, account_id, now
        self.lock = threading.RLock()
        store.ensure(SCHEMA)
        self._known = known or Known(store)
        self._replay()
        if not self._known.is_current():
            with store.write() as db:
                self._known.write(db, self.backend)

    @property
    def backend(self) -> Any:
        """moto's IAMBackend."""
        return moto.iam.models.iam_backends[self._account_id]["aws"]

    def managed_policy(self, arn: str) -> str:
        """The text of a managed policy's default version. AwsError ValidationError, by name for AWS's own."""
        with self.lock:
            policy = self.backend.managed_policies.get(arn)
            if policy is None:
                raise AwsError("ValidationError", no_such_policy(arn))
            return default_text(policy)

    def operations(self) -> frozenset[str]:
        """The names of IAM's operations that are answered here."""
        model = ServiceModel(Loader().load_service_model("iam", "service-2"), "iam")
        known = {name for name in model.operation_names if hasattr(moto.iam.responses.IamResponse, xform_name(name))}
        return frozenset(known) | user_boundary.OPERATIONS

    def run(self, form: Form) -> Reply:
        """Answer one IAM request; a successful change is on disk before this returns."""
        if form.get("Action", "").startswith(_READS):
            with self.lock:
                return self._call(form)
        with self._store.alone(), self.lock:  # in this order, or two threads wait for each other
            at, seed = self._now(), secrets.token_hex(16)
            reply = self._changed(form, at, seed)
            if reply.status == 200:
                try:
                    self._log(form, at, seed)
                except BaseException:
                    self._replay()  # moto has changed but the disk has not: go back to what is on disk
                    raise
            return reply

    def _changed(self, form: Form, at: datetime, seed: str) -> Reply:
        try:
            return self._call(form, at, seed)
        except AwsError:
            raise
        except Exception as error:  # moto stumbles over some senseless requests, and may have changed something before
            _logger.exception("IAM's %s failed", form.get("Action"))
            self._replay()
            message = f"The local endpoint's IAM failed on {form.get('Action')}: {error}. Nothing was changed."
            raise AwsError("ServiceFailure", message, 500) from error

    def _log(self, form: Form, at: datetime, seed: str) -> None:
        with self._store.write() as db:
            entry = compacted(db, form)
            if entry is not None:
                db.execute(
                    "INSERT INTO iam_change (at_s, seed, action, subject, topic, form) VALUES (?, ?, ?, ?, ?, ?)",
                    (at.timestamp(), seed, form["Action"], entry.subject, entry.topic, json.dumps(form)),
                )
            self._known.write(db, self.backend)

    def _replay(self) -> None:
        moto.iam.models.iam_backends.pop(self._account_id, None)
        moto.iam.models.IAMBackend._init_aws_policies = _common_policies
        mock_random.seed("aws-managed policies")
        _ = self.backend
        with self._store.read() as db:
            rows = db.execute("SELECT at_s, seed, form FROM iam_change ORDER BY number").fetchall()
        replay = Replay(self._account_id)
        for row in rows:
            if not self._replayed(row, replay):
                raise DamagedStateError(
                    f"IAM's changes in {self._store.folder} can't be replayed: {row['form'][:200]} was refused. "
                    "Nothing was changed. Restore the folder from a copy, or choose another one."
                )

    def _replayed(self, row: sqlite3.Row, replay: Replay) -> bool:
        try:
            form, at = json.loads(row["form"]), datetime.fromtimestamp(row["at_s"], UTC)
            with _pinned(at, row["seed"]):
                return user_boundary.answer(form, self.backend, replay.again).status == 200
        except Exception:  # whatever a damaged row makes moto do
            _logger.exception("a change of IAM can't be replayed")
            return False

    def _call(self, form: Form, at: datetime | None = None, seed: str | None = None) -> Reply:
        try:
            with _pinned(at, seed):
                return user_boundary.answer(form, self.backend, self._dispatch)
        except NotImplementedError as error:
            action = form.get("Action")
            raise AwsError(
                "InvalidAction", f"The local endpoint's IAM has no action {action}; AWS's may have it."
            ) from error

    def _dispatch(self, form: Form) -> Reply:
        headers = {"content-type": "application/x-www-form-urlencoded", "x-moto-account-id": self._account_id}
        request = MotoRequest.from_primitives("POST", "http://iam.amazonaws.com/", headers, urlencode(form))
        status, out, body = moto.iam.responses.IamResponse.dispatch(request)
        kept = {name: str(value) for name, value in out.items() if name.lower() in ("content-type", "x-amzn-requestid")}
        return Reply(
            int(status), {"content-type": "text/xml", **kept}, body.encode() if isinstance(body, str) else body
        )


@contextmanager
def _pinned(at: datetime | None, seed: str | None) -> Iterator[None]:
    """moto's clock stands still, and its dice fall as the seed says."""
    mock_random.seed(seed)
    clock = moto.iam.models.utcnow
    if at is not None:
        moto.iam.models.utcnow = lambda: at.replace(tzinfo=None, microsecond=0)
    try:
        yield
    finally:
        moto.iam.models.utcnow = clock


def _common_policies(backend: Any) -> list[Any]:
    """Some of AWS's own policies; all 1,582 would double the start-up time."""
    decoder, text, found = json.JSONDecoder(), aws_managed_policies_data, []
    for name in AWS_MANAGED:
        start = text.index(f'\n "{name}":') + len(name) + 5
        data = decoder.raw_decode(text, start)[0]
        found.append(moto.iam.models.AWSManagedPolicy.from_data(name, backend.account_id, backend.region_name, data))
    return found
