"""What the URLs of a redirect say: a name is kept, a home page, https."""

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from staycurrent.identity import decode_unreserved, identify
from staycurrent.web.address import WEB_SCHEMES, Address, parse
from staycurrent.web.guard import ip_literal

if TYPE_CHECKING:  # its list takes long to read
    from publicsuffixlist import PublicSuffixList

_MIN_SUBSTRING = 4
"""Names with at least so many letters are also found inside of words."""
_LOCALE_NAMES = (
    r"(ar|at|au|be|bg|br|ca|ch|cn|cs|cz|da|de|dk|el|en|es|et|eu|fa|fi|fr|gb|gr|he|hi|hk|hr|hu|id|ie|"
    r"il|in|it|ja|jp|ko|kr|lt|lv|mx|nl|no|nb|nz|pl|pt|ro|ru|se|sg|sk|sl|sr|sv|th|tr|tw|uk|us|vi|za|zh|"
    r"[a-z]{2}[-_][a-z]{2}|[a-z]{2}[-_](hans|hant|latn|cyrl|[0-9]{3})([-_][a-z]{2})?)"
)
"""Languages and countries of websites, without what is short for a subject: ai, db, go, js, ml."""
_LOCALE = re.compile(_LOCALE_NAMES, re.IGNORECASE)
_LOCALES = rf"/?({_LOCALE_NAMES}(/|$)){{0,2}}"
_FILE_ENDINGS = r"(\.[a-z]{2,5}[0-9]?){0,2}(/|$)"
"""As of `index.shtml`, `index.php3` and `index.en.html`."""
_HOME = re.compile(rf"(?i){_LOCALES}((index|default|home){_FILE_ENDINGS})?")
_VERSION = r"(latest|stable|current|master|dev|v?[0-9]+(\.[0-9]+)+|v[0-9]+)(/|$)"
"""Of documents: `/en/latest/` leads to `/` where all versions but one are gone."""
_FIRST_PAGE = re.compile(
    rf"(?i){_LOCALES}({_VERSION})?((index|default|home|main|start|welcome){_FILE_ENDINGS}){{0,2}}"
)
"""Also what may be the name of another page, but not of one that leads to the home page."""
SENT_BY = re.compile(
    r"(?i)(?<=[?&])(aff\w*|a_[ab]id|via|fpr|fp_ref|tap_[as]|ps_\w+|gspk|grsf|rfsn|refer\w*|from|src|"
    r"ref_?(id|code|by)|(invite|promo|coupon|discount|partner|campaign)(_?(code|id))?)=[^&#]*"
)
"""Parameters that name the referrer; many sites keep it in a cookie and remove the parameter."""
LASTING_HOSTS = frozenset((
    "discord.gg", "hdl.handle.net", "identifiers.org", "n2t.net", "purl.org", "w3id.org", "aka.ms",
))  # fmt: skip
"""Hosts whose addresses lead to others and are meant to stay when these change."""
_NO_ANCHOR = re.compile(r"(?i)!?/?(top|home|main)?/?")
"""Fragments that name no part of a page."""
_LANGUAGE_PARAMETER = re.compile(
    r"(?i)([hg]l|(set|ui)?_?lang(uage)?|locale|lng|lc?|region|country|cc)=[a-z]{2,3}([-_]\w{2,4})?"
)
_LANGUAGE_SUFFIX = re.compile(r"(?i)(.+)_([a-z]{2})")
_FORM = re.compile(r"(?i)(m|mobile|amp)\.|amp|latest|stable|current|v?[0-9]+(\.([0-9]+|x))+")
"""A host for phones, AMP, or the newest version for now; `v2` may stay, and 2024 is a year."""
_NO_NAMES = frozenset((
    "intl", "global", "international", "worldwide", "lang", "l",
    "index", "default", "html", "htm", "php", "aspx",
))  # fmt: skip
"""Parts of a URL that say nothing of the page."""
_NO_NAME_SIGN = re.compile(r"[\W_]+")
_ENDING = re.compile(r"\.(html?|php|aspx?|jsp|pdf|md|txt)$")


def keeps_name(began: str, ended: str) -> bool:
    """Whether the final URL still contains the last name of a path.

    `/blog` is kept in `https://blog.example.org/`, `/a/Attention.html` in `/b/attention/`,
    `/chapter-7` in `/book#chapter-7`, and `/wiki/Home` in `/wiki`, which shows that page.
    A URL without a path has no name to lose.
    """
    path, parts = comparable_path(began), urlsplit(ended)
    if path == f"{comparable_path(ended)}/home" and not is_home_path(parts.path):
        return True  # of a site's home page, `names_home` decides
    name = squashed(path.rpartition("/")[2])
    # `https://example.org/example` loses its name on its way to `https://www.example.org/`.
    host = "" if name in squashed(urlsplit(began).netloc) else parts.netloc
    whole = f"{host}{parts.path}?{parts.query}#{parts.fragment}".lower()
    if len(name) < _MIN_SUBSTRING:
        # a page that wants consent first gets the URL in its query, encoded once or twice
        return not name or name in re.split(r"[^a-z0-9]+", unquote(unquote(whole)))
    return name in squashed(whole)


def comparable_path(url: str) -> str:
    """A path in lower case, without trailing slash, index and file extension."""
    path = urlsplit(url).path.lower().rstrip("/")
    return re.sub(r"/(index|default)$", "", _ENDING.sub("", path))


def is_home(url: str) -> bool:
    """Whether a URL is a host's home page, in any language; not one of its anchors."""
    parts = urlsplit(url)
    is_whole = not parts.query and _NO_ANCHOR.fullmatch(parts.fragment) is not None
    return is_whole and is_home_path(parts.path)


def is_home_path(path: str) -> bool:
    """Whether a path without a query is that of a home page."""
    return _HOME.fullmatch(path) is not None


def names_home(began: str, ended: str) -> bool:
    """Whether the first of two URLs meant the home page to which the second leads, too.

    `/main.html` and `/en/welcome` did, and so did one with parameters that count visits, say who
    sends them or choose a language: nothing of a page is lost.
    """
    if not is_home(ended):
        return False
    parts = urlsplit(began)
    site = f"{parts.scheme}://{parts.netloc}/"
    counts_visits = identify(SENT_BY.sub("", f"{site}?{parts.query}")) == identify(site)
    is_named = counts_visits and _FIRST_PAGE.fullmatch(parts.path) is not None
    return is_named or changes_form(began, ended)


def changes_form(began: str, ended: str) -> bool:
    """Whether the second of two URLs is the first one's page in another form.

    In another language (`/guide` and `/de/guide`), or with a version, for phones or as AMP, which
    the first does not name (`/4.2/guide`). The language is a part of the path or host, the end of a
    name, or a parameter of the query; or it is that of a country, at whose domain the second URL
    is. Which form a visitor gets may depend on the visitor and on the day, so that such a redirect
    is not a move.
    """
    if is_abroad := _leads_abroad(began, ended):
        ended = urlsplit(ended)._replace(netloc=urlsplit(began).netloc).geturl()
    rest, languages, forms = _split_form(began)
    other_rest, other_languages, other_forms = _split_form(ended)
    changes_language = forms == other_forms and languages != other_languages
    return rest == other_rest and (is_abroad or forms < other_forms or changes_language)


def _leads_abroad(began: str, ended: str) -> bool:
    """Whether the second host has the names of the first under the suffix of another country."""
    hosts = [(urlsplit(url).hostname or "").removeprefix("www.") for url in (began, ended)]
    if hosts[0] == hosts[1]:
        return False
    domains = [registrable_domain(host, only_registries=True) or "" for host in hosts]
    suffixes = [domain.partition(".")[2] for domain in domains]
    here, there = (suffix.rpartition(".")[2] for suffix in suffixes)
    names, others = map(str.removesuffix, hosts, suffixes)
    is_of_country = _LOCALE.fullmatch(there) is not None and here != there
    is_generic = here in ("com", "net", "org")
    return names == others and is_of_country and (is_generic or _LOCALE.fullmatch(here) is not None)


def _split_form(url: str) -> tuple[list[str], list[str], set[str]]:
    """The names of a URL without those of languages and other forms, and these."""
    parts = urlsplit(url)
    labels = [one for one in (parts.hostname or "").split(".") if one != "www"]
    *folders, last = [one for one in parts.path.split("/") if one] or [""]
    name, *endings = [last] if _FORM.fullmatch(last) else last.split(".")
    suffixed = _LANGUAGE_SUFFIX.fullmatch(name)
    names = [*folders, *(suffixed.groups() if suffixed else (name,)), *endings]
    query = [one for one in parts.query.split("&") if one]
    rest, languages, forms = labels[-2:], list[str](), set[str]()
    for one in (*(f"{label}." for label in labels[:-2]), "/", *names, "?", *query):
        is_language = _LOCALE.fullmatch(one.lower().removeprefix("intl-").removesuffix("."))
        if is_language or _LANGUAGE_PARAMETER.fullmatch(one):
            languages.append(one)
        elif _FORM.fullmatch(one):
            forms.add(one)
        elif one and one.removesuffix(".") not in _NO_NAMES:
            rest.append(one)
    return rest, languages, forms


def squashed(text: str) -> str:
    """Its letters and digits only, in lower case."""
    return _NO_NAME_SIGN.sub("", text.lower())


HTTPS_UPGRADE = "upgraded"
"""The reason of a verdict `moved` if the move is an upgrade to https."""


def is_https_upgrade(began: str, ended: str) -> bool:
    """Whether `ended` is `began` with https and otherwise the same.

    Equal are the host and query, the default port of each scheme, and the path except for one
    slash at its end; letters that need no percent-encoding may have one. Fragments are ignored.
    `www.` is another host, and so another kind of move.
    """
    here, there = parse(began), parse(ended)
    if not (isinstance(here, Address) and isinstance(there, Address)):
        return False
    if (here.scheme, there.scheme) != ("http", "https") or here.host != there.host:
        return False
    own_ports = all(one.port == WEB_SCHEMES[one.scheme] for one in (here, there))
    return own_ports and _slashless(here) == _slashless(there)


def _slashless(address: Address) -> tuple[str, str]:
    path, mark, query = decode_unreserved(address.target).partition("?")
    return path.removesuffix("/"), f"{mark}{query}"


MIN_SHARED_TARGET_LINKS = 3
"""Different URLs of a host; two may be two names of one page."""


def links_with_shared_target(ends: Mapping[str, str]) -> frozenset[str]:
    """The links of one host that are redirected to one URL, so that it means "not here".

    `ends` has the final URL of each redirected link; one that keeps the link's name is excluded.
    """
    crowds: defaultdict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for link, end in ends.items():
        if not keeps_name(link, end):
            crowds[urlsplit(link).netloc, end][link] = comparable_path(link)
    large = (one for one in crowds.values() if len({*one.values()}) >= MIN_SHARED_TARGET_LINKS)
    return frozenset(chain.from_iterable(large))


def registrable_domain(host: str, *, only_registries: bool = False) -> str | None:
    """The part of a host name that its owner registered, as `example.co.uk`; None if it has none.

    At a hosting service, as `user.github.io`, the names that it gives its customers count as
    registered, except with `only_registries`. The suffixes are those of the library's release.
    """
    if ip_literal(host) is not None:
        return None
    found: str | None = _suffixes(only_registries=only_registries).privatesuffix(host.lower())
    return found


def domain_of(url: str) -> str:
    """What the owner of a URL's host registered, or the host."""
    host = urlsplit(url).hostname or ""
    return registrable_domain(host) or host


@cache
def _suffixes(*, only_registries: bool) -> "PublicSuffixList":
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList(only_icann=only_registries)
