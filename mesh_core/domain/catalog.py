"""The catalog as visitors see it: cards, search, facets. Pure, on a `World`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from mesh_core.domain import access, tags
from mesh_core.domain.access import Amount, Verdict
from mesh_core.domain.names import NOT_PEOPLE, ProductName
from mesh_core.domain.query import Reference
from mesh_core.domain.tags import EffectiveTag
from mesh_core.domain.world import Column, Table, Target, World

ACCESS_WORDS: Mapping[Amount, str] = {"all": "All of it", "part": "Part of it", "none": "Not yet"}
FACETS = ("domain", "status", "sensitivity", "personal", "access")
# Facets whose values are known beforehand are offered whole, in this order, so that a link stays valid for everybody.
FACET_VALUES: Mapping[str, tuple[str, ...]] = {
    "sensitivity": tags.SENSITIVITY,
    "personal": ("yes", "no"),
    "access": tuple(ACCESS_WORDS.values()),
}
SAMPLE_ROWS = 20


@dataclass(frozen=True)
class Card:
    """One data product on one page. sensitivity is the highest of its columns; None where nothing is known.

    row_count, size_bytes   as counted when it was published; None for views and adopted data
    """

    name: ProductName
    description: str
    owner: str
    status: str
    version: str
    is_view: bool
    columns: tuple[str, ...]
    sensitivity: str
    personal: tuple[str, ...]
    access: Amount
    row_count: int | None = None
    size_bytes: int | None = None
    labels: tuple[str, ...] = ()

    def facet(self, name: str) -> str:
        """Its value in one of FACETS."""
        match name:
            case "domain":
                return self.name.domain
            case "status":
                return self.status
            case "sensitivity":
                return self.sensitivity
            case "personal":
                return "yes" if self.personal else "no"
            case "access":
                return ACCESS_WORDS[self.access]
            case _:
                raise ValueError(f"no facet is called {name}")


@dataclass(frozen=True)
class ColumnView:
    """A column as the product page shows it; reason says why it may not be read, "" when it may."""

    column: Column
    tags: tuple[EffectiveTag, ...]
    reason: str = ""

    @property
    def is_readable(self) -> bool:
        """Whether the visitor may read it."""
        return not self.reason


@dataclass(frozen=True)
class Reader:
    """What one principal may read of a product."""

    principal: str
    verdict: Verdict


@dataclass(frozen=True)
class ProductView:
    """Everything about one product, for one visitor.

    base_owners   for a view: (base by full name, its owner) of those whose columns it reads and the visitor may not
    """

    card: Card
    table: Table
    purpose: str
    columns: tuple[ColumnView, ...]
    table_tags: tuple[EffectiveTag, ...]
    verdict: Verdict
    readers: tuple[Reader, ...]
    used_by: tuple[str, ...]
    reads: tuple[Reference, ...] = ()
    base_owners: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class SampleQuery:
    """A statement to begin with, and what it answers."""

    title: str
    sql: str


@dataclass(frozen=True)
class Search:
    """text matches names, descriptions, columns and owners, word by word; facets: any of a facet's values."""

    text: str = ""
    facets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def cards(world: World, principal: str) -> tuple[Card, ...]:
    """All products, by name; `principal` is whose access they tell."""
    managed = (t for t in world.tables if t.is_managed and t.product)
    return tuple(sorted((card_of(world, table, principal) for table in managed), key=lambda card: card.name))


def card_of(world: World, table: Table, principal: str) -> Card:
    """One product's card."""
    effective = {c: tags.effective_values(world, Target(table.database, table.name, c)) for c in table.column_names}
    ranks = [
        tags.SENSITIVITY.index(v["sensitivity"]) for v in effective.values() if v.get("sensitivity") in tags.SENSITIVITY
    ]
    p = table.parameters
    return Card(
        name=table.product or ProductName(table.database, table.name),
        description=table.description,
        owner=p.get("mesh.owner", ""),
        status=p.get("mesh.status", ""),
        version=p.get("mesh.version", ""),
        is_view=table.view_sql is not None,
        columns=table.column_names,
        sensitivity=tags.SENSITIVITY[max(ranks)] if ranks else "",
        personal=tuple(c for c, values in effective.items() if values.get("pii") == "true"),
        access=access.decide(world, principal, table).amount,
        row_count=_number(p.get("mesh.row_count")),
        size_bytes=_number(p.get("mesh.size_bytes")),
        labels=tuple(label for label in p.get("mesh.labels", "").split(",") if label),
    )


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None


def search(found: Iterable[Card], query: Search) -> tuple[Card, ...]:
    """The cards that match, best first: hits in the name, then in the rest."""
    words = query.text.lower().split()
    hits = [card for card in found if _has_words(card, words) and _has_facets(card, query.facets)]
    return tuple(sorted(hits, key=lambda card: (-sum(word in str(card.name) for word in words), card.name)))


def _has_words(card: Card, words: list[str]) -> bool:
    text = " ".join((str(card.name), card.description, card.owner, *card.columns, *card.labels)).lower()
    return all(word in text for word in words)


def _has_facets(card: Card, facets: Mapping[str, tuple[str, ...]], skip: str = "") -> bool:
    return all(card.facet(name) in values for name, values in facets.items() if values and name != skip)


def facet_counts(found: Iterable[Card], query: Search) -> dict[str, dict[str, int]]:
    """For each facet its values with how many cards they would leave, given the text and the other facets.

    Values are in name order, or as FACET_VALUES has them; one that would leave nothing counts 0.
    """
    all_cards, words = tuple(found), query.text.lower().split()
    counts: dict[str, dict[str, int]] = {}
    for name in FACETS:
        hits = (c for c in all_cards if _has_words(c, words) and _has_facets(c, query.facets, skip=name))
        tally = Counter(card.facet(name) for card in hits)
        everything = FACET_VALUES.get(name) or sorted({card.facet(name) for card in all_cards if card.facet(name)})
        counts[name] = {value: tally.get(value, 0) for value in everything}
    return counts


def product_view(world: World, table: Table, principal: str) -> ProductView:
    """Everything about one product, for one visitor."""
    verdict = access.decide(world, principal, table)
    reads = access.view_references(world, table) if table.view_sql is not None else ()
    columns = tuple(
        ColumnView(c, tags.effective(world, Target(table.database, table.name, c.name)), verdict.denied.get(c.name, ""))
        for c in table.all_columns
    )
    return ProductView(
        card=card_of(world, table, principal),
        table=table,
        purpose=table.parameters.get("mesh.purpose", ""),
        columns=columns,
        table_tags=tags.effective(world, Target(table.database, table.name)),
        verdict=verdict,
        readers=tuple(
            Reader(p.name, access.decide(world, p.arn, table)) for p in world.principals if p.name not in NOT_PEOPLE
        ),
        used_by=_used_by(world, table),
        reads=reads,
        base_owners=tuple(_locked_bases(world, principal, reads)),
    )


def _locked_bases(world: World, principal: str, reads: Iterable[Reference]) -> Iterator[tuple[str, str]]:
    for reference in reads:
        base = world.find_table(reference.database, reference.table)
        if base is not None and set(reference.columns) & set(access.decide(world, principal, base).denied):
            yield base.full_name, base.parameters.get("mesh.owner", "")


def _used_by(world: World, table: Table) -> tuple[str, ...]:
    views = (t for t in world.tables if t.view_sql is not None)
    return tuple(
        sorted(
            v.full_name for v in views if any(r.full_name == table.full_name for r in access.view_references(world, v))
        )
    )


def sample_sql(view: ProductView) -> str:
    """The first rows of the columns that the visitor may read; of all columns where none may be read."""
    names = view.verdict.columns or view.table.column_names
    return _text(_select(view.table, [exp.column(name) for name in names]).limit(SAMPLE_ROWS))


def sample_queries(view: ProductView) -> tuple[SampleQuery, ...]:
    """Statements to begin with, made of what the visitor may read."""
    found = [SampleQuery("The first rows", sample_sql(view))]
    readable = [c for c in view.table.all_columns if c.name in (view.verdict.columns or view.table.column_names)]
    rows = exp.alias_(exp.Count(this=exp.Star()), "row_count")
    text = next((c.name for c in readable if c.type == "string" or c.type.startswith("varchar")), None)
    if text:
        grouped = _select(view.table, [exp.column(text), rows]).group_by(exp.column(text))
        ordered = grouped.order_by(exp.column("row_count").desc()).limit(SAMPLE_ROWS)
        found.append(SampleQuery(f"How many rows for each {text}", _text(ordered)))
    else:
        found.append(SampleQuery("How many rows there are", _text(_select(view.table, [rows]))))
    return tuple(found)


def _select(table: Table, columns: Iterable[exp.Expr]) -> exp.Select:
    return exp.select(*columns).from_(exp.table_(table.name, db=table.database))


def _text(statement: exp.Select) -> str:
    return str(statement.sql("athena", pretty=True))


def edges(world: World) -> tuple[tuple[str, str], ...]:
    """(base, view) by full name, for every view of the mesh: the arrows of the map."""
    views = [t for t in world.tables if t.view_sql is not None and t.is_managed]
    return tuple(sorted({(r.full_name, v.full_name) for v in views for r in access.view_references(world, v)}))
