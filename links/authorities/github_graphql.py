"""Asking GitHub with a token: fifty repositories a question, halved when it is too much."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from staycurrent.links.authorities.body import json_object
from staycurrent.links.authorities.github_quota import limited, nearly_spent, refused
from staycurrent.links.authorities.github_repository import GRAPHQL, NAME, finding
from staycurrent.links.authorities.github_repository import read as read_repository
from staycurrent.links.authorities.report import Finding, Tonight
from staycurrent.links.authorities.settings import GitHub
from staycurrent.links.observation import Outcome
from staycurrent.web.response import Fetch, Response

_FIELDS = "id nameWithOwner isArchived isDisabled isPrivate pushedAt"


@dataclass(frozen=True, slots=True)
class Batch:
    """What one query came to."""

    findings: dict[str, Finding] = field(default_factory=dict)
    withheld: tuple[str, ...] = ()
    """Not for this token (an organisation's sign-on or address rule); others may see them."""
    unanswered: tuple[str, ...] = ()
    """Nothing was said of them: worth asking again in a smaller query."""
    stop: str = ""
    """Why no more is to be asked tonight."""


@dataclass(slots=True)
class _Round:
    """Where the asking stands: what waits (the next batch last) and what was learnt."""

    waiting: list[list[str]]
    findings: dict[str, Finding] = field(default_factory=dict)
    withheld: list[str] = field(default_factory=list)
    vain: int = 0


async def ask_all(
    names: Sequence[str], *, settings: GitHub, ask: Fetch, now: datetime
) -> tuple[Tonight, tuple[str, ...]]:
    """Findings on repositories (`owner/name`), and the names that this token may not see."""
    size = max(settings.batch, 1)
    batches = [list(names[start : start + size]) for start in range(0, len(names), size)]
    progress = _Round(batches[::-1])
    why = ""
    while progress.waiting and not why:
        asked = progress.waiting.pop()
        answer = await _post(asked, settings=settings, ask=ask)
        why = _note(progress, asked, read(asked, answer, settings=settings, now=now), settings)
    return Tonight(progress.findings, (why,) if why else ()), tuple(progress.withheld)


def read(asked: Sequence[str], answer: Response, *, settings: GitHub, now: datetime) -> Batch:
    """Conclude from one answer; what it does not speak of is unanswered."""
    why = refused(answer)
    if why:
        return Batch(stop=why)
    body = json_object(answer) if answer.status == 200 else None
    errors = body.get("errors") if body else None
    if isinstance(errors, list) and limited(errors):
        return Batch(stop="GitHub's limit is reached")
    data = body.get("data") if body else None
    if not isinstance(data, dict):
        return Batch(unanswered=tuple(asked))
    told = {f"r{place}": name for place, name in enumerate(asked)}
    kinds = _kinds(errors)
    found = {n: _finding(n, data.get(a), kinds.get(a), settings, now) for a, n in told.items()}
    withheld = tuple(name for alias, name in told.items() if kinds.get(alias) == "FORBIDDEN")
    return Batch(
        {name: finding for name, finding in found.items() if finding is not None},
        withheld,
        tuple(name for name, seen in found.items() if seen is None and name not in withheld),
        "the hour's points at GitHub are used up" if nearly_spent(answer, settings.reserve) else "",
    )


def query(names: Sequence[str]) -> str:
    """The query for repositories; raises ValueError on a name that is none."""
    strange = [name for name in names if not NAME.fullmatch(name)]
    if strange:
        raise ValueError(f"{strange[0]!r} is no repository's name: it must read owner/name")
    pairs = [name.split("/") for name in names]
    aliases = [
        f'r{place}: repository(owner:"{owner}",name:"{name}",followRenames:true){{...seen}}'
        for place, (owner, name) in enumerate(pairs)
    ]
    return f"query {{ {' '.join(aliases)} }} fragment seen on Repository {{ {_FIELDS} }}"


async def _post(names: Sequence[str], *, settings: GitHub, ask: Fetch) -> Response:
    return await ask(
        f"{settings.api}/graphql",
        method="POST",
        headers={
            "authorization": f"Bearer {settings.token}",
            "content-type": "application/json",
            "accept": "application/json",
        },
        content=json.dumps({"query": query(names)}).encode(),
        follow_redirects=False,
    )


def _note(progress: _Round, asked: list[str], batch: Batch, settings: GitHub) -> str:
    """Take a batch in and put what it left open back in halves; say why to stop, if so."""
    progress.findings |= batch.findings
    progress.withheld += batch.withheld
    progress.vain = progress.vain + 1 if len(batch.unanswered) == len(asked) else 0
    if progress.vain >= settings.patience:
        return f"{progress.vain} answers of GitHub's in a row said nothing: given up for tonight"
    if len(asked) > 1 and batch.unanswered:
        half = (len(batch.unanswered) + 1) // 2
        halves = [list(batch.unanswered[half:]), list(batch.unanswered[:half])]
        progress.waiting += [part for part in halves if part]
    return batch.stop


def _kinds(errors: object) -> dict[str, str]:
    """The kind of error told of each alias."""
    kinds: dict[str, str] = {}
    for error in errors if isinstance(errors, list) else []:
        match error:
            case {"type": str(kind), "path": [str(alias), *_]}:
                kinds[alias] = kind
            case _:
                pass
    return kinds


def _finding(
    name: str, node: object, kind: str | None, settings: GitHub, now: datetime
) -> Finding | None:
    if node is None and kind == "NOT_FOUND":
        return Finding(Outcome.MISSING, "deleted or private, asked twice")
    repository = read_repository(node, GRAPHQL)
    return finding(name, repository, settings=settings, now=now) if repository else None
