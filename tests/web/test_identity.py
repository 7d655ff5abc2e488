"""One thing is one thing under all its addresses, and two things never are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.identity import arxiv_id, identify, repository

SAME = {
    "paper:arxiv:2101.00001": [
        "https://arxiv.org/abs/2101.00001",
        "http://www.arxiv.org/abs/2101.00001v3",
        "https://arxiv.org/pdf/2101.00001",
        "https://arxiv.org/pdf/2101.00001v2.pdf",
        "https://arxiv.org/html/2101.00001v1/",
        "https://export.arxiv.org/abs/2101.00001?context=cs",
        "https://ar5iv.labs.arxiv.org/html/2101.00001",
        "https://www.alphaxiv.org/abs/2101.00001v1",
        "https://huggingface.co/papers/2101.00001",
        "https://paperswithcode.co/paper/2101.00001",
        "https://doi.org/10.48550/arXiv.2101.00001",
        "https://tldr.takara.ai/p/2101.00001",
        "https://ARXIV.org/abs/2101.00001#section",
    ],
    "paper:arxiv:math/0309136": [
        "https://arxiv.org/abs/math/0309136",
        "https://arxiv.org/abs/math.GT/0309136v2",
        "https://arxiv.org/pdf/math/0309136.pdf",
    ],
    "repository:github:owner/name": [
        "https://github.com/Owner/Name",
        "http://www.github.com/owner/name/",
        "https://github.com/owner/name.git",
        "https://github.com/owner/name?tab=readme-ov-file#install",
        "https://github.com/owner/name/tree/main",
    ],
    "model:huggingface:org/model": [
        "https://huggingface.co/Org/Model",
        "https://hf.co/org/model/",
        "https://huggingface.co/org/model/tree/main",
    ],
    "dataset:huggingface:org/set": [
        "https://huggingface.co/datasets/Org/Set",
        "https://huggingface.co/datasets/org/set/tree/main",
    ],
    "space:huggingface:org/app": ["https://huggingface.co/spaces/org/app"],
    "video:youtube:-lnHHWRCDGk": [
        "https://www.youtube.com/watch?v=-lnHHWRCDGk",
        "https://www.youtube.com/watch?list=PL1&v=-lnHHWRCDGk&t=4s",
        "https://youtu.be/-lnHHWRCDGk?t=4",
        "https://www.youtube.com/embed/-lnHHWRCDGk",
        "https://m.youtube.com/shorts/-lnHHWRCDGk",
    ],
    "paper:doi:10.1145/3292500.3330701": [
        "https://doi.org/10.1145/3292500.3330701",
        "http://dx.doi.org/10.1145/3292500.3330701/",
    ],
    "paper:openreview:yzkSU5zdwD": [
        "https://openreview.net/forum?id=yzkSU5zdwD",
        "https://openreview.net/pdf?id=yzkSU5zdwD",
    ],
    "paper:acl:n19-1423": [
        "https://aclanthology.org/N19-1423.pdf",
        "https://aclanthology.org/N19-1423/",
        "https://www.aclanthology.org/N19-1423",
    ],
    "paper:acl:2020.acl-main.1": [
        "https://aclanthology.org/2020.acl-main.1/",
        "https://aclanthology.org/2020.acl-main.1.pdf",
    ],
    "page:example.org/a": [
        "https://example.org/a",
        "http://www.example.org/a/?utm_source=x&ref=y#part",
    ],
    "page:example.org?a=1&b=2": ["https://example.org/?b=2&a=1"],
}
PAIRS = [(url, thing) for thing, urls in SAME.items() for url in urls]

PAGES = [
    "https://github.com/trending/python",
    "https://github.com/orgs/owner",
    "https://github.com/sponsors/owner",
    "https://github.com/owner",
    "https://github.com/owner/name/issues/1",
    "https://github.com/owner/name/tree/main/examples",
    "https://github.com/owner/name/blob/main/README.md",
    "https://gist.github.com/owner/name",
    "https://huggingface.co/docs/transformers",
    "https://huggingface.co/blog/rlhf",
    "https://huggingface.co/org",
    "https://huggingface.co/papers/trending",
    "https://www.youtube.com/playlist?list=PL3vkEKxWd",
    "https://www.youtube.com/watch?v=short",
    "https://arxiv.org/list/cs.CL/new",
    "https://arxiv.org/abs/soon",
    "https://openreview.net/group?id=ICLR",
    "https://aclanthology.org/venues/acl/",
    "https://paperswithcode.co/paper/attention",
]


@pytest.mark.parametrize(("url", "thing"), PAIRS)
def test_an_address_names_its_thing(url: str, thing: str) -> None:
    assert str(identify(url)) == thing


@pytest.mark.parametrize("url", PAGES)
def test_an_address_of_no_known_thing_is_a_page(url: str) -> None:
    thing = identify(url)
    assert thing is not None
    assert thing.kind == "page"


@pytest.mark.parametrize("text", ["", "mailto:a@b.org", "#part", "hhttps://x.org", "https://[/"])
def test_what_is_no_address_names_nothing(text: str) -> None:
    assert identify(text) is None
    assert repository(text) is None


def test_hosts_and_ports_of_others_are_not_mistaken() -> None:
    pages = ["https://export.example.org/a", "https://example.org/a", "https://example.org:8443/a"]
    assert len({str(identify(page)) for page in pages}) == 3


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        ("2101.00001v2", "2101.00001"),
        ("arXiv:0704.0001", "0704.0001"),
        ("hep-th/9901001v3", "hep-th/9901001"),
        ("math.GT/0309136", "math/0309136"),
        ("2101.001", None),
        ("٢١٠١.٠٠٠٠١", None),
        ("", None),
    ],
)
def test_an_arxiv_identifier_loses_its_version(text: str, identifier: str | None) -> None:
    assert arxiv_id(text) == identifier


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://github.com/Owner/Name.git", "Owner/Name"),
        ("https://github.com/Owner/Name/issues/1?q=x", "Owner/Name"),
        ("https://github.com/topics/llm", None),
        ("https://github.com/owner/.git", None),
        ("https://gitlab.com/owner/name", None),
    ],
)
def test_a_repository_keeps_its_spelling(url: str, name: str | None) -> None:
    assert repository(url) == name


@given(st.text(max_size=60))
def test_any_text_is_named_or_not_without_an_error(text: str) -> None:
    for url in (text, f"https://{text}", f"https://github.com/{text}", f"https://arxiv.org/{text}"):
        identify(url)
        repository(url)
    arxiv_id(text)
