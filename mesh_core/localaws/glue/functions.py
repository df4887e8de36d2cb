"""Glue's operations on user-defined functions: a register for Hive's clients; Athena does not call them.

Lake Formation knows no permission for them: reading takes sight of the database, changing CREATE_TABLE on it.
"""

from __future__ import annotations

from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context
from mesh_core.localaws.glue.documents import Document
from mesh_core.localaws.glue.gate import Gate
from mesh_core.localaws.glue.paging import page_of
from mesh_core.localaws.glue.patterns import name_pattern
from mesh_core.localaws.protocol import Handler


class Functions:
    """Create, Get, Update, DeleteUserDefinedFunction, GetUserDefinedFunctions."""

    def __init__(self, ctx: Context) -> None:
        self._ctx, self._gate = ctx, Gate(ctx)

    def handlers(self) -> dict[str, Handler]:
        """By operation name."""
        return {
            "CreateUserDefinedFunction": self.create,
            "GetUserDefinedFunction": self.get,
            "GetUserDefinedFunctions": self.get_all,
            "UpdateUserDefinedFunction": self.update,
            "DeleteUserDefinedFunction": self.delete,
        }

    def create(self, caller: Caller, params: Document) -> None:
        """AwsError AlreadyExistsException."""
        self._ctx.catalog.function_rows.create(self._changeable(caller, params), params["FunctionInput"])

    def get(self, caller: Caller, params: Document) -> Document:
        """AwsError EntityNotFoundException."""
        database = self._gate.database(caller, params["DatabaseName"])["Name"]
        return {"UserDefinedFunction": self._ctx.catalog.function_rows.get(database, params["FunctionName"])}

    def get_all(self, caller: Caller, params: Document) -> Document:
        """Functions of a database, or of all that the caller can see, whose names match a pattern."""
        pattern, database = name_pattern(params["Pattern"]), params.get("DatabaseName")
        if database:
            self._gate.database(caller, database)
        found = [
            function
            for function in self._ctx.catalog.function_rows.of_database(database)
            if pattern.fullmatch(function["FunctionName"])
            and self._ctx.lake.database_access(caller, function["DatabaseName"])
        ]
        functions, more = page_of(params, 100, found)
        return {"UserDefinedFunctions": functions, **more}

    def update(self, caller: Caller, params: Document) -> None:
        """AwsError EntityNotFoundException."""
        rows = self._ctx.catalog.function_rows
        rows.update(self._changeable(caller, params), params["FunctionName"], params["FunctionInput"])

    def delete(self, caller: Caller, params: Document) -> None:
        """AwsError EntityNotFoundException."""
        self._ctx.catalog.function_rows.delete(self._changeable(caller, params), params["FunctionName"])

    def _changeable(self, caller: Caller, params: Document) -> str:
        name: str = self._gate.require_database(caller, params["DatabaseName"], "CREATE_TABLE")["Name"]
        return name
