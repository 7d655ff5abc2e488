"""A feed of a user's own: every dialect that feeds come in, and what goes wrong with each."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from staycurrent.flows.commands.pull import pull
from staycurrent.sources.item import PullResult, SourceState
from staycurrent.web.replay.scenario import Fault, HostRule, PageRule, ReplayResponse, Scenario
from tests.flows.test_feed_requests import night
from tests.support.folder import with_database
from tests.support.web_server import Server

HEAD = "https://feeds.test/"
ITEM = "<title>Moths &amp; lamps</title><link>https://moth.test/1</link>"
ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><entry><title type="xhtml"><div '
    'xmlns="http://www.w3.org/1999/xhtml">Moths <b>&amp;</b> lamps</div></title>'
    '<link rel="alternate" href="https://moth.test/1"/><content type="xhtml"><div '
    'xmlns="http://www.w3.org/1999/xhtml"><p>Of <i>the</i> night</p></div></content></entry></feed>'
)
RDF = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    'xmlns="http://purl.org/rss/1.0/"><channel rdf:about="https://moth.test/"><title>T</title>'
    f'</channel><item rdf:about="https://moth.test/1">{ITEM}</item></rdf:RDF>'
)
JSON_1 = (
    '{"version": "https://jsonfeed.org/version/1", "title": "T", "items": [{"id": 7, '
    '"url": "https://moth.test/1", "title": "Moths & lamps", "content_html": "<p>Of</p>"}]}'
)
JSON_11 = JSON_1.replace("version/1", "version/1.1").replace('"id": 7', '"id": "x", "odd": [{}]')


def rss(item: str = ITEM, head: str = "<?xml version='1.0'?>") -> str:
    return f'{head}<rss version="2.0"><channel><title>T</title><item>{item}</item></channel></rss>'


BOMB = (
    "<?xml version='1.0'?><!DOCTYPE rss [<!ENTITY a 'ha'>"
    + "".join(
        f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]>"
)
GOOD: dict[str, bytes] = {
    "rss": rss().encode(),
    "atom": ATOM.encode(),
    "rdf": RDF.encode(),
    "json1": JSON_1.encode(),
    "json11": JSON_11.encode(),
    "bom": b"\xef\xbb\xbf" + rss().encode(),
    "json-bom": b"\xef\xbb\xbf" + JSON_1.encode(),
    "utf16": rss(head="<?xml version='1.0' encoding='utf-16'?>").encode("utf-16"),
    "latin": rss(head="<?xml version='1.0' encoding='latin-1'?>").encode("latin-1"),
    "no-declaration": rss(head="").encode(),
    "unclosed": rss().removesuffix("</channel></rss>").encode(),
}
BAD: dict[str, tuple[ReplayResponse, str]] = {
    "large": (
        ReplayResponse(200, body=rss("x" * 10_000_000).encode()),
        "body was cut after 5000000 bytes",
    ),
    "endless": (ReplayResponse(200, fault=Fault.ENDLESS), "body was cut after 5000000 bytes"),
    "bomb": (ReplayResponse(200, body=rss("<title>&i;</title>", BOMB).encode()), "rss: body "),
    "empty": (ReplayResponse(200, body=b""), "body is empty"),
    "no-items": (
        ReplayResponse(200, body=b"<rss version='2.0'><channel/></rss>"),
        "feed has no entries",
    ),
    "page": (
        ReplayResponse(200, (("content-type", "text/html"),), b"<html><title>Hello</title></html>"),
        "content type is text/html",
    ),
    "no-feed": (ReplayResponse(200, body=b"<html><title>Hi</title></html>"), "body is not a feed"),
    "json": (ReplayResponse(200, body=b'{"items": []}'), "body is not a JSON Feed"),
    "nowhere": (
        ReplayResponse(200, body=rss("<title>T</title>").encode()),
        "no entry with an address",
    ),
    "script": (
        ReplayResponse(200, body=rss("<title>T</title><link>javascript:x()</link>").encode()),
        "no entry with an address",
    ),
    "inward": (
        ReplayResponse(302, (("location", "http://10.0.0.1/feed"),)),
        "not reached: not allowed by the settings",
    ),
    "gone": (ReplayResponse(410), "answers 410"),
}
PACKED = PageRule(
    f"{HEAD}packed",
    ReplayResponse(200, (("content-encoding", "gzip"),), gzip.compress(GOOD["rss"])),
)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    good = (
        PageRule(f"{HEAD}{name}", ReplayResponse(200, body=body)) for name, body in GOOD.items()
    )
    bad = (PageRule(f"{HEAD}{name}", reply) for name, (reply, _) in BAD.items())
    with Server(Scenario((HostRule("feeds.test"),), (*good, *bad, PACKED))) as playing:
        yield playing


def pulled(folder: Path, server: Server, *names: str) -> dict[str, PullResult]:
    ours = ("github_trending", "papers_with_code", "weekly_papers")
    settings = "[web]\npause_s = 0\nper_host = 8\n"
    settings += "".join(f"[sources.{name}]\nenabled = false\n" for name in ours)
    for name in names:
        url = "http://10.0.0.1/feed" if name == "private" else f"{HEAD}{name}"
        settings += f'[sources.{name}]\nkind = "rss"\nurl = "{url}"\n'
    (folder / "curated.md").write_text("# A list\n", encoding="utf-8")
    (folder / "staycurrent.toml").write_text(settings, encoding="utf-8")
    return {one.source: one for one in with_database(pull, night(folder, server))}


@pytest.mark.usefixtures("parsed_here")
def test_every_dialect_of_feeds_is_read(tmp_path: Path, server: Server) -> None:
    found = pulled(tmp_path, server, *GOOD, "packed")
    assert {name: one.note for name, one in found.items()} == dict.fromkeys([*GOOD, "packed"], "")
    for one in found.values():
        assert one.state is SourceState.OK
        assert [(item.title, item.url) for item in one.items] == [
            ("Moths & lamps", "https://moth.test/1")
        ]


def test_what_is_no_feed_says_what_it_is_and_harms_no_other(tmp_path: Path, server: Server) -> None:
    found = pulled(tmp_path, server, *BAD, "private", "rss")
    for name, (_, says) in BAD.items():
        assert says in found[name].note, name
        assert found[name].state is SourceState.DOWN
    assert "not allowed by the settings" in found["private"].note
    assert found["rss"].state is SourceState.OK
