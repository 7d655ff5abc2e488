"""The action and the workflows are pinned, have few rights, and run no text of strangers."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

ROOT = Path(__file__).parents[1]
ACTION = ROOT / "action" / "action.yml"
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
FILES = [ACTION, *WORKFLOWS]
SCRIPTS = [ROOT / "action" / "install", ROOT / "action" / "run", ROOT / ".ci" / "run"]
SCRIPTS.append(ROOT / "scripts" / "build_release")
PINNED = re.compile(r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")
SELF = "$/action"
"""The action of the workflow's own repository and commit; GitHub refuses `$/` without a path."""
USES_SELF = re.compile(rf"uses: {re.escape(SELF)} # .+$")
OURS = "staycurrent/staycurrent/.github/workflows"


def read(path: Path) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def jobs(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = read(path)["jobs"]
    return found


def steps() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every step of every job and of the action, with the file that it is in."""
    for one in read(ACTION)["runs"]["steps"]:
        yield ACTION.name, one
    for path in WORKFLOWS:
        for job in jobs(path).values():
            yield from ((path.name, one) for one in job["steps"])


def tool(name: str) -> str:
    """A program next to this Python, or on the machine; the test is skipped without it."""
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def passes(*command: str) -> None:
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_zizmor_finds_nothing_even_as_an_auditor() -> None:
    paths = [str(path.relative_to(ROOT)) for path in FILES]
    passes(tool("zizmor"), "--offline", "--no-progress", "--persona=auditor", *paths)


def test_actionlint_accepts_the_workflows() -> None:
    passes(tool("actionlint"), *map(str, WORKFLOWS))


@pytest.mark.parametrize("page", ["README.md", "docs/github.md"])
def test_actionlint_accepts_the_documented_workflows(page: str, tmp_path: Path) -> None:
    job = "on: push\njobs:\n  one:\n    runs-on: ubuntu-latest\n    steps:\n"
    blocks = [one for one in examples(page) if "uses:" in one]
    assert blocks
    for number, block in enumerate(blocks):
        text = job + indent(block, " " * 6) if block.startswith("- uses:") else block
        path = tmp_path / f"{number}.yml"
        path.write_text(text, encoding="utf-8")
        passes(tool("actionlint"), str(path))


@pytest.mark.parametrize(
    ("schema", "paths"),
    [
        ("vendor.github-workflows", WORKFLOWS),
        ("vendor.github-actions", [ACTION]),
        ("vendor.dependabot", [ROOT / ".github" / "dependabot.yml"]),
    ],
)
def test_files_match_their_schemas(schema: str, paths: list[Path]) -> None:
    passes(tool("check-jsonschema"), "--builtin-schema", schema, *map(str, paths))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_shellcheck_accepts_the_scripts_and_they_are_executable(path: Path) -> None:
    assert path.stat().st_mode & 0o111
    passes(tool("shellcheck"), str(path))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_action_is_pinned_by_its_commit_and_says_its_version(path: Path) -> None:
    used = [line.strip().removeprefix("- ") for line in path.read_text().splitlines()]
    used = [line for line in used if line.startswith("uses:")]
    assert used
    for line in used:
        assert PINNED.match(line) or USES_SELF.match(line), line


@pytest.mark.parametrize(("name", "one"), list(steps()))
def test_scripts_contain_no_expression(name: str, one: dict[str, Any]) -> None:
    assert "${{" not in one.get("run", "")
    assert "${{" not in one.get("shell", "")


def test_the_action_finds_its_scripts_in_a_container_too() -> None:
    """The context has a path of the host there: https://github.com/actions/runner/issues/2185."""
    assert "github.action_path" not in yaml.safe_dump(read(ACTION))


def test_a_nightly_run_reads_the_default_branch_and_its_history() -> None:
    """A flag that an older branch lacks looks like one that a person removed.

    So does one that a commit reverted which a shallow clone lacks.
    """
    nightly = jobs(ROOT / ".github" / "workflows" / "nightly.yml")
    checkouts = [
        (one["with"]["ref"], one["with"]["fetch-depth"])
        for job in nightly.values()
        for one in job["steps"]
        if one.get("uses", "").startswith("actions/checkout@")
    ]
    assert checkouts == [("${{ github.event.repository.default_branch }}", 0)] * 2


@pytest.mark.parametrize(("name", "one"), list(steps()))
def test_checkouts_do_not_keep_the_token(name: str, one: dict[str, Any]) -> None:
    if one.get("uses", "").startswith("actions/checkout@"):
        assert one["with"]["persist-credentials"] is False


@pytest.mark.parametrize(("name", "one"), list(steps()))
def test_a_job_that_is_started_once_more_may_upload_again(name: str, one: dict[str, Any]) -> None:
    """GitHub refuses a second artifact of a name (409), also that of a later attempt."""
    if one.get("uses", "").startswith("actions/upload-artifact@"):
        assert one["with"]["overwrite"] is True


def test_each_job_has_the_rights_that_it_needs_and_no_more() -> None:
    rights = {
        (path.name, name): job["permissions"]
        for path in WORKFLOWS
        for name, job in jobs(path).items()
    }
    assert rights == {
        ("ci.yml", "check"): {"contents": "read"},
        ("ci.yml", "e2e"): {"contents": "read"},
        ("ci.yml", "speed"): {"contents": "read"},
        ("ci.yml", "simulate"): {"contents": "read"},
        ("lint.yml", "lint"): {"contents": "read"},
        ("nightly.yml", "crawl"): {"contents": "read"},
        ("nightly.yml", "publish"): {"contents": "write", "pull-requests": "write"},
        ("release.yml", "build"): {"contents": "read"},
        ("release.yml", "pypi"): {"attestations": "write", "id-token": "write"},
        ("release.yml", "image"): {"contents": "read", "packages": "write"},
        ("release.yml", "github"): {"contents": "write"},
    }
    assert all(read(path)["permissions"] == {} for path in WORKFLOWS)
    assert all("timeout-minutes" in job for path in WORKFLOWS for job in jobs(path).values())


def test_the_job_that_requests_links_may_not_write() -> None:
    modes = {
        name: [one["with"]["mode"] for one in job["steps"] if one.get("uses") == SELF]
        for name, job in jobs(ROOT / ".github" / "workflows" / "nightly.yml").items()
    }
    assert modes == {"crawl": ["crawl"], "publish": ["publish"]}


def test_two_jobs_of_a_pull_request_may_call_lint() -> None:
    """As for two lists with settings of their own: one group would let the second end the first."""
    assert "concurrency" not in read(ROOT / ".github" / "workflows" / "lint.yml")


def test_lint_gets_no_secret() -> None:
    text = (ROOT / ".github" / "workflows" / "lint.yml").read_text(encoding="utf-8")
    assert not re.search(r"secrets|token:|pull_request_target", text)
    for path in WORKFLOWS:
        assert "pull_request_target" not in read(path)[True]  # `on` is a truth of YAML 1.1
        assert "cache" not in path.read_text(encoding="utf-8")


def test_the_inputs_and_outputs_are_those_of_the_action() -> None:
    action = read(ACTION)
    for _, one in steps():
        if one.get("uses") == SELF:
            assert set(one["with"]) <= set(action["inputs"])
    (script,) = [one for one in action["runs"]["steps"] if one.get("id") == "action"]
    used = set(re.findall(r"inputs\.([\w-]+)", yaml.safe_dump(action["runs"])))
    assert used == set(action["inputs"])
    said = (ROOT / "action" / "run").read_text(encoding="utf-8")
    for name in script["env"]:
        assert name in said or name == "GITHUB_TOKEN"
    declared = set(re.findall(r"output ([a-z-]+) ", said))
    assert declared == set(action["outputs"])
    for path in WORKFLOWS:
        outputs = set(re.findall(r"steps\.night\.outputs\.([a-z-]+)", path.read_text()))
        assert outputs <= declared


def examples(page: str) -> list[str]:
    """The blocks of YAML in a page."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)


@pytest.mark.parametrize("page", ["README.md", "docs/github.md"])
def test_the_documented_workflows_grant_what_is_needed(page: str) -> None:
    found = [yaml.safe_load(block) for block in examples(page) if OURS in block]
    assert found
    for caller in found:
        for job in caller["jobs"].values():
            name = job["uses"].removeprefix(f"{OURS}/").partition("@")[0]
            called = read(ROOT / ".github" / "workflows" / name)
            wanted = {
                f"{key}:{value}"
                for each in called["jobs"].values()
                for key, value in each["permissions"].items()
            }
            granted = {f"{key}:{value}" for key, value in job["permissions"].items()}
            granted |= {f"{key}:read" for key in job["permissions"]}
            assert wanted <= granted
            assert set(job.get("with", {})) <= set(called[True]["workflow_call"]["inputs"])


def test_the_readme_has_a_workflow_of_five_lines() -> None:
    (block,) = re.findall(
        r"```yaml\n((?:(?!```).)*?nightly\.yml.*?)```", (ROOT / "README.md").read_text(), re.DOTALL
    )
    assert len(block.splitlines()) == 5
