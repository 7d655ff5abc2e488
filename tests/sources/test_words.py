"""What a text's words are: stems, pairs, and abbreviations that the texts themselves spell out."""

import pytest

from staycurrent.sources.relevance.text import learn_acronyms, terms

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
def test_a_text_is_its_stems_and_the_pairs_within_a_phrase(text: str, expected: set[str]) -> None:
    found = terms(text, LLM)
    assert expected <= found
    assert {term for term in found if " " not in term} == {t for t in expected if " " not in t}


ABBREVIATED = [
    (["Large language models", "serving large language models", "LLM", "LLMs"], LLM),
    # A word that is not written in capitals is a word, whatever initials agree with it.
    (["a large language model", "a large language x", "all tools", "for all"], {}),
    (["large language models", "LLM", "LLMs"], {}),
    (["Large. Language. Models", "Large. Language. Models", "LLM", "LLM"], {}),
    (["l.example/a-b c", "to be of", "to be of", "TBO", "TBO"], {}),
]


@pytest.mark.parametrize(("texts", "expected"), ABBREVIATED)
def test_an_abbreviation_is_in_capitals_and_spelled_out_twice(
    texts: list[str], expected: dict[str, str]
) -> None:
    assert learn_acronyms(texts) == expected
