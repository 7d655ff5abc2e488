"""When GitHub is to be left alone until another night."""

from staycurrent.web.json_body import json_object
from staycurrent.web.response import Failure, Response

_LIMIT_ERRORS = frozenset({"RATE_LIMITED", "RATE_LIMIT"})  # both in use: yanyongyu/githubkit#271


def refusal_reason(answer: Response) -> str:
    """Why no answer of GitHub's is worth waiting for tonight, or an empty text.

    A 403 with a `block` speaks of one repository, not of us.
    """
    if answer.failure is Failure.DEFERRED:
        return "GitHub asked to come back later"
    if answer.status == 401:
        return "GitHub refused the token (401)"
    if answer.status == 429 or (answer.status == 403 and not is_block(answer)):
        return f"GitHub's limit is reached ({answer.status})"
    return ""


def is_block(answer: Response) -> bool:
    """GitHub itself has closed the repository, by law or by its own terms."""
    body = json_object(answer)
    return answer.status == 451 or (body is not None and "block" in body)


def reports_rate_limit(errors: list[object]) -> bool:
    """A GraphQL answer of status 200 says that the limit is reached."""
    return any(_speaks_of_limit(error) for error in errors)


def _speaks_of_limit(error: object) -> bool:
    match error:
        case {"type": str(kind)} if kind in _LIMIT_ERRORS:
            return True
        case {"path": list()}:
            return False  # its message quotes a repository's name
        case {"message": str(message)}:
            return "rate limit" in message.lower()
        case _:
            return False


def is_quota_low(answer: Response, reserve: float) -> bool:
    """No more than the `reserve` (a share of the hourly quota) is left; False where not told."""
    limit = answer.headers.get("x-ratelimit-limit", "")
    remaining = answer.headers.get("x-ratelimit-remaining", "")
    if not (limit.isdecimal() and remaining.isdecimal()):
        return False
    return int(remaining) <= int(limit) * reserve
