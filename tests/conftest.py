"""What holds for every test: no deadline for an example, little work for the garbage collector."""

import gc
from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile

import pytest
from hypothesis import settings

settings.register_profile("staycurrent", deadline=None, print_blob=True)
settings.load_profile("staycurrent")


def pytest_collection_finish() -> None:
    """Let Python no more look for garbage among what stays to the end: 7,000 tests and modules."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def empty_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Each new warehouse is a copy of an empty one; to make one takes a hundred times as long."""
    from staycurrent.files import draft_of, move_file
    from staycurrent.warehouse import open as opening

    template = tmp_path_factory.mktemp("template") / "warehouse.duckdb"
    opening.open_warehouse(template).close()

    def copy(path: Path) -> None:
        with draft_of(path) as draft:
            copyfile(template, draft)
            move_file(draft, path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(opening, "_create", copy)
        yield template
