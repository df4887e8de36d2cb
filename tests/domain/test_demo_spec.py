"""The demo mesh's specification agrees with itself."""

from __future__ import annotations

import pytest

from mesh_core.demo.spec import ProductSpec, spec
from mesh_core.domain.names import ProductName, check_domain, check_role, owner_role
from mesh_core.domain.query import parse_read, tables_of
from mesh_core.domain.tags import VOCABULARY

PRODUCTS = [pytest.param(one, id=str(one.name)) for one in spec().products]


def test_names_can_be_used_and_every_domain_has_a_product() -> None:
    assert {one.name.domain for one in spec().products} == set(spec().domains)
    assert [check_domain(name) for name in spec().domains] and [check_role(name) for name in spec().personas]
    assert len({one.name for one in spec().products}) == len(spec().products)


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_product_has_one_source_says_what_it_is_and_describes_each_column(product: ProductSpec) -> None:
    assert sum(map(bool, (product.file, product.sql, product.view))) == 1
    assert product.description and product.purpose and product.labels
    assert product.columns and all(product.columns.values())


@pytest.mark.parametrize("product", PRODUCTS)
def test_its_tags_are_of_the_vocabulary_and_its_personal_columns_exist(product: ProductSpec) -> None:
    assert all(value in VOCABULARY[key] for key, value in product.tags.items())
    assert set(product.personal) <= set(product.columns)


@pytest.mark.parametrize("product", [p for p in PRODUCTS if p.values[0].view])  # type: ignore[union-attr]
def test_a_view_reads_products_that_come_before_it(product: ProductSpec) -> None:
    earlier = [one.name for one in spec().products[: spec().products.index(product)]]
    read = tables_of(parse_read(product.view), product.name.domain)
    assert read and all(ProductName(*name) in earlier for name in read)


def test_grants_go_to_roles_of_the_demo_over_tags_of_the_vocabulary() -> None:
    known = {**VOCABULARY, "domain": tuple(spec().domains)}
    roles = {*spec().personas, *(owner_role(name) for name in spec().domains)}
    for grant in spec().grants:
        assert grant.to in roles
        assert all(set(values) <= set(known[key]) for key, values in grant.expression)
