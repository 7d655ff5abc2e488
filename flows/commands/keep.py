"""`staycurrent keep` and `staycurrent decline`: what a person says overrides what was found."""

from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace

from staycurrent.flows.candidates import declined_identities, open_candidates
from staycurrent.flows.context import RunContext
from staycurrent.flows.database import Database, open_database
from staycurrent.flows.errors import DONE, UsageError, parse_choices
from staycurrent.flows.lists import link_key, read_lists
from staycurrent.identity import identify
from staycurrent.reports.text import KEEP_TERMS
from staycurrent.warehouse import overrides
from staycurrent.warehouse.overrides import Override


def execute(ctx: RunContext, arguments: Namespace) -> int:
    """Record or undo the overrides, and name each."""
    kind, until = arguments.command, arguments.until
    verdict = _one_verdict(arguments.verdict) if kind == "keep" else None
    said = Override("", kind, verdict, until, arguments.reason, ctx.now())
    if arguments.undo and until is not None:
        raise UsageError("--undo: not allowed with --until")
    record, what = add_overrides, f"{kind}:"
    if arguments.undo:
        record, what = undo_overrides, f"undone: {kind}"
    with open_database(ctx) as db:
        for override in record(ctx, db, arguments.urls, said):
            ctx.reporter.info(f"{what} {override.url}")
    return DONE


def _one_verdict(text: str | None) -> str | None:
    """The value of `--verdict`; raises UsageError for an unknown one, and for several."""
    verdicts = parse_choices("--verdict", text, KEEP_TERMS)
    if len(verdicts) > 1:
        raise UsageError(f"--verdict {text}: name one; without it any verdict is accepted")
    return verdicts[0] if verdicts else None


def add_overrides(
    ctx: RunContext, db: Database, urls: Sequence[str], said: Override
) -> list[Override]:
    """Keep links of the lists, or decline candidates; all of them or none.

    `said` is the override without its address. Raises UsageError for an unknown address, and for a
    last day in the past.
    """
    if said.until is not None and said.until < ctx.run_date:
        raise UsageError(f"--until {said.until}: is in the past; the run date is {ctx.run_date}")
    lists = read_lists(ctx)
    keys = {
        link_key(place.url) for listed in lists for _, place in listed.document.own_occurrences()
    }
    declined = declined_identities(overrides.active(db.reading(), ctx.run_date))
    offered = {one.identity for one in open_candidates(ctx, db.reading(), lists)} | declined
    for url in urls:
        is_listed, is_candidate = link_key(url) in keys, str(identify(url)) in offered
        if not (is_listed if said.kind == "keep" else is_candidate):
            if is_listed or is_candidate:
                what, command = ("link", "keep") if is_listed else ("candidate", "decline")
                raise UsageError(f"{url}: is a {what}; use `staycurrent {command}`")
            raise UsageError(
                f"{url}: is neither in a list nor a candidate; `staycurrent explain` finds an "
                "address by FILE:LINE or a part of it, `status --format json` has all"
            )
    subject = said.kind, said.verdict
    known = [one for one in overrides.latest(db.reading()) if (one.kind, one.verdict) == subject]
    # the last word on a link replaces earlier ones, however they spell it
    new_overrides = [
        replace(said, url=next((one.url for one in reversed(known) if _is_about(one, url)), url))
        for url in urls
    ]
    warehouse = db.writing()
    with warehouse.transaction():
        for override in new_overrides:
            overrides.add(warehouse, override)
    return new_overrides


def undo_overrides(
    ctx: RunContext, db: Database, urls: Sequence[str], said: Override
) -> list[Override]:
    """Take overrides of the kind of `said` back, expired ones too, and return them.

    With a verdict, only those that are limited to it. Raises UsageError for an address without
    one; none is taken back then.
    """
    known = [one for one in overrides.latest(db.reading()) if not one.undone]
    matches: list[Override] = []
    for url in urls:
        of_url = [
            one
            for one in known
            if one.kind == said.kind and said.verdict in (None, one.verdict) and _is_about(one, url)
        ]
        if not of_url:
            other = next((one.kind for one in known if _is_about(one, url)), None)
            hint = f"; use `staycurrent {other} --undo`" if other else ""
            raise UsageError(f"{url}: there is nothing to undo{hint}")
        matches += [one for one in of_url if one not in matches]
    warehouse = db.writing()
    with warehouse.transaction():
        for override in matches:
            overrides.revoke(warehouse, override, ctx.now())
    return matches


def _is_about(override: Override, url: str) -> bool:
    """Whether it is of this address: of the same link, or of the same candidate."""
    if link_key(override.url) == link_key(url):
        return True
    identity = identify(url)
    is_same = identity is not None and identify(override.url) == identity
    return override.kind == "decline" and is_same
