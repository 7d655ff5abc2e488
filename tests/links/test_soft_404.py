"""The table of soft deaths: what a sight and its surroundings amount to."""

from dataclasses import replace
from datetime import date

import pytest

from staycurrent.links.link import Entry
from staycurrent.links.observation import Outcome
from staycurrent.links.page.analysis import PageAnalysis, analyse_page
from staycurrent.links.page.fingerprint import Baseline, Fingerprint
from staycurrent.links.page.scanner import ContentKind
from staycurrent.links.page.signals import PageSignals
from staycurrent.links.soft_404 import (
    ControlPage,
    Ownership,
    PageContext,
    classify_in_context,
    control_page_from,
    must_wait,
    needs_control_page,
)
from staycurrent.web.response import Failure, Response
from tests.support.values import URL, html, other_prose, page_response, prose, sent

NIGHT = date(2026, 11, 22)
FOLDER = "https://example.org/papers/"
ELSEWHERE = "https://other.example/welcome"
HONEST = ControlPage(FOLDER, NIGHT, 404)
NOT_FOUND = html("Page not found", "Sorry, there is nothing here.")
ARTICLE = html("404: page not found, and how to say it", prose(55))
SHELL = b"<!doctype html><title>App</title><div id=root></div><script src=a.js></script>"
CASINO = html("SLOT777", f"{other_prose(100)} jackpot casino")
OLD_OWNER = Ownership(line=date(2026, 1, 1), is_older=True)
KNIVES = html("Best kitchen knives", other_prose(100))
FOR_SALE = html("x", "This domain is for sale")
PARKED = html("x", "This domain is for sale", '<script src="//www.sedoparking.com/p.js"></script>')
MARKED = html("x", prose(90), '<script src="//www.sedoparking.com/p.js"></script>')
CLOSED = html("Maintenance: we will be back soon", "Until then: page not found.")
NOTES = html("Notes on backpropagation", prose(120))
SEARCH, SHORT_SEARCH = (
    html("Searchly", f"{text}<a href='https://www.afternic.com/'>sellers</a>")
    for text in (prose(120), "names")
)
PDF = "https://example.org/papers/attention.pdf"


def of(body: bytes, *before: bytes) -> PageAnalysis:
    """The sight of a page that was like `before` on two nights."""
    earlier = tuple(found.fingerprint for found in map(of, before) if found.fingerprint is not None)
    return analyse_page(page_response(body), Baseline(earlier, NIGHT if earlier else None))


def at(body: bytes, to: str | None = None, status: int = 200) -> ControlPage:
    """A made-up address that answers so."""
    seen = analyse_page(page_response(body, status), Baseline())
    signs = seen.signals
    parked = signs.for_sale or signs.parking_markup
    return ControlPage(FOLDER, NIGHT, status, to, str(seen.fingerprint), signs.says_missing, parked)


OK, MISSING, PARKED_, TAKEN = (
    Outcome.OK,
    Outcome.SOFT_MISSING,
    Outcome.PARKED,
    Outcome.TAKEN_OVER,
)


@pytest.mark.parametrize(
    ("body", "control_page", "outcome"),
    [
        (NOT_FOUND, at(NOT_FOUND), MISSING),
        (NOT_FOUND, HONEST, OK),
        (NOT_FOUND, None, OK),
        (NOT_FOUND, at(html("Page not found", "Sorry, nothing here. Try the search.")), MISSING),
        (NOT_FOUND, at(html("Page not found", prose(90))), MISSING),
        (html("Blog", "Oops: nothing here. Sorry."), at(html("Blog", prose(90))), OK),
        (NOT_FOUND, at(html("Not found either", "Quite another page.")), OK),
        (NOT_FOUND, at(html("Welcome", "Sorry, there is something.")), OK),
        (NOT_FOUND, at(NOT_FOUND, to=URL), OK),  # it was put right to the very page
        (ARTICLE, HONEST, OK),
        (ARTICLE, at(NOT_FOUND), OK),
        (ARTICLE, at(ARTICLE), MISSING),
        (SHELL, at(SHELL), OK),
        (html("404", ""), at(html("404", "")), MISSING),
        (NOTES, at(NOTES), OK),
        (FOR_SALE, at(FOR_SALE), PARKED_),
        (FOR_SALE, at(MARKED), PARKED_),
        (FOR_SALE, HONEST, OK),
        (FOR_SALE, None, OK),
        (FOR_SALE, at(NOTES), OK),
        (FOR_SALE, ControlPage(FOLDER, NIGHT, 200), OK),  # empty
        (MARKED, at(FOR_SALE), PARKED_),
        (MARKED, at(MARKED), PARKED_),
        (MARKED, HONEST, OK),
        (PARKED, HONEST, PARKED_),  # two signs of different kinds
        (PARKED, None, PARKED_),
    ],
)
def test_a_page_and_its_control_page(
    body: bytes, control_page: ControlPage | None, outcome: Outcome
) -> None:
    assert classify_in_context(of(body), PageContext(control_page)).outcome is outcome


@pytest.mark.parametrize(
    ("body", "around", "outcome"),
    [
        (CASINO, PageContext(), TAKEN),
        (CASINO, PageContext(HONEST), TAKEN),
        (KNIVES, PageContext(), OK),
        (KNIVES, PageContext(HONEST), OK),
        (KNIVES, PageContext(at(KNIVES)), TAKEN),
        (KNIVES, PageContext(at(NOTES)), OK),
        (KNIVES, PageContext(others_drifted=True), TAKEN),
        (KNIVES, PageContext(others_drifted=True, ownership=OLD_OWNER), None),
        (KNIVES, PageContext(at(KNIVES), ownership=OLD_OWNER), None),
        (
            KNIVES,
            PageContext(others_drifted=True, ownership=replace(OLD_OWNER, is_parked=True)),
            TAKEN,
        ),
        (CASINO, PageContext(others_drifted=True, ownership=OLD_OWNER), TAKEN),
        (html("Backpropagation today", other_prose(90)), PageContext(others_drifted=True), OK),
        (html("Backpropagation casino", other_prose(90)), PageContext(others_drifted=True), OK),
        (html("Something else", prose(120)), PageContext(others_drifted=True), OK),
        (
            html("One moment", "Wait", "<script>x()</script>"),
            PageContext(others_drifted=True),
            None,
        ),
    ],
)
def test_a_page_and_its_past(body: bytes, around: PageContext, outcome: Outcome | None) -> None:
    assert classify_in_context(of(body, NOTES, NOTES), around).outcome is (
        outcome or Outcome.BLOCKED
    )


@pytest.mark.parametrize(
    ("bits", "size", "outcome"),
    [(18, 5, MISSING), (19, 5, OK), (18, 6, MISSING), (18, 7, OK), (9, 0, OK)],
)
def test_two_pages_that_say_so_in_much_the_same_words(
    bits: int, size: int, outcome: Outcome
) -> None:
    ours = Fingerprint(ContentKind.HTML, 5, 0, "Oops")
    theirs = Fingerprint(ContentKind.HTML, size, (1 << bits) - 1, "Sorry")
    seen = replace(of(NOT_FOUND), fingerprint=ours)
    made_up = ControlPage(FOLDER, NIGHT, 200, None, str(theirs), says_missing=True)
    assert classify_in_context(seen, PageContext(made_up)).outcome is outcome
    silent = replace(made_up, says_missing=False)
    assert classify_in_context(seen, PageContext(silent)).outcome is OK


@pytest.mark.parametrize(
    ("to", "body", "outcome"),
    [
        ("https://example.org/docs/auth/", KNIVES, Outcome.REDIRECTED),
        ("https://www.example.org/2026/papers", KNIVES, Outcome.REDIRECTED),
        ("https://example.org/", KNIVES, Outcome.HOME_REDIRECT),
        ("https://example.org/", CASINO, TAKEN),
        ("https://other.example/docs/auth/", KNIVES, TAKEN),
        ("https://www.example.org/papers/attention/", KNIVES, TAKEN),
    ],
)
def test_pages_that_move_within_their_host_may_be_unlike_the_old_ones(
    to: str, body: bytes, outcome: Outcome
) -> None:
    notes = of(NOTES).fingerprint
    assert notes is not None
    moved = analyse_page(sent(to, body), Baseline((notes, notes), NIGHT))
    assert classify_in_context(moved, PageContext(HONEST, others_drifted=True)).outcome is outcome


@pytest.mark.parametrize(
    ("title", "outcome"),
    [
        ("Maintenance", Outcome.SERVER_ERROR),
        ("We'll be back soon!", Outcome.SERVER_ERROR),
        ("Under construction", Outcome.SERVER_ERROR),
        ("Account suspended", Outcome.SERVER_ERROR),
        ("Error establishing a database connection", Outcome.SERVER_ERROR),
        ("Database Error", Outcome.SERVER_ERROR),
        ("Website Expired", Outcome.SERVER_ERROR),
        ("Welcome to nginx!", Outcome.SERVER_ERROR),
        ("Apache2 Ubuntu Default Page: It works", Outcome.SERVER_ERROR),
        ("Subscribe to continue reading", Outcome.BLOCKED),
        ("You have no free articles left", Outcome.BLOCKED),
        ("Select your region", Outcome.BLOCKED),
        ("Please accept our terms", Outcome.BLOCKED),
        ("Wartungsarbeiten", Outcome.SERVER_ERROR),
        ("En mantenimiento", Outcome.SERVER_ERROR),
        ("Технические работы", Outcome.SERVER_ERROR),
        ("系统维护", Outcome.SERVER_ERROR),
        ("Our site is under attack", Outcome.BLOCKED),
        ("You are in line", Outcome.BLOCKED),
        ("Contrôle de sécurité", Outcome.BLOCKED),
        ("安全检查", Outcome.BLOCKED),
        ("Kitchen knives", TAKEN),
        ("Casino: coming soon", TAKEN),
    ],
)
def test_a_closed_site_or_a_wall_in_the_place_of_all_pages_is_nobody_else_s(
    title: str, outcome: Outcome
) -> None:
    body = html(title, other_prose(30))
    seen = of(body, NOTES, NOTES)
    assert classify_in_context(seen, PageContext(at(body))).outcome is outcome
    assert classify_in_context(seen, PageContext(others_drifted=True)).outcome is outcome


def test_without_two_good_checks_nobody_took_anything_over() -> None:
    assert (
        classify_in_context(of(CASINO), PageContext(at(CASINO), others_drifted=True)).outcome is OK
    )
    assert (
        classify_in_context(of(CASINO, NOTES), PageContext(at(CASINO), others_drifted=True)).outcome
        is OK
    )


REDIRECTED, HOME = Outcome.REDIRECTED, Outcome.HOME_REDIRECT
FOUND, VIEW = "https://example.org/search?q=", "https://example.org/view?id="
SHOP = "https://example.org/catalogsearch/result/?q="
WIKI = "https://example.org/w/index.php?title=Special:Search&search="


@pytest.mark.parametrize(
    ("to", "around", "outcome"),
    [
        (ELSEWHERE, PageContext(HONEST), REDIRECTED),
        (ELSEWHERE, PageContext(), REDIRECTED),
        (ELSEWHERE, PageContext(at(NOTES, to=ELSEWHERE)), MISSING),
        (f"{ELSEWHERE}?from=a", PageContext(at(NOTES, to=f"{ELSEWHERE}?from=b")), MISSING),
        (ELSEWHERE, PageContext(at(NOTES, to=f"{ELSEWHERE}/2")), REDIRECTED),
        (f"{FOUND}attention", PageContext(at(NOTES, to=f"{FOUND}xyz")), MISSING),
        (f"{WIKI}attention", PageContext(at(NOTES, to=f"{WIKI}xyz")), MISSING),
        (f"{SHOP}attention", PageContext(at(NOTES, to=f"{SHOP}xyz")), MISSING),
        (f"{FOUND}attention", PageContext(at(KNIVES, to=f"{FOUND}xyz")), REDIRECTED),
        (f"{FOUND}attention", PageContext(HONEST), REDIRECTED),
        (f"{FOUND}attention", PageContext(), REDIRECTED),
        (f"{VIEW}attention", PageContext(at(NOTES, to=f"{VIEW}xyz")), REDIRECTED),
        (ELSEWHERE, PageContext(shared_target=True), HOME),
        (ELSEWHERE, PageContext(HONEST, shared_target=True), HOME),
        (
            ELSEWHERE,
            PageContext(at(NOTES, to="https://x.example/"), shared_target=True),
            REDIRECTED,
        ),
        ("https://other.example/attention", PageContext(shared_target=True), REDIRECTED),
        ("https://other.example/", PageContext(), Outcome.BLOCKED),
        ("https://example.org/", PageContext(), HOME),
        ("https://other.example/", PageContext(shared_target=True), HOME),
        ("https://other.example/", PageContext(at(NOTES, to="https://other.example/")), HOME),
        ("https://other.example/", PageContext(HONEST), REDIRECTED),
        ("https://other.example/", PageContext(at(NOTES)), HOME),
        (
            "https://other.example/",
            PageContext(at(NOTES, to="https://search.example/")),
            REDIRECTED,
        ),
        ("https://other.example/", PageContext(at(NOTES, to="https://example.org/")), REDIRECTED),
        ("https://example.org/", PageContext(at(NOTES, to="https://search.example/")), HOME),
        (f"{ELSEWHERE}#team", PageContext(at(NOTES, to=ELSEWHERE)), REDIRECTED),
        (f"{ELSEWHERE}#team", PageContext(at(NOTES, to=f"{ELSEWHERE}#team")), MISSING),
        ("https://example.org/", PageContext(HONEST), HOME),
        ("https://www.example.org/", PageContext(HONEST), HOME),
        ("https://www.hugedomains.com/x", PageContext(HONEST), Outcome.PARKED),
        ("https://example.org/404.html", PageContext(HONEST), MISSING),
    ],
)
def test_a_redirect_and_what_is_around_it(to: str, around: PageContext, outcome: Outcome) -> None:
    final_url, _, fragment = to.partition("#")
    response = replace(sent(final_url, NOTES), fragment=fragment)
    assert classify_in_context(analyse_page(response, Baseline()), around).outcome is outcome


@pytest.mark.parametrize(
    ("text", "body", "outcome"),
    [
        ("Instant search for available domain names.", SEARCH, OK),
        ("Instant search for available domain names.", SHORT_SEARCH, PARKED_),
        ("Notes on backpropagation.", SEARCH, PARKED_),
    ],
)
def test_a_site_about_domains_may_lead_to_where_they_are_sold(
    text: str, body: bytes, outcome: Outcome
) -> None:
    analysis = analyse_page(page_response(body), Baseline(), "", Entry("Searchly", text))
    assert classify_in_context(analysis, PageContext(at(body))).outcome is outcome


@pytest.mark.parametrize(
    ("response", "around"),
    [
        (sent(ELSEWHERE, CLOSED), PageContext(at(CLOSED, to=ELSEWHERE))),
        (sent(ELSEWHERE, CLOSED), PageContext(shared_target=True)),
        (sent("https://example.org/", CLOSED), PageContext()),
        (sent("https://example.org/404.html", CLOSED), PageContext()),
        (page_response(CLOSED, url=PDF), PageContext()),
        (page_response(CLOSED), PageContext(at(CLOSED))),
    ],
)
def test_a_page_that_says_that_it_is_closed_is_as_weak_as_503(
    response: Response, around: PageContext
) -> None:
    analysis = analyse_page(response, Baseline())
    assert classify_in_context(analysis, around).outcome is Outcome.SERVER_ERROR


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Account Suspended", "Contact your hosting provider for more information."),
        ("Domain Suspended", "The email address of its owner has to be verified."),
        ("Contact Verification Suspension Page", ""),
        ("Website Expired", "If you are the site owner, log in."),
        ("Default Web Site Page", "SORRY! If you are the owner, contact your provider."),
        ("Future home of something quite cool.", "Check back soon."),
        ("example.org", "The future home of example.org"),
        ("example.org", "This domain name has been registered with Gandi.net."),
        ("example.org - Registered at Namecheap.com", "Please check back later!"),
        ("example.org", "A Brand New Domain!"),
        ("example.org", "example.org is parked with name.com"),
        ("example.org", "Diese Domain ist bereits registriert."),
        ("This website has been seized", ""),
    ],
)
def test_a_page_of_a_host_without_a_site_is_as_weak_as_503(title: str, text: str) -> None:
    body = html(title, text)
    home = "https://example.org/"
    for response in (
        page_response(body, url=home),
        sent(f"{home}cgi-sys/page.cgi", body, home, 302),
        sent(f"{home}cgi-sys/page.cgi", body, code=302),
    ):
        final_url = response.final_url if response.hops else None
        seen, around = analyse_page(response, Baseline()), PageContext(at(body, to=final_url))
        assert needs_control_page(seen)
        assert classify_in_context(seen, around).outcome is Outcome.SERVER_ERROR
        assert classify_in_context(seen, PageContext(HONEST)).outcome.is_success
    taken = of(body, NOTES, NOTES)
    assert classify_in_context(taken, PageContext(at(body))).outcome is Outcome.SERVER_ERROR
    about = Entry("Who is", "Shows the registration of domain names.")
    shown = analyse_page(page_response(body, url=home), Baseline(), "", about)
    assert classify_in_context(shown, PageContext(at(body))).outcome is OK


@pytest.mark.parametrize(
    "text",
    [
        "Remember where your car is parked with one tap.",
        "The future home of robots, built by all of us.",
        "What has been seized at the border, by year.",
    ],
)
def test_a_short_page_with_such_words_about_something_else_is_well(text: str) -> None:
    """Of one page that is shown at any URL, as applications are."""
    body = html("Lookup", text)
    seen = analyse_page(page_response(body, url="https://example.org/"), Baseline())
    assert classify_in_context(seen, PageContext(at(body))).outcome is OK


@pytest.mark.parametrize(
    "title",
    [
        "Welcome to nginx!",
        "Welcome to nginx on Debian!",
        "Apache2 Ubuntu Default Page: It works",
        "IIS Windows Server",
        "IIS7",
        "Test Page for the Nginx HTTP Server on Fedora",
        "HTTP Server Test Page powered by CentOS",
        "Web Server's Default Page",
        "Caddy works!",
    ],
)
def test_a_home_page_of_a_new_server_is_as_weak_as_503(title: str) -> None:
    """Its random URLs are missing, as they would be with a site."""
    body = html(title, prose(90))
    home = analyse_page(page_response(body, url="https://example.org/"), Baseline())
    assert classify_in_context(home, PageContext(HONEST)).outcome is Outcome.SERVER_ERROR
    assert classify_in_context(of(body), PageContext(HONEST)).outcome is OK


def test_a_site_about_servers_is_one() -> None:
    for title in ("nginx", "Welcome to nginx: a course", "IIS"):
        home = analyse_page(page_response(html(title), url="https://example.org/"), Baseline())
        assert classify_in_context(home, PageContext(HONEST)).outcome is OK


@pytest.mark.parametrize(
    ("url", "control_page", "outcome"),
    [
        (URL, None, Outcome.BLOCKED),
        (URL, HONEST, REDIRECTED),
        (URL, at(NOT_FOUND), MISSING),
        ("https://example.org/papers/how-to-write-a-404-page", None, REDIRECTED),
    ],
)
def test_a_redirect_to_a_page_that_says_that_it_is_missing_is_no_move(
    url: str, control_page: ControlPage | None, outcome: Outcome
) -> None:
    analysis = analyse_page(sent(f"{url}-2", NOT_FOUND, url), Baseline())
    assert classify_in_context(analysis, PageContext(control_page)).outcome is outcome


def test_a_market_of_domains_that_refuses_robots_is_one() -> None:
    to = "https://www.hugedomains.com/domain_profile.cfm?d=example.org"
    wall = replace(sent(to, html("Just a moment..."), code=302), status=403)
    disallowed = replace(wall, failure=Failure.ROBOTS, body=b"", status=0)
    for response in (wall, disallowed):
        found = classify_in_context(analyse_page(response, Baseline()), PageContext())
        assert (found.outcome, found.evidence) == (
            Outcome.PARKED,
            f"302 to {to}, where domains are sold",
        )
    elsewhere = analyse_page(replace(wall, final_url=ELSEWHERE), Baseline())
    assert classify_in_context(elsewhere, PageContext()).outcome is Outcome.BLOCKED


def test_a_domain_that_is_parked_without_encryption_is_parked() -> None:
    """Parking services have no certificates for the domains of others."""
    lander = html("example.org", "", '<script>window.park = "eyJ1"</script>')
    to = "http://ww25.example.org/a?subid1=1"
    seen = analyse_page(sent(to, lander, "https://example.org/a", 302), Baseline())
    random = sent(to, lander, f"{FOLDER}random", 302)
    control = control_page_from(FOLDER, NIGHT, random)
    assert needs_control_page(seen)
    for known, outcome in ((control, PARKED_), (None, Outcome.TLS), (HONEST, Outcome.TLS)):
        assert classify_in_context(seen, PageContext(known)).outcome is outcome
    sold = analyse_page(sent("http://www.hugedomains.com/x", lander), Baseline())
    assert classify_in_context(sold, PageContext()).outcome is PARKED_
    plain = analyse_page(sent("http://example.org/b", html("Page", prose(90))), Baseline())
    assert not needs_control_page(plain)
    assert classify_in_context(plain, PageContext(at(KNIVES))).outcome is Outcome.TLS


def test_a_redirect_of_all_to_what_only_a_browser_can_read_is_no_death() -> None:
    wall = analyse_page(sent(ELSEWHERE, SHELL), Baseline())
    assert classify_in_context(wall, PageContext(at(SHELL, to=ELSEWHERE))).outcome is REDIRECTED
    assert classify_in_context(wall, PageContext(shared_target=True)).outcome is Outcome.BLOCKED


@pytest.mark.parametrize(
    ("title", "text", "outcome"),
    [
        ("Cookie Absent", "Your browser does not appear to accept cookies.", Outcome.BLOCKED),
        ("Checking", "Please wait while we check your browser.", Outcome.BLOCKED),
        ("You are in line", "Hold on.", Outcome.BLOCKED),
        ("Something went wrong", "Try again later.", Outcome.SERVER_ERROR),
        ("500 Internal Server Error", "Tell us if it stays.", Outcome.SERVER_ERROR),
        ("An unexpected error occurred", "", Outcome.SERVER_ERROR),
        ("Page not found", "This site uses cookies.", MISSING),
        ("Kitchen knives", f"This site uses cookies. {other_prose(90)}", MISSING),
    ],
)
@pytest.mark.parametrize("is_shared", [False, True])
def test_a_redirect_of_all_to_a_wall_or_an_error_in_other_words(
    title: str, text: str, outcome: Outcome, *, is_shared: bool
) -> None:
    body, gone = html(title, text), HOME if is_shared else MISSING
    expected = gone if outcome is MISSING else outcome
    ends = {"https://www.example.org/welcome": expected}
    ends[ELSEWHERE] = gone if outcome is Outcome.BLOCKED else expected  # whose page has cookies
    ends["https://example.org/"] = HOME if outcome is not Outcome.SERVER_ERROR else outcome
    for to, ended in ends.items():
        around = PageContext(at(body, to=to), shared_target=is_shared)
        found = classify_in_context(analyse_page(sent(to, body), Baseline()), around)
        assert found.outcome is ended, to


def test_a_broken_promise() -> None:
    page = analyse_page(page_response(html("Catalogue", "Search here"), url=PDF), Baseline())
    assert classify_in_context(page, PageContext(HONEST)).outcome is MISSING
    assert classify_in_context(page, PageContext(on_many_hosts=True)).outcome is OK
    script = analyse_page(page_response(SHELL, url=PDF), Baseline())
    assert classify_in_context(script, PageContext()).outcome is Outcome.BLOCKED


@pytest.mark.parametrize(
    "url",
    [
        "https://codeberg.org/owner/name/src/branch/main/slides.pdf",
        "https://codeberg.org/owner/name/src/commit/1a2b/slides.pdf",
        "https://bitbucket.org/owner/name/src/master/slides.pdf",
        "https://git.example/projects/A/repos/b/browse/slides.pdf",
        "https://gitlab.com/group/name/-/blob/main/slides.pdf",
        "https://github.com/owner/name/blob/main/slides.pdf",
        "https://git.sr.ht/~owner/name/tree/main/item/slides.pdf",
        "https://git.example/cgit/name.git/tree/slides.pdf?h=main",
        "https://trac.example/browser/trunk/slides.pdf",
        "https://trac.example/attachment/ticket/7/slides.pdf",
        "https://redmine.example/attachments/12/slides.pdf",
        "https://commons.wikimedia.org/wiki/File:Slides.pdf",
        "https://de.wikipedia.org/wiki/Datei:Slides.pdf",
        "https://www.dropbox.com/s/1a2b3c/slides.pdf",
        "https://www.dropbox.com/scl/fi/1a2b3c/slides.pdf?rlkey=x&dl=0",
        "https://store.example/s/1a2b3c/slides.pdf?dl=0",
        "https://docs.google.com/viewer?url=https://example.org/slides.pdf",
        "https://drive.google.com/file/d/1a2b/slides.pdf",
        "https://svn.example/viewvc/trunk/slides.pdf?view=markup",
        "https://wiki.example/index.php/File:Slides.pdf",
        "https://archive.org/details/slides.pdf",
        "https://name.sharepoint.com/:b:/s/team/slides.pdf",
        "https://bazaar.example/~owner/name/trunk/view/head:/slides.pdf",
        "https://hg.example/name/file/tip/slides.pdf",
    ],
)
def test_a_page_about_a_pdf_where_such_pages_are_is_what_was_promised(url: str) -> None:
    page = analyse_page(page_response(html("Files", "Commits and files"), url=url), Baseline())
    assert classify_in_context(page, PageContext(HONEST)).outcome is OK


@pytest.mark.parametrize(
    ("title", "text", "outcome"),
    [
        ("attention.pdf at main", "Owner, name, 12 pages", OK),
        ("Files: Attention.pdf", "Preview", OK),
        ("attention.pdf not found", "", MISSING),
        ("Files", "The requested URL /papers/attention.pdf is no more", MISSING),
    ],
)
def test_a_page_with_the_name_of_the_file_is_its_viewer(
    title: str, text: str, outcome: Outcome
) -> None:
    page = analyse_page(page_response(html(title, text), url=PDF), Baseline())
    assert classify_in_context(page, PageContext(HONEST)).outcome is outcome


@pytest.mark.parametrize(
    ("link", "outcome"),
    [
        ("/raw/main/attention.pdf", OK),
        ("https://cdn.example/1/attention.pdf?download=1", OK),
        ("/papers/attention.pdf", MISSING),
        ("https://example.org/papers/attention.pdf", MISSING),
        ("/login?next=/papers/attention.pdf", MISSING),
        ("/raw/main/inattention.pdf", MISSING),
    ],
)
def test_a_page_that_links_to_the_file_keeps_the_promise(link: str, outcome: Outcome) -> None:
    body = html("Files", f'<a href="{link}">Raw</a> and words')
    page = analyse_page(page_response(body, url=PDF), Baseline())
    assert classify_in_context(page, PageContext(HONEST)).outcome is outcome


@pytest.mark.parametrize(
    ("words", "outcome"),
    [
        ("We make sure that a human is at your browser.", Outcome.BLOCKED),
        ("Bitte warten, die Verbindung wird überprüft.", Outcome.BLOCKED),
        ("Our best knives.", TAKEN),
        ("A casino for humans with a browser, and a jackpot.", TAKEN),
        (f"{other_prose(90)} human browser", TAKEN),
    ],
)
def test_a_short_page_about_robots_took_nothing_over(words: str, outcome: Outcome) -> None:
    body = html("Hold tight", words)
    analysis = of(body, NOTES, NOTES)
    assert classify_in_context(analysis, PageContext(at(body))).outcome is outcome


@pytest.mark.parametrize("status", [404, 410, 500, 403])
def test_what_failed_by_itself_is_left_as_it_is(status: int) -> None:
    seen = replace(
        of(NOT_FOUND),
        classification=analyse_page(page_response(NOT_FOUND, status), Baseline()).classification,
    )
    assert (
        classify_in_context(seen, PageContext(at(NOT_FOUND), shared_target=True))
        == seen.classification
    )
    assert not needs_control_page(seen)


@pytest.mark.parametrize(
    ("seen", "open_", "waits"),
    [
        (of(NOTES), False, False),
        (of(SHELL), False, False),
        (of(NOT_FOUND), True, True),
        (of(FOR_SALE), True, True),
        (of(MARKED), True, True),
        (of(PARKED), False, True),
        (of(KNIVES, NOTES, NOTES), True, True),
        (of(CASINO, NOTES, NOTES), False, True),
        (analyse_page(page_response(html("x", "y"), url=PDF), Baseline()), False, True),
        (analyse_page(sent(ELSEWHERE), Baseline()), True, True),
        (analyse_page(sent("https://example.org/v2/attention"), Baseline()), False, True),
        (analyse_page(sent("https://example.org/"), Baseline()), False, False),
        (analyse_page(sent("https://other.example/"), Baseline()), True, True),
        (analyse_page(sent("https://www.hugedomains.com/x"), Baseline()), False, True),
    ],
)
def test_a_control_page_is_requested_only_where_it_decides(
    seen: PageAnalysis, *, open_: bool, waits: bool
) -> None:
    assert needs_control_page(seen) is open_
    assert must_wait(seen) is waits


@pytest.mark.parametrize(
    "signals",
    [
        PageSignals(says_missing=True),
        PageSignals(for_sale=True),
        PageSignals(parking_markup=True),
        PageSignals(drifted=True),
        PageSignals(spam_trade=True),
        PageSignals(unlike=True),
        PageSignals(elsewhere=True),
        PageSignals(trade="gambling"),
    ],
)
def test_no_sign_alone_is_a_verdict(signals: PageSignals) -> None:
    seen = replace(of(NOTES), signals=signals)
    assert classify_in_context(seen, PageContext()).outcome is OK
    assert classify_in_context(seen, PageContext(HONEST)).outcome is OK


def test_the_evidence_says_what_convinced() -> None:
    found = classify_in_context(of(NOT_FOUND), PageContext(at(NOT_FOUND)))
    assert found.evidence == "200, it says that it is missing, as a random URL there does"
