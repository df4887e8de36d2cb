"""What Glue accepts in a name, a description, a column: lengths and characters, refused in AWS's words.

Source: the constraints of the Glue API's model (NameString 1..255 on one line, DescriptionString up to 2,048, ...).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from mesh_core.localaws.aws_error import invalid
from mesh_core.localaws.glue.documents import Document

_LINE = "[\\u0020-\\uD7FF\\uE000-\\uFFFD\\uD800\\uDC00-\\uDBFF\\uDFFF\\t]*"
_LINES = "[\\u0020-\\uD7FF\\uE000-\\uFFFD\\uD800\\uDC00-\\uDBFF\\uDFFF\\r\\n\\t]*"
# The patterns above are what AWS prints; surrogate pairs are single characters here.
_ONE_LINE = re.compile("[\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff\t]*")
_MANY_LINES = re.compile("[\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff\r\n\t]*")


@dataclass(frozen=True)
class Rule:
    """Length in characters, both ends included; `lines` also allows line breaks; `free` allows any character."""

    low: int
    high: int
    lines: bool = False
    free: bool = False

    def problem(self, value: str) -> str | None:
        """What is wrong with a value, as AWS says it, or None."""
        if len(value) < self.low:
            return f"Member must have length greater than or equal to {self.low}"
        if len(value) > self.high:
            return f"Member must have length less than or equal to {self.high}"
        if self.free or (_MANY_LINES if self.lines else _ONE_LINE).fullmatch(value):
            return None
        return f"Member must satisfy regular expression pattern: {_LINES if self.lines else _LINE}"


NAME = Rule(1, 255)
_DESCRIPTION = Rule(0, 2048, lines=True)
_VIEW_TEXT = Rule(0, 409600, free=True)
_COLUMN = {"Name": NAME, "Type": Rule(0, 131072), "Comment": Rule(0, 255)}
_STORAGE = {
    "Location": Rule(0, 2056, lines=True),
    "InputFormat": Rule(0, 128),
    "OutputFormat": Rule(0, 128),
}
_TABLE = {
    "Name": NAME,
    "Description": _DESCRIPTION,
    "Owner": NAME,
    "TableType": Rule(0, 255, free=True),
    "ViewOriginalText": _VIEW_TEXT,
    "ViewExpandedText": _VIEW_TEXT,
}
_DATABASE = {"Name": NAME, "Description": _DESCRIPTION, "LocationUri": Rule(1, 1024, lines=True)}
_FUNCTION = {"FunctionName": NAME, "ClassName": NAME, "OwnerName": NAME}
_PARAMETER_KEY, _PARAMETER_VALUE, _PARTITION_VALUE = NAME, Rule(0, 512000, free=True), Rule(0, 1024, free=True)


def check_name(name: str, where: str) -> str:
    """The name folded to lower case, as Glue stores it. AwsError InvalidInputException."""
    return _checked(name, where, NAME).lower()


def check_database(database_input: Document) -> None:
    """AwsError InvalidInputException when a DatabaseInput breaks a constraint."""
    _check_members(database_input, "databaseInput", _DATABASE)
    _check_parameters(database_input, "databaseInput")


def check_table(table_input: Document) -> None:
    """AwsError InvalidInputException when a TableInput breaks a constraint."""
    where = "tableInput"
    _check_members(table_input, where, _TABLE)
    _check_parameters(table_input, where)
    _check_columns(table_input.get("PartitionKeys", ()), f"{where}.partitionKeys")
    _check_storage(table_input.get("StorageDescriptor", {}), f"{where}.storageDescriptor")


def check_partition(partition_input: Document, keys: int) -> None:
    """AwsError InvalidInputException when a PartitionInput breaks a constraint or has not one value for each key."""
    check_values(partition_input.get("Values", []), keys)
    _check_parameters(partition_input, "partitionInput")
    _check_storage(partition_input.get("StorageDescriptor", {}), "partitionInput.storageDescriptor")


def check_values(values: list[str], keys: int) -> None:
    """AwsError InvalidInputException unless there is one value for each partition key."""
    if len(values) != keys:
        raise invalid("The number of partition keys do not match the number of partition values")
    for at, value in enumerate(values, 1):
        _checked(value, f"partitionInput.values.{at}.member", _PARTITION_VALUE)


def check_function(function_input: Document) -> None:
    """AwsError InvalidInputException when a UserDefinedFunctionInput breaks a constraint."""
    _check_members(function_input, "functionInput", _FUNCTION)


def at_most(entries: list[Any], limit: int, where: str) -> None:
    """AwsError InvalidInputException when a batch has more entries than AWS takes in one call."""
    if len(entries) > limit:
        raise _refused(f"{len(entries)} entries", where, f"Member must have length less than or equal to {limit}")


def _check_members(document: Document, where: str, rules: dict[str, Rule]) -> None:
    for member, rule in rules.items():
        if member in document:
            _checked(document[member], f"{where}.{_camel(member)}", rule)


def _check_columns(columns: Iterable[Document], where: str) -> None:
    for at, column in enumerate(columns, 1):
        _check_members(column, f"{where}.{at}.member", _COLUMN)
        _check_parameters(column, f"{where}.{at}.member")


def _check_storage(storage: Document, where: str) -> None:
    _check_members(storage, where, _STORAGE)
    _check_columns(storage.get("Columns", ()), f"{where}.columns")
    _check_parameters(storage, where)
    _check_parameters(storage.get("SerdeInfo", {}), f"{where}.serdeInfo")


def _check_parameters(document: Document, where: str) -> None:
    for key, value in document.get("Parameters", {}).items():
        _checked(key, f"{where}.parameters", _PARAMETER_KEY)
        _checked(value, f"{where}.parameters.{key}.member", _PARAMETER_VALUE)


def _checked(value: str, where: str, rule: Rule) -> str:
    problem = rule.problem(value)
    if problem:
        raise _refused(value if len(value) <= 1024 else f"{value[:1024]}...", where, problem)
    return value


def _refused(value: str, where: str, problem: str) -> Exception:
    return invalid(f"1 validation error detected: Value '{value}' at '{where}' failed to satisfy constraint: {problem}")


def _camel(member: str) -> str:
    return member[0].lower() + member[1:]
