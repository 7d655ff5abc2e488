"""What is installed: one import name, whose rooms neither shadow nor are shadowed by others."""

import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
import shtab

from staycurrent.flows.cli import parser

ROOT = Path(__file__).parents[1]
UNTIL = {
    "duckdb": "duckdb==2.",
    "httpx": "httpx==0.",
    "pyromark": "pyromark==0.10.",
    "prefect": "prefect==3.8.8",
    "fastapi": "prefect==3.8.8",
    "sqlalchemy": "prefect==3.8.8",
}
"""What constraints.txt pins as long as an upper bound is needed; then try without the bound."""
UNTRACKED = (
    ".git", ".venv", ".*cache", ".hypothesis", ".prefect", ".staycurrent", "__pycache__",
    "*.egg-info", "build", "dist", "mutants", "node_modules", "release", "site",
)  # fmt: skip
"""What a working tree may hold that is not tracked, and that changes while the tests run."""


def test_every_upper_bound_has_a_reason_and_an_end() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    bounds = re.findall(r'(?m)^    "([a-z-]+)(?:\[.*?\])?[^"#]*<[^"]*",( +# .{10,})?$', text)
    assert {name for name, _ in bounds} == set(UNTIL)
    assert [name for name, reason in bounds if not reason] == []
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert [name for name, pin in UNTIL.items() if not any(p.startswith(pin) for p in pins)] == []


def test_the_image_is_built_with_the_files_that_the_wheel_installs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for paths in project["tool"]["setuptools"]["data-files"].values():
        assert all("docs" not in ignored and f"!{path}" in ignored for path in paths)


def test_links_and_pictures_of_the_readme_work_on_pypi() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#]+)", readme)
    ours = r"https://(?:github\.com|raw\.githubusercontent\.com)/staycurrent/staycurrent/"
    paths = [re.sub(ours + r"(?:(?:blob|tree)/)?main/", "", target) for target in targets]
    assert len(paths) > 10
    assert [path for path in paths if not (path.startswith("http") or (ROOT / path).exists())] == []
    assert all(target.startswith("https://") for target in targets)


def test_completions_are_written_for_each_command() -> None:
    for shell in ("bash", "zsh"):
        assert "--fail-on" in shtab.complete(parser(), shell=shell)


def test_completions_name_files_where_a_path_is_expected() -> None:
    script = shtab.complete(parser(), "bash")
    options = ("status___list", "run___settings", "check___warehouse", "report___out")
    for option in options:
        assert f"_{option}_COMPGEN=_shtab_compgen_files" in script, option
    assert "_history_export_pos_0_COMPGEN=_shtab_compgen_files" in script


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the source distribution of this tree, built without network."""
    source = tmp_path_factory.mktemp("tree") / "source"
    shutil.copytree(ROOT, source, symlinks=True, ignore=shutil.ignore_patterns(*UNTRACKED))
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(source)],
        check=True,
        capture_output=True,
    )
    return folder


@pytest.fixture(scope="module")
def installed(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for `sys.path` that holds what the wheel installs."""
    folder = tmp_path_factory.mktemp("site")
    (wheel,) = dist.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)  # noqa: S202 -- built by this very test
    return folder


def run(site: Path, folder: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    """`python ...` in `folder`, which is on `sys.path` before `site`; no editable install."""
    program = (
        "import sys, runpy;"
        "sys.meta_path[:] = [f for f in sys.meta_path if 'editable' not in str(f).lower()];"
        f"sys.path[:0] = [{str(folder)!r}, {str(site)!r}];"
        "sys.argv[:] = ['staycurrent', *sys.argv[1:]];"
        "runpy.run_module('staycurrent', run_name='__main__')"
    )
    return subprocess.run(
        [sys.executable, "-I", "-c", program, *argv],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_wheel_holds_one_import_name(dist: Path) -> None:
    (wheel,) = dist.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = {name.partition("/")[0] for name in archive.namelist()}
    assert {name for name in names if not name.endswith((".dist-info", ".data"))} == {"staycurrent"}


def test_the_source_distribution_builds_every_module(dist: Path, installed: Path) -> None:
    (archive,) = dist.glob("*.tar.gz")
    with tarfile.open(archive) as source:
        inner = {name.partition("/")[2] for name in source.getnames()}
    ours = {str(path.relative_to(installed)) for path in installed.glob("staycurrent/**/*.py")}
    assert len(ours) > 100
    assert ours - inner == set()
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    tracked = set(filter(None, listed.stdout.split("\0")))
    in_package = {name.removeprefix("staycurrent/") for name in inner}  # its rooms are links here
    assert tracked - inner - in_package == set()
    assert {"bench/__main__.py", ".ci/run", ".github/workflows/lint.yml", "curated.md"} <= inner


def test_commands_run_beside_modules_of_the_same_names(installed: Path, tmp_path: Path) -> None:
    for room in ("flows", "links", "web"):
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").write_text("raise ImportError('not ours')\n")
        (tmp_path / f"{room}.py").write_text("raise ImportError('not ours')\n")
    ended = run(installed, tmp_path, "--help")
    assert (ended.returncode, ended.stderr) == (0, "")
    ended = run(installed, tmp_path, "init", "--reference")
    assert "\n[links.rules]" in ended.stdout, ended.stderr
    ended = run(installed, tmp_path, "status")
    assert ended.returncode == 2, ended.stderr
    assert "not ours" not in ended.stderr
