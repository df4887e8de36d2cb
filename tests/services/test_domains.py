"""The health of domains: applies that finished, contracts as in S3, Lake Formation in force."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mesh_core.bootstrap import Portal
from mesh_core.domain.intents import PublishProduct
from mesh_core.domain.world import IAM_ALLOWED, DatabaseResource, Grant, TableResource
from mesh_core.services.domains import Domains
from tests.builders import draft, mesh_with, portal_on, stage, steward, view_draft
from tests.fakes import FakeAws


@pytest.fixture
def aws() -> FakeAws:
    return FakeAws()


@pytest.fixture
def portal(aws: FakeAws) -> Portal:
    made = portal_on(aws)
    mesh_with(made, aws, draft(), view_draft())
    return made


def problems(portal: Portal) -> tuple[str, ...]:
    portal.reading.forget()
    (domain,) = portal.domains.all()
    return portal.domains.health(domain).problems


def contract_key(aws: FakeAws) -> str:
    return next(key for key in aws.objects[aws.naming.bucket("sales")] if key.endswith("orders.odcs.yaml"))


def test_a_domain_counts_its_products_rows_and_views(portal: Portal) -> None:
    (domain,) = portal.domains.all()
    assert domain.products == ("sales.orders", "sales.recent")
    assert (domain.row_count, domain.size_bytes, domain.view_count) == (2, 4, 1)
    assert domain.owner == "sales-owner"


def test_a_domain_that_was_just_made_is_well(portal: Portal) -> None:
    assert problems(portal) == ()


def test_a_contract_changed_in_s3_is_a_red_state(portal: Portal, aws: FakeAws) -> None:
    aws.objects[aws.naming.bucket("sales")][contract_key(aws)].append(b"kind: other\n")
    assert "The contract of sales.orders in S3 was changed outside of the portal" in problems(portal)[0]


def test_a_contract_gone_from_s3_is_a_red_state(portal: Portal, aws: FakeAws) -> None:
    del aws.objects[aws.naming.bucket("sales")][contract_key(aws)]
    assert "The contract of sales.orders is gone from S3" in problems(portal)[0]


@pytest.mark.parametrize("resource", [DatabaseResource("sales"), TableResource("sales", "orders")], ids=str)
def test_iam_allowed_principals_is_a_red_state(portal: Portal, aws: FakeAws, resource: DatabaseResource) -> None:
    aws.grants = (*aws.grants, Grant(IAM_ALLOWED, resource, ("ALL",)))
    assert "IAM_ALLOWED_PRINCIPALS opens sales" in problems(portal)[0]


def test_another_databases_iam_grant_is_none_of_the_domains_business(portal: Portal, aws: FakeAws) -> None:
    aws.grants = (*aws.grants, Grant(IAM_ALLOWED, DatabaseResource("default"), ("ALL",)))
    assert problems(portal) == ()


def failing(aws: FakeAws, portal: Portal, what: str) -> str:
    """The id of a publication of sales.more that failed at a writer."""

    def refuse(name: str) -> None:
        if name == what:
            raise RuntimeError("no")

    stage(aws)
    plan = portal.changes.preview(steward(portal), PublishProduct(draft("more")))
    aws.before_write = refuse
    job_id = portal.changes.apply(steward(portal), plan)
    portal.jobs.wait(job_id)
    aws.before_write = lambda _what: None
    return job_id


def test_an_apply_that_failed_is_a_red_state_even_before_its_product_exists(portal: Portal, aws: FakeAws) -> None:
    failing(aws, portal, "create_table")
    assert problems(portal) == ("'Publish sales.more' did not finish: resume or undo it on Activity.",)


@pytest.mark.parametrize("cure", ["resume", "undo"])
def test_an_apply_that_was_resumed_or_undone_is_well_again(portal: Portal, aws: FakeAws, cure: str) -> None:
    job_id = failing(aws, portal, "create_table")
    getattr(portal.jobs, cure)(job_id, "mesh-steward")
    portal.jobs.wait(job_id)
    assert problems(portal) == ()


def test_health_is_checked_again_after_a_few_seconds_even_when_the_catalog_is_the_same(
    portal: Portal, aws: FakeAws
) -> None:
    now = [0.0]
    clock: Callable[[], float] = lambda: now[0]  # noqa: E731
    domains = Domains(portal.reading, portal.storage, portal.jobs, clock)
    (domain,) = domains.all()
    assert domains.health(domain).is_well
    del aws.objects[aws.naming.bucket("sales")][contract_key(aws)]
    now[0] = 60.0
    assert not domains.health(domain).is_well
