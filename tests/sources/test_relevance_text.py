"""Texts as terms, acronyms, and whether a text names a subject."""

import pytest

from staycurrent.sources.relevance.text import SubjectMatcher, learn_acronyms, terms

LLM = {"llm": "large language models"}
TERMS = [
    ("Serving the models", {"serv", "model", "serv model"}),
    ("Studies of the model", {"study", "model", "study model"}),
    ("Models, served", {"model", "serv"}),
    ("LLM tools", {"larg", "languag", "model", "tool"}),
    ("https://models.example/x and a.dev/y", set()),
    ("2026 3", set()),
    ("\u6a21\u578b", {"\u6a21", "\u578b", "\u6a21 \u578b"}),
    ("", set()),
]


@pytest.mark.parametrize(("text", "expected"), TERMS)
def test_terms_are_stems_and_pairs_within_a_phrase(text: str, expected: set[str]) -> None:
    found = terms(text, LLM)
    assert expected <= found
    assert {term for term in found if " " not in term} == {t for t in expected if " " not in t}


ABBREVIATED = [
    (["Large language models", "serving large language models", "LLM", "LLMs"], LLM),
    # A word that is not written in capitals is not an acronym.
    (["a large language model", "a large language x", "all tools", "for all"], {}),
    (["large language models", "LLM", "LLMs"], {}),
    (["Large. Language. Models", "Large. Language. Models", "LLM", "LLM"], {}),
    (["l.example/a-b c", "to be of", "to be of", "TBO", "TBO"], {}),
]


@pytest.mark.parametrize(("texts", "expected"), ABBREVIATED)
def test_an_acronym_is_in_capitals_and_spelled_out_twice(
    texts: list[str], expected: dict[str, str]
) -> None:
    assert learn_acronyms(texts) == expected


MODELS = SubjectMatcher(
    frozenset(["languag model"]),
    {"larg languag": 9, "small languag": 1},
    {"llm": "large language models"},
)
NAMED_IN = [
    ("Language models", True),
    ("A study of language models", True),
    ("Large language models at work", True),
    ("Benchmarking LLMs", True),
    ("Memory, LLMs and time", True),
    ("Vision-language models", False),
    ("Multimodal large language models", False),
    ("Talk to any LLM", False),
    ("Small language models", False),
    ("Multimodal LLMs, and how LLMs read", True),
    ("Language, and models", False),
    ("Nothing of the kind", False),
    ("", False),
]


@pytest.mark.parametrize(("text", "named"), NAMED_IN)
def test_a_subject_is_named_without_a_qualifier_that_the_list_lacks(
    text: str, *, named: bool
) -> None:
    assert MODELS.matches(text) is named


def test_a_single_word_must_not_be_qualified() -> None:
    go = SubjectMatcher(frozenset(["go"]), {}, {})
    assert go.matches("Queues for Go")
    assert not go.matches("How far can defenses go?")
