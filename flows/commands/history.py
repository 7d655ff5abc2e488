"""`staycurrent history` and `staycurrent restore`: the whole history, exported or backed up."""

import re
from argparse import Namespace
from pathlib import Path

from staycurrent.flows.context import RunContext
from staycurrent.flows.errors import DONE, UsageError
from staycurrent.flows.publishing.history_branch import find_history_branch
from staycurrent.flows.reporter import write_output
from staycurrent.reports.text import plural
from staycurrent.warehouse import backups, parquet
from staycurrent.warehouse.backups import RestoreResult
from staycurrent.warehouse.file import CommittedRows
from staycurrent.warehouse.import_validation import ImportLimits


def execute(ctx: RunContext, arguments: Namespace) -> int:
    """Export, import, save or restore the history, or restore a backup; say what was done."""
    if arguments.command == "restore":
        path = None if arguments.source is None else _backup_path(ctx, arguments.source)
        restored = backups.restore(ctx.warehouse_path, path)
        write_output("".join(f"{line}\n" for line in restore_lines(restored)))
        return DONE
    folder = arguments.folder
    match arguments.command:
        case "history export":
            exported = parquet.export_parquet(ctx.warehouse_path, folder)
            size = sum((folder / part.file).stat().st_size for part in exported.files)
            rows, files = plural(exported.rows, "row"), plural(len(exported.files), "file")
            amount = f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"
            write_output(f"exported {rows} in {files}, {amount}, to {folder}\n")
        case "history import":
            limits = ImportLimits(ctx.run_date, ctx.settings.web)
            path = ctx.warehouse_path
            if path.exists() and not arguments.replace:
                added = plural(parquet.merge_witnesses(folder, path, limits), "new check")
                done = f"has {added} of witnesses; the rest was left out (--replace takes all)"
            else:
                result = parquet.import_parquet(folder, path, limits, replace=arguments.replace)
                done = f"holds {result.restored.dated}"
                if result.moved_to is not None:
                    before = result.replaced
                    done += f"\nthe previous file is now {result.moved_to}"
                    if before.runs:
                        done += f": it held {before.dated}"
            write_output(f"{path} {done}\n")
        case "history restore":
            branch = find_history_branch(ctx, arguments.branch)
            commit = branch.restore(folder)
            what = f"is restored to {folder}" if commit else "does not exist yet"
            ctx.reporter.info(f"history: the branch {branch.name} {what}")
            write_output(f"{commit}\n" if commit else "")
        case _:
            branch = find_history_branch(ctx, arguments.branch)
            state = branch.save(folder, ctx.clock.as_of, base=arguments.upon)
            ctx.reporter.info(f"history: the branch {branch.name} is {state}")
    return DONE


def _backup_path(ctx: RunContext, source: str) -> Path:
    """The backup of a date, or the file of that name; raises UsageError for an unknown date."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", source):
        return Path(source)
    known = {str(backup.run_date): backup.path for backup in backups.backups(ctx.warehouse_path)}
    if source not in known:
        choices = ", ".join(known) or "none"
        raise UsageError(f"--from {source}: there is no backup of that date; there are: {choices}")
    return known[source]


def restore_lines(restored: RestoreResult) -> list[str]:
    """What was restored and what is lost, a line each."""
    holds, lost = restored.restored, restored.replaced
    lines = [f"skipped: {reason}" for reason in restored.rejected]
    lines.append(f"restored {restored.source}: {holds.dated}")
    missing: list[str] = []
    if lost.runs > holds.runs:
        missing.append(f"{plural(lost.runs - holds.runs, 'run')} up to {lost.run_date}")
    if lost.overrides > holds.overrides:
        words = plural(lost.overrides - holds.overrides, "override")
        missing.append(f"{words} (what people kept, declined or undid since)")
    nothing = "nothing that was committed"
    if lost == CommittedRows():
        nothing = "unknown, because there is no readable count of what was committed"
    lines.append(f"lost: {' and '.join(missing) or nothing}")
    if restored.moved_to is not None:
        lines.append(f"the previous file is now {restored.moved_to}")
    return lines
