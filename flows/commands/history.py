"""The verbs on the memory as a whole: `restore`, `export` and `import`."""

import argparse
from pathlib import Path

from staycurrent.flows.context import RunContext
from staycurrent.flows.upkeep import restore, restore_lines
from staycurrent.reports.text import plural
from staycurrent.warehouse import exchange


def act(night: RunContext, arguments: argparse.Namespace) -> str:
    """Do what the verb `restore`, `export` or `import` says; what came of it, as lines."""
    if arguments.verb == "restore":
        return "".join(f"{line}\n" for line in restore_lines(restore(night, arguments.source)))
    if arguments.verb == "export":
        return export(night, arguments.out)
    return rebuild(night, arguments.source, replace=arguments.replace)


def export(night: RunContext, folder: Path) -> str:
    """Write the warehouse into a folder. Raises WarehouseBusy and WarehouseUnusable."""
    made = exchange.export(night.warehouse_path, folder)
    size = sum((folder / part.file).stat().st_size for part in made.parts)
    files = plural(len(made.parts), "file")
    return f"exported {plural(made.rows, 'row')} in {files}, {size / 1e6:.1f} MB, to {folder}\n"


def rebuild(night: RunContext, folder: Path, *, replace: bool) -> str:
    """Make the warehouse of an export. Raises WarehouseBusy and WarehouseUnusable."""
    holds = exchange.rebuild(folder, night.warehouse_path, replace=replace)
    return f"{night.warehouse_path} holds {holds}, up to {holds.night}\n"
