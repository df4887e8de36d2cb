"""The wizard's templates: those that ship, and what is said of broken ones."""

from __future__ import annotations

import pytest

from mesh_core.errors import NotFoundError, TemplateInvalidError
from mesh_core.services.templates import load_template, load_templates, template_named

GOOD = """name: mine
title: Mine
description: What it makes.
icon: ":material/star:"
steps: [basics, upload, plan]
defaults:
  status: draft
"""


def broken(tmp_path, text, data=None):
    path = tmp_path / "mine.yaml"
    path.write_bytes(data if data is not None else text.encode())
    with pytest.raises(TemplateInvalidError) as caught:
        load_template(path)
    return str(caught.value)


def test_three_templates_ship_and_stand_in_their_order():
    assert [t.name for t in load_templates()] == ["from-file", "from-s3", "cross-domain-view"]


@pytest.mark.parametrize(
    ("name", "source"), [("from-file", "upload"), ("from-s3", "location"), ("cross-domain-view", "query")]
)
def test_each_template_gets_its_data_in_another_step(name, source):
    assert template_named(name).source == source


def test_every_shipped_template_has_words_an_icon_and_a_plan_at_the_end():
    for template in load_templates():
        assert template.title and len(template.description) > 40
        assert template.icon.startswith(":material/")
        assert template.steps[-1] == "plan"
        assert template.defaults["sensitivity"] == "internal"


def test_a_file_in_another_folder_is_a_template_too(tmp_path):
    (tmp_path / "mine.yaml").write_text(GOOD)
    (one,) = load_templates(tmp_path)
    assert (one.title, one.order, one.defaults) == ("Mine", 100, {"status": "draft"})


@pytest.mark.parametrize(
    ("before", "after", "line", "reason"),
    [
        ("title: Mine\n", "", 1, "the field 'title' is missing"),
        ("title: Mine", "titel: Mine", 2, "'titel' is no field of a template"),
        ("title: Mine", "title: [Mine]", 2, "'title' must be text"),
        ("title: Mine", "title: ' '", 2, "'title' is empty"),
        ("title: Mine", "title: Mine\ntitle: Yours", 3, "'title' stands there twice"),
        ("[basics, upload, plan]", "basics", 5, "'steps' must be a list"),
        ("upload", "uplaod", 5, "'uplaod' is no step"),
        ("upload", "upload, query", 5, "exactly one of the steps"),
        ("upload", "upload, upload", 5, "a step stands there twice"),
        ("[basics, upload, plan]", "[upload, plan]", 5, "must begin with 'basics'"),
        ("status: draft", "colour: red", 6, "'colour' has no default"),
        ("status: draft", "pii: false", 6, "must be text: put it in quotes"),
        ("title: Mine", "title: 'Mine", 8, "it is not YAML"),
        ("title: Mine", "title: Mine\norder: true", 3, "'order' must be a whole number"),
    ],
)
def test_a_broken_template_is_named_with_file_line_and_reason(tmp_path, before, after, line, reason):
    said = broken(tmp_path, GOOD.replace(before, after))
    assert "mine.yaml" in said
    assert f"line {line}: " in said
    assert reason in said


@pytest.mark.parametrize("text", ["", "just text", "- a list"])
def test_a_file_without_fields_is_no_template(tmp_path, text):
    assert "fields such as" in broken(tmp_path, text)


def test_a_file_that_is_not_text_is_no_template(tmp_path):
    assert "not UTF-8" in broken(tmp_path, "", b"\xff\xfe\x00")


def test_two_templates_of_the_same_name_are_refused(tmp_path):
    (tmp_path / "a.yaml").write_text(GOOD)
    (tmp_path / "b.yaml").write_text(GOOD)
    with pytest.raises(TemplateInvalidError, match=r"b\.yaml .*the name 'mine' is taken by a\.yaml"):
        load_templates(tmp_path)


def test_asking_for_an_unknown_template_lists_those_that_there_are():
    with pytest.raises(NotFoundError, match="from-file, from-s3, cross-domain-view"):
        template_named("from-mars")
