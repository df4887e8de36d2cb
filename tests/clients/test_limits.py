"""The decision names what each client can't do, word for word; every limit is met by a check; pins are exact."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts import clients
from tests.clients.limits import LIMITS, cannot

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
DECISION = ROOT / "docs" / "decisions" / "0009-foreign-clients.md"


def test_the_decision_names_what_each_client_cannot_do() -> None:
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in DECISION.read_text().splitlines()]
    written = [row for row in rows if len(row) == 3 and row[0] in {limit.client for limit in LIMITS}]
    assert written == [[limit.client, limit.feature, limit.why] for limit in LIMITS], (
        f"{DECISION.name} differs from tests/clients/limits.py"
    )


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: f"{limit.client}: {limit.feature}")
def test_every_limit_is_met_by_a_check(limit: object) -> None:
    checks = "".join(path.read_text() for path in HERE.glob("test_*.py") if path != Path(__file__))
    assert f'"{limit.feature}"' in checks  # type: ignore[attr-defined]


def test_a_limit_that_is_gone_fails_its_check() -> None:
    limit = LIMITS[0]
    with pytest.raises(pytest.fail.Exception, match="can do this now"), cannot(limit.client, limit.feature):
        pass
    with pytest.raises(ValueError, match="another reason"), cannot(limit.client, limit.feature):
        raise ValueError("another reason")


@pytest.mark.parametrize("client", [each for each in clients.CLIENTS if each.own], ids=lambda client: client.name)
def test_a_clients_environment_is_pinned_exactly(client: clients.Client) -> None:
    lines = [line for line in client.requirements.read_text().splitlines() if line and not line.startswith("#")]
    assert [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.]+", line)] == []
    assert any(line.lower().startswith(f"{client.package.lower()}==") for line in lines)


@pytest.mark.parametrize("client", clients.CLIENTS, ids=lambda client: client.name)
def test_every_client_has_its_checks(client: clients.Client) -> None:
    assert f'CLIENT = "{client.title}"' in (HERE / client.test).read_text()


def test_the_table_counts_and_explains() -> None:
    lines = [
        {"client": "dbt", "check": "builds", "outcome": "works", "why": ""},
        {"client": "dbt", "check": "Iceberg", "outcome": "can't", "why": "refused by name"},
        {"client": "dbt", "check": "docs", "outcome": "FAILS", "why": "trace\nAssertionError"},
    ]
    assert list(clients.table(lines, {"dbt": "1.0"})) == [
        "\ndbt 1.0: 1 works, 1 can't, 1 FAILS",
        "  works   builds",
        "  can't   Iceberg (refused by name)",
        "  FAILS   docs (AssertionError)",
    ]
