"""A small warehouse of each released version, and its export: `versions/VERSION.zip`.

`python -m tests.warehouse.released` writes that of the version at hand, with rows in every table.
Run it before a release, and never again for a version that CHANGELOG.md names.
"""

import re
import sys
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, ZipFile

from staycurrent.warehouse.open import open_warehouse
from staycurrent.warehouse.parquet import export_parquet
from tests.warehouse.filled import made

FOLDER = Path(__file__).parent / "versions"
_CHANGELOG = Path(__file__).parents[2] / "CHANGELOG.md"


def released_versions() -> list[str]:
    """The versions that CHANGELOG.md has headings for."""
    text = _CHANGELOG.read_text(encoding="utf-8")
    return re.findall(r"^## \[?(\d+\.\d+\.\d+)", text, re.MULTILINE)


def keep() -> Path:
    """Write the file of the version at hand; raises SystemExit if that is released."""
    current = version("staycurrent")
    target = FOLDER / f"{current}.zip"
    if current in released_versions() and target.exists():
        raise SystemExit(f"{current} is released: its file never changes")
    with TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "warehouse.duckdb"
        open_warehouse(path).close()  # as a run makes it
        with open_warehouse(made(path)) as warehouse:
            warehouse.execute("CHECKPOINT")
        export_parquet(path, folder / "export")
        for note in folder.glob("warehouse.duckdb.*"):
            note.unlink()
        FOLDER.mkdir(exist_ok=True)
        with ZipFile(target, "w", ZIP_DEFLATED, compresslevel=9) as archive:
            for file in sorted(folder.rglob("*")):
                if file.is_file():
                    archive.write(file, file.relative_to(folder).as_posix())
    return target


if __name__ == "__main__":
    sys.stdout.write(f"{keep()}\n")
