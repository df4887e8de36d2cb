"""Assembly: the parts of one endpoint, made once, and the services they carry."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mesh_core.localaws.athena.service import AthenaService
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context
from mesh_core.localaws.copies import require_whole
from mesh_core.localaws.folder import Folder, remembered
from mesh_core.localaws.glue.catalog import Catalog
from mesh_core.localaws.glue.service import GlueService
from mesh_core.localaws.http import Api
from mesh_core.localaws.iam.keyring import AllKeys
from mesh_core.localaws.iam.late import LateIam
from mesh_core.localaws.iam.service import IamService
from mesh_core.localaws.iam.sessions import Sessions
from mesh_core.localaws.iam.sts import StsService
from mesh_core.localaws.iam.verdict import Verdicts
from mesh_core.localaws.lakeformation.lake import Lake
from mesh_core.localaws.lakeformation.service import LakeFormationService
from mesh_core.localaws.s3.objects import ObjectStore, arn
from mesh_core.localaws.s3.service import S3Service
from mesh_core.localaws.store import Store
from mesh_core.localaws.wsgi import Gate

if TYPE_CHECKING:
    from mesh_core.localaws.athena.engine import QueryEngine

DEFAULT_REGION, DEFAULT_ACCOUNT_ID = "us-east-1", "000000000000"


class LateEngine:
    """The query engine, made when first needed: its libraries load after the first answer, in the background."""

    def __init__(self, context: Context) -> None:
        self._context, self._lock, self._starting = context, threading.Lock(), threading.Lock()
        self._engine: QueryEngine | None = None
        self._warming: threading.Thread | None = None

    def get(self) -> QueryEngine:
        """The engine; made by whoever asks first."""
        with self._lock:
            if self._engine is None:
                from mesh_core.localaws.athena.engine import QueryEngine

                self._engine = QueryEngine(self._context)
            return self._engine

    def warm_later(self) -> None:
        """Load and warm the engine in the background, once."""
        with self._starting:
            if self._warming is None:
                self._warming = threading.Thread(target=self._warm, name="warm", daemon=True)
                self._warming.start()

    def _warm(self) -> None:
        self.get().warm()


@dataclass(frozen=True)
class Endpoint:
    """One assembled endpoint: the WSGI application and what is known about it."""

    gate: Gate
    account_id: str
    region: str
    athena: AthenaService
    store: Store

    def close(self) -> None:
        """Stop what runs: queries end CANCELLED."""
        self.athena.close()
        self.store.fold()


def now() -> datetime:
    """The wall clock, UTC."""
    return datetime.now(UTC)


def assemble(folder: Folder, port: int, region: str | None, account_id: str | None) -> Endpoint:
    """Open the state and build the services. What keeps it from that is an error that `__main__` says in one line."""
    root = folder.root_key()
    store = Store(folder.path)
    if folder.copied_from is not None:
        require_whole(store, folder.path / "objects", folder.copied_from)
    account_id = remembered(store, "account", account_id, DEFAULT_ACCOUNT_ID)
    region = remembered(store, "region", region, DEFAULT_REGION)
    moto_iam, sessions = LateIam(store, account_id, now), Sessions(store, now)
    verdicts = Verdicts(moto_iam.known, sessions, region, now)
    objects = ObjectStore(store, folder.path / "objects", now, _may(verdicts, lambda name: objects.bucket_policy(name)))
    catalog = Catalog(store, account_id, now)
    lake = Lake(store, account_id, catalog, now)
    context = Context(store, account_id, region, folder.temp, now, verdicts, objects, catalog, lake)
    engine = LateEngine(context)
    athena = AthenaService(context, engine.get)
    apis: dict[str, Api] = {
        "iam": IamService(moto_iam, verdicts, account_id),
        "sts": StsService(moto_iam, verdicts, sessions, now),
        "s3": S3Service(context),
        "glue": GlueService(context).api(),
        "lakeformation": LakeFormationService(context).api(),
        "athena": athena.api(),
    }
    keyring = AllKeys(account_id, root, moto_iam.known, verdicts)
    gate = Gate(port, region, folder.temp, now, keyring, apis, engine.warm_later)
    return Endpoint(gate, account_id, region, athena, store)


def _may(verdicts: Verdicts, bucket_policy: Callable[[str], str | None]) -> Callable[[Caller, str, str, str], bool]:
    """S3's question: identity policies and the bucket's policy together."""

    def may(caller: Caller, action: str, bucket: str, key: str) -> bool:
        policy = bucket_policy(bucket) if bucket else None
        return verdicts.allows_on(caller, action, arn(bucket, key), policy)

    return may
