"""Whether a page is about what the list says of its link: by the name, or by shared words.

Or whether it is about a trade of those who take over lapsed domains: its words, by
language, in lower case. A source is a report of such sites, or the article from which the words of
a language are taken.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from math import sqrt
from urllib.parse import unquote, urlsplit

from staycurrent.links import moves
from staycurrent.links.link import Entry
from staycurrent.links.page.fingerprint import Fingerprint
from staycurrent.links.page.scanner import (
    ContentKind,
    ScannedPage,
    clean_text,
    sign_pairs,
    spaced_words,
    word_set,
)

_ADDRESS = re.compile(r"\]\([^()]*\)|<?\bhttps?://\S+|<[^<>]*>")
_DESCRIPTION = re.compile(
    r"^meta [^\n]*\b(?:description|og:title|og:site_name|keywords)\b.*", re.MULTILINE
)
_CONTENT = re.compile(r"content\s*=\s*([\"'])(.*?)\1")
_CANONICAL = re.compile(r"^link [^\n]*\bcanonical\b.*", re.MULTILINE)
_REPOSITORY = re.compile(r"(?i)\b(?:github|gitlab|codeberg)\.(?:com|org)/([\w.-]+/[\w.-]+)")
_MIN_NAME, _MIN_SIGNS = 4, 2
"""Letters, or signs of Chinese, Japanese or Korean, of a name also found inside of words."""
_STEM = 5
"""Letters of which a word is compared, so that `monitors` is `monitoring`."""
_MIN_WORD = 3
_MIN_HEAD, _MIN_BODY = 2, 4
"""Words of the entry in the page's title, headings and description, or in its whole text."""
_BODY_SHARE = 0.4
"""The share of the entry's words that so many must be."""
_UNLIKE_SHARE = 0.2
"""The share of the entry's words that any long page has by chance."""
_MIN_LEFT = 8
"""Significant words without which a page says too little to lack those of another one."""
_MIN_DESCRIBED = 3
"""Words next to the name without which an entry says too little to be missed."""
_MAX_ORIGIN = 200
"""Characters of an author's name or a repository's; it is stored."""
_MAX_WORDS = 2_000
"""Of one page; its first ones are compared with another page."""
_CHANCE, _MAX_CHANCE, _DEVIATIONS = 1 / 400, 0.3, 3
"""How likely a word of one page is on another one of the same field, by the words of the longer,
and by how many standard deviations related pages share more. Decision 22 has the measurements."""
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_NOT_LATIN = re.compile(r"[\u0370-\u1dff\u3040-\u9fff\uac00-\ud7af]")
_AUTHOR = re.compile(r"^meta [^\n]*\bname\s*=\s*[\"']?author\b[^\n]*", re.MULTILINE)
_GENERIC = (
    "about access account all also and another any app application are article awesome based be "
    "because been best better blog book build built can check collection com company complete "
    "contact content create custom data day demo der die different download easy edition een "
    "every example fast feature file find first for free from full fun get github good great "
    "guide has have help here high home host how html http https info information install into "
    "its just know language large latest learn library like link list live local log login made "
    "main make manage many more most much name need net new news not now offer official one "
    "online only open org other our out over own page part people platform please popular post "
    "powerful product program project quality read real reference resource run search see send "
    "service set share show sign simple site small software solution some source start such "
    "support system team text that the their them there these they this through time tool top "
    "tutorial two type under und une update use used user using version very video view want "
    "was way web website what when where which who why will with without work world write www "
    "year you your "
    "一个 下载 专业 世界 中国 中文 产品 介绍 使用 免费 公司 关于 内容 可以 各种 在线 学习 官方 "
    "官网 工具 平台 应用 开发 开源 我们 技术 提供 支持 教程 文档 文章 日本 更多 最新 服务 欢迎 "
    "注册 登录 用户 相关 管理 系统 网站 网页 英文 资料 资源 软件 通过 链接 项目 首页 博客 "
    "サイト ページ ホーム ニュース 会社 情報 公式 利用 無料 一覧 案内 入門 記事"
)


@lru_cache(maxsize=512)
def significant_stems(text: str) -> frozenset[str]:
    """The stems of the words that say what a text is about."""
    return _stems(clean_text(_ADDRESS.sub(" ", text))) - _generic_stems()


@lru_cache(maxsize=1)
def _generic_stems() -> frozenset[str]:
    return _stems(_GENERIC.replace(" ", "\n"))  # so that no two words are neighbours


@lru_cache(maxsize=64)  # three questions about one page need those of its words
def _stems(text: str) -> frozenset[str]:
    """Of its words, without plurals, numbers and short ones, and its pairs of signs."""
    words = filter(_is_long, spaced_words(text))
    return sign_pairs(text).union(word.removesuffix("s")[:_STEM] for word in words)


def _is_long(word: str) -> bool:
    """Whether a word has enough letters, marks not counted, and is not a number."""
    if len(word) < _MIN_WORD or word.isdigit():
        return len(word) > 1 and word > "\u3040"  # of Korean, two syllables are a word
    return word.isascii() or sum(map(str.isalnum, word)) >= _MIN_WORD


def crosses_domains(began: str, ended: str) -> bool:
    """Whether two URLs belong to owners of different domains."""
    return began != ended and moves.domain_of(began) != moves.domain_of(ended)


def is_specific(name: str) -> bool:
    """Whether a name of a path says something of the page: `compiler`, and not `docs`."""
    return len(name) > _MIN_NAME and bool(_stems(name) - _generic_stems())


def head_of(page: ScannedPage) -> str:
    """What a page says of itself: title, headings, and the descriptions in its head."""
    tags = _DESCRIPTION.findall(page.tags)
    said = (match[2] for tag in tags[:6] if (match := _CONTENT.search(tag)))
    return "\n".join((page.title_and_headings, *map(clean_text, said)))


def _names(link: str, entry: Entry) -> Iterator[str]:
    """The names of an entry, squashed: the title, the last one of the path, that of the host."""
    yield moves.squashed(entry.name)
    name = moves.comparable_path(link).rpartition("/")[2]
    if is_specific(name):
        yield moves.squashed(name)
    own = moves.registrable_domain(urlsplit(link).hostname or "") or ""
    yield moves.squashed(own.partition(".")[0])


def _is_named(text: str, link: str, entry: Entry) -> bool:
    """Whether a squashed text has one of the names; short ones may be in it by chance."""
    return any(
        name in text
        for name in _names(link, entry)
        if len(name) >= _MIN_NAME
        or (len(name) >= _MIN_SIGNS and name > "\u3040" and not _stems(name) <= _generic_stems())
    )


def is_nameless(head: str, link: str, entry: Entry) -> bool:
    """Whether no name of the entry is in a page's head (`head_of`).

    The bare host name is none.
    """
    return not _is_named(moves.squashed(_without_host(head, link)), link, entry)


def _without_host(text: str, link: str) -> str:
    """A text in lower case without the link's bare host name, which sellers of domains show too."""
    return text.lower().replace((urlsplit(link).hostname or "").removeprefix("www."), " ")


def is_unlike(
    page: ScannedPage, head: str, entry: Entry, before: str, *, is_nameless: bool
) -> bool:
    """Whether a page has hardly a word of the entry's description, the name not counted.

    Where the entry says nothing but its name, that must be missing as well. It may be a redesign,
    so that it is evidence only in addition to another kind. A page in another script than the
    entry's shares no word with it anyway: such a page must be about a trade.
    """
    text = entry.text.replace(entry.name, " ") if entry.name else entry.text
    described = significant_stems(text) | significant_stems(before)
    if len(described & significant_stems(head)) >= min(_MIN_HEAD, len(described) or 1):
        return False
    if len(described & _stems(" ".join(page.words))) > _UNLIKE_SHARE * len(described):
        return False
    if len(described) < _MIN_DESCRIBED and not is_nameless:
        return False
    shown = f"{page.title_and_headings}\n{page.text}"
    return not _is_in_another_script(shown, entry.text) or bool(trades_in(shown))


def _is_in_another_script(shown: str, text: str) -> bool:
    """Whether most letters of a page are of no script that the entry's text uses."""
    others = len(_NOT_LATIN.findall(shown))
    return others > len(_LATIN.findall(shown)) and _NOT_LATIN.search(text) is None


def _shares_words(page: ScannedPage, head: str, entry: Entry, before: str) -> bool:
    """Whether enough words of the entry, or of the title that the page had before, are on it."""
    words = significant_stems(f"{entry.title}\n{entry.text}") | significant_stems(before)
    if words and len(words & significant_stems(head)) >= min(_MIN_HEAD, len(words)):
        return True
    in_body = len(words & _stems(" ".join(page.words)))
    return in_body >= _MIN_BODY and in_body >= _BODY_SHARE * len(words)


def is_about(page: ScannedPage, head: str, url: str, link: str, entry: Entry, before: str) -> bool:
    """Whether the page at the end of a redirect is about the entry, or of the same origin.

    `head` is `head_of(page)`, `before` the title that the link's own page had. Of the same origin
    is what names the link's domain as its canonical address, or the repository that the entry
    names.
    """
    if page.kind is not ContentKind.HTML:
        return moves.keeps_name(link, url) and len(urlsplit(link).path) > 1
    domain = moves.domain_of(link)
    if any(domain in tag for tag in _CANONICAL.findall(page.tags)):
        return True
    named = {match.lower() for match in _REPOSITORY.findall(entry.text)}
    if named and named & {match.lower() for match in _REPOSITORY.findall(page.tags)}:
        return True
    head, parts = _without_host(head, link), urlsplit(url)
    shown = "\n".join(map(moves.squashed, (head, parts.netloc, unquote(parts.path))))
    if _is_named(shown, link, entry) or _shares_words(page, head, entry, before):
        return True
    name = moves.squashed(entry.name)
    return len(name) > _STEM and name in moves.squashed(_without_host(page.text, link))


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a page is about, for a comparison with another page of the same link.

    The entry's name and the host's are left out: who takes over a domain often keeps the name.
    """

    head: frozenset[str] = frozenset()
    """Stems of its title, headings and descriptions."""
    words: frozenset[str] = frozenset()
    """Stems of the whole page, with those of the head."""
    names: frozenset[str] = frozenset()
    """Long words of the entry's name in its head, the ordinary ones left out."""
    origins: frozenset[str] = frozenset()
    """Repositories of the entry's name to which it links, and its author's full name."""

    def is_related(self, other: "Vocabulary", at_least: int = _MIN_HEAD) -> bool:
        """Whether two pages share more words than pages of one field do by chance."""
        fewer, more = sorted((self.words, other.words), key=len)
        count, chance = len(fewer), min(_MAX_CHANCE, len(more) * _CHANCE)
        shared = len(fewer & more)
        spread = sqrt(count * chance * (1 - chance))
        return shared >= at_least and shared > count * chance + _DEVIATIONS * spread

    def has_nothing_of(self, before: "Vocabulary") -> bool:
        """Whether hardly a word of an earlier page's head is left, and no word in the head.

        Where the head had nothing but the name, its other words count.
        """
        said = before.head or before.words
        if not said or len(self.words) < _MIN_LEFT or self.is_related(before):
            return False
        return not self.head & said and len(said & self.words) <= _UNLIKE_SHARE * len(said)


def vocabulary(page: ScannedPage, head: str, link: str, entry: Entry) -> Vocabulary:
    """The vocabulary of an HTML page."""
    names = _stems(f"{entry.name} {moves.domain_of(link).replace('.', ' ')}")
    spoken = significant_stems(head) - names
    shown = {one for one in word_set(entry.name) & word_set(head) if len(one) > _STEM}
    words = _stems(" ".join(page.words[:_MAX_WORDS])) - _generic_stems() - names
    linked = set(_REPOSITORY.findall(page.tags))
    repositories = {one for one in linked if _is_named(moves.squashed(one), link, entry)}
    named = map(_CONTENT.search, _AUTHOR.findall(page.tags))
    authors = {clean_text(match[2]) for match in named if match}
    origins = repositories | {one for one in authors if len(one.split()) > 1}
    return Vocabulary(
        spoken,
        spoken | words,
        frozenset(one for one in shown if _stems(one) - _generic_stems()),
        frozenset(one for one in origins if len(one) <= _MAX_ORIGIN),
    )


def describes(page: ScannedPage, head: str, link: str, entry: Entry) -> bool:
    """Whether a page has words of the entry's description, and its name or several of them."""
    nameless = is_nameless(head, link, entry)
    if is_unlike(page, head, entry, "", is_nameless=nameless):
        return False
    return not nameless or _shares_words(page, head, entry, "")


_MIN_WORDS = 2
_NEAR = {
    "gambling": re.compile(
        r"(?i)\b(card games?|game[- ]theor\w+|imperfect[- ]information|bandits?|monte[- ]carlo|"
        r"reinforcement[- ]learning|lotter(y|ies)|odds|dice|bluff\w*|bookmak\w+|betting|gambl\w+|"
        r"games? of chance|wager\w*)\b|强化学习|強化學習|強化学習|博弈论|博弈論"
    ),
    "loans": re.compile(
        r"(?i)\b(loans?|lend(ing|ers?)|banks?|banking|micro-?(credit|financ)\w*|credit (cards?|"
        r"unions?|scor\w+|risks?|bureaus?)|debts?|consumer (advice|credit|protection|rights)|"
        r"kredit\w*|kredyt\w*|pożycz\w*|préstamos?|créditos?|pinjam\w*|кредит\w*|за[йё]м\w*)\b"
    ),
    "adult content": re.compile(
        r"(?i)\b(nsfw|adult (content|sites?|websites?)|erotic\w*|sex\w*|lingerie|nud(e|ity)|"
        r"content (moderation|filter\w*)|parental controls?)\b"
    ),
}
"""The subjects of entries whose pages may legitimately have the words of a trade."""
TRADES = {
    "gambling": {
        "en": (
            r"(?:online |crypto |live )?casinos?|slots? ?(?:online|games?|machines?|gacor)|"
            r"slot ?\d{2,}|slots\d{2,}|"
            r"poker|baccarat|roulette|blackjack|jackpots?|free spins?|no deposit bonus|gambling|"
            r"(?:sports?|football|online) ?(?:book|betting|bets?)|sportsbooks?|bookmakers?|lottery"
        ),
        "id": (
            r"(?:situs|agen|bandar) (?:judi|togel|slot|bola|casino|poker)|"
            r"judi (?:online|slot|bola|casino|poker|resmi|terpercaya)|togel|gacor|taruhan|sbobet|"
            r"slot online|maxwin|pragmatic play|rtp live|bandarq"
        ),
        "it": r"casin[oò] (?:online|non aams)|scommesse|giochi? d['’]azzardo",  # Gioco_d'azzardo
        "de": r"glücksspiele?|online[- ]casinos?|spielautomaten|sportwetten",  # Glücksspiel
        "fr": r"casinos? en ligne|machines? à sous|paris sportifs|jeux d['’]argent",  # Jeu_d'argent
        # Juego_de_azar
        "es": r"casinos? en línea|tragamonedas|tragaperras|apuestas(?: deportivas)?",
        "pt": r"cassinos?(?: online)?|caça[- ]níqueis|apostas(?: esportivas)?",  # Jogo_de_azar
        # Kumar
        "tr": (
            r"bahis|kumarhane\w*|kumar (?:siteleri|sitesi|oyun\w+|oyna\w*)|kaçak iddaa|"
            r"canlı casino|deneme bonusu|bonus veren"
        ),
        # Gra_hazardowa
        "pl": r"kasyn[oa](?: online)?|automaty do gier|zakłady bukmacherskie|hazardow\w+",
        "vi": r"nhà cái|cá cược|casino trực tuyến|cờ bạc|nổ hũ|xóc đĩa",  # Cờ_bạc
        # Азартная_игра
        "ru": r"казино|букмекер\w*|ставки (?:на спорт|онлайн)|онлайн[- ]ставки|игровые автоматы",
        "th": r"คาสิโน|สล็อต|บาคาร่า|แทงบอล|พนัน|หวย",  # การพนัน
        "ko": r"카지노|토토|바카라|슬롯|도박|먹튀",  # 도박
        "zh": r"博彩|娱乐城|彩票|赌[场博城球钱]|网赌|百家乐|老虎机",  # 赌博
        "ja": r"オンラインカジノ|カジノ|スロット|競馬予想|賭博",  # 賭博
        "ar": r"كازينو|قمار|مراهنات|رهانات",  # قمار
        "no": r"nett[ck]asino\w*|spill?eautomat\w*",  # Pengespill
        "fi": r"nettikasino\w*|pikakasino\w*|kolikkopel\w+|vedonlyön\w+",  # Uhkapeli
        "cs": r"online kasin[oa]|(?:hrací|výherní) automaty|sázky na sport",  # Hazardní_hra
        "hu": r"kaszinó\w*|nyerőgép\w*|sportfogadás\w*",  # Szerencsejáték
        "ro": r"păcănele|cazinou\w*|pariuri sportive|rotiri gratuite",  # Joc_de_noroc
        "el": r"καζίνο|φρουτάκια|στοιχήματα|στοιχηματικ\w+",  # Τυχερό_παιχνίδι
        "hi": r"कैसीनो|सट्टा|सट्टेबाजी|जुआ",  # जुआ
        "bn": r"ক্যাসিনো|বেটিং|জুয়া",  # জুয়া
        "fa": r"شرط.?بندی|کازینو|بازی انفجار",  # قمار
        "he": r"קזינו|הימורים|מכונות מזל",  # הימורים
    },
    "medicines": {
        # Pharmacy_spam
        "en": r"viagra|cialis|levitra|tramadol|steroids?|cbd (?:oil|gumm\w+)|vapes?|kratom",
    },
    "loans": {
        # Payday_loan
        "en": r"(?:payday|instant|quick) loans?|forex (?:broker|signals?)|crypto bonus",
        "id": r"pinjaman (?:online|cepat|tunai)|pinjol",  # Pinjaman_daring
        "vi": r"vay tiền(?: online)?(?: nhanh)?|vay nóng",  # Tín_dụng_đen
        "es": r"préstamos? (?:rápidos?|online)|(?:mini|micro)créditos?",  # Microcrédito
        "de": r"kredite? (?:ohne schufa|trotz)|sofortkredite?",  # Schufa
        "pl": r"chwilówk\w+|pożyczk\w+ (?:online|pozabankow\w+)",  # Chwilówka
        "ru": r"займы? (?:онлайн|на карту|без)|микро(?:займ|кредит)\w*",  # Микрокредит
    },
    "adult content": {
        "en": r"escorts?|porn\w*|xxx|sex ?cams?|hookups?|onlyfans leaks?",  # Pornography
        "id": r"bokep(?: (?:indo|jepang|viral|terbaru))?|video mesum",  # Pornografi
        "vi": r"phim (?:sex|heo|18\+)|sex (?:việt|nhật|hay)|gái gọi",  # Khiêu_dâm
        "tr": r"eskort\w*|masöz\w*",  # Pornografi
        "ru": r"порно\w*|секс[- ]видео|проститутк\w+|эскорт(?:[- ]услуги)?",  # Порнография
        "ko": r"출장 ?(?:마사지|안마|샵)|야동|유흥업소",  # 포르노그래피
        "zh": r"成人(?:视频|影片|电影|影院|网站)|色情|(?:国产|日本|亚洲)无码|约炮",  # 色情
        "ja": r"無修正|アダルト(?:動画|サイト)|エロ動画|デリヘル",  # ポルノグラフィ
        "th": r"หนังโป๊|คลิปหลุด|หนังเอ็กซ์|หนังx",  # สื่อลามก
    },
    "pirated football": {
        # https://github.com/marcelscruz/dev-resources/issues/1248
        "vi": r"bóng đá trực tuyến|xem bóng đá|xoilac|tỷ lệ kèo|kèo nhà cái",
    },
    "essays and replicas": {
        "en": (
            r"(?:essay|dissertation) writing services?|replica (?:watch|bag|handbag)\w*|"
            r"cheap (?:jerseys?|shoes|handbags?)"
        ),  # Essay_mill
    },
}
"""The words of each trade by language: regular expressions without anchors, none of them a person's
name (Kumar, Judi, Hazard). The comment at each has the article of the language's Wikipedia, or a
report of such sites; without one, it is https://github.com/jivoi/awesome-osint/issues/1126."""
_WITHOUT_BLANKS = ("ar", "bn", "fa", "he", "hi", "ja", "ko", "th", "zh")
"""Languages in which a trade's word counts inside of other words, too."""


@cache
def _pattern(*, is_spaced: bool) -> re.Pattern[str]:
    by_language = [pair for words in TRADES.values() for pair in words.items()]
    words = "|".join(one for name, one in by_language if is_spaced is (name not in _WITHOUT_BLANKS))
    return re.compile(rf"\b(?:{words})\b" if is_spaced else words)


def trades_in(text: str) -> dict[str, set[str]]:
    """The stems of each trade's words in a text; an ending or a number makes no other word."""
    lower, found = text.lower().replace("i\u0307", "i"), dict[str, set[str]]()
    spaced, others = (_pattern(is_spaced=one).findall(lower) for one in (True, False))
    for word in {*spaced, *others}:
        for trade, words in TRADES.items():
            if re.fullmatch("|".join(words.values()), word):
                stems = (one.rstrip("s0123456789")[:_STEM] for one in word.split())
                found.setdefault(trade, set()).add(" ".join(stems).strip())
    return found


def trade_of(page: ScannedPage, described: str, promised: str) -> str:
    """The trade that a page is about and the list and its link do not mention; else empty.

    `described` is what the list says, `promised` with the link's address and earlier title. The
    page's title or headings speak of the trade, and the page in two different words: one word is in
    the title of many an honest page.
    """
    spoken = trades_in(page.title_and_headings)
    if not spoken:
        return ""
    words = trades_in(f"{page.title_and_headings}\n{page.text}")
    own = {*trades_in(promised), *(one for one, near in _NEAR.items() if near.search(described))}
    others = sorted(spoken.keys() - own)
    return next((name for name in others if len(words[name]) >= _MIN_WORDS), "")


def shows_spam_trade(page: ScannedPage, before: Fingerprint | None) -> bool:
    """Whether a page is about such a trade, unlike its earlier title.

    One word in its title or headings is enough, or two different ones in its text.
    """
    if before is not None and trades_in(before.title):
        return False
    if trades_in(page.title_and_headings):
        return True
    return len(set().union(*trades_in(page.text).values())) >= _MIN_WORDS
