"""One thing is one thing under all its addresses, and two things never are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staycurrent.curated.document import parse
from staycurrent.curated.escaping import escape_destination
from staycurrent.identity import (
    arxiv_id,
    github_repository,
    identify,
    identify_parent,
    without_tracking,
)

SAME = {
    "paper:arxiv:2101.00001": [
        "https://arxiv.org/abs/2101.00001",
        "https://dl.acm.org/doi/abs/10.48550/arXiv.2101.00001",
        "http://www.arxiv.org/abs/2101.00001v3",
        "https://arxiv.org/pdf/2101.00001",
        "https://arxiv.org/pdf/2101.00001v2.pdf",
        "https://arxiv.org/html/2101.00001v1/",
        "https://export.arxiv.org/abs/2101.00001?context=cs",
        "https://ar5iv.labs.arxiv.org/html/2101.00001",
        "https://www.alphaxiv.org/abs/2101.00001v1",
        "https://huggingface.co/papers/2101.00001",
        "https://paperswithcode.co/paper/2101.00001",
        "https://paperswithcode.co/papers/2101.00001v2",
        "https://paperswithcode.co/api/v1/papers/2101.00001",
        "https://paperswithcode.com/paper/arxiv-2101.00001",
        "https://www.alphaxiv.org/overview/2101.00001v2",
        "https://alphaxiv.org/pdf/2101.00001.pdf",
        "https://www.alphaxiv.org/resources/2101.00001",
        "https://hf.co/papers/2101.00001",
        "https://hf-mirror.com/papers/2101.00001",
        "https://huggingface.co/papers/2101.00001#community",
        "https://huggingface.co/papers/2101.00001.md",
        "https://browse.arxiv.org/html/2101.00001v3",
        "https://cn.arxiv.org/pdf/2101.00001v1",
        "https://arxiv.org/pdf/2101.00001.pdf?download=1#page=3",
        "https://arxiv.org/abs/2101.00001?utm_source=x",
        "https://arxiv.org/abs/arXiv:2101.00001",
        "https://arxiv.org/format/2101.00001",
        "https://arxiv.org/src/2101.00001v2",
        "https://arxiv.org/e-print/2101.00001",
        "https://dx.doi.org/10.48550/ARXIV.2101.00001",
        "https://www.doi.org/10.48550/arxiv.2101.00001v2",
        "https://www.semanticscholar.org/arxiv/2101.00001",
        "https://api.semanticscholar.org/arXiv:2101.00001",
        "https://www.emergentmind.com/papers/2101.00001",
        "https://papers.cool/arxiv/2101.00001",
        "https://scirate.com/arxiv/2101.00001v1",
        "https://www.arxiv-vanity.com/papers/2101.00001/",
        "https://ar5iv.org/abs/2101.00001",
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
        "https://github.com/OWNER/NAME.git/",
        "https://github.com/owner/name#readme",
        "https://github.com//owner/name",
        "https://www.github.com/Owner/Name.git?ref=x",
        "https://api.github.com/repos/Owner/Name",
    ],
    "model:huggingface:org/model": [
        "https://huggingface.co/Org/Model",
        "https://hf.co/org/model/",
        "https://hf-mirror.com/Org/Model",
        "https://www.huggingface.co/org/model?library=transformers",
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
        "https://dl.acm.org/doi/10.1145/3292500.3330701",
        "https://dl.acm.org/doi/pdf/10.1145/3292500.3330701?download=true",
        "https://dl.acm.org/doi/fullHtml/10.1145/3292500.3330701",
    ],
    "paper:doi:10.1007/s11263-020-01359-2": [
        "https://doi.org/10.1007/s11263-020-01359-2",
        "https://link.springer.com/article/10.1007/s11263-020-01359-2",
        "https://link.springer.com/article/10.1007/s11263-020-01359-2/full/#Sec1",
    ],
    "paper:doi:10.1002/(sici)1097-4571": [
        "https://doi.org/10.1002/(SICI)1097-4571",
        "https://onlinelibrary.wiley.com/doi/abs/10.1002/%28SICI%291097-4571",
    ],
    "paper:doi:10.1038/s41586-021-03819-2": [
        "https://doi.org/10.1038/s41586-021-03819-2",
        "https://www.nature.com/articles/s41586-021-03819-2",
        "https://www.nature.com/articles/s41586-021-03819-2.pdf",
    ],
    "paper:doi:10.1038/nature14539": ["https://www.nature.com/articles/nature14539"],
    "paper:openreview:yzkSU5zdwD": [
        "https://openreview.net/forum?id=yzkSU5zdwD",
        "https://openreview.net/pdf?id=yzkSU5zdwD",
        "https://openreview.net/forum?id=yzkSU5zdwD&noteId=abc",
        "https://openreview.net/attachment?id=yzkSU5zdwD&name=supplementary_material",
    ],
    "paper:acl:n19-1423": [
        "https://aclanthology.org/N19-1423.pdf",
        "https://dl.acm.org/doi/10.18653/v1/N19-1423",
        "https://aclanthology.org/N19-1423/",
        "https://www.aclanthology.org/N19-1423",
        "https://www.aclweb.org/anthology/N19-1423.pdf",
        "https://aclweb.org/anthology/papers/N/N19/N19-1423/",
        "https://doi.org/10.18653/v1/N19-1423",
    ],
    "paper:acl:2020.acl-main.1": [
        "https://aclanthology.org/2020.acl-main.1/",
        "https://aclanthology.org/2020.acl-main.1.pdf",
        "https://doi.org/10.18653/v1/2020.acl-main.1",
    ],
    "paper:neurips:1457c0d6bfcb4967418bfb8ac142f64a": [
        "https://papers.nips.cc/paper/2020/file/1457c0d6bfcb4967418bfb8ac142f64a-Paper.pdf",
        "https://papers.neurips.cc/paper/2020/hash/1457c0d6bfcb4967418bfb8ac142f64a-Abstract.html",
        (
            "https://proceedings.neurips.cc/paper_files/paper/2020/hash/"
            "1457c0d6bfcb4967418bfb8ac142f64a-Abstract.html"
        ),
    ],
    "paper:pmlr:v139/radford21a": [
        "https://proceedings.mlr.press/v139/radford21a.html",
        "http://proceedings.mlr.press/v139/radford21a/radford21a.pdf",
    ],
    "paper:jmlr:v21/20-074": [
        "https://jmlr.org/papers/v21/20-074.html",
        "https://www.jmlr.org/papers/volume21/20-074/20-074.pdf",
    ],
    "paper:cvf:he_deep_residual_learning_cvpr_2016_paper": [
        "https://openaccess.thecvf.com/content_cvpr_2016/html/He_Deep_Residual_Learning_CVPR_2016_paper.html",
        "https://openaccess.thecvf.com/content_cvpr_2016/papers/He_Deep_Residual_Learning_CVPR_2016_paper.pdf",
    ],
    "page:example.org/a": [
        "https://example.org/a",
        "http://www.example.org/a/?utm_source=x&ref=y#part",
        "https://example.org/a/index.html",
        "https://EXAMPLE.org:443/a?fbclid=1&msclkid=2&UTM_Campaign=z&mkt_tok=3",
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
    "https://paperswithcode.com/paper/attention-is-all-you-need",
    "https://paperswithcode.com/sota",
    "https://www.alphaxiv.org/explore",
    "https://proceedings.mlr.press/v139/",
    "https://papers.nips.cc/paper/2020",
    "https://jmlr.org/papers/v21/",
    "https://aclanthology.org/people/a/author/",
    "https://dl.acm.org/doi/proceedings/10.1145/3292500",
    "https://www.nature.com/articles",
    "https://www.nature.com/articles/s41586-021-03819-2/figures/1",
    "https://link.springer.com/article/10.1007/s11263-020-01359-2/figures/1",
    "https://link.springer.com/article/10.1007/s11263-020-01359-2/metrics",
    "https://onlinelibrary.wiley.com/doi/10.1002/rob.1/references",
    "https://example.org/articles/10.1/x",
    "https://api.github.com/repos/owner",
    "https://hf-mirror.com/docs/hub",
]


@pytest.mark.parametrize(("url", "thing"), PAIRS)
def test_what_a_url_identifies(url: str, thing: str) -> None:
    assert str(identify(url)) == thing


@pytest.mark.parametrize("url", PAGES)
def test_any_other_url_is_a_page(url: str) -> None:
    thing = identify(url)
    assert thing is not None
    assert thing.kind == "page"


@pytest.mark.parametrize(
    ("url", "thing"),
    [
        ("https://github.com/Owner/Name/tree/main/examples", "repository:github:owner/name"),
        ("https://github.com/owner/name/issues/1", "repository:github:owner/name"),
        ("https://github.com/topics/llm", "page:github.com/topics/llm"),
        ("https://huggingface.co/Org/Model/blob/main/README.md", "model:huggingface:org/model"),
        ("https://hf.co/datasets/org/set/viewer", "dataset:huggingface:org/set"),
        ("https://huggingface.co/docs/hub/api", "page:huggingface.co/docs/hub/api"),
        ("https://huggingface.co/papers/2101.00001", "paper:arxiv:2101.00001"),
        ("https://example.org/a", "page:example.org/a"),
    ],
)
def test_the_parent_of_a_page(url: str, thing: str) -> None:
    assert str(identify_parent(url)) == thing


@pytest.mark.parametrize("text", ["", "mailto:a@b.org", "#part", "hhttps://x.org", "https://[/"])
def test_what_is_not_a_url_identifies_nothing(text: str) -> None:
    assert identify(text) is None
    assert github_repository(text) is None


def test_similar_hosts_are_not_mistaken() -> None:
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
    assert github_repository(url) == name


@given(st.text(max_size=60))
def test_no_text_raises(text: str) -> None:
    for url in (text, f"https://{text}", f"https://github.com/{text}", f"https://arxiv.org/{text}"):
        identify(url)
        github_repository(url)
        identify_parent(url)
    arxiv_id(text)


@pytest.mark.parametrize(
    ("ended", "began", "url"),
    [
        ("https://a.test/x?utm_source=y&id=1", "https://a.test/", "https://a.test/x?id=1"),
        ("https://a.test/x?gi=0a1b2c", "https://a.test/", "https://a.test/x"),
        ("https://a.test/x?gi=7", "https://a.test/y?gi=7", "https://a.test/x?gi=7"),
        (
            "https://a.test/x?gclid=1&fbclid=2",
            "https://a.test/?gclid=1",
            "https://a.test/x?gclid=1",
        ),
        ("https://a.test/x?MC_CID=1&mc_eid=2&ref_src=3", "https://a.test/", "https://a.test/x"),
        (
            "https://a.test/x?ref=main&source=code",
            "https://a.test/",
            "https://a.test/x?ref=main&source=code",
        ),
        (
            "https://a.test/x?_ga=1&sfmc_id=2&PHPSESSID=3&id=4",
            "https://a.test/",
            "https://a.test/x?id=4",
        ),
        ("https://a.test/x?", "https://a.test/x", "https://a.test/x?"),
        ("https://a.test/x?q=%20a+b&_gl=1#p", "https://a.test/x", "https://a.test/x?q=%20a+b#p"),
    ],
)
def test_a_redirect_adds_no_tracking_parameter(ended: str, began: str, url: str) -> None:
    assert without_tracking(ended, redirected_from=began) == url


def test_escapes_that_are_not_needed_do_not_make_another_page() -> None:
    assert identify("https://a.test/%7Eanna/%2d") == identify("https://a.test/~anna/-")
    assert identify("https://a.test/a%2Fb") != identify("https://a.test/a/b")


@pytest.mark.parametrize(
    ("escaped", "plain"),
    [
        ("https://example.org/wiki/Bee_%28insect%29", "https://example.org/wiki/Bee_(insect)"),
        ("https://example.org/a%5B1%5d%7Cb", "https://example.org/a[1]|b"),
        (
            "https://doi.org/10.1016/S0140-6736%2820%2930183-5",
            "https://doi.org/10.1016/S0140-6736(20)30183-5",
        ),
    ],
)
def test_brackets_make_no_other_page_where_they_are_escaped(escaped: str, plain: str) -> None:
    assert identify(escaped) == identify(plain)


@given(st.text("ab()[]|&;#?=%29C~*_'!$,:@", max_size=12), st.sampled_from(["", "&copy;", "&lt;"]))
def test_a_link_that_is_written_into_a_list_identifies_what_it_did(tail: str, entity: str) -> None:
    url = f"https://example.org/{tail}{entity}"
    (written,) = parse(f"- [x]({escape_destination(url)})\n".encode()).occurrences
    assert identify(written.url) == identify(url)
