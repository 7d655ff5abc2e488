"""What pages show of themselves, as data: words in many languages, names in markup, hosts.

A match is never a verdict: it only says which question is worth asking next.
"""

import re


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
"""A page that says it is missing: every soft 404, and every article about 404 pages."""

ERROR_PATH = re.compile(
    r"(?i)/((errors?|err)?[-_/]?404([-_]?error)?|(page[-_]?)?not[-_]?found|missing[-_]page)"
    r"(\.(html?|php|aspx?|jsp))?/?$"
)
"""The end of the path of an error page."""

FOR_SALE = _any(
    r"(domain|website|web ?site|name|site)( name)? (is |may be |might be )?(now )?"
    r"(for|on) sale|(buy|get|acquire|purchase|own) this (premium )?(domain|website)",
    r"(?<![a-z0-9-])[a-z0-9-]{1,63}\.[a-z]{2,10} (is |may be |might be )(now )?for sale",
    r"domain (name )?(has )?(expired|is parked|parked)|parked (free|domain)|parking page",
    r"inquire about this domain|make an offer on|interested in (this|the) domain",
    r"(diese )?domain (steht )?(zum|zu) verkauf|domain kaufen|domaine est à vendre",
    r"dominio (está )?(en venta|in vendita|à venda)|domein (is )?te koop|домен продаётся|域名出售",
)
"""A domain without an owner's site: parking pages, and articles about them."""

_PARKING_NAMES = (
    "sedoparking.com",
    "parkingcrew.net",
    "parklogic.com",
    "bodis.com",
    "above.com/",
    "skenzo.com",
    "d38psrni17bvxu.cloudfront.net",
    "cashparking.com",
    "parking.namesilo.com",
    "hugedomains.com",
    "afternic.com",
    "dan.com/",
    "uniregistry.com",
    "smartname.com",
    "fabulous.com",
    "parkingpage.namecheap.com",
    "voodoo.com",
    "domainmarket.com",
    "buydomains.com",
    "rookdns.com",
)
_PARKING_PATHS = ("adsense/domains/caf.js", "img1.wsimg.com/parking", "parking-lander")
_PARKING_SCRIPT = re.compile(r"[\"']/lander\b|window\.park\b")


def has_parking_markup(tags: str) -> bool:
    """Whether lower-case tags name what parking services put into the pages that they serve."""
    # Substrings first: one expression of all names takes five times as long on each page.
    if any(
        re.search(rf"(?<![a-z0-9-]){re.escape(name)}", tags)
        for name in _PARKING_NAMES
        if name in tags
    ):
        return True
    if any(path in tags for path in _PARKING_PATHS):
        return True
    return ("/lander" in tags or "window.park" in tags) and bool(_PARKING_SCRIPT.search(tags))


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
"""Hosts where domains are sold."""

SPAM_TRADES = re.compile(
    r"\b(?:casinos?\b|slots? ?(online|games?|machines?|gacor|\d{2,})|poker\b|baccarat\b|"
    r"roulette\b|jackpots?\b|"
    r"(sports?|football|online) ?(book|betting|bets?)\b|bookmakers?\b|gambling\b|"
    r"(judi|togel|gacor|bandar|taruhan|sbobet|pragmatic play|bahis|rtp live)\b|"
    r"(viagra|cialis|levitra|tramadol|steroids?|cbd (oil|gumm\w+)|vapes?|kratom)\b|"
    r"(payday|instant|quick) loans?\b|forex (broker|signals?)\b|crypto (bonus|casino)\b|"
    r"(escorts?|porn\w*|xxx|sex ?cams?|hookups?)\b|(essay|dissertation) writing service|"
    r"replica (watch|bag|handbag)\w*|cheap (jerseys?|shoes|handbags?)\b)|"
    r"казино|ставки|博彩|娱乐城|彩票|赌"
)
"""What is sold on lapsed domains that somebody bought for their name; for lower-case text."""

CHALLENGE_TITLE = re.compile(
    r"(?i)\s*(just a moment|attention required|access denied|ddos-guard|are you (a )?(robot|human)|"
    r"(please )?verify (you are|that you are|you're) (a )?human|security check|"
    r"checking your browser|captcha|bot verification|making sure you're not a bot|"
    r"pardon our interruption|robot check|one moment,? please|you have been blocked|"
    r"human verification|request (blocked|rejected|unsuccessful)|"
    r"access to this page has been denied|安全验证|人机验证)"
)
"""The beginning of the title of a page that stops robots."""

CHALLENGE = _any(
    r"enable javascript and cookies to continue|checking (if the site connection|your browser)",
    r"verify(ing)? (that )?you(['’]re| are) (a )?human|(not|are you) a robot|unusual traffic from",
    r"complete the (security|captcha)|press (&|and) hold|ddos protection by|solve th(e|is) captcha",
    r"review the security of your connection|bot detection|automated (requests|queries|traffic)",
    r"(kein|bist du ein) roboter|pas un robot|no (eres|soy) un robot|ロボットではありません",
    r"请完成.{0,6}验证",
)
"""The words of a short page that stops robots."""

CHALLENGE_MARKUP = re.compile(
    r"g-recaptcha|h-captcha|cf-turnstile|challenge-platform|px-captcha|_incapsula_resource|"
    r"captcha-delivery\.com|awswafintegration|/_sec/cp_challenge|anubis_challenge|/\.within\.website/"
)
"""What the tags of such a page name."""

ELSEWHERE_ONLY = _any(
    r"(not|n['’]t) (currently |yet )?(available|accessible|offered|supported) (in|from|to|at) "
    r"(your|this) (country|region|location|area|territory|jurisdiction)",
    r"(unavailable|blocked|restricted) in your (country|region|location|area)",
    r"unavailable (for|due to) legal reasons|from a country belonging to the european",
    r"in (deinem|ihrem|deiner|ihrer) (land|region) nicht verfügbar",
    r"disponible (dans votre (pays|région)|en (tu|su) (país|región|zona))",
    r"(disponibile nel tuo paese|disponível (no seu país|na sua região))",
    r"недоступ\w{1,4} в ваше[йм] (стране|регионе)|(您|你)所在的?(国家|地区|國家|地區)",
    r"お住まいの(国|地域)",
)
"""A page that is not available where we are."""

CONSENT = _any(
    r"^(before you continue|bevor (sie|du) fortf|avant (de continuer|d['’]accéder))",
    r"(accept|enable|allow) (all )?cookies (to|in order to|in your browser|before)",
    r"cookies (must|need to) be (enabled|accepted)",
)
"""A page that asks for consent first."""

LOG_IN = _any(
    r"\b(log|sign)[ -]?(in|on)\b|\banmelden\b|\beinloggen\b|\bconnexion\b|iniciar sesión",
    r"\baccedi\b|\baanmelden\b|\blogga in\b|zaloguj|войти|вход|登录|登入|ログイン|로그인",
)
"""A page that asks for a name and a password."""

GATE_PATH = re.compile(
    r"(?i)/(log-?in|sign-?in|signon|sso|auth|oauth2?|authorize|saml2?|cas|consent|idp|"
    r"cookie-?(wall|check|consent)|gdpr|age-?(gate|check|verification)|captcha|challenge|verify|"
    r"geo-?(block|blocked|restricted)|unsupported-?browser|access-?denied|forbidden|paywall|"
    r"robot-?check|waiting-?room|(select|choose)-(your-)?(country|region|location))"
    r"(?=[/?.]|$)|[?&](redirect_to|return_to|returnurl|continue|next)="
)
"""A URL of a login, consent, age or captcha page in front of the content."""

VIEWER = re.compile(
    r"citation_pdf_url|citation_title|application/pdf|pdf\.?js|pdfobject|"
    r"<?(embed|iframe|object) [^\n]{0,300}\.pdf\b"
)
"""The tags of a page that shows or announces a PDF."""
VIEWER_PATH = re.compile(r"(?i)/(blob|viewer?|preview|reader|epdf|pdfviewer)/|[?&](file|pdf|url)=")
"""The URL of such a page."""
