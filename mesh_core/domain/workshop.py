"""The five steps of the workshop: what to do, where, whether it is done, and the AWS calls behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mesh_core.domain.names import STEWARD
from mesh_core.domain.world import ExpressionResource, Target, World


@dataclass(frozen=True)
class WorkshopStep:
    """page is the page's file name; calls is Python that does the same with boto3."""

    title: str
    page: str
    todo: str
    done: bool
    calls: str


def workshop(world: World, torn_down: bool) -> tuple[WorkshopStep, ...]:
    """The steps as the world stands; `torn_down` says whether anything has been torn down yet."""
    tables = [t for t in world.tables if t.is_managed]
    domains = {t.database for t in tables}
    drafted = any(t.parameters.get("mesh.template") == "from-file" and not _is_demo(t.parameters) for t in tables)
    return (
        WorkshopStep(
            "Domain products",
            "catalog",
            "Look at what the domains offer. Two domains with a product each make a mesh.",
            len(domains) >= 2,
            _PRODUCTS,
        ),
        WorkshopStep(
            "Self-serve",
            "publish",
            "Turn a file of your own into a governed product: act as a domain's owner and follow the steps.",
            drafted,
            _PUBLISH,
        ),
        WorkshopStep(
            "Governance",
            "tags",
            "Mark a column as personal and watch who loses it; grant by LF-tag, not by table.",
            _is_governed(world),
            _GOVERN,
        ),
        WorkshopStep(
            "Cross-domain",
            "query",
            "Join two domains with SQL, and save the answer as a product of its own.",
            any(t.view_sql is not None for t in tables),
            _QUERY,
        ),
        WorkshopStep(
            "Clean up",
            "teardown",
            "Remove a product, a domain or everything, and see the proof that nothing is left.",
            torn_down,
            _TEARDOWN,
        ),
    )


def _is_demo(parameters: Mapping[str, str]) -> bool:
    return any(word in parameters.get("mesh.labels", "") for word in ("Complete Journey", "synthetic"))


def _is_governed(world: World) -> bool:
    """A column is classified, and somebody other than the steward reads by expression."""
    steward = world.naming.role_arn(STEWARD)
    tagged = any(isinstance(t, Target) and t.column for t in world.assigned)
    by_tag = any(isinstance(g.resource, ExpressionResource) and g.principal != steward for g in world.grants)
    return tagged and by_tag


_PRODUCTS = """\
glue.get_databases()
glue.get_tables(DatabaseName="sales")
lakeformation.get_resource_lf_tags(Resource={"Table": {"DatabaseName": "sales", "Name": "baskets"}})
"""
_PUBLISH = """\
s3.put_object(Bucket="mesh-sales-...", Key="orders/orders/part-00000.parquet", Body=data)
glue.create_table(DatabaseName="sales", TableInput={"Name": "orders", ...})
lakeformation.add_lf_tags_to_resource(
    Resource={"TableWithColumns": {"DatabaseName": "sales", "Name": "orders", "ColumnNames": ["email"]}},
    LFTags=[{"TagKey": "pii", "TagValues": ["true"]}],
)
"""
_GOVERN = """\
lakeformation.create_lf_tag(TagKey="pii", TagValues=["true", "false"])
lakeformation.grant_permissions(
    Principal={"DataLakePrincipalIdentifier": "arn:aws:iam::000000000000:role/analyst"},
    Resource={"LFTagPolicy": {"ResourceType": "TABLE", "Expression": [{"TagKey": "pii", "TagValues": ["false"]}]}},
    Permissions=["SELECT"],
)
"""
_QUERY = """\
athena.start_query_execution(
    QueryString="SELECT ... FROM sales.baskets b JOIN customer.households h USING (household_id)",
    WorkGroup="analyst",
)
athena.get_query_results(QueryExecutionId=...)
"""
_TEARDOWN = """\
lakeformation.revoke_permissions(...)
glue.delete_table(DatabaseName="sales", Name="orders")
s3.delete_objects(Bucket="mesh-sales-...", Delete={"Objects": [...]})
glue.get_tables(DatabaseName="sales")  # the proof: it is gone
"""
