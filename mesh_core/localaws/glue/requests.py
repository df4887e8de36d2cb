"""What every operation checks in its request before anything else."""

from __future__ import annotations

from mesh_core.localaws.aws_error import AwsError, not_found
from mesh_core.localaws.glue.documents import Document

_NOT_HERE = {
    "TransactionId": "transactions of governed tables",
    "QueryAsOfTime": "queries of a past state",
    "OpenTableFormatInput": "tables of open formats made by Glue (make an Iceberg table with a client's own library)",
    "UpdateOpenTableFormatInput": "updates of open table formats",
    "FederatedDatabase": "federated databases",
    "FederatedTable": "federated tables",
}


def check_request(account_id: str, params: Document) -> None:
    """AwsError for another catalog than this account's (EntityNotFoundException) or for what only AWS runs."""
    catalog = params.get("CatalogId", account_id)
    if catalog != account_id:
        raise not_found(f"Catalog {catalog} not found.")
    refuse_unsupported(params)


def refuse_unsupported(document: Document) -> None:
    """AwsError NotImplementedException, by name, for members that the endpoint can't honour."""
    for member, what in _NOT_HERE.items():
        if member in document:
            raise AwsError("NotImplementedException", f"{member}: {what} run on AWS but not on the local endpoint.")
