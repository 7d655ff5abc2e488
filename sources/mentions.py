"""Whether a text speaks of a subject itself: a vision-language model is no language model."""

from collections.abc import Mapping
from dataclasses import dataclass

from staycurrent.sources.words import phrases

_USUAL = 2
"""In so many entries of a list a word must stand before another to be its usual qualifier."""
_Phrase = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Naming:
    """How a list names its subject."""

    names: frozenset[str]
    """Stems and pairs of them."""
    usual: Mapping[str, int]
    """In how many of the list's entries each pair of stems stands."""
    acronyms: Mapping[str, str]

    def plainly(self, text: str) -> bool:
        """Whether a text names the subject somewhere, without a qualifier that the list lacks.

        "Large language models" are language models where the list says so, and "benchmarking
        language models" too, but "multimodal language models" only where it speaks of these.
        """
        return any(
            self._is_plain(phrase, at)
            for phrase in phrases(text, self.acronyms)
            for at in range(len(phrase))
            if self._stands(phrase, at)
        )

    def _stands(self, phrase: _Phrase, at: int) -> bool:
        one, *rest = (stem for _, stem in phrase[at : at + 2])
        return bool(one) and (one in self.names or " ".join([one, *rest]) in self.names)

    def _is_plain(self, phrase: _Phrase, at: int) -> bool:
        while at > 0 and self.usual.get(f"{phrase[at - 1][1]} {phrase[at][1]}", 0) >= _USUAL:
            at -= 1
        word, stem = phrase[at - 1] if at > 0 else ("", "")
        return not stem or word.endswith("ing")
