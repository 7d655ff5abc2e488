"""What pages say in many languages, and what their tags name."""

import pytest

from staycurrent.links.page.signals import (
    CLOSED,
    ELSEWHERE_ONLY,
    FOR_SALE,
    LOG_IN,
    MISSING,
    has_parking_markup,
)

MISSING_IN = """
We can't seem to find the page you're looking for
Sorry, this page isn't available
Unable to find the page
Stránka nebyla nalezena
Stránka sa nenašla
Strona nie została znaleziona
Sidan kunde inte hittas
De pagina kon niet worden gevonden
Siden finnes ikke
Fant ikke siden
Pagina nu a fost găsită
Pagina nu există
No s'ha trobat la pàgina
Páxina non atopada
No podemos encontrar la página
Lo sentimos, no hemos encontrado la página
Não encontramos a página
La pagina richiesta non è disponibile
Stranica nije pronađena
Stranica ne postoji
Страница није пронађена
Stran ne obstaja
Страницата не е намерена
Lehekülge ei leitud
Lapa netika atrasta
Puslapis nerastas
Síða fannst ekki
Η σελίδα δεν υπάρχει
صفحه مورد نظر یافت نشد
העמוד המבוקש אינו קיים
पृष्ठ नहीं मिला
পৃষ্ঠাটি পাওয়া যায়নি
Halaman tidak dijumpai
Такой страницы нет
ページは削除されました
指定されたページは存在しないか、移動しました
삭제되었거나 없는 페이지입니다
抱歉,您要找的页面走丢了
"""
FOR_SALE_IN = """
Diese Domain ist zu verkaufen
Denna domän är till salu
Dette domæne er til salg
Verkkotunnus on myynnissä
Domeniul este de vânzare
Ova domena je na prodaju
Táto doména je na predaj
Домен выставлен на продажу
Домейнът се продава
"""
CLOSED_IN = """
Site in costruzione
Site en construction
Página em construção
Sitio en construcción
Seite im Aufbau
Underhåll pågår
Vedligeholdelse
Vedlikehold
Huoltokatko
Údržba
Karbantartás
Συντήρηση
Bảo trì
網站維護中
网站建设中
準備中
Prace konserwacyjne
Технічні роботи
Scheduled maintenance
Maintenance | Tool
Tool – Maintenance
The site is down for maintenance.
Site en maintenance
Sitio en mantenimiento
Wegen Wartung geschlossen
Wartungsarbeiten
Wegens onderhoud gesloten
Sajten är nere på grund av underhåll
V údržbě
Údržba webu
Karbantartás alatt
Σελίδα υπό συντήρηση
Trang web đang bảo trì
系统维护
ただいまメンテナンス中です
서버 점검 안내
Website maintenance
Unavailable due to maintenance
We are doing some maintenance
Sorry, under heavy maintenance
Maintenance. Please come back later
Site en cours de maintenance
Maintenance du site
Mantenimiento programado
Geplante Wartung
Wartung der Website
Gepland onderhoud
Stängt för underhåll
På grund af vedligeholdelse
Nede for vedlikehold
Probíhá údržba
Prebieha údržba
Web je v údržbe
Karbantartási munkálatok
Λόγω συντήρησης
Trang web đang được bảo trì
Strona w trakcie konserwacji
Sitemiz bakımdadır
网站正在维护
システムメンテナンス
現在メンテナンスを行っております
홈페이지 점검
"""
LIVING_IN = """
Machine learning in construction
Motorcycle maintenance
Maintenance of engines
Maintenance, repair and operations
Predictive maintenance of engines
Heizung, Wartung und Service
Onderhoud en reparatie
Underhållning och spel
Underhållsbidrag
Vedlikehold av hus
Údržba zeleně
Konserwacja zabytków
Cilt bakım ürünleri
Especialistas en mantenimiento de motores
维护世界和平
バイクのメンテナンス講座
안전점검 전문
"""
TURKISH = {
    "SAYFA BULUNAMADI": MISSING,
    "BU SAYFA MEVCUT DEĞİL": MISSING,
    "SATILIK ALAN ADI": FOR_SALE,
    "GİRİŞ YAP": LOG_IN,
    "BAKIM ÇALIŞMASI": CLOSED,
}


@pytest.mark.parametrize("words", TURKISH)
def test_turkish_in_capital_letters_is_known_by_its_small_ones(words: str) -> None:
    """Python makes `i` of the capital `ı`, and `i` with a second dot of the capital `i`."""
    assert TURKISH[words].search(words.lower())


@pytest.mark.parametrize("words", MISSING_IN.strip().splitlines())
def test_a_page_says_in_many_languages_that_it_is_missing(words: str) -> None:
    assert MISSING.search(words.lower())


@pytest.mark.parametrize("words", FOR_SALE_IN.strip().splitlines())
def test_a_domain_is_offered_in_many_languages(words: str) -> None:
    assert FOR_SALE.search(words.lower())


def test_a_portuguese_meeting_is_not_missing() -> None:
    assert MISSING.search("fotos no encontro de desenvolvedores") is None
    assert MISSING.search("la página no se encontró")


@pytest.mark.parametrize(
    ("words", "is_refusal"),
    [
        ("no se encuentra disponible en tu país", True),
        ("n'est plus disponible dans votre pays", True),
        ("non è ancora disponibile nel tuo paese", True),
        ("indisponível na sua região", True),
        ("no te preocupes: disponible en tu país", False),
        ("ya disponible en tu país", False),
    ],
)
def test_a_page_is_for_other_countries_only(words: str, *, is_refusal: bool) -> None:
    assert (ELSEWHERE_ONLY.search(words) is not None) is is_refusal


@pytest.mark.parametrize("words", LIVING_IN.strip().splitlines())
def test_the_title_of_a_living_page_may_have_words_of_closed_ones(words: str) -> None:
    assert CLOSED.search(words.lower()) is None


@pytest.mark.parametrize("words", CLOSED_IN.strip().splitlines())
def test_a_site_says_in_many_languages_that_it_is_closed(words: str) -> None:
    assert CLOSED.search(words.lower())


@pytest.mark.parametrize(
    ("tags", "is_parked"),
    [
        ("script src=https://img.sedoparking.com/x.js", True),
        ("a href=//dan.com/buy", True),
        ("a href=https://jordan.com/blog", False),
        ("a href=https://my-bodis.com", False),
        ("script src=/adsense/domains/caf.js", True),
        ("meta content=\"0;url='/lander'\"", True),
        ("a href='/landers'", False),
        ("window.park = 1", True),
        ("a href=https://example.org/parking", False),
    ],
)
def test_parking_markup_is_a_whole_name(tags: str, *, is_parked: bool) -> None:
    assert has_parking_markup(tags) is is_parked
