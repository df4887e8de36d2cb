"""Who is looking at the portal, and what the portal lets them change.

Reading is not decided here: data is read with the visitor's own credentials, so Lake Formation decides. Changes are
made by the portal's role; these rules say for whom.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from mesh_core.domain.intents import (
    ChangeAssignments,
    ChangeExpression,
    ChangeFilter,
    ChangeGrants,
    ChangeVocabulary,
    CreateDomain,
    CreatePersona,
    EditProduct,
    Intent,
    PrepareMesh,
    PublishProduct,
    Teardown,
)
from mesh_core.domain.names import STEWARD, ProductName
from mesh_core.domain.world import (
    ColumnsResource,
    DatabaseResource,
    ExpressionResource,
    FilterResource,
    Grant,
    NamedExpressionResource,
    TableResource,
    World,
)
from mesh_core.errors import PermissionDeniedError


@dataclass(frozen=True)
class Visitor:
    """role is the IAM role acted as; owned are the domains that it owns, the steward those whose owner is gone."""

    role: str
    arn: str
    description: str = ""
    is_steward: bool = False
    owned: frozenset[str] = frozenset()

    def may_change(self, domain: str) -> bool:
        """Whether the visitor may change what is in a domain."""
        return self.is_steward or domain in self.owned


def visitor_of(world: World, role: str) -> Visitor:
    """The visitor who acts as a role; the steward can be acted as before the role exists."""
    arn = world.naming.role_arn(role)
    description = next((p.description for p in world.principals if p.name == role), "")
    is_steward = role == STEWARD or arn in world.administrators
    people = {p.name for p in world.principals}
    owned = frozenset(
        d.name
        for d in world.databases
        if d.is_managed and (d.owner == role or (role == STEWARD and d.owner not in people))
    )
    return Visitor(role, arn, description, is_steward, owned)


def check_may(visitor: Visitor, intent: Intent) -> None:
    """PermissionDeniedError, with who may, unless the visitor may ask for that change.

    Which LF-tags an owner may assign and grant by is not decided here: see `delegation.check_delegated`.
    """
    for domain in _domains_of(intent):
        if domain is None and not visitor.is_steward:
            raise PermissionDeniedError(
                f"{visitor.role} may not do that: it concerns the whole mesh. Nothing was changed. "
                f"Ask {STEWARD}, or act as {STEWARD}."
            )
        if domain is not None and not visitor.may_change(domain):
            raise PermissionDeniedError(
                f"{visitor.role} may not change the domain {domain}. Nothing was changed. "
                f"Ask its owner or {STEWARD}, or act as one of them."
            )


def _domains_of(intent: Intent) -> tuple[str | None, ...]:
    """The domains that a change concerns; None stands for the mesh as a whole."""
    match intent:
        case PublishProduct(draft):
            return (draft.domain,)
        case EditProduct(product):
            return (product.domain,)
        case ChangeAssignments(changes):
            return tuple(target.database for target, _ in changes)
        case ChangeGrants(grants, revokes, filters, drops):
            by_tags = ExpressionResource | NamedExpressionResource
            named = tuple(_domain_of_grant(g) for g in (*grants, *revokes) if not isinstance(g.resource, by_tags))
            return (*named, *(one.database for one in (*filters, *drops)))
        case ChangeFilter(data_filter):
            return (data_filter.database,)
        case Teardown("product", name):
            return (ProductName.parse(name).domain,)
        case Teardown("domain", name):
            return (name,)
        case PrepareMesh() | CreateDomain() | CreatePersona() | ChangeVocabulary() | ChangeExpression() | Teardown():
            return (None,)
    assert_never(intent)


def _domain_of_grant(grant: Grant) -> str | None:
    match grant.resource:
        case DatabaseResource(database):
            return database
        case TableResource(database) | ColumnsResource(database) | FilterResource(database):
            return database
        case _:
            return None
