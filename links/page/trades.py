"""The trades in which those deal who take over lapsed domains: their words, by language.

Words for lower-case text. A source is a report of such sites, or the article from which the words
of a language are taken.
"""

import re
from dataclasses import dataclass
from functools import cache

from staycurrent.links.page.fingerprint import Fingerprint
from staycurrent.links.page.scanner import ScannedPage

_MIN_WORDS = 2
_JUDI = "https://github.com/jivoi/awesome-osint/issues/1126"


@dataclass(frozen=True, slots=True)
class Trade:
    """The words of one trade in one language."""

    name: str
    """As it is shown: "the page speaks of gambling"."""
    language: str
    words: str
    """A regular expression without anchors."""
    source: str
    is_spaced: bool = True
    """Whether words of the language are separated by blanks."""


def _gambling(language: str, words: str, article: str, *, is_spaced: bool = True) -> Trade:
    source = f"https://{language}.wikipedia.org/wiki/{article}"
    return Trade("gambling", language, words, source, is_spaced)


TRADES = (
    Trade(
        "gambling",
        "en",
        r"(?:online |crypto |live )?casinos?|slots? ?(?:online|games?|machines?|gacor)|"
        r"slot ?\d{2,}|slots\d{2,}|"
        r"poker|baccarat|roulette|blackjack|jackpots?|free spins?|no deposit bonus|gambling|"
        r"(?:sports?|football|online) ?(?:book|betting|bets?)|sportsbooks?|bookmakers?|lottery",
        _JUDI,
    ),
    Trade(
        "gambling",
        "id",
        r"judi|togel|gacor|bandar|taruhan|sbobet|situs slot|slot online|maxwin|pragmatic play|"
        r"rtp live|bandarq|agen bola",
        _JUDI,
    ),
    _gambling(
        "it", r"casin[oò] (?:online|non aams)|scommesse|giochi? d['’]azzardo", "Gioco_d'azzardo"
    ),
    _gambling("de", r"glücksspiele?|online[- ]casinos?|spielautomaten|sportwetten", "Glücksspiel"),
    _gambling(
        "fr", r"casinos? en ligne|machines? à sous|paris sportifs|jeux d['’]argent", "Jeu_d'argent"
    ),
    _gambling(
        "es",
        r"casinos? en línea|tragamonedas|tragaperras|apuestas(?: deportivas)?",
        "Juego_de_azar",
    ),
    _gambling(
        "pt", r"cassinos?(?: online)?|caça[- ]níqueis|apostas(?: esportivas)?", "Jogo_de_azar"
    ),
    _gambling("tr", r"bahis|kumar|kaçak iddaa|canlı casino|deneme bonusu|bonus veren", "Kumar"),
    _gambling(
        "pl",
        r"kasyn[oa](?: online)?|automaty do gier|zakłady bukmacherskie|hazard",
        "Gra_hazardowa",
    ),
    _gambling("vi", r"nhà cái|cá cược|casino trực tuyến|cờ bạc|nổ hũ|xóc đĩa", "Cờ_bạc"),
    _gambling(
        "ru",
        r"казино|букмекер\w*|ставки (?:на спорт|онлайн)|онлайн[- ]ставки|игровые автоматы",
        "Азартная_игра",
    ),
    _gambling("th", r"คาสิโน|สล็อต|บาคาร่า|แทงบอล|พนัน|หวย", "การพนัน", is_spaced=False),
    _gambling("ko", r"카지노|토토|바카라|슬롯|도박|먹튀", "도박", is_spaced=False),
    _gambling("zh", r"博彩|娱乐城|彩票|赌[场博城球钱]|网赌|百家乐|老虎机", "赌博", is_spaced=False),
    _gambling("ja", r"オンラインカジノ|カジノ|スロット|競馬予想|賭博", "賭博", is_spaced=False),
    _gambling("ar", r"كازينو|قمار|مراهنات|رهانات", "قمار", is_spaced=False),
    Trade(
        "medicines",
        "en",
        r"viagra|cialis|levitra|tramadol|steroids?|cbd (?:oil|gumm\w+)|vapes?|kratom",
        "https://en.wikipedia.org/wiki/Pharmacy_spam",
    ),
    Trade(
        "loans",
        "en",
        r"(?:payday|instant|quick) loans?|forex (?:broker|signals?)|crypto bonus",
        "https://en.wikipedia.org/wiki/Payday_loan",
    ),
    Trade(
        "adult content",
        "en",
        r"escorts?|porn\w*|xxx|sex ?cams?|hookups?|onlyfans leaks?",
        "https://en.wikipedia.org/wiki/Pornography",
    ),
    Trade(
        "pirated football",
        "vi",
        r"bóng đá trực tuyến|xem bóng đá|xoilac|tỷ lệ kèo|kèo nhà cái",
        "https://github.com/marcelscruz/dev-resources/issues/1248",
    ),
    Trade(
        "essays and replicas",
        "en",
        r"(?:essay|dissertation) writing services?|replica (?:watch|bag|handbag)\w*|"
        r"cheap (?:jerseys?|shoes|handbags?)",
        "https://en.wikipedia.org/wiki/Essay_mill",
    ),
)


@cache
def _pattern(*, is_spaced: bool) -> re.Pattern[str]:
    words = "|".join(trade.words for trade in TRADES if trade.is_spaced is is_spaced)
    return re.compile(rf"\b(?:{words})\b" if is_spaced else words)


def trades_in(text: str) -> dict[str, set[str]]:
    """The different words of each trade in a text."""
    lower, found = text.lower(), dict[str, set[str]]()
    spaced, others = (_pattern(is_spaced=one).findall(lower) for one in (True, False))
    for word in {*spaced, *others}:
        for trade in TRADES:
            if re.fullmatch(trade.words, word):
                found.setdefault(trade.name, set()).add(word)
    return found


def trade_of(page: ScannedPage, promised: str) -> str:
    """The trade that a page is about, of which the list and its link say nothing; else empty.

    Its title or headings speak of it, and the page in two different words: one word is in the
    title of many an honest page.
    """
    spoken = trades_in(page.title_and_headings)
    if not spoken:
        return ""
    words = trades_in(f"{page.title_and_headings}\n{page.text}")
    others = sorted(spoken.keys() - trades_in(promised).keys())
    return next((name for name in others if len(words[name]) >= _MIN_WORDS), "")


def shows_spam_trade(page: ScannedPage, before: Fingerprint | None) -> bool:
    """Whether a page speaks of such a trade, as its title did not before.

    One word in its title or headings is enough, or two different ones in its text.
    """
    if before is not None and trades_in(before.title):
        return False
    if trades_in(page.title_and_headings):
        return True
    return len(set().union(*trades_in(page.text).values())) >= _MIN_WORDS
