"""Items: a feed's nights, what a bad pull may not destroy, and what is stored once."""

from dataclasses import replace
from datetime import date

from staycurrent.sources.item import Item, PullResult, SourceState
from staycurrent.warehouse import candidates, items
from staycurrent.warehouse.items import DatedItem, PullRecord
from staycurrent.warehouse.open import Warehouse
from tests.support.values import at, item, night, pull

FEED = "github_trending"
ONE, TWO = item("a/one", 1, stars=10), item("b/two", 2, stars=20)


def pulled(w: Warehouse, n: int, what: PullResult, hour: int = 2) -> None:
    items.add(w, night(n), what, pulled_at=at(n, hour))


def shown(w: Warehouse, n: int) -> list[Item]:
    return [one.item for one in items.items_since(w, night(n))]


def names(w: Warehouse) -> list[str]:
    return [one.title for one in shown(w, 1)]


def test_an_item_comes_back_whole(w: Warehouse) -> None:
    paper = Item(
        identity="paper:arxiv:2101.00001",
        kind="paper",
        title="Attention, naïve and cut \ud83d",
        url="https://arxiv.org/abs/2101.00001",
        rank=1,
        summary="What it says.",
        stars=None,
        stars_today=3,
        upvotes=7,
        published=date(2021, 1, 1),
        repository="repository:github:a/one",
        keywords=("bees", "naïve"),
    )
    pulled(w, 1, pull(paper, ONE))
    paper = replace(paper, title="Attention, naïve and cut \ufffd")
    assert sorted(shown(w, 1), key=lambda one: one.identity) == [paper, ONE]


def test_the_numbers_of_repositories_are_kept_under_each_name(w: Warehouse) -> None:
    one, two, three = replace(ONE, number=7), replace(TWO, number=7), item("c/three", 3)
    pulled(w, 1, pull(one, three))
    pulled(w, 2, pull(two, three))
    assert shown(w, 2) == [two, three]
    assert items.numbers(w) == ((ONE.identity, 7), (TWO.identity, 7))


def test_code_that_feeds_name_for_several_papers_belongs_to_none(w: Warehouse) -> None:
    own, first, second = (
        Item(f"paper:arxiv:2101.0000{n}", "paper", "A paper", "", n, repository=code.identity)
        for n, code in enumerate((ONE, TWO, TWO), 1)
    )
    pulled(w, 1, pull(own, first))
    assert candidates.code_and_papers(w, [own.identity]) == {ONE.identity}
    assert candidates.code_and_papers(w, [ONE.identity, TWO.identity]) == {
        own.identity,
        first.identity,
    }
    assert candidates.shared_code(w) == set()
    pulled(w, 2, pull(replace(own, title="The paper"), second))
    assert candidates.code_and_papers(w, [ONE.identity, TWO.identity]) == {own.identity}
    assert candidates.code_and_papers(w, [first.identity, second.identity]) == set()
    assert candidates.shared_code(w) == {TWO.identity}


def test_how_a_pull_went_comes_back_for_each_feed(w: Warehouse) -> None:
    pulled(w, 1, pull(ONE))
    pulled(w, 2, pull(ONE, TWO, state=SourceState.FALLBACK, note="the page has another shape"))
    pulled(w, 2, replace(pull(ONE), source="weekly_papers"))
    trending = PullRecord(
        FEED, night(2), at(2), SourceState.FALLBACK, "page", 2, "the page has another shape"
    )
    assert items.latest_pulls(w)[0] == trending
    assert [record.source for record in items.latest_pulls(w)] == [FEED, "weekly_papers"]


def test_a_feed_that_is_down_leaves_the_last_good_rows(w: Warehouse) -> None:
    pulled(w, 1, pull(ONE, TWO))
    pulled(w, 2, pull(state=SourceState.STALE, note="no answer"))
    assert names(w) == ["a/one", "b/two"]
    [record] = items.latest_pulls(w)
    assert (record.state, record.run_date, record.items) == (SourceState.STALE, night(2), 0)


def test_rows_that_an_unusable_pull_carries_over_are_not_seen_again(w: Warehouse) -> None:
    pulled(w, 1, pull(ONE))
    pulled(w, 2, pull(ONE, state=SourceState.STALE))
    assert items.items_since(w, night(1)) == (DatedItem(FEED, night(1), ONE),)


def test_pulling_again_replaces_the_nights_rows(w: Warehouse) -> None:
    pulled(w, 1, pull(ONE, TWO))
    pulled(w, 1, pull(replace(TWO, rank=1)), hour=5)
    assert items.items_since(w, night(1)) == (DatedItem(FEED, night(1), replace(TWO, rank=1)),)
    assert [record.pulled_at for record in items.latest_pulls(w)] == [at(1, 5)]
    assert len(w.select("FROM pulls")) == 1


def test_a_bad_pull_does_not_replace_a_good_one_of_the_same_night(w: Warehouse) -> None:
    pulled(w, 1, pull(ONE))
    for hour in (5, 6):
        pulled(w, 1, pull(state=SourceState.STALE, note="no answer"), hour=hour)
    assert names(w) == ["a/one"]
    assert [record.state for record in items.latest_pulls(w)] == [SourceState.STALE]
    assert len(w.select("FROM pulls")) == 2
    pulled(w, 1, pull(TWO), hour=7)
    assert names(w) == ["b/two"]
    assert len(w.select("FROM pulls")) == 1


def test_sightings_are_of_that_night_and_later_by_night_feed_and_rank(w: Warehouse) -> None:
    pulled(w, 1, pull(ONE))
    pulled(w, 3, pull(ONE, TWO))
    pulled(w, 2, replace(pull(TWO), source="weekly_papers"))
    found = [(one.run_date, one.source, one.item.title) for one in items.items_since(w, night(2))]
    assert found == [
        (night(2), "weekly_papers", "b/two"),
        (night(3), FEED, "a/one"),
        (night(3), FEED, "b/two"),
    ]


def test_the_last_reading_is_known_however_old(w: Warehouse) -> None:
    for n in (1, 2):
        pulled(w, n, pull(ONE))
    pulled(w, 3, pull(state=SourceState.DOWN, note="no answer"))

    def read_on(since: int, before: int) -> list[date]:
        return [one.run_date for one in items.past_readings(w, FEED, night(since), night(before))]

    assert read_on(1, 9) == [night(1), night(2)]
    assert read_on(5, 9) == read_on(2, 9) == [night(2)]
    assert read_on(5, 2) == [night(1)]
    assert read_on(5, 1) == []


def test_the_same_text_is_stored_once_however_often_it_is_shown(w: Warehouse) -> None:
    for n in range(1, 6):
        pulled(w, n, pull(replace(ONE, stars=n), replace(ONE, rank=2)))
    assert len(w.select("FROM item_texts")) == 1
    assert [one.item.stars for one in items.items_since(w, night(1))][::2] == [1, 2, 3, 4, 5]
    pulled(w, 6, pull(replace(ONE, summary="a new one")))
    assert len(w.select("FROM item_texts")) == 2
