"""docs/localaws.md is true: each of its code blocks is run, in the page's order; its tables are those of the code."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from scripts import localaws_docs
from tests.clients.tools import LONGEST_S, NO_CLIENT, tool

CLIENT = "docs/localaws.md"
ROOT = localaws_docs.ROOT
TEXT = localaws_docs.PAGE.read_text()
NAMED = re.findall(r"<!-- (?:block|file): (\S+) -->\n```\w+\n(.*?)^```$", TEXT, re.S | re.M)
BLOCKS = dict(NAMED)


@dataclass(frozen=True)
class Page:
    """A folder like a reader's clone, and a port of its own in the place of the page's 5055."""

    folder: Path
    port: int

    def block(self, name: str) -> str:
        """A block's text, on this port."""
        return BLOCKS[name].replace("5055", str(self.port))

    def write(self, *names: str) -> None:
        """Write the files that the page shows."""
        for name in names:
            (self.folder / name).parent.mkdir(exist_ok=True)
            (self.folder / name).write_text(self.block(name))

    def shell(self, text: str, *more_paths: Path, wanted: int = 0) -> str:
        """What bash prints for a text after the page's settings; its exit status must be `wanted`."""
        path = os.pathsep.join(map(str, [*more_paths, Path(sys.prefix) / "bin", os.environ["PATH"]]))
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTEST_"))}
        done = subprocess.run(
            ["bash", "-ec", self.block("env") + text],
            cwd=self.folder,
            env={**kept, "PATH": path, "AWS_EC2_METADATA_DISABLED": "true", "HOME": str(self.folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LONGEST_S,
        )
        assert done.returncode == wanted, done.stdout
        return done.stdout

    def python(self, name: str, program: Path | None = None) -> str:
        """What a block of Python prints."""
        (self.folder / f"{name}_block.py").write_text(self.block(name))
        return self.shell(f"{program or sys.executable} {name}_block.py")

    def start(self, block: str, folder: str) -> dict[str, str]:
        """Run a block that starts an endpoint on a folder, as a reader would; its ready line."""
        with (self.folder / "ready").open("w") as out:
            command = ["bash", "-ec", self.block(block)]
            subprocess.run(
                command, cwd=self.folder, stdout=out, stderr=out, stdin=subprocess.DEVNULL, timeout=LONGEST_S
            )
        deadline_s = time.monotonic() + LONGEST_S
        while not (told := (self.folder / "ready").read_text()).endswith("}\n"):
            assert time.monotonic() < deadline_s, told
        ready: dict[str, str] = json.loads(told)
        assert (self.folder / folder / "endpoint.json").exists()
        return ready

    def stop(self) -> None:
        """End every endpoint that runs in here, and wait until it is gone."""
        for announced in self.folder.glob("*/endpoint.json"):
            os.kill(json.loads(announced.read_text())["pid"], 15)
            while announced.exists():
                pass


def clone(folder: Path) -> Page:
    """What of a clone the page's blocks use."""
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / "mesh_core").symlink_to(ROOT / "mesh_core")
    (folder / "mesh-portal").symlink_to(ROOT)
    with socket.create_server(("127.0.0.1", 0)) as free:
        return Page(folder, free.getsockname()[1])


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The page followed as far as boto3's and awswrangler's blocks: a bucket, a database, the table `shop.orders`."""
    made = clone(tmp_path_factory.mktemp("page"))
    shown = json.loads(BLOCKS["ready"])
    try:
        ready = made.start("start", ".localaws")
        assert ready == shown | {
            "endpoint": f"http://127.0.0.1:{made.port}",
            "credentials_file": str(made.folder / ".localaws" / "credentials"),
        }
        assert made.python("boto3") == "arn:aws:iam::000000000000:root\n"
        made.python("awswrangler")
        yield made
    finally:
        made.stop()


def test_every_block_of_the_page_has_a_name_and_is_run() -> None:
    assert TEXT.count("```") == 2 * len(NAMED)
    source = Path(__file__).read_text()
    assert [name for name, _ in NAMED if f'"{name}"' not in source] == []


def test_the_pages_tables_are_those_of_the_code() -> None:
    described = localaws_docs.described()
    assert localaws_docs.rendered(TEXT, described) == TEXT, (
        f"docs/localaws.md says something else than the code. Run: {localaws_docs.COMMAND}"
    )
    assert set(re.findall(r"from the code: (\w+)", TEXT)) == set(localaws_docs.PARTS)


def test_the_page_lists_every_option() -> None:
    told = subprocess.run([sys.executable, "-m", "mesh_core.localaws", "-h"], cwd=ROOT, capture_output=True, text=True)
    options = set(re.findall(r"^  (--[a-z-]+)", told.stdout, re.M))
    listed = TEXT.split("| option | meaning |")[1].split("\n\n")[0]
    assert set(re.findall(r"--[a-z-]+", listed.replace("--|--", ""))) - {"---"} == options


def test_the_set_up_is_a_command_of_make() -> None:
    target = BLOCKS["setup"].split()[1]
    assert re.search(rf"^{target}:.*##", (ROOT / "Makefile").read_text(), re.M)


def test_the_aws_cli_block_runs(page: Page) -> None:
    program = tool("awscli", "aws")
    if program is None:
        pytest.skip(NO_CLIENT)
    told = page.shell(page.block("aws"), program.parent)
    assert '"shop"' in told and '"QueryExecutionId"' in told


def test_the_pyathena_block_runs(page: Page) -> None:
    program = tool("pyathena", "python")
    if program is None:
        pytest.skip(NO_CLIENT)
    page.python("pyathena", program)


def test_the_dbt_block_runs(page: Page) -> None:
    program = tool("dbt", "dbt")
    if program is None:
        pytest.skip(NO_CLIENT)
    page.write("profiles.yml", "dbt_project.yml", "models/totals.sql")
    assert "PASS=1" in page.shell(page.block("dbt"), program.parent)


def test_a_persona_is_made_and_acts_by_its_profile(page: Page) -> None:
    page.python("persona")
    page.write("config")
    ask = 'import boto3; print(boto3.client("sts").get_caller_identity()["Arn"])'
    told = page.shell(f"AWS_CONFIG_FILE=config AWS_PROFILE=analyst python -c '{ask}'")
    assert "assumed-role/analyst/" in told


def test_the_governance_test_passes_and_its_failure_is_the_one_shown(page: Page) -> None:
    page.write("conftest.py", "test_governance.py", "pytest.ini")
    test = page.folder / "test_governance.py"
    careless = (
        page.block("test_governance.py").replace("def test_the", "def test_careless").replace(', without=["email"]', "")
    )
    test.write_text(test.read_text() + careless)
    told = page.shell(page.block("pytest"), wanted=1)
    assert "1 failed, 1 passed" in told and "FAILED test_governance.py::test_careless" in told
    for line in page.block("leak").splitlines():
        assert line in told


def test_a_state_folder_is_moved_with_all_that_is_in_it(page: Page) -> None:
    """The last one: the others' endpoint moves."""
    ready = page.start("move", "elsewhere")
    assert ready["credentials_file"] == str(page.folder / "elsewhere" / "credentials")
    listing = 'import boto3; print(boto3.client("glue").get_tables(DatabaseName="shop")["TableList"][0]["Name"])'
    assert page.shell(f"AWS_SHARED_CREDENTIALS_FILE={ready['credentials_file']} python -c '{listing}'") == "orders\n"
