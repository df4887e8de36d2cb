"""The account's own view of the portal's identity, as AccountReader."""

from __future__ import annotations

from collections.abc import Sequence

from mesh_core.gateways.aws_errors import translated
from mesh_core.gateways.clients import Clients


class Account:
    """Who the portal is, and what IAM lets it do."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def caller_arn(self) -> str:
        """The user's or the role's ARN."""
        return self._clients.caller_arn()

    def missing_actions(self, actions: Sequence[str]) -> tuple[str, ...]:
        """Those that IAM's simulation denies on every resource; the root lacks none."""
        arn = self.caller_arn()
        if arn.endswith(":root"):
            return ()
        with translated("the simulation of the portal's IAM policies"):
            pages = self._clients.portal("iam").get_paginator("simulate_principal_policy")
            found = [
                one["EvalActionName"]
                for page in pages.paginate(PolicySourceArn=arn, ActionNames=list(actions))
                for one in page["EvaluationResults"]
                if one["EvalDecision"] != "allowed"
            ]
        return tuple(found)
