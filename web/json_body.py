"""JSON bodies of API responses."""

import json
from urllib.parse import urlsplit

from staycurrent.web.response import Response


def is_complete(response: Response) -> bool:
    """Whether the response is complete and comes from the host that was requested."""
    requested, final = urlsplit(response.url).hostname, urlsplit(response.final_url).hostname
    return response.failure is None and not response.truncated and requested == final


def json_object(response: Response) -> dict[str, object] | None:
    """The JSON object of a complete response; None if there is none."""
    if not is_complete(response):
        return None
    try:
        data: object = json.loads(response.body)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None
