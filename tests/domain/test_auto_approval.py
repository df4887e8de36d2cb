"""Rules for approving requests: what can't be used is refused with its line."""

from __future__ import annotations

import pytest

from mesh_core.domain.auto_approval import Rule, check_rules, read_rules
from mesh_core.domain.names import Naming
from mesh_core.domain.world import Database, World
from mesh_core.errors import RulesError

HEAD = "rules:\n  - name: a\n"
TAGS = "    tags: {pii: ['false']}\n"


def test_a_rule_is_read_with_all_its_parts() -> None:
    text = HEAD + TAGS + "    domain: sales\n    purpose: [report, board]\n    max_days: 30\n"
    assert read_rules(text) == (Rule("a", {"pii": ("false",)}, ("sales",), ("report", "board"), 30, 2),)


@pytest.mark.parametrize("text", ["", "# nothing\n", "rules: []"])
def test_a_document_without_rules_approves_nothing(text: str) -> None:
    assert read_rules(text) == ()


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("rules: [", 1, "no YAML"),
        ("- a", 1, "a document is no mapping"),
        ("rules: x", 1, "is no list"),
        ("policies: []", 1, "not policies"),
        (HEAD, 2, "needs `tags`"),
        (HEAD + "    tags: {}\n", 3, "names no value"),
        (HEAD + "    tags: {pii: []}\n", 3, "names no value"),
        (HEAD + TAGS + "    max_days: soon\n", 4, "no number of days"),
        (HEAD + TAGS + "    max_days: 0\n", 4, "no number of days"),
        (HEAD + TAGS + "    owner: x\n", 4, "has no 'owner'"),
        (HEAD + TAGS + "  - name: a\n" + TAGS, 4, "two rules 'a'"),
        (HEAD + TAGS + "    domain: [[x]]\n", 4, "`domain` is no text"),
    ],
)
def test_rules_that_can_not_be_used_are_refused_with_the_line(text: str, line: int, words: str) -> None:
    with pytest.raises(RulesError, match=f"^Line {line}: .*{words}") as error:
        read_rules(text)
    assert error.value.line == line


@pytest.mark.parametrize(
    ("more", "words"), [("    domain: gone\n", "the domain gone"), ("", "pii=false, which no LF-tag has")]
)
def test_a_rule_that_could_never_match_is_refused(more: str, words: str) -> None:
    tags = {"pii": ("false",)} if more else {}
    world = World(Naming("000000000000", "us-east-1"), (Database("sales"),), tags=tags)
    with pytest.raises(RulesError, match=words):
        check_rules(world, read_rules(HEAD + TAGS + more))
