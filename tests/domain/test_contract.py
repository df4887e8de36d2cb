"""A port's contract: written as ODCS, read back, edited without losing what others wrote, and refused when wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mesh_core.domain.contract import ContractColumn, PortContract, contract_yaml, parse_contract, sha256
from mesh_core.errors import ContractInvalidError


def contract(**changes):
    basis = PortContract(
        id="sales.transactions/transactions",
        version="1.0.0",
        status="active",
        name="Transactions",
        domain="sales",
        product="sales.transactions",
        table="transactions",
        database="sales",
        region="us-east-1",
        columns=(
            ContractColumn("basket_id", "bigint", "One visit to a till", required=True),
            ContractColumn("cardholder", "string", classification="confidential", tags=("pii:true",)),
            ContractColumn("lines", "array<struct<sku:string,amount:decimal(18,2)>>"),
            ContractColumn("day", "date", partitioned=True),
        ),
        owner="sales-owner",
        purpose="What was sold.",
        usage="Joins on basket_id.",
        limitations="No returns.\nTeaching data.",
        tags=("retail",),
        custom={"mesh.rows": 7, "mesh.tags": {"pii": "true"}},
    )
    return replace(basis, **changes)


HAND_WRITTEN = """
# a comment
apiVersion: v3.1.0
kind: DataContract
id: abc
version: 2.1.0
status: draft
tenant: ACME
name: Orders
domain: sales
dataProduct: sales.orders
description:
  purpose: Orders
  customProperties:
    - property: reviewed
      value: true
servers:
  - server: prod
    type: athena
    environment: prod
    stagingDir: s3://results/
    schema: sales
    regionName: eu-west-1
  - server: lake
    type: s3
    location: s3://bucket/orders/*.parquet
schema:
  - name: orders
    physicalType: table
    businessName: Orders
    quality:
      - metric: rowCount
        mustBeGreaterThan: 0
    properties:
      - name: id
        logicalType: integer
        physicalType: bigint
        primaryKey: true
        primaryKeyPosition: 1
        quality:
          - metric: duplicateValues
            mustBe: 0
      - name: code
        logicalType: string
        physicalType: string
        logicalTypeOptions:
          maxLength: 3
price:
  priceAmount: 9.95
  priceCurrency: USD
  priceUnit: megabyte
team:
  - username: ann
    role: owner
    dateIn: '2024-01-01'
  - username: bob
    role: steward
slaProperties:
  - property: latency
    value: 4
    unit: d
customProperties:
  - property: other.tool
    value: {a: [1, 2]}
    description: not ours
"""


def test_a_written_contract_reads_back_as_the_same():
    assert parse_contract(contract_yaml(contract())) == contract()


def test_the_document_says_what_athena_calls_things():
    document = yaml.safe_load(contract_yaml(contract()))
    assert (document["apiVersion"], document["kind"]) == ("v3.2.0", "DataContract")
    assert document["servers"] == [
        {
            "server": "athena",
            "type": "athena",
            "catalog": "awsdatacatalog",
            "schema": "sales",
            "regionName": "us-east-1",
        }
    ]
    day = document["schema"][0]["properties"][3]
    assert day == {
        "name": "day",
        "logicalType": "date",
        "physicalType": "date",
        "partitioned": True,
        "partitionKeyPosition": 1,
    }


def test_equal_contracts_have_equal_text_and_equal_digests():
    one, other = contract_yaml(contract()), contract_yaml(contract(custom=dict(reversed(contract().custom.items()))))
    assert one == other
    assert sha256(one) == sha256(other)
    assert sha256(one) != sha256(contract_yaml(contract(owner="else")))


def test_saving_a_hand_written_contract_unchanged_keeps_every_field():
    document = yaml.safe_load(contract_yaml(parse_contract(HAND_WRITTEN)))
    before = yaml.safe_load(HAND_WRITTEN)
    before["servers"][0]["catalog"] = "awsdatacatalog"
    before["schema"][0] |= {"physicalName": "orders", "logicalType": "object"}
    assert document == before


def test_an_edit_changes_its_fields_and_leaves_the_rest():
    read = parse_contract(HAND_WRITTEN)
    edited = replace(read, owner="carl", purpose="All orders", custom={"mesh.rows": 1})
    document = yaml.safe_load(contract_yaml(edited))
    assert document["description"]["purpose"] == "All orders"
    assert document["description"]["customProperties"] == [{"property": "reviewed", "value": True}]
    assert document["team"][0] == {"username": "carl", "role": "owner", "dateIn": "2024-01-01"}
    assert document["team"][1]["username"] == "bob"
    assert document["schema"][0]["properties"][0]["quality"] == [{"metric": "duplicateValues", "mustBe": 0}]
    assert [p["property"] for p in document["customProperties"]] == ["other.tool", "mesh.rows"]
    assert document["price"]["priceAmount"] == 9.95


def test_a_changed_type_drops_the_options_that_no_longer_fit():
    read = parse_contract(HAND_WRITTEN)
    edited = replace(read, columns=(read.columns[0], replace(read.columns[1], hive_type="int")))
    code = yaml.safe_load(contract_yaml(edited))["schema"][0]["properties"][1]
    assert code == {"name": "code", "logicalType": "integer", "physicalType": "int"}


def test_a_removed_description_is_removed_from_the_document():
    read = parse_contract(contract_yaml(contract()))
    assert "purpose" not in yaml.safe_load(contract_yaml(replace(read, purpose="")))["description"]


@pytest.mark.parametrize(
    ("before", "after", "path", "reason"),
    [
        ("id: abc\n", "", "its root", "'id' is a required property"),
        ("kind: DataContract", "kind: DataProduct", "kind", "'DataProduct' is none of DataContract"),
        ("version: 2.1.0", "version: 2.1", "version", "2.1 should be of type string"),
        ("status: draft", "statuz: draft", "its root", "'statuz' was unexpected"),
        ("primaryKey: true", "primarykey: true", "schema[0].properties[0]", "'primarykey' was unexpected"),
        ("mustBe: 0", "mustbe: 0", "schema[0].properties[0].quality[0]", "'mustBe' is a required property"),
        ("physicalType: bigint", "physicalType: NUMBER", "schema[0].properties[0].physicalType", "'NUMBER' is not a"),
        ("dateIn: '2024-01-01'", "dateIn: 7", "team", "should be of type string"),
        ("status: draft", "status: draft\nstatus: active", "line 8", "'status' stands there twice"),
        ("status: draft", "status: [draft", "line", "this is not YAML"),
        ("status: draft", "status: &a draft\ntenant: *a", "line 8", "aliases"),
    ],
)
def test_a_wrong_document_is_refused_with_the_place_and_the_reason(before, after, path, reason):
    text = HAND_WRITTEN.replace(before, after)
    with pytest.raises(ContractInvalidError) as caught:
        parse_contract(text)
    assert path in str(caught.value)
    assert reason in str(caught.value)
    assert "Nothing was saved" in str(caught.value)


@pytest.mark.parametrize("text", ["", "- a", "text", "1", "a: b: c", "\t", "{" * 5000, "kind: \x00"])
def test_what_is_no_document_at_all_is_refused(text):
    with pytest.raises(ContractInvalidError):
        parse_contract(text)


def test_a_contract_about_two_tables_is_no_ports_contract():
    with pytest.raises(ContractInvalidError, match="describes one table, this one 2"):
        parse_contract(HAND_WRITTEN.replace("price:", "  - name: lines\nprice:"))


def test_what_would_not_be_valid_is_not_written():
    with pytest.raises(ContractInvalidError, match="'id' is a required property"):
        contract_yaml(contract(id=""))


WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20).map(str.strip)
COLUMNS = st.builds(
    ContractColumn,
    name=st.from_regex(r"[a-z][a-z0-9_]{0,10}", fullmatch=True),
    hive_type=st.sampled_from(["string", "int", "decimal(10,2)", "array<int>", "struct<a:map<string,date>>"]),
    description=WORDS,
    classification=WORDS,
    required=st.booleans(),
    partitioned=st.booleans(),
    tags=st.lists(WORDS, max_size=2).map(tuple),
)


@settings(max_examples=12, deadline=None)
@given(st.lists(COLUMNS, min_size=1, max_size=4, unique_by=lambda c: c.name), WORDS, WORDS, WORDS)
def test_any_text_that_a_visitor_types_survives(columns, owner, purpose, name):
    mine = contract(columns=tuple(columns), owner=owner, purpose=purpose, name=name)
    assert parse_contract(contract_yaml(mine)) == mine


@pytest.mark.parametrize(
    "mark", ["\x85", "\u2028", "\u2029"], ids=["next line", "line separator", "paragraph separator"]
)
def test_a_line_break_that_only_yaml_knows_survives(mark):
    mine = contract(name=f"a{mark}b", purpose=f"first{mark}\nsecond")
    assert parse_contract(contract_yaml(mine)) == mine
