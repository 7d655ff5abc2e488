"""The deployments that follow from the settings, and prefect.yaml, which has the same."""

import json
from argparse import Namespace
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from scripts.write_prefect_yaml import prefect_yaml
from staycurrent.flows.commands.deploy import requested_deployments
from staycurrent.flows.context import fixed_clock, load_context
from staycurrent.flows.errors import UsageError
from staycurrent.flows.orchestration.deployments import (
    WorkPool,
    deployments,
)
from staycurrent.flows.reporter import Reporter
from staycurrent.flows.settings.sections import ListSettings, Settings
from tests.support.folder import FIRST

ROOT = Path(__file__).parents[3]


def test_prefect_yaml_is_written_from_the_deployments() -> None:
    assert (ROOT / "prefect.yaml").read_text(encoding="utf-8") == prefect_yaml()


def test_every_deployment_is_a_flow_of_the_pipeline() -> None:
    for deployment in deployments(Settings()):
        module, _, function = deployment.entrypoint.rpartition(".")
        flow = getattr(import_module(module), function)
        assert flow.name == deployment.flow
        assert set(deployment.parameters) <= set(flow.parameters.properties)


def variables(kind: str) -> set[str]:
    """The job variables of a pool type, as Prefect itself ships them."""
    (home,) = find_spec("prefect").submodule_search_locations  # type: ignore[union-attr, misc]
    shipped = Path(home) / "server/api/collections_data/views/aggregate-worker-metadata.json"
    for workers in json.loads(shipped.read_text(encoding="utf-8")).values():
        if kind in workers:
            return set(workers[kind]["default_base_job_configuration"]["variables"]["properties"])
    raise AssertionError(kind)


@pytest.mark.parametrize("kind", ["process", "docker", "kubernetes"])
def test_a_pool_of_any_type_has_our_job_variables(kind: str) -> None:
    own = WorkPool("staycurrent", kind).job_variables
    assert set(own) <= variables(kind)
    assert own["env"] == {"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30"}
    assert ("working_dir" in own) == (kind == "process")


def test_the_image_runs_the_command_that_a_worker_gives_it() -> None:
    """Docker's and Kubernetes' workers give `prefect flow-run execute` as the arguments."""
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    assert not [line for line in lines if line.startswith("ENTRYPOINT")]
    assert "USER staycurrent" in lines


def test_each_of_several_lists_has_a_nightly_run_with_a_name_that_prefect_accepts() -> None:
    paths = ("README.md", "docs/other list.md")
    settings = replace(Settings(), list=ListSettings(paths))
    nights = [one for one in deployments(settings) if one.flow == "nightly"]
    assert [one.title for one in nights] == ["nightly/README.md", "nightly/docs-other-list.md"]
    assert [one.parameters["lists"] for one in nights] == [["README.md"], ["docs/other list.md"]]


def arguments(folder: Path, **given: object) -> Namespace:
    return Namespace(
        **{"settings": folder / "staycurrent.toml", "warehouse": None, "as_of": None} | given
    )


def test_lists_whose_paths_are_alike_have_names_of_their_own() -> None:
    alike = ("docs/a.md", "docs-a.md")
    names = {
        one.parameters["lists"][0]: one.name  # type: ignore[index]
        for paths in (alike, alike[::-1], (*alike, "b.md"))
        for one in deployments(replace(Settings(), list=ListSettings(paths)))
        if one.flow == "nightly"
    }
    assert names["b.md"] == "b.md"
    assert len({*names.values()}) == 3
    assert all(names[path].startswith("docs-a.md-") for path in alike)


def test_paths_are_relative_to_where_the_worker_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sub").mkdir()
    path = tmp_path / "sub" / "staycurrent.toml"
    path.write_text('[list]\npaths = ["a.md", "b.md"]\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    ctx = load_context(path, fixed_clock(FIRST), Reporter(), environment={})
    found = requested_deployments(ctx, arguments(path.parent))
    assert found[0].parameters["settings"] == "sub/staycurrent.toml"
    assert found[1].parameters["lists"] == ["sub/b.md"]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"warehouse": Path("x.duckdb")}, "--warehouse: a deployment takes"),
        ({"as_of": FIRST}, "--as-of: a deployment takes"),
        ({"settings": Path("no.toml")}, "no.toml: does not exist"),
    ],
)
def test_options_that_a_deployment_cannot_have_are_refused(
    tmp_path: Path, given: dict[str, object], says: str
) -> None:
    (tmp_path / "staycurrent.toml").touch()
    ctx = load_context(
        tmp_path / "staycurrent.toml", fixed_clock(FIRST), Reporter(), environment={}
    )
    with pytest.raises(UsageError, match=says):
        requested_deployments(ctx, arguments(tmp_path, **given))
