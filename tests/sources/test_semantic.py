"""Items compared with a list by meaning, as `staycurrent[semantic]` does it."""

from collections.abc import Callable

import pytest

from staycurrent.sources.item import Item
from staycurrent.sources.relevance import semantic
from staycurrent.sources.relevance.model import PASSES, ListEntry, RelevanceModel, prior_weights
from staycurrent.sources.relevance.semantic import MIN_ITEMS, FeedMeaning, ListMeaning, Vectors
from staycurrent.warehouse import candidates
from staycurrent.warehouse.open import open_in_memory

np = pytest.importorskip("numpy", reason="staycurrent[semantic] is not installed")

MEANINGS = ("bee hive honey swarm", "cheese milk rennet", "steam engine boiler")
"""Words of one line mean the same to the encoder of these tests."""


def encode(text: str) -> bytes:
    words = text.lower().replace(".", " ").split()
    counts = [0.1 + sum(word.rstrip("s") in line.split() for word in words) for line in MEANINGS]
    vector = np.array(counts) / np.linalg.norm(counts)
    return bytes(vector.astype("<f2").tobytes())


def item(title: str, number: int = 1) -> Item:
    paper = f"2608.{number:05d}"
    return Item(f"paper:arxiv:{paper}", "paper", title, f"https://arxiv.org/abs/{paper}", 1, "")


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
    meaning = ListMeaning(BEES, title, about, Vectors(opened=encode))
    near, far = meaning.features(item(nearer)), meaning.features(item(than))
    assert near["heading_meaning"] > far["heading_meaning"]
    assert about or near["meaning"] > far["meaning"]


def test_an_item_like_the_entries_is_as_near_as_they_are_to_each_other() -> None:
    meaning = ListMeaning(BEES, "Bees", (), Vectors(opened=encode))
    assert abs(meaning.features(item("Honey of a hive"))["meaning"]) < 0.01


def entries(count: int) -> list[ListEntry]:
    return [
        ListEntry(text, path, f"https://arxiv.org/abs/2607.{n:05d}", "")
        for n, (text, path) in enumerate(BEES)
    ][:count]


FEEDS = [
    item(f"{title} {number}", number)
    for number, title in enumerate(["A hive with honey", "A steam engine"] * (MIN_ITEMS // 2))
]


def test_an_item_is_as_likely_as_what_means_the_same_in_the_feeds() -> None:
    chances = [0.7, 0.1] * (MIN_ITEMS // 2)
    meaning = FeedMeaning(FEEDS, chances, Vectors(opened=encode))
    found = [meaning.features(item(title, 99)) for title in ("Swarms", "Boilers")]
    assert found == [{"neighbours": pytest.approx(0.7)}, {"neighbours": pytest.approx(0.1)}]


def test_an_item_is_no_neighbour_of_itself() -> None:
    few = [item("A hive", number) for number in range(11)]
    meaning = FeedMeaning(few, [1.0, *([0.5] * 10)], Vectors(opened=encode))
    assert meaning.features(few[0]) == {"neighbours": pytest.approx(0.5)}
    assert meaning.features(few[1]) == {"neighbours": pytest.approx(0.55)}


@pytest.mark.parametrize(
    ("entry_count", "shown", "added"),
    [
        (0, FEEDS, set()),
        (1, FEEDS, set()),
        (30, FEEDS[1:], {"meaning", "heading_meaning"}),
        (30, FEEDS, {"meaning", "heading_meaning", "neighbours"}),
    ],
)
def test_features_are_those_that_entries_and_items_are_enough_for(
    entry_count: int, shown: list[Item], added: set[str]
) -> None:
    listed = entries(entry_count)
    model = RelevanceModel(listed, shown, ["Bees"], vectors=Vectors(opened=encode))
    features = model.features(shown[0])
    assert features.keys() == model.weights.features.keys()
    assert features.keys() - prior_weights()[PASSES.index("fourth_pass")].features.keys() == added


@pytest.mark.parametrize("shown", [[FEEDS[0], FEEDS[-1]], FEEDS])
def test_what_means_the_same_as_the_list_is_likelier(shown: list[Item]) -> None:
    model = RelevanceModel(entries(30), shown, ["Bees"], vectors=Vectors(opened=encode))
    assert model.relevance(shown[0]) > model.relevance(shown[-1])


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
        candidates.save_vectors(warehouse, first)
        second = candidates.load_vectors(warehouse)
        second.opened = refused
        assert (second.of(["Milk"]) == rows[1]).all()
        candidates.save_vectors(warehouse, second)
        assert candidates.load_vectors(warehouse).known == {
            one: second.known[one] for one in second.used
        }


def test_an_item_is_compared_with_others_by_meaning() -> None:
    nearness = Vectors(opened=encode).nearness([item("Honey"), item("Milk")])
    honey, milk = nearness(item("Swarms"))
    assert honey > 0.9 > 0.5 > milk


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
