"""Cards, search, facets, a product's view: on worlds made by hand."""

from dataclasses import replace

import pytest

from mesh_core.domain import catalog
from mesh_core.domain.catalog import Card, Search, facet_counts, search
from mesh_core.domain.names import Naming, ProductName
from mesh_core.domain.query import parse_read
from mesh_core.domain.world import Column, Grant, Principal, Table, TableResource, Target, World

NAMING = Naming("000000000000", "us-east-1")
ANA = NAMING.role_arn("analyst")


def table(name: str = "orders", database: str = "sales", **parameters: str) -> Table:
    """A managed table with an id and an e-mail."""
    known = {"mesh.managed": "true", "mesh.product": f"{database}.{name}", "mesh.owner": "sales-owner"}
    columns = (Column("id", "bigint"), Column("email", "string"))
    return Table(database, name, columns, parameters=known | {f"mesh.{k}": v for k, v in parameters.items()})


def world(*tables: Table, **changes: object) -> World:
    """The tables, with sales internal and the e-mails of orders personal."""
    assigned = {
        Target("sales"): {"sensitivity": "internal", "pii": "false"},
        Target("sales", "orders", "email"): {"pii": "true", "sensitivity": "confidential"},
    }
    people = (Principal("analyst", ANA, managed=True), Principal("mesh-portal", NAMING.role_arn("mesh-portal")))
    one = World(NAMING, tables=tables, assigned=assigned, principals=people)
    return replace(one, **changes)  # type: ignore[arg-type]


def card(name: str, **changes: object) -> Card:
    """A card with few visible values."""
    one = Card(ProductName.parse(name), "", "", "active", "1.0.0", False, (), "internal", (), "all")
    return replace(one, **changes)  # type: ignore[arg-type]


CARDS = (
    card("sales.orders", description="What was bought", columns=("id", "email"), personal=("email",), access="part"),
    card("sales.baskets", owner="sales-owner", status="draft"),
    card("customer.orders_by_age", description="Who buys", labels=("teaching",), sensitivity="public", access="none"),
)


def names(found: tuple[Card, ...]) -> list[str]:
    """Their names."""
    return [str(one.name) for one in found]


def test_a_card_tells_the_highest_sensitivity_and_the_personal_columns() -> None:
    (found,) = catalog.cards(world(table()), ANA)
    assert (found.sensitivity, found.personal, found.access) == ("confidential", ("email",), "none")


def test_a_card_tells_what_was_counted_when_it_was_published_and_nothing_where_nothing_was() -> None:
    counted, unknown = catalog.cards(world(table("a", row_count="12", size_bytes="340"), table("b")), ANA)
    assert (counted.row_count, counted.size_bytes) == (12, 340)
    assert (unknown.row_count, unknown.size_bytes) == (None, None)


def test_tables_that_the_portal_did_not_make_are_no_products() -> None:
    foreign = Table("sales", "raw", (Column("id", "bigint"),))
    assert names(catalog.cards(world(table(), foreign), ANA)) == ["sales.orders"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("", ["customer.orders_by_age", "sales.baskets", "sales.orders"], id="nothing asked: all"),
        pytest.param("orders", ["customer.orders_by_age", "sales.orders"], id="part of a name"),
        pytest.param("EMAIL", ["sales.orders"], id="a column, in any case"),
        pytest.param("sales-owner", ["sales.baskets"], id="an owner"),
        pytest.param("teaching", ["customer.orders_by_age"], id="a label"),
        pytest.param("bought orders", ["sales.orders"], id="every word must be found"),
        pytest.param("nowhere", [], id="nothing"),
        pytest.param("sales", ["sales.baskets", "sales.orders"], id="hits in the name"),
        pytest.param("  who   buys ", ["customer.orders_by_age"], id="blanks don't matter"),
    ],
)
def test_search_finds(text: str, found: list[str]) -> None:
    assert names(search(CARDS, Search(text))) == found


def test_hits_in_the_name_come_first() -> None:
    other = card("a.first", description="about baskets")
    assert names(search((other, *CARDS), Search("baskets"))) == ["sales.baskets", "a.first"]


@pytest.mark.parametrize(
    ("facets", "found"),
    [
        pytest.param({"domain": ("sales",)}, ["sales.baskets", "sales.orders"], id="one value"),
        pytest.param({"domain": ("sales", "customer")}, 3, id="any of a facet's values"),
        pytest.param({"domain": ("sales",), "status": ("draft",)}, ["sales.baskets"], id="all facets"),
        pytest.param({"personal": ("yes",)}, ["sales.orders"], id="personal data"),
        pytest.param({"access": ("Part of it", "Not yet")}, ["customer.orders_by_age", "sales.orders"], id="access"),
        pytest.param({"sensitivity": ()}, 3, id="a facet without a choice"),
    ],
)
def test_facets_narrow_the_search(facets: dict[str, tuple[str, ...]], found: list[str] | int) -> None:
    hits = names(search(CARDS, Search("", facets)))
    assert (len(hits) if isinstance(found, int) else hits) == found


def test_a_facet_counts_what_each_value_would_leave_given_the_other_facets() -> None:
    counts = facet_counts(CARDS, Search("", {"domain": ("sales",)}))
    assert counts["domain"] == {"customer": 1, "sales": 2}
    assert counts["status"] == {"active": 1, "draft": 1}
    assert counts["access"] == {"All of it": 1, "Part of it": 1, "Not yet": 0}


def test_known_values_are_offered_in_their_own_order_even_when_nothing_has_them() -> None:
    assert list(facet_counts((), Search())["sensitivity"]) == ["public", "internal", "confidential", "restricted"]


def test_a_product_shows_each_columns_tags_with_their_source_and_why_it_is_hidden() -> None:
    one = table()
    grant = Grant(ANA, TableResource("sales", "orders"), ("SELECT",))
    hidden = catalog.product_view(world(one), one, ANA)
    assert [c.is_readable for c in hidden.columns] == [False, False]
    assert "holds no grant" in hidden.columns[0].reason
    own, inherited = hidden.columns[1].tags[0], hidden.columns[0].tags[0]
    assert (own.key, own.value, own.inherited) == ("pii", "true", False)
    assert (inherited.value, str(inherited.source), inherited.inherited) == ("false", "sales", True)
    assert all(c.is_readable for c in catalog.product_view(world(one, grants=(grant,)), one, ANA).columns)


def test_a_product_lists_people_and_not_the_portals_own_roles() -> None:
    view = catalog.product_view(world(table()), table(), ANA)
    assert [reader.principal for reader in view.readers] == ["analyst"]


def test_a_product_names_the_views_that_read_it() -> None:
    reader = replace(table("recent"), view_sql="SELECT id FROM sales.orders")
    everything = world(table(), reader)
    assert catalog.product_view(everything, table(), ANA).used_by == ("sales.recent",)
    assert [r.full_name for r in catalog.product_view(everything, reader, ANA).reads] == ["sales.orders"]
    assert catalog.edges(everything) == (("sales.orders", "sales.recent"),)


def test_who_may_not_read_a_views_base_learns_who_owns_it() -> None:
    reader = replace(table("recent"), view_sql="SELECT id FROM sales.orders")
    view_only = Grant(ANA, TableResource("sales", "recent"), ("SELECT",))
    both = (view_only, Grant(ANA, TableResource("sales", "orders"), ("SELECT",)))
    everything = world(table(), reader, grants=(view_only,))
    assert catalog.product_view(everything, reader, ANA).base_owners == (("sales.orders", "sales-owner"),)
    assert catalog.product_view(replace(everything, grants=both), reader, ANA).base_owners == ()


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        pytest.param((Column("id", "bigint"), Column("city", "string")), ["LIMIT 20", "GROUP BY"], id="by a text"),
        pytest.param((Column("id", "bigint"),), ["LIMIT 20", "COUNT(*)"], id="without a text: a count"),
        pytest.param((Column("order", "string"),), ['"order"', '"order"'], id="a reserved word is quoted"),
        pytest.param((Column("a b", "string"),), ['"a b"', '"a b"'], id="a name with a blank is quoted"),
    ],
)
def test_sample_queries_are_reads_that_athena_can_parse(columns: tuple[Column, ...], said: list[str]) -> None:
    one = replace(table(), columns=columns)
    queries = catalog.sample_queries(catalog.product_view(world(one), one, ANA))
    for query, words in zip(queries, said, strict=True):
        parse_read(query.sql)
        assert words in query.sql


def test_samples_leave_out_what_the_visitor_may_not_read() -> None:
    grant = Grant(ANA, TableResource("sales", "orders"), ("SELECT",))
    one = table()
    open_view = catalog.product_view(world(one, grants=(grant,)), one, ANA)
    partly = replace(open_view, verdict=replace(open_view.verdict, columns=("id",)))
    assert "email" in catalog.sample_sql(open_view)
    assert "email" not in catalog.sample_sql(partly)
