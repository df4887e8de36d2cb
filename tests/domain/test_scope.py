"""What must be read afresh for a change."""

from __future__ import annotations

import pytest

from mesh_core.domain import intents as i
from mesh_core.domain import world as w
from mesh_core.domain.names import ProductName
from mesh_core.domain.scope import domains_touched
from tests.builders import draft, view_draft

BY_TAG = w.Grant("ana", w.ExpressionResource("TABLE", (("pii", ("false",)),)), ("SELECT",))
BY_NAME = w.Grant("ana", w.TableResource("sales", "orders"), ("SELECT",))


@pytest.mark.parametrize(
    ("intent", "domains"),
    [
        pytest.param(i.PublishProduct(draft()), {"sales"}, id="a product: its domain"),
        pytest.param(i.PublishProduct(view_draft()), None, id="a view reads other domains"),
        pytest.param(i.EditProduct(ProductName("sales", "orders")), {"sales"}, id="an edit"),
        pytest.param(
            i.ChangeAssignments(((w.Target("crm"), {}), (w.Target("sales"), {}))), {"crm", "sales"}, id="tags"
        ),
        pytest.param(i.ChangeGrants((BY_TAG,), (BY_NAME,)), {"sales"}, id="grants by name"),
        pytest.param(i.ChangeGrants((BY_TAG,)), set(), id="grants by LF-tag change no table"),
        pytest.param(i.ChangeFilter(w.DataFilter("sales", "orders", "eu")), {"sales"}, id="a row filter"),
        pytest.param(i.ChangeVocabulary("pii", ()), None, id="a value may be assigned anywhere"),
        pytest.param(i.Teardown("mesh"), None, id="a teardown"),
    ],
)
def test_what_a_change_touches(intent: i.Intent, domains: set[str] | None) -> None:
    assert domains_touched(intent) == domains
