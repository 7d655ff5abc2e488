"""Conditional requests (RFC 9110 section 13): a server answers 304 if a page has not changed."""

import re
from dataclasses import dataclass, replace
from typing import Self

from staycurrent.web.response import Response

_ETAG = re.compile(r'(W/)?"[!#-~]{1,200}"')
_HTTP_DATE = re.compile(r"[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} (199|2\d\d)\d \d{2}:\d{2}:\d{2} GMT")


@dataclass(frozen=True, slots=True)
class Validators:
    """What identifies a version of a page (RFC 9110 section 8.8), as it is sent back."""

    etag: str = ""
    """Empty if the server sent none that is well formed."""
    last_modified: str = ""

    @classmethod
    def of(cls, response: Response) -> Self:
        """The validators of a response; malformed ones are left out, so they can be sent."""
        etag = response.headers.get("etag", "").strip()
        last_modified = response.headers.get("last-modified", "").strip()
        return cls(
            etag if _ETAG.fullmatch(etag) else "",
            last_modified if _HTTP_DATE.fullmatch(last_modified) else "",
        )

    def __bool__(self) -> bool:
        return bool(self.etag or self.last_modified)

    @property
    def headers(self) -> dict[str, str]:
        """Request headers, both if both are known: old caches know only one (section 13.1.3)."""
        headers = {"if-none-match": self.etag, "if-modified-since": self.last_modified}
        return {name: value for name, value in headers.items() if value}


def from_not_modified(response: Response, body: bytes, content_type: str = "") -> Response:
    """The 200 that a 304 stands for (RFC 9110 section 15.4.5), with the body that was stored."""
    headers = {**response.headers, **({"content-type": content_type} if content_type else {})}
    return replace(response, status=200, headers=headers, body=body, truncated=False)
