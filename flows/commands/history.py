"""`staycurrent history`: the whole history as Parquet files, and on a branch."""

from argparse import Namespace

from staycurrent.flows.context import RunContext
from staycurrent.flows.errors import DONE
from staycurrent.flows.publishing.history_branch import restore_history, save_history
from staycurrent.flows.reporter import write_output
from staycurrent.reports.text import plural
from staycurrent.warehouse import parquet


def execute(ctx: RunContext, arguments: Namespace) -> int:
    """Export, import, save or restore the history in `folder`."""
    folder = arguments.folder
    match arguments.command:
        case "history export":
            exported = parquet.export_parquet(ctx.warehouse_path, folder)
            size = sum((folder / part.file).stat().st_size for part in exported.files)
            rows, files = plural(exported.rows, "row"), plural(len(exported.files), "file")
            write_output(f"exported {rows} in {files}, {size / 1e6:.1f} MB, to {folder}\n")
        case "history import":
            holds = parquet.import_parquet(folder, ctx.warehouse_path, replace=arguments.replace)
            write_output(f"{ctx.warehouse_path} holds {holds}, up to {holds.run_date}\n")
        case "history restore":
            write_output(restore_history(ctx, folder, arguments.branch))
        case _:
            save_history(ctx, folder, arguments.branch, arguments.upon)
    return DONE
