"""The body of an API's answer as data, where it is whole and came from the host that was asked."""

import json
from urllib.parse import urlsplit

from staycurrent.web.response import Response


def is_complete(answer: Response) -> bool:
    """The answer is complete, and no redirect led away from the host that was asked."""
    asked, ended = urlsplit(answer.url).hostname, urlsplit(answer.final_url).hostname
    return answer.failure is None and not answer.truncated and asked == ended


def json_object(answer: Response) -> dict[str, object] | None:
    """The JSON object in an answer; None where there is none, or it is cut, or of another host."""
    if not is_complete(answer):
        return None
    try:
        data: object = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None
