"""A product's documents, made from a draft or an edit: an ODCS contract for its port, an ODPS document for itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from mesh_core.domain import tags
from mesh_core.domain.contract import ContractColumn, PortContract, contract_yaml, parse_contract, sha256
from mesh_core.domain.intents import Draft, EditProduct
from mesh_core.domain.names import Naming, ProductName, split_s3_uri
from mesh_core.domain.odps import InputPort, OutputPort, ProductDocument, product_yaml
from mesh_core.domain.publish import CONTACT, Documents, days_kept, edited, next_version
from mesh_core.domain.query import parse_read as parse_sql
from mesh_core.domain.query import tables_of
from mesh_core.domain.world import Table, Target, World
from mesh_core.errors import ContractInvalidError, NotFoundError
from mesh_core.services.ports import StorageReader

CONTRACT, PRODUCT = "{version}/{port}.odcs.yaml", "{version}/product.odps.yaml"


class Documenter:
    """Texts are deterministic: the same draft gives the same documents, byte by byte."""

    def __init__(self, storage: StorageReader) -> None:
        self._storage = storage

    def of_draft(self, world: World, draft: Draft) -> Documents:
        """A new product's documents."""
        contract = PortContract(
            id=_contract_id(world.naming, draft.product, draft.name),
            version=draft.version,
            status=draft.status,
            name=draft.name,
            domain=draft.domain,
            product=str(draft.product),
            table=draft.name,
            database=draft.domain,
            region=world.naming.region,
            columns=_columns(world, draft),
            owner=draft.owner,
            contact=draft.contact,
            retention_days=draft.retention_days,
            purpose=draft.purpose or draft.description,
            tags=draft.labels,
            physical_type="view" if draft.template == "cross-domain-view" else "table",
        )
        return _documents(world, draft.product, draft.description, contract, _inputs(world, draft))

    def of_edit(self, world: World, intent: EditProduct) -> Documents:
        """The documents of an edited product: the stored contract with the edits, everything else in it kept."""
        name = intent.product
        existing = world.table(name.domain, name.name)
        wanted = edited(existing, intent, None)
        contract = self._stored(world, existing)
        words = {c.name: c.description for c in wanted.columns}
        version = contract.version if wanted == existing else next_version(contract.version)
        changed = replace(
            contract,
            version=version,
            status=wanted.parameters.get("mesh.status", contract.status),
            owner=wanted.parameters.get("mesh.owner", contract.owner),
            contact=contract.contact if intent.contact is None else intent.contact,
            retention_days=contract.retention_days if intent.retention_days is None else intent.retention_days,
            purpose=wanted.parameters.get("mesh.purpose", "") or wanted.description,
            columns=tuple(replace(c, description=words.get(c.name, c.description)) for c in contract.columns),
        )
        return _documents(world, name, wanted.description, changed, _view_inputs(world, existing))

    def _stored(self, world: World, table: Table) -> PortContract:
        """The contract as stored; rebuilt from the table where the document is gone or damaged."""
        bucket, key = split_s3_uri(table.parameters["mesh.contract"])
        text = self._storage.get_text(bucket, key)
        if text is not None:
            try:
                return parse_contract(text)
            except ContractInvalidError:
                pass
        product = table.product
        if product is None:
            raise NotFoundError(f"{table.full_name} is no data product. See Catalog.")
        p = table.parameters
        return PortContract(
            id=_contract_id(world.naming, product, table.name),
            version=p.get("mesh.version", "1.0.0"),
            status=p.get("mesh.status", "active"),
            name=table.name,
            domain=table.database,
            product=str(product),
            table=table.name,
            database=table.database,
            region=world.naming.region,
            columns=tuple(ContractColumn(c.name, c.type, c.description) for c in table.columns),
            owner=p.get("mesh.owner", ""),
            contact=p.get(CONTACT, ""),
            retention_days=days_kept(p),
            purpose=p.get("mesh.purpose", ""),
            physical_type="table" if table.view_sql is None else "view",
        )


def _contract_id(naming: Naming, product: ProductName, port: str) -> str:
    return f"urn:mesh:{naming.account_id}:{naming.region}:{product}:{port}"


def _columns(world: World, draft: Draft) -> tuple[ContractColumn, ...]:
    inherited = {**tags.effective_values(world, Target(draft.domain)), **draft.tags}
    found = []
    for column in draft.columns:
        own: Mapping[str, str] = {**inherited, **draft.column_tags.get(column.name, {})}
        marks = tuple(f"{key}:{value}" for key, value in sorted(own.items()) if key not in ("domain", "sensitivity"))
        found.append(
            ContractColumn(column.name, column.type, column.description, own.get("sensitivity", ""), tags=marks)
        )
    return tuple(found)


def _inputs(world: World, draft: Draft) -> tuple[InputPort, ...]:
    if draft.template != "cross-domain-view":
        return ()
    bases = tables_of(parse_sql(draft.view_sql), draft.domain)
    return _input_ports(world, bases)


def _view_inputs(world: World, table: Table) -> tuple[InputPort, ...]:
    return _input_ports(world, tables_of(parse_sql(table.view_sql), table.database)) if table.view_sql else ()


def _input_ports(world: World, bases: tuple[tuple[str, str], ...]) -> tuple[InputPort, ...]:
    ports = []
    for database, name in bases:
        base = world.find_table(database, name)
        if base is not None and base.product is not None:
            version = base.parameters.get("mesh.version", "1.0.0")
            ports.append(InputPort(base.full_name, version, _contract_id(world.naming, base.product, base.name)))
    return tuple(ports)


def _documents(
    world: World, product: ProductName, description: str, contract: PortContract, inputs: tuple[InputPort, ...]
) -> Documents:
    text = contract_yaml(contract)
    port = OutputPort(contract.table, contract.version, contract.id, description, contract.physical_type)
    document = ProductDocument(
        id=f"urn:mesh:{world.naming.account_id}:{world.naming.region}:{product}",
        name=str(product),
        version=contract.version,
        status=contract.status,
        domain=product.domain,
        output_ports=(port,),
        input_ports=inputs,
        owner=contract.owner,
        purpose=contract.purpose,
        tags=contract.tags,
    )
    prefix = world.naming.documents_prefix(product)
    return Documents(
        contract_key=prefix + CONTRACT.format(version=contract.version, port=contract.table),
        contract=text,
        contract_sha256=sha256(text),
        product_key=prefix + PRODUCT.format(version=contract.version),
        product=product_yaml(document),
    )
