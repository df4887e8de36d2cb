"""EXPLAIN: what a statement reads and gives, without paths, filters or values."""

from __future__ import annotations

from mesh_core.localaws.athena.guard import parse
from mesh_core.localaws.athena.plan import Plan
from mesh_core.localaws.athena.types import column_type_text
from mesh_core.localaws.caller import Caller


def describe_plan(sql: str, plan: Plan, caller: Caller) -> str:
    """Lines in the manner of Trino's logical plan. What is read on behalf of a view's definer is no business of his."""
    tree = parse(sql)
    columns = [each.name or f"_col{index}" for index, each in enumerate(plan.query.fields)]
    types = [column_type_text(each.type) for each in plan.query.fields]
    lines = ["Query Plan", f"- Output[columnNames = [{', '.join(columns)}]]"]
    lines.append(f"      Layout: [{', '.join(f'{name}:{of}' for name, of in zip(columns, types, strict=True))}]")
    lines += [f"    - {step}" for step in _steps(tree)]
    for use in plan.uses:
        granted = ", ".join(use.access.columns)
        if use.callers[0].principal != caller.principal:
            lines.append("        - TableScan[on behalf of a view's definer]")
            continue
        lines.append(f"        - TableScan[awsdatacatalog:{use.table['DatabaseName']}:{use.table['Name']}]")
        lines.append(f"              Columns: [{granted}]")
    return "\n".join(lines) + "\n"


def _steps(tree: object) -> list[str]:
    from sqlglot import exp

    found = []
    for kind, name in (
        (exp.Limit, "Limit"), (exp.Order, "Sort"), (exp.Window, "Window"), (exp.Group, "Aggregate"), (exp.Join, "Join"),
        (exp.SetOperation, "SetOperation"), (exp.Where, "Filter"),
    ):  # fmt: skip
        count = len(list(tree.find_all(kind)))  # type: ignore[attr-defined]
        if count:
            found.append(f"{name} x {count}" if count > 1 else name)
    return found
