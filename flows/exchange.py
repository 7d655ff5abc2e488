"""The verbs on the memory as a whole: `restore`, `export` and `import`."""

import argparse
from pathlib import Path

from staycurrent.flows.keeping import restore, told
from staycurrent.flows.night import Night
from staycurrent.reports.counting import plural
from staycurrent.warehouse import exchange


def act(night: Night, arguments: argparse.Namespace) -> str:
    """Do what the verb `restore`, `export` or `import` says; what came of it, as lines."""
    if arguments.verb == "restore":
        return "".join(f"{line}\n" for line in told(restore(night, arguments.source)))
    if arguments.verb == "export":
        return export(night, arguments.out)
    return rebuild(night, arguments.source, replace=arguments.replace)


def export(night: Night, folder: Path) -> str:
    """Write the warehouse into a folder. Raises WarehouseBusy and WarehouseUnusable."""
    made = exchange.export(night.warehouse, folder)
    size = sum((folder / part.file).stat().st_size for part in made.parts)
    files = plural(len(made.parts), "file")
    return f"exported {plural(made.rows, 'row')} in {files}, {size / 1e6:.1f} MB, to {folder}\n"


def rebuild(night: Night, folder: Path, *, replace: bool) -> str:
    """Make the warehouse of an export. Raises WarehouseBusy and WarehouseUnusable."""
    holds = exchange.rebuild(folder, night.warehouse, replace=replace)
    return f"{night.warehouse} holds {holds}, up to {holds.night}\n"
