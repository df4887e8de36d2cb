"""The first question of every operation of Glue and Lake Formation: do identity policies allow the call at all?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from mesh_core.localaws.aws_error import denied
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Iam

Params = dict[str, Any]
Resources = Callable[[str, Params], tuple[str, ...]]
SAME_NAMES: Mapping[str, str] = MappingProxyType({})


def any_resource(operation: str, params: Params) -> tuple[str, ...]:
    """Lake Formation's actions know no resources."""
    return ("*",)


def by_identity_policy(
    iam: Iam, service: str, resources: Resources, actions: Mapping[str, str] = SAME_NAMES
) -> Callable[[Caller, str, Params], None]:
    """JsonApi's `authorize` for a service: AwsError AccessDeniedException unless the caller may call the operation.

    `resources(operation, params)` names the ARNs that it touches; every one of them must be allowed. `actions` names
    the IAM action of each operation that has not an action of its own name.
    """

    def authorize(caller: Caller, operation: str, params: Params) -> None:
        action = f"{service}:{actions.get(operation, operation)}"
        for resource in resources(operation, params):
            if not iam.allows(caller, action, resource):
                raise denied(
                    f"User: {caller.arn} is not authorized to perform: {action} on resource: {resource} "
                    f"because no identity-based policy allows the {action} action"
                )

    return authorize
