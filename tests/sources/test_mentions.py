"""Naming a subject is one thing, naming another that has it in its name is not."""

import pytest

from staycurrent.sources.relevance.text import SubjectMatcher

MODELS = SubjectMatcher(
    frozenset(["languag model"]),
    {"larg languag": 9, "small languag": 1},
    {"llm": "large language models"},
)
TEXTS = [
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


@pytest.mark.parametrize(("text", "named"), TEXTS)
def test_a_subject_is_named_without_a_qualifier_that_the_list_lacks(
    text: str, *, named: bool
) -> None:
    assert MODELS.matches(text) is named


def test_a_lone_word_is_named_where_it_stands_for_itself() -> None:
    go = SubjectMatcher(frozenset(["go"]), {}, {})
    assert go.matches("Queues for Go")
    assert not go.matches("How far can defenses go?")
