"""The relevance model: terms, features, the regression, and the best section."""

import pytest

from staycurrent.sources.item import Item
from staycurrent.sources.relevance.explain import best_section, match_item
from staycurrent.sources.relevance.features import (
    Company,
    ItemTerms,
    ListProfile,
    association,
    in_company,
    independent_terms,
)
from staycurrent.sources.relevance.model import (
    PASSES,
    ListEntry,
    RelevanceModel,
    SectionPath,
    absent_kinds,
    prior_weights,
)
from staycurrent.sources.relevance.text import (
    item_name,
    learn_acronyms,
    names_subject,
    spellings,
    terms,
)

LLM = {"llm": "large language models"}
TERMS = [
    ("Serving the models", {"serv", "model", "serv model"}),
    ("Studies of the model", {"studi", "model", "studi model"}),
    ("Models, served", {"model", "serv"}),
    ("RLVRs", {"rlvr"}),
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


@pytest.mark.parametrize(
    ("title", "name"),
    [("owner/CamelCase", "Camel Case"), ("Read/write splitting", "Read/write splitting")],
)
def test_an_owner_is_no_part_of_a_name(title: str, name: str) -> None:
    """A feed of the settings has titles of its own for repositories."""
    assert item_name(Item("repository:github:a/b", "repository", title, "", 1)) == name


ABBREVIATED = [
    (["Large language models", "serving large language models", "LLM", "LLMs"], LLM),
    # A word that is not written in capitals is not an acronym.
    (["a large language model", "a large language x", "all tools", "for all"], {}),
    (["large language models", "LLM", "LLMs"], {}),
    (["Large. Language. Models", "Large. Language. Models", "LLM", "LLM"], {}),
    (["async PHP interface", "async PHP interface", "API", "API", "PHP"], {}),
    (["l.example/a-b c", "to be of", "to be of", "TBO", "TBO"], {}),
]


@pytest.mark.parametrize(("texts", "expected"), ABBREVIATED)
def test_an_acronym_is_in_capitals_and_spelled_out_twice(
    texts: list[str], expected: dict[str, str]
) -> None:
    assert learn_acronyms(texts) == expected


def test_a_term_is_spelled_as_the_list_writes_it_most_often() -> None:
    found = spellings(["Honey bees", "honey bees and a honey bee"], {})
    assert (found["honey bee"], found["bee"]) == ("honey bees", "bees")
    found = spellings(["Training-free recall and generation", "see x.dev/honey-comb"], {})
    assert (found["train free"], found["recal generat"]) == (
        "training-free",
        "recall and generation",
    )
    assert "honey comb" not in found
    assert spellings(["Hives and bees"], {"hab": "hives and bees"})["hive bee"] == "HAB"


ENTRIES_WITH = {"larg languag": range(9), "small languag": range(1)}
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
    assert names_subject(text, {"languag model"}, ENTRIES_WITH, LLM) is named


@pytest.mark.parametrize(
    ("here", "there", "sign"),
    [((9, 10), (1, 10), 1), ((1, 10), (9, 10), -1), ((5, 10), (5, 10), 0)],
)
def test_an_association_has_the_sign_of_the_side(
    here: tuple[int, int], there: tuple[int, int], sign: int
) -> None:
    found = association(*here, *there)
    assert (found > 0.1) - (found < -0.1) == sign
    assert association(*there, *here) == pytest.approx(-found)
    assert association(0, 0, 3, 9) == association(0, 9, 0, 9) == 0.0


def test_terms_that_share_a_word_are_one_piece_of_evidence() -> None:
    weights = {"larg": 1.0, "languag": 2.0, "languag model": 5.0, "larg languag": 3.0, "bee": 4.0}
    found = independent_terms(terms("Large language models, bees", {}), weights)
    assert [*found.items()] == [("languag model", 5.0), ("bee", 4.0)]


def paper(number: int, title: str, summary: str = "", upvotes: int | None = 9) -> Item:
    url = f"https://arxiv.org/abs/2608.{number:05d}"
    identity = f"paper:arxiv:2608.{number:05d}"
    return Item(identity, "paper", title, url, 1, summary, upvotes=upvotes)


BEES = [
    ListEntry(f"{title} {number}", ("Colony",), f"https://github.com/keeper/{number}", text)
    for number in range(6)
    for title, text in (
        ("The queen", "How honey bees raise a queen"),
        ("Varroa", "Mites in honey bee colonies"),
        ("Swarms", "Catching swarms of honey bees"),
        ("Nectar", "Which plants feed honey bees"),
    )
]
CHEESE = [paper(number, f"Cheese and its makers in year {number}") for number in range(20, 60)]
ON_BEES = [paper(number, f"Honey bees with smokers, part {number}") for number in range(60, 66)]
TEXTS = [(f"{one.title} . {one.text}", one.section) for one in BEES]
FEATURES = [
    # what the list's words, subject and title say of one item as against another
    ("words", "Honey bees and a queen", "Cheese and a queen"),
    ("strange", "Honey bees and a queen", "Cheese, its makers and a queen"),
    ("nearest", "Mites in honey bee colonies", "Mites in cheese"),
    ("subject", "Honey bees", "Bees in honey"),
    ("sections", "A colony", "A cheese"),
    ("about", "Keeping honey bees", "Keeping honey"),
]


@pytest.mark.parametrize(("name", "more", "less"), FEATURES)
def test_each_feature_is_higher_for_what_fits_more(name: str, more: str, less: str) -> None:
    shown = [*CHEESE, *ON_BEES, paper(1, more), paper(2, less), paper(3, "Colony of bees")]
    profile = ListProfile(TEXTS, shown, ["Awesome Honey Bees"], ())
    most, least = (
        profile.features(ItemTerms(paper(9, text), profile.acronyms))[name] for text in (more, less)
    )
    assert most > least


def test_what_a_person_says_of_the_list_stands_for_its_title() -> None:
    shown = [*CHEESE, *ON_BEES]
    profile = ListProfile(TEXTS, shown, ["Awesome Honey Bees"], ["makers of cheese"])
    found = profile.features(ItemTerms(CHEESE[0], profile.acronyms))
    assert (found["about"], found["all_about"]) == (1.0, 1.0)


def test_company_is_learned_from_the_best_items() -> None:
    """A smoker is no word of the list, but of what fits it in the feeds."""
    model = RelevanceModel(BEES, [*CHEESE, *ON_BEES], ["Honey Bees"])
    smoker, other = (
        in_company(ItemTerms(paper(9, title), {}), model.companies)["company"]
        for title in ("Smokers", "Makers")
    )
    assert smoker > 0 > other
    each = [one.features(model.profile.seen[0]) for one in model.companies]
    mean = in_company(model.profile.seen[0], model.companies)
    assert mean["company"] == pytest.approx(sum(one["company"] for one in each) / 3)
    assert mean["breadth"] == each[0]["breadth"]
    assert Company(model.profile.seen[:6], [0.0] * 6).kinds == {}


def test_a_list_without_entries_takes_nothing() -> None:
    assert RelevanceModel([], CHEESE).relevance(ON_BEES[0]) == 0.0


def test_an_item_has_what_is_asked_if_it_is_about_one_of_several_lists() -> None:
    shown = [*CHEESE, *ON_BEES, paper(1, "Mites of sheep")]
    bees, both = (RelevanceModel(BEES, shown, names) for names in (["Bees"], ["Bees", "Mites"]))
    for item in ON_BEES:
        assert both.features(item)["about"] == bees.features(item)["about"] == 1.0


def test_an_item_says_which_words_it_shares_and_which_entry_is_close() -> None:
    broken = [
        ListEntry(title, ("Colony",), "https://x.test/", "Mites in honey bee colonies")
        for title in ("2025] Mites in honey bee colonies", "https://x.test/honey-bees")
    ]
    model = RelevanceModel([*broken, *BEES], [*CHEESE, *ON_BEES], ["Honey Bees"])
    match = match_item(paper(9, "Mites in honey bee colonies"), model)
    assert match.shared_words[0] == "honey bees"
    assert match.closest_entry == "Varroa 0"
    assert match.section == ("Colony",)


@pytest.mark.parametrize(
    ("title", "shared", "closest"),
    [
        ("Mites in honey bee colonies", ("honey bees",), "Varroa 0"),  # nearly the same
        ("Honey bees and a queen of cheese", ("honey bees", "queen"), "The queen 0"),
        ("Catching smokers of honey", ("honey", "catching"), ""),  # no title shows it
        ("Plants, cheese and its makers", ("plants",), "Nectar 0"),
    ],
)
def test_what_is_named_can_be_seen(title: str, shared: tuple[str, ...], closest: str) -> None:
    model = RelevanceModel(BEES, [*CHEESE, *ON_BEES, paper(1, title)], ["Honey Bees"])
    match = match_item(paper(9, title), model)
    assert (match.shared_words[:2], match.closest_entry) == (shared, closest)


def test_words_that_only_headings_have_are_written_out() -> None:
    """No list writes "recip"."""
    listed = [
        ListEntry(f"Honey {n}", (f"Recipes, part {n}",), f"https://x.test/{n}", "")
        for n in range(4)
    ]
    shown = [*CHEESE, paper(1, "Recipes with honey")]
    assert "recipes" in match_item(shown[-1], RelevanceModel(listed, shown)).shared_words


def test_what_an_acronym_is_part_of_is_not_shared_as_its_first_word() -> None:
    """No list writes "open larg"."""
    texts = ["Large language models", "Serving large language models", *["Open LLM"] * 4]
    listed = [ListEntry(text, (), f"https://x.test/{n}", "") for n, text in enumerate(texts)]
    shown = [*CHEESE, paper(1, "An open LLM")]
    model = RelevanceModel(listed, shown)
    assert "open larg" in model.profile.marks
    assert match_item(shown[-1], model).shared_words == ("large language", "open")


def test_the_weights_are_those_of_the_features() -> None:
    model = RelevanceModel(BEES, CHEESE)
    first, *later = prior_weights()[: PASSES.index("fourth_pass") + 1]
    found = model.features(model.profile.seen[0].item).keys()
    assert all(first.features.keys() < each.features.keys() == found for each in later)
    assert len(model.companies) == len(later)


def test_log_odds_are_calibrated() -> None:
    model = RelevanceModel(BEES, CHEESE)
    calibration = prior_weights()[-1]
    (slope,) = calibration.features.values()
    fitted = model.weights.log_odds(model.features(CHEESE[0]))
    assert 0 < slope.weight < 1
    assert model.log_odds(CHEESE[0]) == calibration.bias + slope.weight * fitted


REPOSITORY_URLS = tuple(f"https://github.com/keeper/hive{number}" for number in range(100))
PAPER_URLS = tuple(f"https://arxiv.org/abs/2608.{number:05d}" for number in range(1, 101))


@pytest.mark.parametrize(
    ("urls", "kinds"),
    [
        (REPOSITORY_URLS, {"paper"}),
        (PAPER_URLS, {"repository"}),
        (REPOSITORY_URLS[:99], set()),
        ((*REPOSITORY_URLS, PAPER_URLS[0]), set()),
        ((*REPOSITORY_URLS, "https://bees.test/mites.PDF"), set()),
        ((*REPOSITORY_URLS, "https://bees.test/mites", "no address"), {"paper"}),
        ((), set()),
    ],
)
def test_a_long_list_without_a_kind_does_not_take_it(
    urls: tuple[str, ...], kinds: set[str]
) -> None:
    assert absent_kinds(urls) == kinds


PAPERS: SectionPath = ("Reading", "Papers")
TOOLS: SectionPath = ("Tools",)
MITES: SectionPath = ("Health", "Mites")
SECTION_ENTRIES: list[tuple[SectionPath, str, str]] = [
    (PAPERS, "https://arxiv.org/abs/2501.00001", "How bees dance"),
    (PAPERS, "https://arxiv.org/abs/2501.00002", "The queen and her hive"),
    (TOOLS, "https://github.com/a/scale", "Weigh a hive"),
    (TOOLS, "https://github.com/a/map", "Map of nectar"),
    (MITES, "https://example.org/mites", "Treating varroa"),
]
PLACES = [
    ("paper", "Why bees dance", PAPERS),
    ("repository", "Nectar by satellite", TOOLS),
    # Both have "hive": the kind decides.
    ("paper", "A hive", PAPERS),
    ("repository", "A hive", TOOLS),
    # The words are clear, so the kind does not matter.
    ("repository", "Varroa", MITES),
    # The words of a heading count, too.
    ("page", "Mites", MITES),
    ("paper", "Steam engines", ()),
    ("paper", "", ()),
]


def best(kind: str, text: str, entries: list[tuple[SectionPath, str, str]]) -> SectionPath:
    listed = [ListEntry("", path, url, text) for path, url, text in entries]
    model = RelevanceModel(listed, [])
    words = terms(text, {})
    return best_section(kind, model, words, model.profile.space.similarities(words))


@pytest.mark.parametrize(("kind", "text", "place"), PLACES)
def test_the_best_section_has_similar_entries_of_the_same_kind(
    kind: str, text: str, place: SectionPath
) -> None:
    assert best(kind, text, SECTION_ENTRIES) == place


def test_of_equal_sections_the_first_one_is_best_and_without_entries_there_is_none() -> None:
    url = "https://example.org/x"
    equal: list[tuple[SectionPath, str, str]] = [
        (("B",), url, "Bees dance"),
        (("A",), url, "Bees dance"),
    ]
    assert best("page", "Bees dance", equal) == ("B",)
    assert best("paper", "Bees dance", []) == ()
