"""Items compared with a list by meaning, as `staycurrent[semantic]` does it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from staycurrent.identity import identify
from staycurrent.sources.item import Item
from staycurrent.sources.momentum import NO_MOMENTUM
from staycurrent.sources.relevance import semantic
from staycurrent.sources.relevance.explain import Match, explain
from staycurrent.sources.relevance.model import ListEntry, fit_model, prior_weights, score_item
from staycurrent.sources.relevance.semantic import Decisions, ListMeaning, Vectors
from staycurrent.warehouse import text_vectors
from staycurrent.warehouse.open import open_in_memory

np = pytest.importorskip("numpy", reason="staycurrent[semantic] is not installed")

MEANINGS = ("bee hive honey swarm", "cheese milk rennet", "steam engine boiler")
"""Words of one line mean the same to the encoder of these tests."""


def encode(text: str) -> bytes:
    words = text.lower().replace(".", " ").split()
    counts = [0.1 + sum(word.rstrip("s") in line.split() for word in words) for line in MEANINGS]
    vector = np.array(counts) / np.linalg.norm(counts)
    return bytes(vector.astype("<f2").tobytes())


def item(title: str) -> Item:
    return Item("paper:arxiv:2608.00001", "paper", title, "https://arxiv.org/abs/2608.00001", 1, "")


BEES = [
    (f"{title} {number}", ("Keeping bees", section))
    for number in range(15)
    for title, section in (("Honey of a hive", "Honey"), ("The swarm", "Health"))
]


@pytest.mark.parametrize(
    ("title", "about", "nearer", "than"),
    [
        ("Bees", (), "Swarms", "Cheese and milk"),
        ("Bees", (), "Swarms and milk", "Cheese and milk"),
        ("", ("rennet",), "Cheese", "Steam engines"),
    ],
)
def test_what_means_the_same_is_nearer(
    title: str, about: tuple[str, ...], nearer: str, than: str
) -> None:
    meaning = ListMeaning.learn(BEES, title, about, Vectors(opened=encode))
    near, far = meaning.features(item(nearer)), meaning.features(item(than))
    assert near["heading_meaning"] > far["heading_meaning"]
    assert about or near["meaning"] > far["meaning"]


def test_an_item_like_the_entries_is_as_near_as_they_are_to_each_other() -> None:
    meaning = ListMeaning.learn(BEES, "Bees", (), Vectors(opened=encode))
    assert abs(meaning.features(item("Honey of a hive"))["meaning"]) < 0.01


def entries(count: int) -> list[ListEntry]:
    return [
        ListEntry(text, path, f"https://arxiv.org/abs/2607.{n:05d}", "")
        for n, (text, path) in enumerate(BEES)
    ][:count]


def test_the_model_has_two_more_features_and_weights_of_its_own() -> None:
    shown = [item("Swarms of bees"), item("Cheese")]
    model = fit_model(entries(30), shown, ["Bees"], vectors=Vectors(opened=encode))
    features = model.features(model.profile.seen[0])
    assert model.weights == prior_weights()[2]
    assert features.keys() == model.weights.features.keys()
    assert features.keys() - prior_weights()[1].features.keys() == {"meaning", "heading_meaning"}
    near, far = (score_item(one, model).relevance for one in shown)
    assert near > far


@pytest.mark.parametrize("count", [0, 1])
def test_two_entries_are_needed(count: int) -> None:
    model = fit_model(entries(count), [item("Swarms")], vectors=Vectors(opened=encode))
    assert (model.meaning, model.weights) == (None, prior_weights()[1])


DECISIONS = [
    # what was taken and declined, what the regression says of all of it, and of two items: which
    # one the decisions move up more
    (["Honey"] * 6, ["Milk"] * 6, 0.0, "Swarms", "Cheese"),
    ([], ["Milk"] * 6, 3.0, "Engines", "Cheese"),
    (["Milk"] * 6, [], -3.0, "Cheese", "Engines"),
]


@pytest.mark.parametrize(("taken", "declined", "log_odds", "up", "down"), DECISIONS)
def test_decisions_move_what_means_the_same(
    taken: list[str], declined: list[str], log_odds: float, up: str, down: str
) -> None:
    rows = [(item(one), True, log_odds) for one in taken]
    rows += [(item(one), False, log_odds) for one in declined]
    learned = Decisions.learn(rows, Vectors(opened=encode))
    assert learned is not None
    assert learned.scale > 0
    assert learned.shift(item(up)) > learned.shift(item(down))
    assert learned.alike(item("Honey")) == taken.count("Honey")


def test_decisions_that_the_regression_expects_move_little() -> None:
    rows = [(item("Honey"), True, 6.0), (item("Milk"), False, -6.0)] * 5
    learned = Decisions.learn(rows, Vectors(opened=encode))
    assert learned is not None
    assert learned.scale == 0
    assert abs(learned.shift(item("Swarms"))) < 0.1


def test_the_model_learns_from_five_decisions_on_and_says_so() -> None:
    shown = [item("Swarms of bees"), item("Cheese")]

    def judged(decisions: int) -> Match:
        decided = [(replace(shown[1], identity=f"paper:{n}"), True) for n in range(decisions)]
        model = fit_model(
            entries(30), shown, ["Bees"], vectors=Vectors(opened=encode), decided=decided
        )
        return score_item(shown[1], model)

    before, few, after = judged(0), judged(4), judged(5)
    assert before == few
    assert after.relevance > before.relevance
    assert after.taken_alike == 5
    assert ", like 5 that you took" in explain(shown[1], 1, NO_MOMENTUM, after)


def test_what_was_taken_is_a_decision_and_no_entry() -> None:
    own = entries(30)
    decided = [(replace(item("Honey"), identity=f"page:{n}"), False) for n in range(4)]
    taken = replace(item("Honey"), identity=str(identify(own[0].url)))
    model = fit_model(own, [], vectors=Vectors(opened=encode), decided=[*decided, (taken, True)])
    assert model.entries == tuple(own[1:])


def test_a_text_is_encoded_once_and_what_is_stored_not_at_all() -> None:
    asked: list[str] = []

    def noted(text: str) -> bytes:
        asked.append(text)
        return encode(text)

    def refused(text: str) -> bytes:
        raise AssertionError(text)

    first = Vectors(opened=noted)
    rows = first.of(["Bees", "Milk", "Bees"])
    assert asked == ["Bees", "Milk"]
    assert rows.shape == (3, 3)
    with open_in_memory() as warehouse:
        text_vectors.save(warehouse, first)
        second = text_vectors.load(warehouse)
        second.opened = refused
        assert (second.of(["Milk"]) == rows[1]).all()
        text_vectors.save(warehouse, second)
        assert text_vectors.load(warehouse).known == {one: second.known[one] for one in second.used}


def extra() -> Callable[[str], bytes]:
    try:
        return semantic.open_encoder()
    except semantic.EncoderUnavailable as error:
        pytest.skip(str(error))


def test_the_real_encoder_knows_what_words_do_not_show() -> None:
    vectors = Vectors(opened=extra())
    one, like, unlike = vectors.of(
        ["A car for the whole family", "Automobiles", "A carrier of the influenza virus"]
    )
    assert one @ like > 0.3 > one @ unlike


def test_another_file_than_the_measured_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    extra()
    monkeypatch.setitem(semantic._SHA256, semantic.TOKENIZER, "0" * 64)
    with pytest.raises(semantic.EncoderUnavailable, match=r"tokenizer\.json is not the file"):
        semantic.require_encoder()


def test_a_regression_finds_what_decides_and_stays_near_its_prior() -> None:
    from bench.relevance import fit_logistic  # it imports numpy

    rows = [[1.0, x / 10, (-1) ** x] for x in range(-20, 21)]
    fits = [x > 0 for x in range(-20, 21)]
    free, held = (
        fit_logistic(rows, fits, [1.0] * 41, [0.0, 0.0, 0.0], [strength] * 3)
        for strength in (0.1, 1e6)
    )
    assert free[1] > 1 > abs(free[2])
    assert max(map(abs, held)) < 1e-3
