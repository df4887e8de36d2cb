"""How much of the personal data of public schemas is found, and how much else is taken for it."""

from __future__ import annotations

from collections import Counter

from mesh_core.domain.personal_data import suggest
from tests.domain.personal_measure import Listed, columns, measure


def detected(name: str, hive_type: str, values: tuple[str, ...]) -> bool:
    return bool(suggest([(name, hive_type, values)]))


def test_the_list_is_large_varied_and_names_every_column_once() -> None:
    listed = columns()
    labels = Counter(one.label for one in listed)
    assert len(listed) >= 300
    assert len({one.schema for one in listed}) >= 30
    assert set(labels) == {"personal", "not", "arguable"}
    assert min(labels["personal"], labels["not"]) >= 100
    assert max(Counter((one.schema, one.table, one.column) for one in listed).values()) == 1


def test_recall_and_precision_are_counted_as_they_are_defined() -> None:
    listed = [Listed("s", "t", name, "string", (), label) for name, label in
              [("a", "personal"), ("b", "personal"), ("c", "not"), ("d", "not"), ("e", "arguable")]]  # fmt: skip
    found = measure(lambda name, _type, _values: name in "ac", listed)
    assert (found.recall, found.precision, found.missed, found.wrong) == (0.5, 0.5, ("s.t.b",), ("s.t.c",))
    assert measure(lambda name, _type, _values: name in "ace", listed, arguable_counts=True).recall == 2 / 3


def test_detection_is_as_good_as_it_was_measured_on_schemas_that_its_rules_were_not_written_by() -> None:
    found = measure(detected, columns())
    assert found.recall >= 0.63, found.missed
    assert found.precision >= 0.92, found.wrong
