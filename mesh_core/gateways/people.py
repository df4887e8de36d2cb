"""IAM roles and Athena work groups as PeopleReader and PeopleWriter.

A role of the mesh carries the IAM tag `mesh.managed=true`; other roles of the account are never listed nor touched.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

from mesh_core.domain.names import MANAGED
from mesh_core.domain.world import Principal
from mesh_core.errors import NameTakenError, NotFoundError
from mesh_core.gateways.aws_errors import translated
from mesh_core.services.ports import RoleDefinition

POLICY_NAME = "mesh"
_TAG = {"Key": MANAGED, "Value": "true"}


class People:
    """`iam` and `athena` give clients that act as the portal; `forget` drops a role's credentials."""

    def __init__(self, iam: Callable[[], Any], athena: Callable[[], Any], forget: Callable[[str], None]) -> None:
        self._iam, self._athena, self._forget = iam, athena, forget
        self._marked: dict[str, bool] = {}
        self._lock = threading.Lock()

    def principals(self) -> tuple[Principal, ...]:
        """The mesh's roles, by name."""
        with translated("the IAM roles"):
            pages = self._iam().get_paginator("list_roles").paginate()
            roles = [one for page in pages for one in page["Roles"]]
            found = [one for one in roles if self._is_marked(one["RoleName"], one["RoleId"])]
        return tuple(
            Principal(one["RoleName"], one["Arn"], one.get("Description", ""), managed=True)
            for one in sorted(found, key=lambda one: str(one["RoleName"]))
        )

    def _is_marked(self, name: str, role_id: str) -> bool:
        """A role's mark doesn't change, so it is asked for once."""
        with self._lock:
            known = self._marked.get(role_id)
        if known is None:
            known = _TAG in self._iam().list_role_tags(RoleName=name)["Tags"]
            with self._lock:
                self._marked[role_id] = known
        return known

    def role_definition(self, name: str) -> RoleDefinition | None:
        """Its trust policy and our inline policy."""
        try:
            with translated(f"the role {name}"):
                role = self._iam().get_role(RoleName=name)["Role"]
                policy = self._iam().get_role_policy(RoleName=name, PolicyName=POLICY_NAME)["PolicyDocument"]
        except NotFoundError:
            return None
        trust = json.dumps(role["AssumeRolePolicyDocument"], sort_keys=True)
        return RoleDefinition(name, role.get("Description", ""), trust, json.dumps(policy, sort_keys=True))

    def work_group_names(self) -> tuple[str, ...]:
        """Sorted."""
        token: dict[str, str] = {}
        found: list[str] = []
        with translated("the Athena work groups"):
            while True:
                page = self._athena().list_work_groups(**token)
                found += [one["Name"] for one in page["WorkGroups"]]
                if not page.get("NextToken"):
                    return tuple(sorted(found))
                token = {"NextToken": page["NextToken"]}

    def work_groups(self) -> Mapping[str, str]:
        """Name -> enforced result location."""
        with translated("the Athena work groups"):
            return {name: self._results_uri(self._athena(), name) for name in self.work_group_names()}

    def _results_uri(self, athena: Any, name: str) -> str:
        configuration = athena.get_work_group(WorkGroup=name)["WorkGroup"].get("Configuration", {})
        if not configuration.get("EnforceWorkGroupConfiguration"):
            return ""
        return str(configuration.get("ResultConfiguration", {}).get("OutputLocation", ""))

    def create_role(self, role: RoleDefinition) -> None:
        """Equal and there already is no error; one without its policy was left half made, and is finished."""
        try:
            with translated(f"the role {role.name}"):
                self._iam().create_role(
                    RoleName=role.name,
                    AssumeRolePolicyDocument=role.trust,
                    Description=role.description,
                    Tags=[_TAG],
                    MaxSessionDuration=3600,
                )
        except NameTakenError:
            self._require_same(role)
        with translated(f"the role {role.name}"):
            self._iam().put_role_policy(RoleName=role.name, PolicyName=POLICY_NAME, PolicyDocument=role.policy)

    def _require_same(self, role: RoleDefinition) -> None:
        with translated(f"the role {role.name}"):
            marked = _TAG in self._iam().list_role_tags(RoleName=role.name)["Tags"]
        if not marked:
            raise NameTakenError(role.name, "an IAM role of that name exists that the portal did not make.")
        have = self.role_definition(role.name)
        if have is not None and _comparable(have) != _comparable(role):
            raise NameTakenError(role.name, "its description, its trust or its policy is another.")

    def delete_role(self, name: str) -> None:
        """Gone already is no error."""
        iam = self._iam()
        try:
            with translated(f"the role {name}"):
                for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
                    iam.delete_role_policy(RoleName=name, PolicyName=policy)
                iam.delete_role(RoleName=name)
        except NotFoundError:
            pass
        self._forget(name)

    def create_work_group(self, name: str, results_uri: str) -> None:
        """There already with the same location is no error."""
        if name in self.work_group_names():
            with translated(f"the work group {name}"):
                found = self._results_uri(self._athena(), name)
            if found != results_uri:
                raise NameTakenError(name, f"a work group of that name writes its results to {found or 'anywhere'}.")
            return
        configuration = {
            "ResultConfiguration": {"OutputLocation": results_uri},
            "EnforceWorkGroupConfiguration": True,
            "PublishCloudWatchMetricsEnabled": False,
        }
        with translated(f"the work group {name}"):
            self._athena().create_work_group(Name=name, Configuration=configuration, Tags=[_TAG])

    def delete_work_group(self, name: str) -> None:
        """Gone already is no error."""
        if name in self.work_group_names():
            with translated(f"the work group {name}"):
                self._athena().delete_work_group(WorkGroup=name, RecursiveDeleteOption=True)


def _comparable(role: RoleDefinition) -> tuple[str, object, object]:
    return role.description, json.loads(role.trust), json.loads(role.policy)
