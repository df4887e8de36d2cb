"""Who signed a request."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Caller:
    """The verified signer of one request.

    arn         what STS GetCallerIdentity says: `arn:aws:iam::A:root`, `arn:aws:iam::A:user/U` or
                `arn:aws:sts::A:assumed-role/R/SESSION`
    principal   what grants and policies name: the user's, the root's or the *role's* ARN (`arn:aws:iam::A:role/R`)
    """

    account_id: str
    arn: str
    principal: str
    access_key_id: str

    @property
    def is_root(self) -> bool:
        """True for the account's root, whom IAM policies do not restrict."""
        return self.principal.endswith(":root")

    @property
    def role_name(self) -> str | None:
        """The role's name (without its path), None for a user or the root."""
        return self.principal.rsplit("/", 1)[1] if ":role/" in self.principal else None
