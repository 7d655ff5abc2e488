"""What is kept of an answer: its print, its signs, and a missing anchor as a remark."""

import pytest

from staycurrent.links.observation import Outcome
from staycurrent.links.page.analysis import PageAnalysis, analyse_page
from staycurrent.links.page.fingerprint import Baseline, Fingerprint
from staycurrent.links.page.scanner import MAX_SCANNED, ContentKind
from staycurrent.links.page.signals import PageSignals
from tests.support.values import html, page_response, prose, sent

PDF = "https://example.org/files/attention-is-all-you-need.pdf"
WAS_PDF = Baseline((Fingerprint(ContentKind.PDF, 0, 0, ""),))
WAS_PAGE = Baseline((Fingerprint(ContentKind.HTML, 5, 0, "Viewer"),))
NOBODY = Baseline()


def test_no_body_is_kept() -> None:
    assert analyse_page(page_response(), NOBODY).response.body == b""


@pytest.mark.parametrize("status", [404, 500, 403])
def test_what_is_not_the_page_leaves_no_print(status: int) -> None:
    assert analyse_page(page_response(status=status), NOBODY).fingerprint is None
    assert analyse_page(page_response(html("Just a moment...")), NOBODY).fingerprint is None
    assert analyse_page(page_response(b""), NOBODY).fingerprint is None


@pytest.mark.parametrize(
    ("body", "url", "past", "broken"),
    [
        (html("Catalogue", "Search here"), PDF, NOBODY, True),
        (html("Catalogue", "Search here"), PDF.upper(), NOBODY, True),
        (html("Catalogue", "Search here"), PDF, WAS_PDF, True),
        (html("Catalogue", "Search here"), "https://example.org/pdf?id=1", WAS_PDF, True),
        (html("Catalogue", "Search here"), "https://example.org/pdf?id=1", NOBODY, False),
        (html("Catalogue", "Search here"), PDF, WAS_PAGE, False),
        (html("Attention Is All You Need", "Abstract"), PDF, WAS_PDF, False),
        (html("x", "y", '<meta name="citation_pdf_url" content="z">'), PDF, NOBODY, False),
        (html("x", "y", '<embed type="application/pdf" src="a.pdf">'), PDF, NOBODY, False),
        (html("x", "y", '<iframe src="/raw/a.pdf">'), PDF, NOBODY, False),
        (html("x", "y"), "https://example.org/o/r/blob/main/a.pdf", NOBODY, False),
        (b"%PDF-1.7", PDF, NOBODY, False),
        (b"<!doctype html><title>no word but this</title>", PDF, NOBODY, False),
    ],
)
def test_a_page_in_the_place_of_a_pdf(
    body: bytes, url: str, past: Baseline, *, broken: bool
) -> None:
    assert analyse_page(page_response(body, url=url), past).signals.lacks_promised_pdf is broken


@pytest.mark.parametrize(
    ("file", "title", "broken"),
    [
        ("thesis.pdf", "Thesis", True),  # one word is anybody's
        ("my_thesis.pdf", "My thesis", True),  # and so is a short one
        ("deep-nets.pdf", "Deep nets", False),
        ("deep-nets.pdf", "Deep learning", True),  # half
        ("deep-nets-of-old.pdf", "Old nets", False),  # two of three
        ("Deep%20Nets.PDF", "deep nets", False),
    ],
)
def test_a_page_that_bears_most_of_the_files_name(file: str, title: str, *, broken: bool) -> None:
    seen = analyse_page(page_response(html(title, "x"), url=f"https://example.org/{file}"), NOBODY)
    assert seen.signals.lacks_promised_pdf is broken


def test_a_long_anchor_is_cut() -> None:
    assert len(analyse_page(page_response(), NOBODY, "x" * 500).classification.evidence) == 200


def test_nothing_shows_a_sign_by_itself() -> None:
    assert not any(getattr(PageSignals(), name) for name in PageSignals.__dataclass_fields__)


def test_a_pdf_that_leads_to_its_landing_page_keeps_its_word() -> None:
    body = html("Example Press", "Buy the book")
    landing = sent("https://example.org/books/attention-is-all-you-need", body, PDF)
    assert not analyse_page(landing, NOBODY).signals.lacks_promised_pdf
    assert analyse_page(
        sent("https://example.org/books", body, PDF), NOBODY
    ).signals.lacks_promised_pdf
    asked = sent("https://example.org/books?for=attention-is-all-you-need", body, PDF)
    assert analyse_page(asked, NOBODY).signals.lacks_promised_pdf
    by_https = sent(PDF, body, PDF.replace("https:", "http:"))
    assert analyse_page(by_https, NOBODY).signals.lacks_promised_pdf


ANCHORED = html(
    "Page",
    '<a name="Old"></a><b id=part-2>x</b><i id="user-content-three">y</i>'
    '<i id="r&eacute;sum&eacute;">z</i><i id="q&amp;a">z</i>',
)


@pytest.mark.parametrize(
    ("fragment", "reported"),
    [
        ("part-2", False),
        ("old", False),
        ("three", False),
        ("part", True),
        ("art-2", True),
        ("nowhere", True),
        ("", False),
        ("top", False),
        (":~:text=x", False),
        ("!/route", False),
        ("/route", False),
        ("L10-L20", False),
        ("part%2D2", False),
        ("r%C3%A9sum%C3%A9", False),
        ("q&a", False),
    ],
)
def test_a_missing_anchor_is_added_to_the_evidence_only(fragment: str, *, reported: bool) -> None:
    found = analyse_page(page_response(ANCHORED), NOBODY, fragment).classification
    assert found.outcome is Outcome.OK
    assert found.evidence == (f"200, no anchor #{fragment}" if reported else "200")


def test_nothing_is_said_of_anchors_where_not_all_was_read_or_a_script_may_make_them() -> None:
    long = ANCHORED + b" " * (MAX_SCANNED - len(ANCHORED))
    assert "anchor" in analyse_page(page_response(long), NOBODY, "x").classification.evidence
    assert (
        "anchor"
        not in analyse_page(page_response(long + b" "), NOBODY, "x").classification.evidence
    )
    scripted = page_response(ANCHORED + b"<script src=a.js></script>")
    assert "anchor" not in analyse_page(scripted, NOBODY, "x").classification.evidence


@pytest.mark.parametrize(
    ("to", "url", "seller"),
    [
        ("https://www.hugedomains.com/x", "https://example.org/a", True),
        ("https://sedo.com/search", "https://example.org/", True),
        ("https://notsedo.com/search", "https://example.org/a", False),
        ("https://www.godaddy.com/forsale/example.org?x=1", "https://example.org/a", True),
        ("https://www.godaddy.com/help/forsale", "https://example.org/a", False),
        ("https://www.godaddy.com", "https://example.org/a", False),
        ("https://sedo.com/b", "https://sedo.com/a", False),
        ("https://www.atom.com/", "https://atom.com/", False),
        ("https://www.atom.com/", "https://squadhelp.com/", False),  # renamed
    ],
)
def test_sellers_of_domains(to: str, url: str, *, seller: bool) -> None:
    assert analyse_page(sent(to, url=url), NOBODY).at_domain_seller is seller


@pytest.mark.parametrize(
    ("to", "url", "lost"),
    [
        ("https://example.org/about", "https://example.org/papers/attention", True),
        ("https://example.org/b/attention", "https://example.org/papers/attention", False),
        ("https://example.org/about", "https://example.org/", False),
        ("https://example.org/a", "https://example.org/a", False),
    ],
)
def test_who_lost_the_way(to: str, url: str, *, lost: bool) -> None:
    assert analyse_page(sent(to, url=url), NOBODY).lost_name is lost


def _seen(body: bytes) -> PageAnalysis:
    return analyse_page(page_response(body), NOBODY)


def test_signs_are_read_where_a_page_speaks_of_itself() -> None:
    assert _seen(html("Seite nicht gefunden", prose(90))).signals.says_missing
    assert _seen(html("x", "La página no existe")).signals.says_missing
    assert not _seen(html("x", f"{prose(90)} la página no existe")).signals.says_missing
    assert _seen(html("example.org is for sale", prose(90))).signals.for_sale
    assert not _seen(html("x", f"{prose(90)} is for sale")).signals.for_sale
    script = '<script src="//www.sedoparking.com/p.js"></script>'
    assert _seen(html("x", prose(90), script)).signals.parking_markup
    assert not _seen(html("x", "sedoparking.com, written out")).signals.parking_markup
    assert not _seen(html("x", "y", '<a href="https://jordan.com/">')).signals.parking_markup


@pytest.mark.parametrize(
    "title",
    [
        "404", "Not Found", "Page not found", "This page doesn't exist", "We can’t find that",
        "It is no longer available", "Has been removed", "Seite nicht gefunden", "Page introuvable",
        "No encontrado", "Não encontrada", "Pagina non trovata", "Pagina niet gevonden",
        "Sidan hittades inte", "Nie znaleziono", "Stránka nenalezena", "Az oldal nem található",
        "Sivua ei löydy", "Sayfa bulunamadı", "Страница не найдена", "页面不存在", "無法找到",
        "ページが見つかりません", "페이지를 찾을 수 없습니다", "الصفحة غير موجودة", "הדף לא נמצא",
        "Không tìm thấy", "Tidak ditemukan", "Δεν βρέθηκε", "ไม่พบหน้า",
    ],
)  # fmt: skip
def test_not_found_in_many_languages(title: str) -> None:
    assert _seen(html(title, prose(90))).signals.says_missing, title


@pytest.mark.parametrize(
    "text",
    [
        "Domain for sale", "Get this domain", "example.org may be for sale",
        "This domain is available for sale!", "example.org is available for purchase",
        "This web page is parked for FREE, courtesy of GoDaddy.com",
        "The owner of example.org is offering it for sale for 999 USD",
        "The domain example.org has expired.",
        "Diese Domain steht zum Verkauf", "Ce nom de domaine est à vendre", "Domaine à vendre",
        "Este dominio está a la venta", "Este domínio está à venda", "Questo dominio è in vendita",
        "Deze domeinnaam is te koop", "Domänen är till salu", "Domænet er til salg",
        "Dette domenet er til salgs", "Ta domena jest na sprzedaż", "Bu alan adı satılıktır",
        "Tato doména je na prodej", "Ez a domain eladó", "Acest domeniu este de vânzare",
        "Tên miền này đang được bán", "Domain ini dijual", "Домен продается", "Домен продається",
        "Αυτό το domain πωλείται", "该域名正在出售", "本域名可转让", "此網域出售中",
        "このドメインは売り出し中です", "이 도메인은 판매 중입니다", "هذا النطاق معروض للبيع",
        "โดเมนนี้ขาย",
    ],
)  # fmt: skip
def test_domains_for_sale_in_many_languages(text: str) -> None:
    assert _seen(html("example.org", text)).signals.for_sale, text


@pytest.mark.parametrize(
    "text", ["This tool is available for purchase", "Domain adaptation", "The domain is available"]
)
def test_what_offers_no_domain(text: str) -> None:
    assert not _seen(html("example.org", text)).signals.for_sale, text


@pytest.mark.parametrize(
    "title", ["Attention", "Route 4040", "Foundations", "Found in translation"]
)
def test_and_what_does_not_say_so(title: str) -> None:
    assert not _seen(html(title, prose(90))).signals.says_missing
