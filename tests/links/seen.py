"""Answers, pages and prints as the tests of looks need them."""

from staycurrent.web.answer import Answer, Hop

URL = "https://example.org/papers/attention"
TEXT = """
gradients flow backwards through the layers of a network each weight learns how much it was to blame
for the error we derive the chain rule for a small network by hand and then let a machine do the
same for a large one which is what everybody calls training nowadays although nobody is taught
anything in the end there are exercises with solutions and a short history
"""


def html(title: str = "", text: str = "", head: str = "") -> bytes:
    return f"<!doctype html><title>{title}</title>{head}<h1>{title}</h1><p>{text}</p>".encode()


def answer(body: bytes = html("Page", "words"), status: int = 200, url: str = URL) -> Answer:
    kind = {"content-type": "text/html; charset=utf-8"}
    return Answer(url, url, (), 0.1, status=status, headers=kind, body=body)


def sent(to: str, body: bytes = html("Page", "words"), url: str = URL, code: int = 301) -> Answer:
    """As `answer`, after one redirect."""
    kind = {"content-type": "text/html"}
    return Answer(url, to, (Hop(url, code, to),), 0.1, status=200, headers=kind, body=body)


def prose(count: int) -> str:
    """So many words of one text, in which no three stand together twice."""
    words = TEXT.split()
    rounds = (words[n % len(words)] + "aeiouy"[: n // len(words)] for n in range(count))
    return " ".join(rounds)


def other_prose(count: int) -> str:
    """Words that `prose` does not have."""
    return " ".join(f"{word[::-1]}x" for word in prose(count).split())
