"""What pages show of themselves, as data: words in many languages, names in markup, hosts.

A match is never a verdict: it only says which question is worth asking next.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from staycurrent.links.page.scanner import ContentKind, ScannedPage
from staycurrent.web.address import parent_domains


def _any(*patterns: str) -> re.Pattern[str]:
    """For texts in lower case, in which a search takes half the time.

    There the capital letters of the Turkish `ı` and `i` are an `i`, and an `i` with a second dot.
    """
    return re.compile("|".join(patterns).replace("ı", "[ıi]"))


MISSING = _any(
    r"\b404\b",
    r"\b(page|file|article|document|post|item|content|resource|url|site)s? (was |is |has )?"
    r"(not|never) (been )?found",
    r"\bnot[ -]found\b",
    r"(could|can) ?(not|n?['’]t) (seem to )?(be found|find)|unable to (find|locate)",
    r"(page|content|article|post) (is not|isn['’]t) available",
    r"(does|do) ?(not|n['’]t) (exist|seem to exist)",
    r"no longer (available|exists?|here|online)",
    r"(has|have|was|were) (been )?(removed|deleted|taken down|unpublished)",
    r"no such (page|file|article|document)|nothing (was )?(here|found)|no results? found",
    r"page (is )?(missing|unavailable)|(missing|unknown|invalid) page|lost page",
    r"nicht gefunden|existiert (leider )?nicht|nicht (mehr )?(verfügbar|vorhanden)|gibt es nicht",
    r"introuvable|non trouvée?|n['’]existe (pas|plus)|plus disponible|pas été trouvée?",
    r"\bno (se )?(ha |hemos |pudo |pod\w{2,4} )?encontr(?!os?\b)|no existe|ya no está disponible",
    r"não (foi )?encontr|não existe|non (è stata )?trovat[oa]|non esiste|non è (più )?disponibile",
    r"no s['’]ha trobat|non atopad[ao]|nu (a fost găsită?|există)|nu a putut fi găsit",
    r"niet (worden )?gevonden|bestaat niet|(hittades|finns) inte|kunde inte hittas|fannst ekki",
    r"ikke (fundet|funnet)|(findes|finnes) ikke|fant ikke",
    r"nie (znaleziono|istnieje)|nie został[aoy]? znalezion|nenalezena?|neexistuje|sa nenašl[ao]",
    r"(nebyla?|nebola?) (nalezen|nájden)|(nije|није) (pronađen|пронађен)|(ne|не) (postoji|постоји)",
    r"ne obstaja|ni mogoče najti|не е (намерен|пронајден)|nem található|ei (löytynyt|löydy|leitud)",
    r"n(av|etika) atrast|nerastas|δεν (βρέθηκε|υπάρχει)",
    r"bulunamadı|mevcut deği\u0307?l|tidak (ditemukan|dijumpai)|không (tìm thấy|tồn tại)",
    r"не найден[аоы]?|не существует|страницы (больше )?нет|не знайдено|не існує",
    r"غير موجود|لم يتم العثور|(یافت|پیدا) نشد|לא נמצא|אינו קיים|नहीं मिला|পাওয়া যায়নি",
    r"(页面|頁面|网页|網頁|文章|内容)?(不存在|未找到|找不到|没有找到|走丢|已(被)?(删除|刪除))|無法找到",
    r"見つかりません|存在し(ません|ない)|は削除され|찾을 수 없|존재하지 않|삭제되었|ไม่พบ",
)
"""A page that says it is missing: every soft 404, and every article about 404 pages."""

ERROR_PATH = re.compile(
    r"(?i)/((errors?|err)?[-_/]?404([-_]?error)?|(page[-_]?)?not[-_]?found|missing[-_]page)"
    r"(\.(html?|php|aspx?|jsp))?/?$"
)
"""The end of the path of an error page."""

ABOUT_ERRORS = re.compile(
    r"(?i)404|not[-_]?found|missing[-_]page|error[-_]pages|custom\w{0,4}[-_]error"
)
"""A URL whose own subject may be an error."""

FOR_SALE = _any(
    r"(domain|website|web ?site|name|site)( name)? (is |may be |might be )?(now )?"
    r"(for|on) sale|(buy|get|acquire|purchase|own) this (premium )?(domain|website)",
    r"(?<![a-z0-9-])[a-z0-9-]{1,63}\.[a-z]{2,10} (is |may be |might be )(now )?for sale",
    r"(domain|(?<![a-z0-9-])[a-z0-9-]{1,63}\.[a-z]{2,10})( name)? is (now )?available (for|to) "
    r"(sale|purchase|buy|lease)|is offering it for sale",
    r"domain (name )?(\S{1,80} )?(has )?(expired|is parked|parked)|"
    r"parked (for )?(free|domain)|parking page",
    r"inquire about this domain|make an offer on|interested in (this|the) domain",
    r"domain (steht |ist )?(zum|zu) verkauf|domain kaufen|domaine (est )?à vendre",
    r"dom[ií]nio (está )?(en|a la|in|è in|à) (venta|vendita|venda)|compra este dominio",
    r"domein(naam)? (is )?te koop|domän(en)? är till salu|dom(æ|e)net? er til salgs?\b",
    r"(verkkotunnus|domain) on (myynnissä|myytävänä)",
    r"(domena|alan adı|domain|doména|domeniul?|tên miền)(jest|ini|je|este|này|đang|được| ){0,30}"
    r"(na sprzedaż|satılık|eladó|dijual|na (prodej|predaj|prodaju)|de vânzare|bán\b)|"
    r"satılık (domain|alan adı)",
    r"домен\w? (прода[её]тся|выставлен на прод)|купить (этот )?домен|домен прода[єе]ться|"
    r"домейнът се продава|domain πωλείται",
    r"域名[^。]{0,6}(出售|转让|轉讓)|出售[^。]{0,4}域名|網域[^。]{0,4}出售|도메인[^.]{0,6}판매",
    r"ドメイン[^。]{0,8}(売り出し|販売中|売却|売ります)|النطاق[^.]{0,12}للبيع|โดเมน.{0,8}ขาย",
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
    named = [name for name in _PARKING_NAMES if name in tags]
    if any(re.search(rf"(?<![a-z0-9-]){re.escape(name)}", tags) for name in named):
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
        "domainagents.com",
        "dynadot.com/market",
        "efty.com",
        "ename.com",
        "expireddomains.com",
        "flippa.com",
        "forsale.dynadot.com",
        "forsale.godaddy.com",
        "godaddy.com/domainsearch",
        "godaddy.com/forsale",
        "hugedomains.com",
        "mi.aliyun.com",
        "namecheap.com/market",
        "nameshift.com",
        "nicsell.com",
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
"""Hosts where domains are sold, and such folders of hosts that have other pages."""


def sells_domains(url: str) -> bool:
    """Whether a URL is where domains are sold."""
    parts = urlsplit(url)
    hosts, folder = parent_domains(parts.hostname or ""), f"{parts.path}/".split("/")[1]
    return not DOMAIN_SELLERS.isdisjoint((*hosts, *(f"{host}/{folder}" for host in hosts)))


ELSEWHERE_ONLY = _any(
    r"(not|n['’]t) (currently |yet )?(available|accessible|offered|supported) (in|from|to|at) "
    r"(your|this) (country|region|location|area|territory|jurisdiction)",
    r"(unavailable|blocked|restricted) in your (country|region|location|area)",
    r"unavailable (for|due to) legal reasons|from a country belonging to the european",
    r"in (deinem|ihrem|deiner|ihrer) (land|region) nicht verfügbar",
    r"(\b(pas|plus|non?|não)( \w+){0,2} |\bin)("
    r"disponible (dans votre (pays|région)|en (tu|su) (país|región|zona))|"
    r"disponibile nel tuo paese|disponível (no seu país|na sua região))",
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
    r"\b(log|sign)[ -]?(in|on)\b|\banmeld(en|ung)\b|\beinloggen\b|\bconnexion\b|s['’]identifier",
    r"se connecter|iniciar sesión|\bacceder\b|\bentrar\b|\baccedi\b|\b(aanmelden|inloggen)\b",
    r"\blogga in\b|\blogg? in[dn]\b|kirjaudu|zaloguj|logowanie|přihlá(sit|šení)|bejelentkez",
    r"gi\u0307?ri\u0307?ş yap|oturum aç|đăng nhập|войти|вход|увійти",
    r"登录|登入|ログイン|로그인|تسجيل الدخول|התחבר",
)
"""A page that asks for a name and a password."""

SIGN_UP = _any(
    r"\bsign[ -]?up\b|\bregist(er|ration)\b|\bcreate (an |your )?account|\bmembers? (area|only)\b",
    r"\bunauthori[sz]ed\b|\bjoin (us|now)\b|\bsubscribe to\b",
)
"""The title of a page that asks for an account; of others too."""

GATE_PATH = re.compile(
    r"(?i)/((?:wp-|web)?log[-_]?(in|on)(-?_?(form|page|required|redirect))?|"
    r"sign[-_]?[io]n(-oidc|-callback)?|sessions?/new|authwall|service-?login|special:userlog[io]n|"
    r"anmelden|connexion|accedi|inici(ar|o)-(de-)?sesi[oó]n|"
    r"oauth2?/(v\d/)?auth\w{0,9}|connect/authorize|saml2?|shibboleth\.sso|adfs/ls|my\.(policy|logon)|"
    r"openid-connect|cookie-?(wall|check|consent|absent)|age-?(gate|check|verification)|"
    r"geo-?(block|blocked|restricted)|(country|region)-?not-?(available|supported)|vpn-?detected|"
    r"un-?supported-?browser|(update|upgrade)-?(your-?)?browser|access-?denied|paywall|robot-?check|"
    r"waiting-?room|(select|choose)-(your-)?(country|region|location)|(show|validate)captcha|"
    r"(request-?|you-are-)?blocked|sorry/index|bots?-?(check|challenge|detected|detection|blocked)|"
    r"human-?(check|verification)|are-you-(a-)?(human|robot)|not-a-robot|rate-?limit(ed)?|"
    r"(enable|no)-?(cookies?|javascript|js)|(cookies?|javascript|js)-?(required|disabled)|"
    r"browser-?(check|not-?supported|update|upgrade)|too-?many-?requests|security-?(check|challenge)|"
    r"splashui/challenge|distil_r_\w{1,20}|"
    r"cdn-cgi/(access|challenge-platform)|\.well-known/\w{0,5}captcha)(?=[/?#;.]|$)"
)
"""The URL of a login, consent or age check in front of the content."""

DOUBTFUL_GATE_PATH = re.compile(
    r"(?i)/(sso|auth|oauth2?|authorize|authenticat(e|ion)|cas|idp|consent|gdpr|captcha|challenge|"
    r"verify|verification|forbidden|sign[-_]?up)(?=[/?#;.]|$)"
)
"""Such a URL, or that of a page about a login or a captcha."""

GATE_HOST = re.compile(
    r"(?i)(log-?in|sign-?in|sso|auth|idp|id|accounts?|cas|consent|passport|captcha)\."
)
"""The beginning of a host that may have nothing but gates."""

RETURN_QUERY = re.compile(
    r"(?i)[?&#](redirect(_?(to|ur[il]))?|return_?(to|ur[il])?|continue|next|(os_)?dest(ination)?|"
    r"back_?to|goto|came_from|done|callback_?ur[il])=([^&#]{1,2000})"
)
"""The part of a URL that says where to go after a gate."""

DOCUMENTS_PATH = re.compile(
    r"(?i)/(docs?|documentation|manuals?|handbook|guides?|references?|api-?docs|learn|developers?|"
    r"cli|commands?|cmd|components?|templates?|tags?|categor(y|ies)|latest|stable|"
    r"tutorials?|how-?tos?|examples?|cookbook|faqs?|kb|wikis?|blogs?|posts?|articles?|news|topics?|"
    r"products?|features?|solutions|plugins?|packages?|library|libraries|modules?|"
    r"integrations?|extensions|concepts|glossary|essays?|papers?|books?|chapters?|courses?|specs?|"
    r"standards?|rfcs?|http|status(es|-codes?)?|codes?|troubleshooting|stories|(19|20)\d\d)(?=/)"
)
"""A folder of texts and products, which may be about logins, captchas and errors."""

VIEWER = re.compile(
    r"citation_pdf_url|citation_title|application/pdf|pdf\.?js|pdfobject|"
    r"<?(embed|iframe|object) [^\n]{0,300}\.pdf\b"
)
"""The tags of a page that shows or announces a PDF."""
VIEWER_PATH = re.compile(
    r"(?i)/(blob|viewer?|viewerng|gview|preview|reader|epdf|pdfviewer|browse|browser|tree|entry|"
    r"attachments?|artifact|src/(branch|commit|tag)|file/d|scl/fi|viewvc|details|finfo|"
    r"file/(tip|default)|:\w:)/|/view/head:|/(wiki|w|index\.php)/[^/:]{1,30}:|"
    r"//(www\.)?(dropbox|box|scribd|slideshare|speakerdeck|issuu)\.(com|net)/|/src/[^/]{1,100}/|"
    r"[?&](file|pdf|url|path|f|dl)="
)
"""The URL of such a page: code hosts, wikis and stores of files show one for each file."""

ROBOTS_HINT = re.compile(
    r"(?i)\b((ro)?bots?|captcha|human|javascript|cookies|browser|verify\w*|verification|firewall|"
    r"challenge|automated|security check|request id|ray id|support id|incident id|under attack|"
    r"ddos|waiting room|in line|hold on|(please|just) (wait|checking)|"
    r"subscribe to (continue|read|keep)|free articles|your (country|region)|"
    r"accept (our|the) terms)\b|"
    r"проверк|робот|验证|安全检查|ボット|セキュリティ|로봇|보안 ?확인|roboter|überprüf\w+|"
    r"vérifi\w+|verifica\w*|contrôle de sécurité|güvenlik kontrol|weryfikacj"
)
"""The subjects of short pages that stop robots in words that nobody has listed."""

_MAINTENANCE = (
    r"(maintenance|wartung|onderhoud|underhåll|vedli[gk]ehold(else)?|údržb[aeěuy]|karbantartás|"
    r"συντήρησης?|mantenimiento|manteniment|manuten[çc][ãa]o|manutenzione|konserwacj[aię]|bakım|"
    r"bảo trì|обслуживани[ие]|维护|維護|メンテナンス|점검)"
)
"""Of the site or, on a living page, of machines, houses and peace."""
_FOR_MAINTENANCE = (
    r"(under(going)?|performing|doing( some)?|carrying out|due to|in|(web ?)?site|system|server|"
    r"service|platform|(down|closed|offline|out|unavailable) for|scheduled|planned|heavy|ongoing|"
    r"routine|regular|emergency|urgent|essential|"
    r"en|em|pour|(cours|cause|op[ée]ration) de|wegens?|geplante|technische|"
    r"gepland|technisch|bezig met|gesloten voor|even( voor)?|"
    r"på grund a[vf]|på grunn av|genomgår|planerat|planlagt|tekniskt|utfører|"
    r"(stängt|nere) för|(lukket|stengt|nede) for|"
    r"probíhá|prebieha|plánovaná|technická|důvodu|v|trwa|trakcie|w|planlı|на|"
    r"σε|υπό|λόγω|για|εργασίες|đang( được)?|thông báo)"
)
"""What comes before the word on a page that is closed."""
CLOSED = _any(
    rf"(?m:(^|[-|:–—] ?){_MAINTENANCE} ?([!.…(]|$|[-|:–—]))",  # nothing else in a heading
    rf"\b{_FOR_MAINTENANCE} {_MAINTENANCE}\b(?! d[eiu]\b| of\b)",
    r"maintenance (mode|page|break|window|work|notice|underway|in progress|en cours|du site|"
    r"technique|programmée|planifiée)|(mode|page de) maintenance|maintenance, please|"
    r"(mantenimiento|manutenção|manutenzione) (programm?a[dt][ao]|in corso)",
    r"\bwartungs(arbeit|fenster|hinweis|mod|pause|sei)|wartung (läuft|de[rs] (web|s[ei]))",
    r"onderhouds(werk|mod|pagina)|onderhoud (aan )?(de )?website|huoltokatko",
    r"underhåll(sarbete|släge)|(underhåll|vedlikehold) pågår|vedlikeholdsarbeid",
    r"underhåll av (webb|sajt)|údržb[ay] (webu|str[áa]n|syst[ée]mu|serveru)",
    r"karbantartás (alatt|folyik|miatt)|karbantartási munk|karbantartást végz",
    r"konserwacja (serw|stron|system)|(prace|przerwa) konserwacyjn",
    r"bakım (aralığı|arası|aşama|çalış|modu|neden)|bakımda(yız|dır)?\b",
    r"технически\w{1,3} работ|технічні роботи|bảo trì (hệ thống|website|trang web)",
    r"(站|系统|系統|服务器|伺服器|升级|停机|正在|进行|例行|定期|临时|暂停)(维护|維護)",
    r"(维护|維護)(中|公告|通知|页面|升级)",
    r"(サイト|システム|サーバー?|定期|緊急|臨時)メンテナンス|"
    r"メンテナンス(中|のお知らせ|のため|を行|作業|実施)",
    r"(서버|시스템|사이트|홈페이지|서비스|정기|긴급|임시) ?점검|점검 ?(중|안내|시간)",
    r"\b(be|we['’]re) (right )?back\b|\bback (soon|shortly|online)\b|coming soon",
    r"under construction|temporarily (unavailable|closed|offline|down)|service unavailable",
    r"\b(en construc(tion|ción|ció)|em construção|in costruzione|im aufbau)\b",
    r"\bserver error\b|\bunexpected error\b|something went wrong|try again later",
    r"gleich (wieder )?zurück|bientôt de retour|建设中|準備中",
    r"establishing a database connection|\bdatabase (connection )?error\b",
    r"\bwelcome to nginx\b|\bapache2? .{0,20}default page\b",
)
"""The title or heading of a page that stands for a site until it is back."""

UNATTENDED = _any(
    r"\b(account|domain|web ?site|site)( name)? (has been |is |was )?(suspended|disabled)\b",
    r"\bverification suspension\b|site (has )?expired\b|(domain( name)?|site) has been seized\b",
    r"\bdefault web (site )?page\b|\ba brand new domain\b|\bawesome idea still being worked on\b",
    r"\bfuture home of (something quite|(\w[\w-]*\.)+[a-z]{2})|"
    r"\w\.[a-z]{2,10} is parked (with|on|at|by)\b",
    r"\bdomain (name )?(has been|was|is) (recently |just |already )?registered\b|"
    r"\bregistered (at|with|by) (namecheap|network solutions)",
    r"domain (ist bereits registriert|wurde gerade freigeschaltet)|domaine a bien été créé|"
    r"dominio è stato registrato",
)
"""What hosts and registrars show in the place of a site that is gone or was never there."""
_NEW_SERVER = re.compile(
    r"(?i)(welcome to (nginx|openresty|tengine)( on \w+)?|iis( ?\d+|( \d+)? windows.*)|caddy works|"
    r"apache2? (\w+ )?default page.*|(http server )?test page (for|powered by) .*|"
    r"web server['’]s default page)!?"
)
"""The title of what a server shows that was installed and never set up."""


@dataclass(frozen=True, slots=True)
class PageSignals:
    """What a page shows that is worth a question; none of it is a verdict."""

    says_missing: bool = False
    for_sale: bool = False
    parking_markup: bool = False
    is_short: bool = False
    needs_scripts: bool = False
    """The page has scripts instead of words."""
    speaks_of_robots: bool = False
    """A short page, or the title of a longer one, has words of those that stop robots."""
    says_closed: bool = False
    """The title or a heading of a short page says that the site is closed for now, or so it is."""
    unattended: bool = False
    """A short page is one of those that hosts and registrars show without a site."""
    new_server: bool = False
    """It is the page of a server that was never set up."""
    drifted: bool = False
    """Neither title nor text is what two successful checks agreed on."""
    spam_trade: bool = False
    """It speaks of a trade of usurpers, and did not before; known where it has drifted, and where
    nothing is known of the entry."""
    lacks_promised_pdf: bool = False
    """A plain page was sent where a PDF was expected."""
    elsewhere: bool = False
    """It was redirected to another owner's domain, to a page that is not about the entry."""
    trade: str = ""
    """The trade of those who take over lapsed domains that the page is about; usually empty."""
    unlike: bool = False
    """The page has hardly a word of the entry's description; known if something else is odd."""
    nameless: bool = False
    """No name of the entry is in its title, headings and descriptions."""


def signals_of(page: ScannedPage) -> PageSignals:
    """What a page shows by itself, without a comparison."""
    prominent = page.prominent_text.lower()
    robots = prominent if page.is_short else page.title
    unattended = page.is_short and UNATTENDED.search(prominent) is not None
    is_odd = page.is_interstitial and not unattended
    is_closed = page.is_short and CLOSED.search(page.title_and_headings.lower()) is not None
    return PageSignals(
        says_missing=MISSING.search(prominent) is not None,
        for_sale=FOR_SALE.search(prominent) is not None,
        parking_markup=has_parking_markup(page.tags),
        is_short=page.is_short,
        needs_scripts=page.kind is ContentKind.HTML and page.has_scripts and page.is_short,
        speaks_of_robots=is_odd and ROBOTS_HINT.search(robots) is not None,
        says_closed=is_closed or unattended,
        unattended=unattended,
        new_server=_NEW_SERVER.fullmatch(page.title) is not None,
    )
