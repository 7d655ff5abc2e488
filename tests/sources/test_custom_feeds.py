"""Feeds of users as servers send them: addresses, charsets, entities, headers and order."""

import json
from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from staycurrent.sources.adapters import rss
from staycurrent.sources.item import FeedReading
from staycurrent.sources.settings import CustomFeedSettings
from staycurrent.web.replay.scenario import HostRule, PageRule, ReplayResponse, Scenario
from tests.support.web_server import played

FEED = "http://feeds.test/blog/feed.xml"
RUN_DATE = date(2026, 11, 2)
Headers = Sequence[tuple[str, str]]
ATOM = "http://www.w3.org/2005/Atom"


async def read(body: bytes | str, headers: Headers = (), limit: int = 50) -> FeedReading:
    """What the adapter reads from a server on loopback that sends this body."""
    raw = body if isinstance(body, bytes) else body.encode()
    reply = ReplayResponse(200, tuple(headers), raw)
    with played(Scenario((HostRule("feeds.test"),), (PageRule(FEED, reply),))) as web:
        client = web.web()
        settings = CustomFeedSettings(url=FEED, limit=limit)
        found = await rss.read(settings, client.request, RUN_DATE)
        await client.aclose()
    assert isinstance(found, FeedReading), found
    return found


async def titles(body: bytes | str, headers: Headers = ()) -> list[str]:
    return [item.title for item in (await read(body, headers)).items]


async def urls(body: bytes | str, headers: Headers = ()) -> list[str]:
    return [item.url for item in (await read(body, headers)).items]


def rss_feed(*items: str, encoding: str = "", attributes: str = "") -> str:
    head = f'<?xml version="1.0" encoding="{encoding}"?>' if encoding else ""
    rows = "".join(f"<item>{item}</item>" for item in items)
    extra = f'xmlns:atom="{ATOM}" {attributes}'
    return f'{head}<rss version="2.0" {extra}><channel><title>T</title>{rows}</channel></rss>'


def atom_feed(*entries: str, attributes: str = "") -> str:
    rows = "".join(f"<entry><title>Moths</title>{entry}</entry>" for entry in entries)
    return f'<feed xmlns="{ATOM}" {attributes}><title>T</title>{rows}</feed>'


def json_feed(*items: dict[str, object]) -> str:
    version = "https://jsonfeed.org/version/1.1"
    return json.dumps({"version": version, "title": "T", "items": items})


def titled(title: str, link: str = "https://moth.test/1") -> str:
    return f"<title>{title}</title><link>{link}</link>"


RELATIVE = {
    "rss": rss_feed("<title>A</title><link>/posts/one</link>"),
    "rss-guid": rss_feed("<title>A</title><guid>/posts/one</guid>"),
    "rss-empty-link": rss_feed("<title>A</title><link/><guid>http://feeds.test/posts/one</guid>"),
    "rss-dots": rss_feed("<title>A</title><link> ../posts/one\n</link>"),
    "rss-host": rss_feed("<title>A</title><link>//feeds.test/posts/one</link>"),
    "rss-base": rss_feed(
        "<title>A</title><link>one</link>", attributes='xml:base="http://feeds.test/posts/"'
    ),
    "rss-atom-link": rss_feed('<title>A</title><atom:link href="/posts/one"/>'),
    "atom": atom_feed('<link href="../posts/one"/>'),
    "atom-base": atom_feed('<link href="one"/>', attributes='xml:base="/posts/"'),
    "atom-bases": atom_feed(
        '<link xml:base="posts/" href="one"/>', attributes='xml:base="http://feeds.test/"'
    ),
    "json": json_feed({"id": "1", "url": "/posts/one", "title": "A"}),
    "json-external": json_feed({"id": 1, "external_url": "../posts/one", "title": "A"}),
    "json-id": json_feed({"id": "http://feeds.test/posts/one", "title": "A"}),
}


@pytest.mark.parametrize("name", RELATIVE)
async def test_a_relative_link_is_resolved_against_the_feed(name: str) -> None:
    assert await urls(RELATIVE[name]) == ["http://feeds.test/posts/one"]


ALTERNATE = '<link rel="alternate" type="text/html" href="https://moth.test/1"/>'
OTHERS = [
    '<link rel="enclosure" type="image/jpeg" href="https://moth.test/1.jpg">text</link>',
    '<link rel="enclosure" type="audio/mpeg" href="https://moth.test/1.mp3"/>',
    '<link rel="self" type="application/atom+xml" href="https://moth.test/1.atom"/>',
    '<link rel="edit" href="https://moth.test/edit/1"/>',
    '<link rel="replies" type="text/html" href="https://moth.test/1/comments"/>',
    '<link rel="related" href="https://other.test/"/>',
    '<link rel="via" href="https://other.test/"/>',
    '<link rel="alternate" type="application/json" href="https://moth.test/1.json"/>',
    '<link rel="license" href="https://cc.test/"/>',
]


@pytest.mark.parametrize("other", OTHERS)
async def test_an_entry_leads_to_its_page(other: str) -> None:
    bare = other.replace("text</link>", "</link>")
    feeds = [
        atom_feed(ALTERNATE + other),
        atom_feed(other + ALTERNATE),
        rss_feed(
            f"<title>A</title>{bare.replace('link', 'atom:link')}<link>https://moth.test/1</link>"
        ),
        rss_feed(
            f"<title>A</title><link>https://moth.test/1</link>{bare.replace('link', 'atom:link')}"
        ),
        atom_feed(ALTERNATE + other, "<summary>unclosed <b></summary><br>"),  # not well-formed
    ]
    for feed in feeds:
        assert (await urls(feed))[0] == "https://moth.test/1"


async def test_an_entry_without_a_page_is_counted_and_not_given_another_address() -> None:
    podcast = '<title>A</title><enclosure url="https://moth.test/1.mp3" type="audio/mpeg"/>'
    scheme = "<title>A</title><link>javascript:alert(1)</link>"
    found = await read(rss_feed(podcast, scheme, "<title>A</title>", titled("B")))
    assert [item.title for item in found.items] == ["B"]
    assert found.note == "3 of 4 entries have no usable address or no text"


WORDS = "Ночные мотыльки летят на свет"
EAST = "夜の蛾は光に向かって飛ぶ"
DECLARED = [
    (WORDS, "windows-1251", "windows-1251", ""),
    (WORDS, "windows-1251", "", "application/rss+xml; charset=windows-1251"),
    (WORDS, "windows-1251", "", 'text/xml; Charset="Windows-1251"; q=1'),
    (WORDS, "koi8-r", "koi8-r", "text/xml"),
    (WORDS, "windows-1251", "utf-8", "text/xml; charset=windows-1251"),
    (WORDS, "windows-1251", "windows-1251", "text/xml; charset=utf-8"),
    (WORDS, "windows-1251", "windows-1251", "text/xml; charset=ISO-8859-1"),
    (WORDS, "utf-8", "windows-1251", "text/xml"),
    (WORDS, "utf-8", "", "text/xml; charset=iso-8859-1"),
    (WORDS, "utf-8", "", "text/plain"),
    (WORDS, "utf-8", "no-such-charset", "text/xml; charset=nonsense"),
    (WORDS, "utf-8", "utf-16", "text/xml"),
    (WORDS, "utf-8-sig", "windows-1251", "text/xml; charset=koi8-r"),
    (WORDS, "utf-16", "utf-16", "text/xml; charset=utf-8"),
    (WORDS, "utf-16", "", "text/html"),
    (WORDS, "utf-16-le", "utf-16", ""),
    (WORDS, "utf-16-be", "", "text/xml; charset=utf-16be"),
    (WORDS, "utf-32", "", ""),
    (EAST, "euc-jp", "euc-jp", ""),
    (EAST, "shift_jis", "Shift_JIS", ""),
    (EAST, "shift_jis", "x-sjis", ""),
    (EAST, "iso-2022-jp", "ISO-2022-JP", ""),
    ("夜间飞蛾扑向光", "gb18030", "gb2312", ""),
    ("“Café” – naïve", "cp1252", "iso-8859-1", ""),
    ("Café", "cp1252", "", "text/xml; charset=us-ascii"),
]


@pytest.mark.parametrize(("text", "charset", "declaration", "header"), DECLARED)
async def test_a_feed_is_read_in_its_own_charset(
    text: str, charset: str, declaration: str, header: str
) -> None:
    headers = [("content-type", header)] if header else []
    found = await read(rss_feed(titled(text), encoding=declaration).encode(charset), headers)
    assert [(item.title, found.note) for item in found.items] == [(text, "")]


async def test_a_json_feed_is_read_in_its_own_charset() -> None:
    feed = json.loads(json_feed({"url": "https://moth.test/1", "title": WORDS}))
    text = json.dumps(feed, ensure_ascii=False)
    for charset in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "windows-1251"):
        headers = [("content-type", f"application/json; charset={charset}")]
        assert await titles(text.encode(charset), headers) == [WORDS]


@pytest.mark.parametrize("declaration", ["", "utf-8"])
async def test_one_cut_character_leaves_the_others_as_they_are(declaration: str) -> None:
    rows = [titled(f"{EAST} {n}", f"https://moth.test/{n}") for n in range(30)]
    body = rss_feed(*rows, encoding=declaration).encode()
    cut = body.replace(f"{EAST} 7".encode(), f"{EAST} 7".encode() + b"\xe5\x85")
    for headers in (
        [],
        [("content-type", "text/xml")],
        [("content-type", "text/xml; charset=utf-8")],
    ):
        found = await read(cut, headers)
        assert [item.title for item in found.items] == [
            f"{EAST} {n}" + ("\ufffd" if n == 7 else "") for n in range(30)
        ]
        assert found.note == "1 characters are not utf-8"


ENTITIES = [
    ("D&D in Q&A", "D&D in Q&A"),
    ("AT&T &amp; Tom &amp;amp; Jerry", "AT&T & Tom & Jerry"),
    ("a &nbsp;b &eacute; &mdash; &hearts;", "a b é — ♥"),
    ("R&D; B&copy=3 &#8212; &#x2014;", "R&D; B&copy=3 — —"),
    ("<![CDATA[D&D &amp; Q&A &copy=1]]> &", "D&D & Q&A &copy=1 &"),
    ("a\x0cb \x08 & \x1bc", "ab & c"),
    ("x &lt;b&gt;bold&lt;/b&gt; y & z", "x bold y & z"),
]


@pytest.mark.parametrize(("written", "meant"), ENTITIES)
async def test_ampersands_and_entities_are_kept_as_written(written: str, meant: str) -> None:
    assert await titles(rss_feed(titled(written))) == [meant]
    broken = rss_feed(titled(written)).replace("</channel>", "<br></channel>")
    assert await titles(broken) == [meant]


@pytest.mark.parametrize(
    "query",
    [
        "?a=1&b=2&copy=3",
        "?a=1&amp;b=2&amp;copy=3",
        "<![CDATA[?a=1&b=2&copy=3]]>",
        "?a=1&#38;b=2&copy=3",
    ],
)
async def test_an_address_with_bare_ampersands_is_kept_as_written(query: str) -> None:
    assert await urls(rss_feed(titled("A", f"https://moth.test/{query}"))) == [
        "https://moth.test/?a=1&b=2&copy=3"
    ]


async def test_a_feed_may_declare_entities_of_its_own() -> None:
    feed = '<!DOCTYPE rss [\n<!ENTITY moth "Moth">\n]>' + rss_feed(titled("&moth; &amp; lamp"))
    assert await titles(feed) == ["Moth & lamp"]


@pytest.mark.parametrize(
    ("description", "summary"), [("Moths", ""), ("Moths.", ""), ("Moths and lamps", None)]
)
async def test_a_description_that_only_repeats_the_title_is_left_out(
    description: str, summary: str | None
) -> None:
    found = await read(rss_feed(f"{titled('Moths')}<description>{description}</description>"))
    assert [item.summary for item in found.items] == [description if summary is None else summary]


async def test_what_browsers_do_not_show_of_a_description_is_left_out() -> None:
    markup = (
        "&lt;style&gt;p { color: red }&lt;/style&gt;&lt;script&gt;track()&lt;/script&gt;"
        "&lt;!-- &lt;p&gt;draft&lt;/p&gt; --&gt;&lt;p&gt;Moths &amp;amp; lamps.&lt;/p&gt;"
    )
    found = await read(rss_feed(f"{titled('A')}<description>{markup}</description>"))
    assert [item.summary for item in found.items] == ["Moths & lamps."]


TYPES = [
    "text/html; charset=utf-8", "text/plain", "application/octet-stream", "application/xhtml+xml",
    "binary/octet-stream", "application/x-rss+xml", "nonsense", "image/png",
]  # fmt: skip


@pytest.mark.parametrize("content_type", TYPES)
async def test_a_feed_is_known_by_its_body_whatever_its_type(content_type: str) -> None:
    comment = '<?xml version="1.0"?>\n<?xml-stylesheet href="a.xsl"?>\n<!-- built <b> -->\n'
    for body in (
        rss_feed(titled("A")),
        comment + rss_feed(titled("A")),
        atom_feed(ALTERNATE),
        "\n" + json_feed({"url": "https://moth.test/1", "title": "A"}),
    ):
        assert await urls(body, [("content-type", content_type)]) == ["https://moth.test/1"]


async def test_any_type_is_accepted_feeds_first() -> None:
    """Some servers answer 406 unless `*/*` is among the types."""
    with played(Scenario((HostRule("feeds.test"),), (PageRule(FEED, ReplayResponse(406)),))) as web:
        client = web.web()
        await rss.read(CustomFeedSettings(url=FEED), client.request, RUN_DATE)
        await client.aclose()
        (asked,) = web.server.requests
    accepted = [one.partition(";")[0].strip() for one in asked.headers["accept"].split(",")]
    assert {"application/rss+xml", "application/atom+xml", "application/feed+json"} <= {*accepted}
    assert accepted[-1] == "*/*"


@pytest.mark.parametrize("coding", ["UTF-8", "none", "identity", "utf-8, gzip", "gzip", "br"])
async def test_a_plain_body_is_read_whatever_coding_is_declared(coding: str) -> None:
    headers = [("content-type", "text/xml"), ("content-encoding", coding)]
    assert await titles(rss_feed(titled("A")), headers) == ["A"]


async def test_feedburner_names_the_address_that_its_own_leads_to() -> None:
    original = "<feedburner:origLink>https://moth.test/1?utm_medium=feed</feedburner:origLink>"
    item = titled("A", "http://feedproxy.google.com/~r/moths/~3/x/") + original
    namespace = 'xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"'
    assert await urls(rss_feed(item, attributes=namespace)) == ["https://moth.test/1"]


def dated(number: int, day: date | None) -> str:
    stamp = f"<pubDate>{day:%a, %d %b %Y} 10:00:00 +0000</pubDate>" if day else ""
    return titled(f"Post {number}", f"https://moth.test/{number}") + stamp


async def test_the_newest_entries_are_kept_whatever_their_order() -> None:
    rows = [dated(n, RUN_DATE - timedelta(days=146 - n)) for n in range(146)]
    for order in (rows, rows[::-1], rows[::2] + rows[1::2]):
        found = await read(rss_feed(*order), limit=50)
        assert [item.title for item in found.items] == [f"Post {n}" for n in range(145, 95, -1)]
        assert found.note == "the newest 50 of 146 entries"


async def test_the_newest_of_a_json_feed_and_of_one_day_are_kept() -> None:
    items: list[dict[str, object]] = [
        {
            "url": f"https://moth.test/{n}",
            "title": f"{n}",
            "date_published": f"2026-11-01T{n:02}:00:00+02:00",
        }
        for n in range(24)
    ]
    found = await read(json_feed(*items), limit=2)
    assert [item.title for item in found.items] == ["23", "22"]


@pytest.mark.parametrize("stamp", ["1761818400", "0001-01-01T00:00:00Z", "soon", ""])
async def test_what_is_not_a_date_is_none(stamp: str) -> None:
    found = await read(rss_feed(f"{titled('A')}<pubDate>{stamp}</pubDate>"))
    assert [item.published for item in found.items] == [None]


async def test_entries_without_dates_keep_the_order_of_the_feed() -> None:
    found = await read(rss_feed(*(dated(n, None) for n in range(9))), limit=3)
    assert [item.title for item in found.items] == ["Post 0", "Post 1", "Post 2"]


async def test_an_entry_without_date_or_of_the_future_stays_with_its_neighbour() -> None:
    rows = [
        dated(0, date(2099, 1, 1)), dated(1, date(2026, 10, 1)), dated(2, None),
        dated(3, date(2026, 10, 3)), dated(4, date(3026, 1, 1)), dated(5, date(2026, 10, 2)),
    ]  # fmt: skip
    found = await read(rss_feed(*rows))
    assert [item.title for item in found.items] == [f"Post {n}" for n in (3, 4, 5, 0, 1, 2)]
    assert [item.published for item in found.items][1] is None


async def test_an_entry_that_is_listed_twice_is_one_thing_and_a_constant_is_no_id() -> None:
    twice = [
        dated(n, date(2026, 10, n + 1)) + "<guid isPermaLink='false'>same</guid>" for n in (1, 2)
    ]
    found = await read(rss_feed(*twice))
    assert [item.title for item in found.items] == ["Post 2"]
    assert found.note == "1 entries repeat another"
    often = [
        dated(n, date(2026, 10, n + 1)) + "<guid isPermaLink='false'>same</guid>" for n in (1, 2, 3)
    ]
    found = await read(rss_feed(*often))
    assert [(item.title, item.number) for item in found.items] == [
        ("Post 3", None), ("Post 2", None), ("Post 1", None),
    ]  # fmt: skip


ANNOUNCED = '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom">'


def announced(number: int, kind: str, element: str) -> str:
    label = f"arXiv:2611.0000{number}v1 Announce Type: {kind}\nAbstract: We study moths."
    link = f"https://arxiv.org/abs/2611.0000{number}"
    return (
        f"{titled(f'Paper {number}', link)}<description>{label}</description>{element.format(kind)}"
    )


@pytest.mark.parametrize("element", ["<arxiv:announce_type>{}</arxiv:announce_type>", ""])
async def test_of_arxivs_announcements_only_the_new_papers_are_read(element: str) -> None:
    kinds = ("new", "replace", "cross", "replace-cross", "new")
    rows = [announced(n, kind, element) for n, kind in enumerate(kinds)]
    found = await read(rss_feed(*rows, attributes='xmlns:arxiv="http://arxiv.org/schemas/atom"'))
    assert [(item.identity, item.summary) for item in found.items] == [
        ("paper:arxiv:2611.00000", "We study moths."),
        ("paper:arxiv:2611.00004", "We study moths."),
    ]
    assert found.note == "3 replacements and cross-lists left out"
