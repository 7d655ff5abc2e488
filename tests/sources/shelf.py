"""What the tests of the feeds ask instead of the web: bodies on a shelf, by address."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Unpack

from staycurrent.web.answer import Answer, Failure, Hop, How

FIXTURES = Path(__file__).with_name("fixtures")
RECORDED = Path(__file__).parents[3] / "shared" / "recorded"
NIGHT = date(2026, 8, 22)


def fixture(name: str) -> bytes:
    """Return the bytes of a file beside these tests."""
    return (FIXTURES / name).read_bytes()


def answer(
    url: str,
    body: bytes = b"",
    content_type: str = "",
    *,
    status: int = 200,
    moved_to: str = "",
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Return an answer of a well-behaved server, but for what is said."""
    return Answer(
        url=url,
        final_url=moved_to or url,
        hops=(Hop(url, 302, moved_to),) if moved_to else (),
        elapsed_s=0.1,
        status=status,
        headers={"content-type": content_type, **(headers or {})},
        body=body,
        requests=1,
    )


@dataclass
class Shelf:
    """An Ask: answers what lies on it, and says of everything else that no name is known."""

    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def put(self, url: str, body: bytes, content_type: str) -> "Shelf":
        """Lay a body under an address."""
        self.answers[url] = answer(url, body, content_type)
        return self

    async def __call__(self, url: str, **how: Unpack[How]) -> Answer:
        """Answer from the shelf and note the address."""
        self.asked.append(url)
        nobody = Answer(url, url, (), 0.0, failure=Failure.DNS)
        return self.answers.get(url, nobody)


def daily_row(number: int, day: date, upvotes: int = 5) -> dict[str, object]:
    """Return one row of Hugging Face's daily papers, as shown on `day`."""
    arxiv = f"{day:%y%m}.{number:05d}"
    return {
        "title": f"Paper {number}",
        "summary": "An abstract.",
        "publishedAt": f"{day - timedelta(days=1)}T20:00:00.000Z",
        "numComments": 1,
        "paper": {
            "id": arxiv,
            "publishedAt": f"{day}T00:00:00.000Z",
            "submittedOnDailyAt": f"{day}T00:00:00.000Z",
            "upvotes": upvotes,
            "githubRepo": f"https://github.com/Owner/code-{number}" if number % 2 else None,
            "githubStars": 10 * number,
        },
    }


def weekly_rss(numbers: range, built: str, month: str = "2608") -> bytes:
    """Return a weekly RSS archive of papers with these numbers, built at an RFC 822 time."""
    rows = "".join(
        f"<item><title>Paper {n}</title><link>https://arxiv.org/abs/{month}.{n:05d}</link>"
        f"<description>&lt;p&gt;&lt;b&gt;Authors:&lt;/b&gt; A. Moth&lt;/p&gt;&lt;p&gt;&lt;b&gt;"
        f"Upvotes:&lt;/b&gt; {n}&lt;/p&gt;&lt;p&gt;&lt;b&gt;Summary:&lt;/b&gt; Text {n}.&lt;/p&gt;"
        "</description><pubDate>Tue, 11 Aug 2026 00:00:00 +0000</pubDate></item>"
        for n in numbers
    )
    head = f"<title>Hugging Face Daily Papers</title><lastBuildDate>{built}</lastBuildDate>"
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{head}{rows}</channel></rss>'.encode()
