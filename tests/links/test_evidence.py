"""The words of evidence: for each way in which no answer comes, a sentence that a person reads."""

import re

import pytest

from staycurrent.links.attempts import merge_attempts
from staycurrent.links.classification import Classification, classify
from staycurrent.links.observation import Outcome
from staycurrent.web.response import Failure, Hop, Response

URL, THERE = "https://a.test/x", "https://b.test/y"

# The failure, the words that the edge has for it, and the sentence.
SENTENCES = [
    (Failure.DNS, "the name does not exist", "the name does not exist"),
    (Failure.DNS, "", "the name does not exist"),
    (Failure.DNS_TROUBLE, "the name servers stayed silent", "the name servers stayed silent"),
    (Failure.DNS_TROUBLE, "the name has no address", "the name has no address"),
    (Failure.DNS_TROUBLE, "", "the name cannot be looked up"),
    (Failure.REFUSED, "no route to the host", "no route to the host"),
    (Failure.REFUSED, "", "the connection was refused"),
    (Failure.UNREACHABLE, "", "this machine has no way to it: look from another network"),
    (Failure.RESET, "", "the connection was cut"),
    (Failure.TIMEOUT, "no answer in time", "no answer in time"),
    (Failure.TIMEOUT, "", "no answer in time"),
    (Failure.TLS, "certificate has expired", "TLS: certificate has expired"),
    (Failure.TLS, "", "TLS: browsers warn of its certificate"),
    (
        Failure.UNSUPPORTED,
        "the server speaks HTTP/2 only",
        "the server speaks HTTP/2 only: open it in a browser",
    ),
    (
        Failure.UNSUPPORTED,
        "",
        "it speaks TLS or HTTP in a way that we cannot: open it in a browser",
    ),
    (Failure.PROTOCOL, "illegal status line", "not HTTP: illegal status line"),
    (Failure.PROTOCOL, "", "not HTTP: what came cannot be read"),
    (Failure.REDIRECT_LOOP, "it redirects in a circle", "it redirects in a circle"),
    (Failure.REDIRECT_LOOP, "", "it redirects without end"),
    (
        Failure.COOKIE_WALL,
        "",
        "it redirects to itself until a cookie is kept: open it in a browser",
    ),
    (
        Failure.REFUSED_BY_POLICY,
        "a private address or an unusual port",
        "not requested, by our own policy: a private address or an unusual port",
    ),
    (
        Failure.REFUSED_BY_POLICY,
        "",
        "not requested, by our own policy: not allowed by the settings",
    ),
    (Failure.MALFORMED, "it names no host", "it redirects to what is no address: it names no host"),
    (Failure.MALFORMED, "", "it redirects to what is no address: it cannot be read"),
    (Failure.ROBOTS, "", "its robots.txt asks robots not to look"),
    (Failure.DEFERRED, "", "it asked us to come back later than this run"),
]


def failed(failure: Failure, detail: str, *hops: Hop) -> Response:
    return Response(URL, THERE if hops else URL, hops, 0.1, failure, detail)


@pytest.mark.parametrize(("failure", "detail", "sentence"), SENTENCES)
def test_the_evidence_describes_the_failure(failure: Failure, detail: str, sentence: str) -> None:
    assert classify(failed(failure, detail)).evidence == sentence


@pytest.mark.parametrize(("failure", "detail", "sentence"), SENTENCES)
def test_a_failure_behind_a_redirect_says_where(
    failure: Failure, detail: str, sentence: str
) -> None:
    evidence = classify(failed(failure, detail, Hop(URL, 301, THERE))).evidence
    assert evidence == f"{sentence}, behind a redirect to {THERE}"


def test_every_failure_has_a_sentence_and_none_stammers() -> None:
    assert {failure for failure, _, _ in SENTENCES} == set(Failure)
    for _, _, sentence in SENTENCES:
        assert not re.search(r"\b(\w+)\W+\1\b", sentence), sentence
        assert "_" not in sentence, sentence


@pytest.mark.parametrize(
    ("first", "second", "evidence"),
    [
        (("timeout", "no answer in time"), ("timeout", "no answer in time"), "twice"),
        (("missing", "404"), ("ok", "200"), "200 (first 404)"),
        (
            ("missing", "404"),
            ("ok", "200, the page speaks of gambling; perhaps another party's site"),
            # the doubt is known by these last words
            "200, the page speaks of gambling (first 404); perhaps another party's site",
        ),
        (
            ("missing", "404"),
            ("timeout", "no answer in time"),
            "404, then no answer in time",
        ),
    ],
)
def test_the_evidence_of_two_attempts_is_merged(
    first: tuple[str, str], second: tuple[str, str], evidence: str
) -> None:
    attempts = [Classification(Outcome(outcome), words) for outcome, words in (first, second)]
    assert merge_attempts(*attempts).evidence in (evidence, f"{second[1]}, {evidence}")
