"""A pattern that is sought in every page, behind the words of which one stands in all it finds."""

import re
from collections.abc import Collection, Iterator
from itertools import product

from staycurrent.links.page.scanner import split_words


class PrefilteredPattern:
    """A compiled pattern for texts in lower case; most texts have none of its words.

    `bears` are words and parts of them, found at nearly the speed of memory; a pattern of many
    branches is tried at each letter. Where there are dozens of them, that is still the larger part
    of what a page costs: `begins` are those with which, as whole words, a match begins, alone or
    with more words behind. They are met among the words of a page, which are known.
    """

    def __init__(
        self, pattern: str, *, bears: tuple[str, ...], begins: tuple[str, ...] = ()
    ) -> None:
        self.pattern = re.compile(pattern)
        self._bears = bears
        self._begins: dict[str, list[str]] = {}
        for phrase in begins:
            self._begins.setdefault(phrase.partition(" ")[0], []).append(phrase)
        self._firsts = frozenset(self._begins)
        """Their first words; a set is met by words in half the time that it takes a mapping."""

    def search(self, text: str) -> re.Match[str] | None:
        """The first place that fits, as `re.Pattern.search`."""
        return self.pattern.search(text) if self._is_borne(text, None) else None

    def finditer(self, text: str, words: Collection[str] | None = None) -> Iterator[re.Match[str]]:
        """Every place that fits, as `re.Pattern.finditer`; `words` are `words_in` that text."""
        return self.pattern.finditer(text) if self._is_borne(text, words) else iter(())

    def may_stand_in(self, text: str, words: Collection[str]) -> bool:
        """Whether it is worth seeking; in this text the blanks need not be run together."""
        borne = any(map(text.__contains__, self._bears))
        return borne or not self._firsts.isdisjoint(words)

    def _is_borne(self, text: str, words: Collection[str] | None) -> bool:
        if any(map(text.__contains__, self._bears)):
            return True
        if not self._begins:
            return False
        met = self._firsts & frozenset(split_words(text) if words is None else words)
        return any(phrase in text for word in met for phrase in self._begins[word])


def each_of(*parts: str) -> tuple[str, ...]:
    """Every way to put together one word of each part; the words of a part stand between `|`."""
    return tuple("".join(words) for words in product(*(part.split("|") for part in parts)))


# No sign is a verdict: each only says which question is worth asking next.


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


MISSING = _any(
    r"\b404\b",
    r"\b(page|file|article|document|post|item|content|resource|url|site)s? (was |is |has )?"
    r"(not|never) (been )?found",
    r"\bnot[ -]found\b",
    r"(could|can) ?(not|n?['’]t) (be found|find)",
    r"(does|do) ?(not|n['’]t) (exist|seem to exist)",
    r"no longer (available|exists?|here|online)",
    r"(has|have|was|were) (been )?(removed|deleted|taken down|unpublished)",
    r"no such (page|file|article|document)|nothing (was )?(here|found)|no results? found",
    r"page (is )?(missing|unavailable)|(missing|unknown|invalid) page|lost page",
    r"nicht gefunden|existiert (leider )?nicht|nicht (mehr )?(verfügbar|vorhanden)|gibt es nicht",
    r"introuvable|non trouvée?|n['’]existe (pas|plus)|plus disponible|pas été trouvée?",
    r"no encontrad[oa]|no existe|no se (ha )?(encontr|pudo encontrar)|ya no está disponible",
    r"não (foi )?encontrad[oa]|não existe|non (è stata )?trovat[oa]|non esiste",
    r"niet gevonden|bestaat niet|hittades inte|finns inte|ikke (fundet|funnet)|findes ikke",
    r"nie (znaleziono|istnieje)|nenalezena?|neexistuje|nem található|ei (löytynyt|löydy)",
    r"bulunamadı|mevcut değil|tidak ditemukan|không (tìm thấy|tồn tại)|δεν βρέθηκε",
    r"не найден[аоы]?|не существует|не знайдено|не існує|غير موجود|لم يتم العثور|לא נמצא",
    r"(页面|頁面|网页|網頁|文章|内容)?(不存在|未找到|找不到|没有找到|已(被)?(删除|刪除))|無法找到",
    r"見つかりません|存在しません|찾을 수 없|존재하지 않|ไม่พบ",
)
"""A page that is not there, said by a page that is; what every soft 404 says, and every article
about 404 pages."""

ERROR_PATH = re.compile(
    r"(?i)/((errors?|err)?[-_/]?404([-_]?error)?|(page[-_]?)?not[-_]?found|missing[-_]page)"
    r"(\.(html?|php|aspx?|jsp))?/?$"
)
"""The end of a path that is named after what is not there."""

FOR_SALE = _any(
    r"(domain|website|web ?site|name|site)( name)? (is |may be |might be )?(now )?"
    r"(for|on) sale|(buy|get|acquire|purchase|own) this (premium )?(domain|website)",
    r"\b[a-z0-9-]+\.[a-z]{2,10} (is |may be |might be )(now )?for sale",
    r"domain (name )?(has )?(expired|is parked|parked)|parked (free|domain)|parking page",
    r"inquire about this domain|make an offer on|interested in (this|the) domain",
    r"(diese )?domain (steht )?(zum|zu) verkauf|domain kaufen|domaine est à vendre",
    r"dominio (está )?(en venta|in vendita|à venda)|domein (is )?te koop|домен продаётся|域名出售",
)
"""A domain that has nobody: said by parking pages, and by whoever writes about them."""

PARKING_MARKUP = PrefilteredPattern(
    r"(?<![a-z0-9-])(sedoparking\.com|parkingcrew\.net|parklogic\.com|bodis\.com|above\.com/|"
    r"skenzo\.com|d38psrni17bvxu\.cloudfront\.net|cashparking\.com|parking\.namesilo\.com|"
    r"hugedomains\.com|afternic\.com|dan\.com/|uniregistry\.com|smartname\.com|fabulous\.com|"
    r"parkingpage\.namecheap\.com|voodoo\.com|domainmarket\.com|buydomains\.com|rookdns\.com)|"
    r"adsense/domains/caf\.js|img1\.wsimg\.com/parking|parking-lander|[\"']/lander\b|"
    r"window\.park\b",
    bears=each_of(
        "parking|parklogic|bodis.com|above.com/|skenzo.com|d38psrni17bvxu|hugedomains.com|"
        "afternic.com|dan.com/|uniregistry.com|smartname.com|fabulous.com|voodoo.com|"
        "domainmarket.com|buydomains.com|rookdns.com|adsense/domains/|/lander|window.park"
    ),
)
"""What parking services put into the tags of the pages that they fill; no living page has it."""

DOMAIN_SELLERS = frozenset(
    (
        "afternic.com",
        "atom.com",
        "bodis.com",
        "brandbucket.com",
        "buydomains.com",
        "dan.com",
        "domaineasy.com",
        "domainmarket.com",
        "efty.com",
        "expireddomains.com",
        "flippa.com",
        "forsale.dynadot.com",
        "forsale.godaddy.com",
        "hugedomains.com",
        "nameshift.com",
        "parkingcrew.net",
        "perfectdomain.com",
        "saw.com",
        "sedo.com",
        "sedo.de",
        "sedoparking.com",
        "squadhelp.com",
        "undeveloped.com",
        "uniregistry.com",
    )
)
"""Hosts where domains are sold; a redirect to one of them has nobody behind it."""

SPAM_TRADES = PrefilteredPattern(
    r"\b(?:casinos?\b|slots? ?(online|games?|machines?|gacor|\d{2,})|poker\b|baccarat\b|"
    r"roulette\b|jackpots?\b|"
    r"(sports?|football|online) ?(book|betting|bets?)\b|bookmakers?\b|gambling\b|"
    r"(judi|togel|gacor|bandar|taruhan|sbobet|pragmatic play|bahis|rtp live)\b|"
    r"(viagra|cialis|levitra|tramadol|steroids?|cbd (oil|gumm\w+)|vapes?|kratom)\b|"
    r"(payday|instant|quick) loans?\b|forex (broker|signals?)\b|crypto (bonus|casino)\b|"
    r"(escorts?|porn\w*|xxx|sex ?cams?|hookups?)\b|(essay|dissertation) writing service|"
    r"replica (watch|bag|handbag)\w*|cheap (jerseys?|shoes|handbags?)\b)|"
    r"казино|ставки|博彩|娱乐城|彩票|赌",
    bears=(
        *each_of("slot|slots", "online|game|machine|gacor"),
        *("porn", "казино", "ставки", "博彩", "娱乐城", "彩票", "赌"),
    ),
    begins=(
        *each_of("casino|slot|jackpot|bookmaker|steroid|vape|escort|hookup|sexcam", "|s"),
        *each_of(
            "poker|baccarat|roulette|gambling|judi|togel|gacor|bandar|taruhan|sbobet|"
            "bahis|rtp live|pragmatic play|viagra|cialis|levitra|tramadol|cbd oil|cbd gumm|kratom|"
            "forex broker|forex signal|crypto bonus|crypto casino|xxx|sex cam"
        ),
        *each_of("sport|sports|football|online", "| ", "book|bet|bets|betting"),
        *each_of("payday|instant|quick", " loan"),
        *each_of("essay|dissertation", " writing service"),
        *each_of("replica ", "watch|bag|handbag"),
        *each_of("cheap ", "jersey|shoes|handbag"),
    ),
)
"""What those trade in who buy other people's lapsed domains. Sought in the whole text of every
page, so it is for lower case and has one word's edge for all: that takes a tenth of the time."""

CHALLENGE_TITLE = re.compile(
    r"(?i)\s*(just a moment|attention required|access denied|ddos-guard|are you (a )?(robot|human)|"
    r"(please )?verify (you are|that you are|you're) (a )?human|security check|"
    r"checking your browser|captcha|bot verification|making sure you're not a bot|"
    r"pardon our interruption|robot check|one moment,? please|you have been blocked|"
    r"human verification|request (blocked|rejected|unsuccessful)|"
    r"access to this page has been denied|安全验证|人机验证)"
)
"""How the title of a page begins that stops robots."""

CHALLENGE = _any(
    r"enable javascript and cookies to continue|checking (if the site connection|your browser)",
    r"verify(ing)? (that )?you(['’]re| are) (a )?human|(not|are you) a robot|unusual traffic from",
    r"complete the (security|captcha)|press (&|and) hold|ddos protection by|solve th(e|is) captcha",
    r"review the security of your connection|bot detection|automated (requests|queries|traffic)",
    r"(kein|bist du ein) roboter|pas un robot|no (eres|soy) un robot|ロボットではありません",
    r"请完成.{0,6}验证",
)
"""What it says where it is short."""

CHALLENGE_MARKUP = re.compile(
    r"g-recaptcha|h-captcha|cf-turnstile|challenge-platform|px-captcha|_incapsula_resource|"
    r"captcha-delivery\.com|awswafintegration|/_sec/cp_challenge|anubis_challenge|/\.within\.website/"
)
"""What its tags name."""

ELSEWHERE_ONLY = _any(
    r"(not|n['’]t) (currently |yet )?(available|accessible|offered|supported) (in|from|to|at) "
    r"(your|this) (country|region|location|area|territory|jurisdiction)",
    r"(unavailable|blocked|restricted) in your (country|region|location|area)",
    r"unavailable (for|due to) legal reasons|from a country belonging to the european",
    r"in (deinem|ihrem|deiner|ihrer) (land|region) nicht verfügbar",
    r"disponible (dans votre (pays|région)|en (tu|su) (país|región|zona))",
    r"(disponibile nel tuo paese|disponível (no seu país|na sua região))",
    r"недоступ\w+ в ваше[йм] (стране|регионе)|(您|你)所在的?(国家|地区|國家|地區)",
    r"お住まいの(国|地域)",
)
"""A page that is for others than us."""

CONSENT = _any(
    r"^(before you continue|bevor (sie|du) fortf|avant (de continuer|d['’]accéder))",
    r"(accept|enable|allow) (all )?cookies (to|in order to|in your browser|before)",
    r"cookies (must|need to) be (enabled|accepted)",
)
"""A page that wants a consent first."""

LOG_IN = _any(
    r"\b(log|sign)[ -]?(in|on)\b|\banmelden\b|\beinloggen\b|\bconnexion\b|iniciar sesión",
    r"\baccedi\b|\baanmelden\b|\blogga in\b|zaloguj|войти|вход|登录|登入|ログイン|로그인",
)
"""A page that wants a name and a password."""

GATE_PATH = re.compile(
    r"(?i)/(log-?in|sign-?in|signon|sso|auth|oauth2?|authorize|saml2?|cas|consent|idp|"
    r"cookie-?(wall|check|consent)|gdpr|age-?(gate|check|verification)|captcha|challenge|verify|"
    r"geo-?(block|blocked|restricted)|unsupported-?browser|access-?denied|forbidden|paywall|"
    r"robot-?check|waiting-?room|(select|choose)-(your-)?(country|region|location))"
    r"(?=[/?.]|$)|[?&](redirect_to|return_to|returnurl|continue|next)="
)
"""In the path or query of a redirect's end: not the thing, but a door before it."""

VIEWER = re.compile(
    r"citation_pdf_url|citation_title|application/pdf|pdf\.?js|pdfobject|"
    r"<?(embed|iframe|object) [^\n]{0,300}\.pdf\b"
)
"""In the tags of a page that shows a PDF, or that stands before one."""
VIEWER_PATH = re.compile(r"(?i)/(blob|viewer?|preview|reader|epdf|pdfviewer)/|[?&](file|pdf|url)=")
"""In the address of one."""
