"""Access keys of all three kinds: the root's, IAM users', and temporary ones of STS."""

from __future__ import annotations

from mesh_core.localaws.caller import Caller
from mesh_core.localaws.folder import RootKey
from mesh_core.localaws.iam.known import Known
from mesh_core.localaws.iam.verdict import Verdicts
from mesh_core.localaws.wsgi import Credential


class AllKeys:
    """Implements wsgi.Keyring."""

    def __init__(self, account_id: str, root: RootKey, known: Known, verdicts: Verdicts) -> None:
        self._account_id, self._root, self._known, self._verdicts = account_id, root, known, verdicts

    def credential(self, access_key_id: str) -> Credential | None:
        """The credential of a key; None for unknown and for inactive ones."""
        if access_key_id == self._root.access_key_id:
            arn = f"arn:aws:iam::{self._account_id}:root"
            return Credential(self._root.secret, Caller(self._account_id, arn, arn, access_key_id))
        if access_key_id.startswith("ASIA"):
            return self._of_session(access_key_id)
        return self._of_user(access_key_id)

    def _of_session(self, access_key_id: str) -> Credential | None:
        """A session ends with its user or role, and does not come back with a new one of the same name."""
        sessions = self._verdicts.sessions
        credential = sessions.credential(access_key_id)
        if credential is None or credential.caller.is_root or sessions.is_vended(access_key_id):
            return credential
        identity = self._verdicts.identity(credential.caller.principal)
        lives = identity is not None and identity.unique_id == sessions.principal_id(access_key_id)
        return credential if lives else None

    def _of_user(self, access_key_id: str) -> Credential | None:
        key = self._known.key(access_key_id)
        if key is None:
            return None
        return Credential(key.secret, Caller(self._account_id, key.user_arn, key.user_arn, access_key_id))
