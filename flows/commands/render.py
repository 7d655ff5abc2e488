"""`staycurrent render`: rewrites the lists from what the warehouse knows."""

from argparse import Namespace

from staycurrent.flows.context import RunContext
from staycurrent.flows.database import open_database
from staycurrent.flows.errors import DONE, FINDINGS, UsageError
from staycurrent.flows.feedback.manual_edits import record_overrides
from staycurrent.flows.feedback.publication import write_lists
from staycurrent.flows.link_states import verdicts_of_lists
from staycurrent.flows.lists import lazy_lists
from staycurrent.flows.preflight import require_history
from staycurrent.flows.rendering import print_diffs, render
from staycurrent.reports.text import plural


def execute(ctx: RunContext, arguments: Namespace) -> int:
    """Write the lists, or only show what would change."""
    if arguments.check and arguments.diff:
        raise UsageError("--check: not allowed with --diff")
    is_preview = arguments.check or arguments.diff
    with open_database(ctx) as db:
        if is_preview and arguments.cold_start:
            db.read_as_new()
        else:
            require_history(ctx, db, lazy_lists(ctx), cold_start=arguments.cold_start)
        verdicts = verdicts_of_lists(ctx, db.reading(), lazy_lists(ctx))
        active = None if is_preview else record_overrides(ctx, db, verdicts)
        renderings = render(
            ctx,
            db,
            verdicts=verdicts,
            active_overrides=active,
            create=arguments.create,
            fix_encoding=arguments.fix_encoding,
            release=arguments.release,
        )
        if active is not None:
            write_lists(ctx, db, renderings, active, verdicts)
    if arguments.diff:
        print_diffs(renderings)
    for rendering in renderings:
        fix = rendering.encoding_fix
        if fix is None:
            continue
        passages = plural(fix.count, "damaged passage")
        ctx.reporter.info(f"render: {passages} repaired in {rendering.name}")
        for line, old, new in fix.slugs:
            ctx.reporter.info(
                f"render: the anchor on line {line} is now #{new}; links to #{old} are broken"
            )
    changed = [rendering.name for rendering in renderings if rendering.changed]
    done = "would change" if is_preview else "written"
    ctx.reporter.info(f"render: {', '.join(changed) or 'nothing'} {done}")
    return FINDINGS if arguments.check and changed else DONE
