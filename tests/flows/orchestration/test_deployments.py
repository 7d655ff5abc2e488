"""What is deployed, from the settings, and that prefect.yaml says the same."""

import json
from argparse import Namespace
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from staycurrent.flows.context import fixed_clock, load_context
from staycurrent.flows.errors import UsageError
from staycurrent.flows.orchestration.deployments import (
    TAG,
    Deployment,
    WorkPool,
    deployments,
    requested_deployments,
)
from staycurrent.flows.reporter import SilentReporter
from staycurrent.flows.settings.sections import ListSettings, Settings
from tests.support.folder import FIRST

ROOT = Path(__file__).parents[3]
DEPLOYED = deployments(Settings())


def in_the_file() -> dict[str, dict[str, Any]]:
    data = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))
    return {one["name"]: one for one in data["deployments"]}


def test_the_file_for_prefects_own_command_deploys_the_same() -> None:
    assert list(in_the_file()) == [one.name for one in DEPLOYED]


@pytest.mark.parametrize("one", DEPLOYED, ids=[one.name for one in DEPLOYED])
def test_each_deployment_stands_alike_in_both(one: Deployment) -> None:
    written = in_the_file()[one.name]
    module, _, function = one.entrypoint.rpartition(".")
    assert written["entrypoint"] == f"{module.replace('.', '/')}.py:{function}"
    assert written["description"] == one.description
    assert written["tags"] == [TAG]
    assert written.get("parameters", {}) == one.parameters
    assert written["concurrency_limit"]["limit"] == 1
    assert written["concurrency_limit"]["collision_strategy"] == one.collision
    crons = [(each["cron"], each["timezone"]) for each in written.get("schedules", [])]
    assert crons == ([(one.cron, one.timezone)] if one.cron else [])
    assert written["work_pool"]["name"] == Settings().prefect.pool


def variables(kind: str) -> set[str]:
    """What a job of such a pool can be told, as Prefect itself ships it."""
    (home,) = find_spec("prefect").submodule_search_locations  # type: ignore[union-attr, misc]
    shipped = Path(home) / "server/api/collections_data/views/aggregate-worker-metadata.json"
    for workers in json.loads(shipped.read_text(encoding="utf-8")).values():
        if kind in workers:
            return set(workers[kind]["default_base_job_configuration"]["variables"]["properties"])
    raise AssertionError(kind)


@pytest.mark.parametrize("kind", ["process", "docker", "kubernetes"])
def test_a_pool_of_any_type_knows_what_its_jobs_are_told(kind: str) -> None:
    told = WorkPool("staycurrent", kind).job_variables
    assert set(told) <= variables(kind)
    assert told["env"] == {"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30"}
    assert ("working_dir" in told) == (kind == "process")


def test_the_file_tells_its_jobs_what_a_process_pool_knows() -> None:
    for one in in_the_file().values():
        assert one["work_pool"]["job_variables"] == WorkPool("staycurrent").job_variables


def test_the_image_runs_whatever_command_a_worker_hands_it() -> None:
    """Docker's and Kubernetes' workers give `prefect flow-run execute` as the arguments."""
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    assert not [line for line in lines if line.startswith("ENTRYPOINT")]
    assert "USER staycurrent" in lines


def test_several_lists_have_a_night_each_and_a_name_that_prefect_takes() -> None:
    paths = ("README.md", "docs/other list.md")
    settings = replace(Settings(), list=ListSettings(paths))
    nights = [one for one in deployments(settings) if one.flow == "nightly"]
    assert [one.title for one in nights] == ["nightly/README.md", "nightly/docs-other-list.md"]
    assert [one.parameters["lists"] for one in nights] == [["README.md"], ["docs/other list.md"]]


def arguments(folder: Path, **given: object) -> Namespace:
    return Namespace(
        **{"settings": folder / "staycurrent.toml", "warehouse": None, "as_of": None} | given
    )


def test_paths_are_told_from_where_the_worker_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sub").mkdir()
    path = tmp_path / "sub" / "staycurrent.toml"
    path.write_text('[list]\npaths = ["a.md", "b.md"]\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    night = load_context(path, fixed_clock(FIRST), SilentReporter(), environment={})
    made = requested_deployments(night, arguments(path.parent))
    assert made[0].parameters["settings"] == "sub/staycurrent.toml"
    assert made[1].parameters["lists"] == ["sub/b.md"]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"warehouse": Path("x.duckdb")}, "--warehouse: a deployment has"),
        ({"as_of": FIRST}, "--as-of: a deployment has"),
        ({"settings": Path("no.toml")}, "no.toml: is missing"),
    ],
)
def test_what_no_deployment_can_carry_is_refused(
    tmp_path: Path, given: dict[str, object], says: str
) -> None:
    (tmp_path / "staycurrent.toml").touch()
    night = load_context(
        tmp_path / "staycurrent.toml", fixed_clock(FIRST), SilentReporter(), environment={}
    )
    with pytest.raises(UsageError, match=says):
        requested_deployments(night, arguments(tmp_path, **given))
