"""Asking arXiv: batches, withdrawn papers, names that are none, and answers that fall short."""

from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

import pytest

from staycurrent.links.observation import Freshness, Outcome
from staycurrent.links.providers import arxiv
from staycurrent.links.providers.arxiv import is_withdrawn, parse_feed
from staycurrent.links.providers.base import ProviderReport
from staycurrent.links.settings import ArxivSettings
from staycurrent.web.response import Failure, Response
from tests.support.values import (
    API_DATE,
    Question,
    Replay,
    api_response,
    as_api,
    failed,
    to,
)

API = "https://export.arxiv.org/api/query"
SETTINGS = ArxivSettings()


class Arxiv:
    """The API over some papers: unknown ids are just absent, and a bad one spoils all."""

    def __init__(self, papers: dict[str, str], bad: frozenset[str] = frozenset()) -> None:
        self.papers = papers
        """Comment by `idvN`."""
        self.bad = bad
        self.most = 1000
        """Entries that it gets out before it falls short."""
        self.asked: list[list[str]] = []

    def __call__(self, question: Question) -> Response:
        wanted = parse_qs(urlsplit(question.url).query)["id_list"][0].split(",")
        self.asked.append(wanted)
        bad = [name for name in wanted if name in self.bad]
        if bad:
            return api_response(question.url, 400, feed([error(bad[0])], 1))
        known = {name.rpartition("v")[0]: name for name in self.papers}
        found = [known[name] for name in wanted if name in known]
        entries = [entry(name, self.papers[name]) for name in found]
        return api_response(question.url, 200, feed(entries[: self.most], len(found)))


def feed(entries: list[str], total: int) -> bytes:
    return f"""<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/"
      xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns="http://www.w3.org/2005/Atom">
  <id>https://arxiv.org/api/x</id><title>arXiv Query</title>
  <opensearch:itemsPerPage>100</opensearch:itemsPerPage>
  <opensearch:totalResults>{total}</opensearch:totalResults>
  <opensearch:startIndex>0</opensearch:startIndex>
  {"".join(entries)}
</feed>""".encode()


def entry(name: str, comment: str) -> str:
    return f"""<entry><id>http://arxiv.org/abs/{name}</id><title>A title</title>
<summary>We prove a theorem.</summary><arxiv:comment>{escape(comment)}</arxiv:comment></entry>"""


def error(name: str) -> str:
    return f"""<entry><id>https://arxiv.org/api/errors#incorrect_id_format_for_{name}</id>
<title>Error</title><summary>incorrect id format for {name}</summary></entry>"""


async def ask(replay: Replay, *names: str, settings: ArxivSettings = SETTINGS) -> ProviderReport:
    links = [to(f"https://arxiv.org/{name}") for name in names]
    return await arxiv.PROVIDER.check(links, as_api(settings, replay), API_DATE)


def many(count: int) -> list[str]:
    return [f"2401.{number:05}" for number in range(count)]


async def test_a_paper_that_is_there_is_alive_in_every_form(replay: Replay) -> None:
    api = Arxiv({"1706.03762v7": "15 pages", "math/0309136v1": ""})
    replay.at(API, api)

    report = await ask(
        replay, "abs/1706.03762v7", "pdf/1706.03762.pdf", "format/1706.03762", "abs/math.GT/0309136"
    )

    assert [(seen.outcome, seen.freshness) for seen in report.observations] == [
        (Outcome.OK, Freshness.FRESH)
    ] * 4
    assert {seen.identity for seen in report.observations} == {"1706.03762", "math/0309136"}
    assert {seen.checked_by for seen in report.observations} == {"arxiv"}
    assert api.asked == [["1706.03762", "math/0309136"]]
    assert report.note == ""


async def test_a_withdrawn_paper_is_alive_and_says_so(replay: Replay) -> None:
    replay.at(API, Arxiv({"2401.00001v2": "This paper has been withdrawn by the author"}))

    report = await ask(replay, "abs/2401.00001")

    (seen,) = report.observations
    assert (seen.outcome, seen.freshness) == (Outcome.OK, Freshness.WITHDRAWN)
    assert seen.evidence == "withdrawn; version 2"


@pytest.mark.parametrize(
    ("form", "freshness", "evidence"),
    [
        ("abs/1706.03762v1", Freshness.SUPERSEDED, "version 7; the link pins 1"),
        ("pdf/1706.03762v6.pdf", Freshness.SUPERSEDED, "version 7; the link pins 6"),
        ("abs/1706.03762v7/", Freshness.FRESH, "version 7"),
        ("abs/1706.03762", Freshness.FRESH, "version 7"),
        ("abs/math.GT/0309136v2", Freshness.SUPERSEDED, "version 3; the link pins 2"),
        ("abs/2401.00001v1", Freshness.WITHDRAWN, "withdrawn; version 2"),
    ],
)
async def test_a_pinned_version_is_superseded_by_a_newer_one(
    replay: Replay, form: str, freshness: Freshness, evidence: str
) -> None:
    papers = {"1706.03762v7": "", "math/0309136v3": "", "2401.00001v2": "withdrawn by the author"}
    replay.at(API, Arxiv(papers))

    (seen,) = (await ask(replay, form)).observations

    assert (seen.outcome, seen.freshness, seen.evidence) == (Outcome.OK, freshness, evidence)


async def test_links_to_several_versions_of_a_paper_are_one_question(replay: Replay) -> None:
    api = Arxiv({"1706.03762v7": ""})
    replay.at(API, api)

    report = await ask(replay, "abs/1706.03762", "abs/1706.03762v1", "pdf/1706.03762v7")

    assert api.asked == [["1706.03762"]]
    assert [seen.freshness for seen in report.observations] == [
        Freshness.FRESH,
        Freshness.SUPERSEDED,
        Freshness.FRESH,
    ]


async def test_a_version_that_never_was_is_missing(replay: Replay) -> None:
    api = Arxiv({"1706.03762v7": ""})
    replay.at(API, api)

    report = await ask(replay, "abs/1706.03762v8", "abs/1706.03762")

    missing, there = report.observations
    assert (missing.outcome, missing.checks) == (Outcome.MISSING, 2)
    assert missing.evidence == "no such version, the newest is 7, asked twice"
    assert there.outcome is Outcome.OK
    assert api.asked == [["1706.03762"], ["1706.03762"]]


@pytest.mark.parametrize(
    "case",
    [
        line
        for line in Path(__file__).with_name("withdrawn.tsv").read_text("utf-8").splitlines()
        if not line.startswith("#")
    ],
)
def test_a_paper_is_withdrawn_where_its_own_words_say_it_of_itself(case: str) -> None:
    expected, comment, abstract = case.split("\t")

    assert is_withdrawn(comment, abstract) is (expected == "yes")


async def test_papers_are_asked_for_by_the_hundred(replay: Replay) -> None:
    names = many(250)
    api = Arxiv({f"{name}v1": "" for name in names})
    replay.at(API, api)

    report = await ask(replay, *(f"abs/{name}" for name in names))

    assert len(report.observations) == 250
    assert [len(batch) for batch in api.asked] == [100, 100, 50]


async def test_a_paper_missing_from_a_batch_is_asked_for_alone_once(replay: Replay) -> None:
    api = Arxiv({"2401.00001v1": ""})
    replay.at(API, api)

    report = await ask(replay, "abs/2401.00001", "abs/2401.99999")

    alive, gone = report.observations
    assert alive.outcome is Outcome.OK
    assert (gone.outcome, gone.checks, gone.freshness) == (Outcome.MISSING, 2, None)
    assert api.asked == [["2401.00001", "2401.99999"], ["2401.99999"]]


async def test_a_paper_that_turns_up_alone_is_alive(replay: Replay) -> None:
    replay.at(API, Arxiv({}), Arxiv({"2401.00001v1": ""}))

    report = await ask(replay, "abs/2401.00001")

    (seen,) = report.observations
    assert (seen.outcome, seen.checks) == (Outcome.OK, 1)


async def test_a_name_that_is_none_does_not_spoil_the_others(replay: Replay) -> None:
    api = Arxiv({"2401.00001v1": ""}, bad=frozenset({"2413.00001", "2499.00001"}))
    replay.at(API, api)

    report = await ask(replay, "abs/2413.00001", "abs/2401.00001", "abs/2499.00001")

    assert [seen.outcome for seen in report.observations] == [
        Outcome.MISSING,
        Outcome.OK,
        Outcome.MISSING,
    ]
    assert [seen.checks for seen in report.observations] == [2, 1, 2]


async def test_a_night_of_many_missing_papers_takes_a_bounded_number_of_questions(
    replay: Replay,
) -> None:
    replay.at(API, Arxiv({}))

    report = await ask(replay, *(f"abs/{name}" for name in many(100)))

    assert len(report.observations) == SETTINGS.second_checks
    assert len(report.deferred) == 100 - SETTINGS.second_checks
    assert len(replay.asked) == 1 + SETTINGS.second_checks


@pytest.mark.parametrize("most", [0, 7])
async def test_what_an_answer_that_falls_short_lacks_is_not_missing(
    replay: Replay, most: int
) -> None:
    names = many(10)
    api = Arxiv({f"{name}v1": "" for name in names})
    api.most = most
    replay.at(API, api)

    report = await ask(replay, *(f"abs/{name}" for name in names))

    assert [seen.outcome for seen in report.observations] == [Outcome.OK] * most
    assert len(report.deferred) == 10 - most


async def test_a_paper_alone_that_arxiv_counts_but_does_not_show_is_not_missing(
    replay: Replay,
) -> None:
    replay.at(API, api_response(API, 200, feed([], 0)), api_response(API, 200, feed([], 1)))

    report = await ask(replay, "abs/2401.00001")

    assert (report.observations, len(report.deferred)) == ((), 1)


@pytest.mark.parametrize(
    "down",
    [
        api_response(API, 429),
        api_response(API, 503),
        api_response(API, 500),
        failed(API, Failure.TIMEOUT),
        failed(API, Failure.DEFERRED),
    ],
)
async def test_an_arxiv_that_is_down_is_no_verdict_and_is_left_alone(
    replay: Replay, down: Response
) -> None:
    names = many(300)
    replay.at(API, Arxiv({f"{name}v1": "" for name in names}), down)

    report = await ask(replay, *(f"abs/{name}" for name in names))

    assert (len(report.observations), len(report.deferred)) == (100, 200)
    assert len(replay.asked) == 2
    assert "200 of 300 links left for another run" in report.note


BOMB = b"""<?xml version="1.0"?><!DOCTYPE feed [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:s="http://a9.com/-/spec/opensearch/1.1/">
<title>&b;</title><s:totalResults>0</s:totalResults></feed>"""


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>Rate exceeded.</body></html>",
        b"Rate exceeded.",
        b'{"error": "x"}',
        BOMB,
        BOMB.replace(b"DOCTYPE", b"doctype"),
        BOMB.decode().encode("utf-16"),
        feed([entry("2401.00001v1", "")], 1)[:-20],
        feed([], 0).replace(b"totalResults>0", b"totalResults>many"),
        feed([], 0).replace(b"<feed", b"<rss").replace(b"</feed", b"</rss"),
        b"\xff\xfe" + feed([], 0),
        feed([], 0).replace(b"arXiv Query", b"&undefined;"),
    ],
)
async def test_a_body_that_cannot_be_read_is_no_verdict(replay: Replay, body: bytes) -> None:
    replay.at(API, api_response(API, 200, body))

    report = await ask(replay, "abs/2401.00001")

    assert (report.observations, len(report.deferred)) == ((), 1)
    assert parse_feed(body) is None


@pytest.mark.parametrize("total", [0, 1])
async def test_an_error_of_another_kind_is_no_verdict(replay: Replay, total: int) -> None:
    odd = error("x").replace("incorrect id format for x", "max_results must be non-negative")
    replay.at(API, api_response(API, 400, feed([odd], total)))

    report = await ask(replay, "abs/2401.00001", "abs/2401.00002")

    assert (report.observations, len(report.deferred)) == ((), 2)
    assert len(replay.asked) == 1


async def test_a_feed_that_was_cut_is_no_verdict(replay: Replay) -> None:
    replay.at(API, replace(api_response(API, 200, feed([], 0)), truncated=True))

    report = await ask(replay, "abs/2401.00001")

    assert (report.observations, len(report.deferred)) == ((), 1)


async def test_no_second_look_is_taken_at_an_arxiv_that_said_stop(replay: Replay) -> None:
    names = many(101)
    replay.at(API, Arxiv({f"{name}v1": "" for name in names[1:]}), api_response(API, 429))

    report = await ask(replay, *(f"abs/{name}" for name in names))

    assert (len(report.observations), len(report.deferred)) == (99, 2)
    assert len(replay.asked) == 2


async def test_an_error_of_another_kind_at_the_second_look_is_no_verdict(replay: Replay) -> None:
    odd = error("x").replace("incorrect id format for x", "max_results must be non-negative")
    replay.at(API, api_response(API, 200, feed([], 0)), api_response(API, 400, feed([odd], 0)))

    report = await ask(replay, "abs/2401.00001")

    assert (report.observations, len(replay.asked)) == ((), 2)


async def test_an_answer_about_other_papers_says_nothing_of_ours(replay: Replay) -> None:
    replay.at(API, api_response(API, 200, feed([entry("2402.00001v1", "withdrawn")], 1)))

    report = await ask(replay, "abs/2401.00001")

    assert report.observations == ()
