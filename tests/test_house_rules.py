"""Rules of the house that no linter knows: documents that match the code, exact pins, names of nothing outside."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from mesh_core.settings import Settings

ROOT = Path(__file__).parents[1]
LONGEST_FILE_LINES = 400
CODE = ("mesh_core", "pages", "scripts", "benchmarks", "tests", "portal.py", "localaws_pytest.py")
# Copies that are kept as they came.
FOREIGN = ("tests/conformance/", "tests/journeys/axe/", "static/", "LICENSE")


def tracked() -> list[Path]:
    """Files of the repository, new ones too, as paths below its root."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    names = listed.stdout.splitlines() or [str(p.relative_to(ROOT)) for c in CODE for p in (ROOT / c).rglob("*.py")]
    return sorted({Path(name) for name in names if (ROOT / name).is_file()})


OWN = [path for path in tracked() if not str(path).startswith(FOREIGN)]
MODULES = [path for path in OWN if path.suffix == ".py" and path.parts[0] in CODE]
PRODUCT = [path for path in MODULES if path.parts[0] in ("mesh_core", "pages", "portal.py")]


def text_of(path: Path | str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def offenders(paths: list[Path], rule: str) -> list[str]:
    """`path:line: text` of every line that matches."""
    found = []
    for path in paths:
        try:
            lines = text_of(path).splitlines()
        except UnicodeDecodeError:
            continue
        found += [f"{path}:{n}: {line.strip()}" for n, line in enumerate(lines, 1) if re.search(rule, line)]
    return found


def table_rows(document: str, heading: str) -> dict[str, list[str]]:
    """The first table under a heading: first cell without backticks -> the other cells."""
    section = text_of(document).split(f"\n## {heading}\n")[1].split("\n## ")[0]
    cells = [[c.strip() for c in line.strip("|").split("|")] for line in section.splitlines() if line.startswith("|")]
    return {row[0].strip("`"): row[1:] for row in cells[2:]}


def test_every_module_says_what_it_is_for() -> None:
    assert [str(path) for path in MODULES if not ast.get_docstring(ast.parse(text_of(path)))] == []


def test_no_file_is_too_long_to_be_read() -> None:
    lengths = {str(path): text_of(path).count("\n") for path in MODULES if path.parts[0] != "tests"}
    assert {path: lines for path, lines in lengths.items() if lines > LONGEST_FILE_LINES} == {}


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param(r"/(work|root|home)/[a-z]", id="a path of somebody's machine"),
        pytest.param(r"pypi\.|pythonhosted|npmjs|snapshot\.debian|deb\.debian", id="the host of a package registry"),
        pytest.param(r"\b(TODO|FIXME|XXX|HACK)\b", id="a promise instead of code"),
        pytest.param(r"unsafe_allow_html|components\.v1|use_container_width", id="a way to draw that Streamlit left"),
        pytest.param(r"\.(s3|glue|athena|sts)\.[a-z0-9-]+\.amazonaws\.com.*requests\.", id="AWS without a client"),
    ],
)
def test_no_file_holds(rule: str) -> None:
    assert offenders([path for path in OWN if path.name != Path(__file__).name], rule) == []


def test_nobody_but_settings_reads_the_portals_variables() -> None:
    product = [path for path in PRODUCT if path.name != "settings.py"]
    assert offenders(product, r"(environ|getenv).*['\"](MESH_|PORT\b)") == []


def test_the_readme_lists_every_setting_with_its_default() -> None:
    listed = {name: cells[0].strip("`") for name, cells in table_rows("README.md", "Settings").items()}
    declared = {f.metadata["variable"]: f.metadata["default"] or "-" for f in fields(Settings)}
    assert listed == declared, "README.md, section Settings, differs from mesh_core/settings.py"


def test_make_and_the_settings_have_the_same_defaults() -> None:
    given = dict(re.findall(r"^(\w+)\s*\?= *(\S+)$", text_of("Makefile"), re.M))
    declared = {f.metadata["variable"]: f.metadata["default"] for f in fields(Settings)}
    assert {name: value for name, value in given.items() if name in declared and value != declared[name]} == {}


def test_the_readme_lists_every_command_of_make() -> None:
    targets = {f"make {name}" for name in re.findall(r"^([a-z-]+):.*##", text_of("Makefile"), re.M)}
    assert set(table_rows("README.md", "Commands")) == targets


def test_every_decision_is_listed_for_contributors_and_has_its_parts() -> None:
    contributing = text_of("CONTRIBUTING.md")
    for path in sorted((ROOT / "docs/decisions").glob("*.md")):
        assert f"docs/decisions/{path.name}" in contributing, f"{path.name} lacks a line in CONTRIBUTING.md, Decisions"
        text = path.read_text()
        assert text.startswith(f"# {path.name[:4]}: ")
        for part in ("\n## Context", "\n## Decision", "\n## Consequences", "Good: ", "Bad: "):
            assert part in text, f"{path.name} lacks {part.strip()}"


@pytest.mark.parametrize("document", [p for p in OWN if p.suffix == ".md"], ids=str)
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", text_of(document))
    assert [target for target in targets if not (ROOT / document.parent / target).exists()] == []


def pins(name: str) -> dict[str, str]:
    """Requirement lines of a file: normalised name -> the whole line."""
    lines = [line.strip() for line in text_of(name).splitlines() if line.strip() and line[0] not in "#-"]
    return {re.sub(r"[-_.]+", "-", re.split(r"[\[=<>~! ]", line)[0]).lower(): line for line in lines}


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "constraints.txt"])
def test_every_package_is_pinned_exactly(name: str) -> None:
    assert [line for line in pins(name).values() if not re.fullmatch(r"[\w.-]+(\[[\w,-]+\])?==[\w.]+", line)] == []


def test_the_lock_agrees_with_the_requirements() -> None:
    locked = {name: line.split("==")[1] for name, line in pins("constraints.txt").items()}
    wanted = {**pins("requirements.txt"), **pins("requirements-dev.txt")}
    assert {name: line for name, line in wanted.items() if locked.get(name) != line.split("==")[1]} == {}


def test_every_dependency_has_its_reason_written_down() -> None:
    reasons = set(re.findall(r"[\w-]+", text_of("docs/decisions/0003-dependencies.md").lower()))
    assert set(pins("requirements.txt")) | set(pins("requirements-dev.txt")) <= reasons


def imported(path: Path) -> Iterator[str]:
    """Top-level names of the modules that a file imports, absolutely."""
    for node in ast.walk(ast.parse(text_of(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


def test_what_the_product_imports_is_pinned_by_name() -> None:
    owners, wanted = packages_distributions(), set(pins("requirements.txt"))
    unpinned = {
        f"{path}: {name}"
        for path in PRODUCT
        for name in imported(path)
        if name not in sys.stdlib_module_names and name not in ("mesh_core", "pages")
        if not {re.sub(r"[-_.]+", "-", owner).lower() for owner in owners.get(name, ())} & wanted
    }
    assert unpinned == set()


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio of two #RRGGBB colours."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_themes_text_can_be_read(mode: str) -> None:
    theme = tomllib.loads(text_of(".streamlit/config.toml"))["theme"][mode]
    backgrounds = (theme["backgroundColor"], theme["secondaryBackgroundColor"], theme["sidebar"]["backgroundColor"])
    assert contrast(theme["primaryColor"], "#FFFFFF") >= 4.5
    for background in backgrounds:
        assert contrast(theme["textColor"], background) >= 7
        assert contrast(theme["linkColor"], background) >= 4.5
        assert contrast(theme["primaryColor"], background) >= 3


def test_streamlit_knows_every_option_of_the_configuration() -> None:
    from streamlit import config

    def options(table: dict[str, object], prefix: str = "") -> Iterator[str]:
        for name, value in table.items():
            if isinstance(value, dict):
                yield from options(value, f"{prefix}{name}.")
            else:
                yield prefix + name

    known = set(config.get_config_options())
    assert set(options(tomllib.loads(text_of(".streamlit/config.toml")))) - known == set()
