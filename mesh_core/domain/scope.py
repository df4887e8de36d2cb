"""Which domains' tables and LF-tag assignments a change reads and touches: what must be read afresh to plan it."""

from __future__ import annotations

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
from mesh_core.domain.world import ColumnsResource, FilterResource, Grant, TableResource


def domains_touched(intent: Intent) -> frozenset[str] | None:
    """The domains, () for a change of grants by LF-tag and the like; None where it may be any of them.

    Databases, the vocabulary, grants, filters and people are cheap to read, so they are no part of this.
    """
    match intent:
        case PublishProduct(draft) if draft.template != "cross-domain-view":
            return frozenset({draft.domain})
        case EditProduct(product):
            return frozenset({product.domain})
        case ChangeAssignments(changes):
            return frozenset(target.database for target, _ in changes)
        case ChangeGrants(grants, revokes, filters, drops):
            named = {_database(grant) for grant in (*grants, *revokes)}
            return frozenset({*named, *(one.database for one in (*filters, *drops))} - {""})
        case ChangeFilter(one):
            return frozenset({one.database})
        case CreateDomain(name):
            return frozenset({name})
        case CreatePersona() | PrepareMesh() | ChangeExpression():
            return frozenset()
        case PublishProduct() | ChangeVocabulary() | Teardown():
            return None
    assert_never(intent)


def _database(grant: Grant) -> str:
    match grant.resource:
        case TableResource(database) | ColumnsResource(database) | FilterResource(database):
            return database
        case _:
            return ""
