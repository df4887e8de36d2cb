"""Every error that the portal shows, as one tree.

MeshError                     shown to the visitor as it is: what happened; the state of the world; what to do
  SettingsError               a MESH_* variable or an argument that can't be used
  InvalidNameError            a name no AWS service would accept; says which character, which rule
  InvalidInputError           a field's value that can't be used; says which field
    InvalidDraftError         several such fields at once
    ContractInvalidError      a document that is no ODCS or ODPS document; says where
    UnreadableFileError       an upload that can't be read as a table; says what it looks like
    TemplateInvalidError      a self-serve template that can't be used; says file and line
    RowFilterError            a row condition that Lake Formation would not take; says why, carries the position
    TestFileError             governance tests that can't be used; carries the line
    RulesError                rules for approving requests that can't be used; carries the line
    PolicyFileError           policies that can't be used; carries the line
  NotFoundError               domain, product, table, tag or principal; says where we looked
  NameTakenError              exists with a different definition; says what differs
  PermissionDeniedError       says who lacks what on which table, and who can give it
  ConflictError               somebody else wrote the same document meanwhile; nothing was written
  NotRecordedError            what must not happen in silence could not be recorded, so it was not done
  PlanOutdatedError           the world changed since the preview; nothing was done
  GainsRefusedError           a change that was to give nobody anything, and does
  PolicyRefusedError          a change that a policy doesn't allow; carries the reasons
  NotUndoableError            a job that can't be taken back any more, and why
  StepFailedError             says which steps are done, which are not, and that Apply resumes
  ApplyCancelledError         stopped between two steps, by the visitor
  NotVerifiedError            every step ran, and a fresh read shows a difference all the same
    TeardownIncompleteError   names every leftover
  QueryError
    NotAReadError             only one SELECT may run; says what was found, and where
    QueryFailedError          Athena's reason, verbatim, and the query id
    QueryDeniedError          a failed query whose reason is a missing permission
    QueryCancelledError       stopped by the visitor
    QueryTimedOutError        seconds waited; the query was cancelled
  AwsError                    AWS refuses, in a way that no other class names; carries service, operation and code
    AwsUnavailableError       throttled or unreachable; says endpoint and region
  EndpointError               the local endpoint can't be started or reached
    EndpointStateError        its folder is damaged, locked or from a newer version
"""

from __future__ import annotations

from collections.abc import Sequence


class MeshError(Exception):
    """Base of all errors that are meant for the visitor's eyes.

    The text has three parts: what happened, the state of the world, what to do. Facts are attributes as well, so that a
    page need not parse the text.
    """


class SettingsError(MeshError):
    """A MESH_* variable or an argument can't be used."""


class InvalidNameError(MeshError):
    """A name that AWS or the mesh would refuse."""

    def __init__(self, what: str, name: str, rule: str) -> None:
        super().__init__(f"{what} '{name}' can't be used: {rule} Nothing was created. Choose another name.")
        self.what, self.name, self.rule = what, name, rule


class InvalidInputError(MeshError):
    """A field's value can't be used."""


class InvalidDraftError(InvalidInputError):
    """A draft with problems, each `(field, sentence)`."""

    def __init__(self, problems: Sequence[tuple[str, str]]) -> None:
        lines = "; ".join(text for _, text in problems)
        super().__init__(f"The draft is not complete: {lines} Nothing was created. Correct these fields.")
        self.problems = tuple(problems)


class ContractInvalidError(InvalidInputError):
    """A document that doesn't satisfy its standard; `path` is the place in the document."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(
            f"The contract is not valid at {path or 'its root'}: {reason} Nothing was saved. Correct it there."
        )
        self.path, self.reason = path, reason


class UnreadableFileError(InvalidInputError):
    """An upload that can't be read as a table."""


class TemplateInvalidError(InvalidInputError):
    """A self-serve template that can't be used."""


class RowFilterError(InvalidInputError):
    """A data cells filter's row condition that Lake Formation would not take; `position` counts characters from 1."""

    def __init__(self, position: int, reason: str) -> None:
        super().__init__(
            f"The row filter can't be used, at character {position}: {reason} Nothing was changed. Correct it there."
        )
        self.position, self.reason = position, reason


class TestFileError(InvalidInputError):
    """A file of governance tests that can't be used; `line` counts from 1."""

    __test__ = False  # no test of pytest's

    def __init__(self, line: int, reason: str) -> None:
        self.line = line
        super().__init__(f"Line {line}: {reason} No test was run. Correct the line and run them again.")


class RulesError(InvalidInputError):
    """Rules for approving requests that can't be used; `line` counts from 1."""

    def __init__(self, line: int, reason: str) -> None:
        self.line = line
        super().__init__(f"Line {line}: {reason} Nothing was saved. Correct the line.")


class PolicyFileError(InvalidInputError):
    """A document of policies that can't be used; `line` counts from 1."""

    def __init__(self, line: int, reason: str) -> None:
        self.line, self.reason = line, reason
        super().__init__(f"Line {line}: {reason} Nothing was saved. Correct the line.")


class NotFoundError(MeshError):
    """Something that was named doesn't exist (any more)."""


class NameTakenError(MeshError):
    """The name exists with another definition."""

    def __init__(self, name: str, difference: str) -> None:
        super().__init__(f"'{name}' exists already and differs: {difference} Nothing was changed. Choose another name.")
        self.name, self.difference = name, difference


class PermissionDeniedError(MeshError):
    """The visitor may not do that."""


class ConflictError(MeshError):
    """A conditional write found another version than the one it was made for."""

    def __init__(self, what: str) -> None:
        super().__init__(f"Somebody else changed {what} meanwhile. Nothing was written. Look at it again and repeat.")


class NotRecordedError(MeshError):
    """The audit log can't be written, so the thing was not done."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"The audit log could not be written: {reason} Nothing was changed, since no change may go unrecorded. "
            "Try again when S3 can be reached."
        )
        self.reason = reason


class PlanOutdatedError(MeshError):
    """The world changed between preview and apply."""

    def __init__(self, title: str) -> None:
        super().__init__(
            f"The world changed since the plan '{title}' was made. Nothing was done. "
            "Look at the new plan and apply that."
        )


class GainsRefusedError(MeshError):
    """A change that was to take access away only, and gives some; `gains` say to whom."""

    def __init__(self, title: str, gains: Sequence[str]) -> None:
        self.gains = tuple(gains)
        more = f" and {len(gains) - 5} more" if len(gains) > 5 else ""
        super().__init__(
            f"'{title}' was refused, since somebody would gain by it: {'; '.join(gains[:5])}{more}. Nothing was "
            "changed. Narrow the change, or allow gains."
        )


class PolicyRefusedError(MeshError):
    """A change that the mesh's policies don't allow; `reasons` are sentences with the rules' text."""

    def __init__(self, title: str, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        more = f" And {len(reasons) - 5} more." if len(reasons) > 5 else ""
        super().__init__(
            f"'{title}' was refused by policy: {' '.join(reasons[:5])}{more} Nothing was changed. Change the plan, or "
            "ask mesh-steward, who keeps the policies."
        )


class NotUndoableError(MeshError):
    """A job that can't be taken back any more."""


class StepFailedError(MeshError):
    """One step of a plan failed; `done` and `left` are the steps' descriptions."""

    def __init__(self, step: str, reason: str, done: Sequence[str], left: Sequence[str]) -> None:
        super().__init__(
            f"'{step}' failed: {reason} {len(done)} steps are done, {len(left)} are not. "
            "Resume goes on from here, Undo takes the done ones back."
        )
        self.step, self.reason, self.done, self.left = step, reason, tuple(done), tuple(left)


class ApplyCancelledError(MeshError):
    """The visitor stopped an apply between two steps."""

    def __init__(self, done: Sequence[str], left: Sequence[str]) -> None:
        super().__init__(
            f"Stopped on request: {len(done)} steps are done, {len(left)} are not. "
            "Resume goes on from here, Undo takes the done ones back."
        )
        self.done, self.left = tuple(done), tuple(left)


class NotVerifiedError(MeshError):
    """Every step ran, and a fresh read of the world shows a difference all the same."""

    def __init__(self, title: str, differences: Sequence[str]) -> None:
        super().__init__(
            f"All steps of '{title}' ran, but a fresh look still shows: {'; '.join(differences)}. "
            "Somebody may have changed it meanwhile. Make the plan again and apply what is left."
        )
        self.differences = tuple(differences)


class TeardownIncompleteError(NotVerifiedError):
    """A teardown left something behind."""


class QueryError(MeshError):
    """A query gave no rows."""


class NotAReadError(QueryError):
    """Something else than one SELECT was to be run as a query."""


class QueryFailedError(QueryError):
    """Athena's reason, verbatim."""

    def __init__(self, query_id: str, reason: str) -> None:
        super().__init__(reason)
        self.query_id, self.reason = query_id, reason


class QueryDeniedError(QueryFailedError):
    """A query that failed for want of a permission."""


class QueryCancelledError(QueryError):
    """The visitor stopped the query."""


class QueryTimedOutError(QueryError):
    """A query that took longer than it may; it was cancelled."""


class AwsError(MeshError):
    """AWS refuses, in a way that no other class names."""

    def __init__(self, message: str, service: str = "", operation: str = "", code: str = "") -> None:
        super().__init__(message)
        self.service, self.operation, self.code = service, operation, code


class AwsUnavailableError(AwsError):
    """AWS is throttling us or can't be reached."""


class EndpointError(MeshError):
    """The local endpoint can't be started or reached."""


class EndpointStateError(EndpointError):
    """The local endpoint's folder can't be used."""
