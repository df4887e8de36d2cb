"""Assembly: the parts of one endpoint, made once, and the services they carry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from mesh_core.localaws.folder import Folder, remembered
from mesh_core.localaws.http import Api
from mesh_core.localaws.iam.bridge import MotoIam
from mesh_core.localaws.iam.keyring import AllKeys
from mesh_core.localaws.iam.service import IamService
from mesh_core.localaws.iam.sessions import Sessions
from mesh_core.localaws.iam.sts import StsService
from mesh_core.localaws.iam.verdict import Verdicts
from mesh_core.localaws.store import Store
from mesh_core.localaws.wsgi import Gate

DEFAULT_REGION, DEFAULT_ACCOUNT_ID = "us-east-1", "000000000000"


@dataclass(frozen=True)
class Endpoint:
    """One assembled endpoint: the WSGI application and what is known about it."""

    gate: Gate
    account_id: str
    region: str


def now() -> datetime:
    """The wall clock, UTC."""
    return datetime.now(UTC)


def assemble(folder: Folder, port: int, region: str | None, account_id: str | None) -> Endpoint:
    """Open the state and build the services. FolderError, NewerStateError and DamagedStateError as they come."""
    root = folder.root_key()
    store = Store(folder.path)
    found_account = remembered(store, "account", account_id, DEFAULT_ACCOUNT_ID)
    found_region = remembered(store, "region", region, DEFAULT_REGION)
    moto_iam, sessions = MotoIam(store, found_account, now), Sessions(store)
    verdicts = Verdicts(moto_iam, sessions, found_region, now)
    apis: dict[str, Api] = {
        "iam": IamService(moto_iam, verdicts, found_account),
        "sts": StsService(moto_iam, verdicts, sessions, now),
    }
    keyring = AllKeys(found_account, root, moto_iam, sessions)
    return Endpoint(Gate(port, found_region, folder.temp, now, keyring, apis), found_account, found_region)
