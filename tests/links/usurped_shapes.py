# ruff: noqa: E501 -- texts of pages
"""What is usurped and what is honest, as data: an entry, what its link serves, and its registry.

`HELD_OUT` was written after the rules, which were not changed for it.
"""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Shape:
    """One link: what the list says of it, and what comes."""

    name: str
    title: str
    description: str
    page: str
    """Title and text of the page, with ` | ` between them."""
    to: str = ""
    """Where it is redirected for good; empty: its own host answers."""
    own: str = ""
    """The link; empty: made of the title."""
    registered: str = "2012-03-04"
    """Since when the registry has the domain, empty if it says nothing; the line is of 2023."""
    servers: str = "ns1.dns.example"
    before: str = ""
    """The page of the line's time, in the same form, where an archive has it."""

    @property
    def url(self) -> str:
        """The link's URL."""
        name = "".join(sign for sign in self.title.lower() if sign.isascii() and sign.isalnum())
        return self.own or f"https://{name}.example/"

    @property
    def since(self) -> date:
        """The date of the registration."""
        return date.fromisoformat(self.registered or "1995-01-01")


NEW = "2026-08-01"
CASINO = (
    "play now and win with our live casino, the best slots online, poker and roulette tables with a "
    "welcome bonus for every new player, fast withdrawals and support day and night"
)
SLOT = (
    "daftar situs judi slot online gacor terpercaya hari ini dengan rtp live tertinggi dan maxwin "
    "deposit pulsa tanpa potongan bersama agen bola sbobet resmi"
)
SHOP = (
    "handmade pralines and truffles from our family workshop delivered to your door in a wooden "
    "gift box with a handwritten card and free delivery on orders over fifty euros"
)
SALE = "this domain is for sale: buy this domain now, make an offer on this domain"

USURPED = (
    Shape(
        "slots on its own host",
        "Reposearch",
        "Searches source code repositories.",
        f"Situs Slot Gacor Online | {SLOT}",
    ),
    Shape(
        "a casino behind a redirect",
        "ChangeDetect",
        "Monitors any page for changes.",
        f"Live Casino and Slots Online | {CASINO}",
        "https://choc.example/win",
    ),
    Shape(
        "an Italian list of casinos",
        "RSS Micro",
        "RSS feed search engine.",
        "Casino non AAMS: i migliori casino online | scommesse e giochi d'azzardo senza licenza",
        "https://lista.example/casino",
    ),
    Shape(
        "an unrelated product",
        "Image Raider",
        "Reverse image search for photographers.",
        "Wolf vacuum cleaners | powerful cleaning for carpets and hard floors with a two year guarantee and spare bags for every model we sold",
        "https://wolf.example/p",
        registered=NEW,
    ),
    Shape(
        "for sale by a market",
        "Argos",
        "Visual regression testing for frontends.",
        f"argos.example is for sale | {SALE}",
        registered=NEW,
    ),
    Shape(
        "a lottery",
        "AI Alternative",
        "Discover AI tools.",
        "Lottery results and jackpots | lottery numbers and jackpot winners of every draw",
    ),
    Shape(
        "a Vietnamese bookmaker",
        "Mapfinder",
        "Open street maps of hiking trails.",
        "Nhà cái uy tín | cá cược thể thao, casino trực tuyến, nổ hũ đổi thưởng",
    ),
    Shape(
        "Thai slots",
        "Paperboat",
        "Reads research papers aloud.",
        "สล็อต เว็บตรง | คาสิโน บาคาร่า แทงบอล ออนไลน์",
    ),
    Shape(
        "a Korean casino",
        "Typeview",
        "Font previews for designers.",
        "카지노 사이트 | 바카라 슬롯 토토 추천",
    ),
    Shape(
        "a Chinese casino",
        "Loglens",
        "Structured log viewer for servers.",
        "娱乐城 注册 | 博彩 百家乐 老虎机 在线",
    ),
    Shape(
        "a Japanese casino",
        "Bitgarden",
        "Bitcoin node statistics.",
        "オンラインカジノ おすすめ | スロット カジノ ボーナス",
    ),
    Shape(
        "a Russian casino",
        "Cronwatch",
        "Cron job monitoring.",
        "Казино онлайн | игровые автоматы и ставки на спорт у букмекера",
    ),
    Shape(
        "Turkish bets",
        "Regexlab",
        "Interactive regular expression tester.",
        "Canlı casino ve bahis | deneme bonusu veren siteler, kaçak iddaa, kumar",
    ),
    Shape(
        "a Polish casino",
        "Shellcheckr",
        "Lints shell scripts.",
        "Kasyno online | automaty do gier i zakłady bukmacherskie",
    ),
    Shape(
        "a Portuguese casino",
        "Colorbrew",
        "Palettes for data visualisation.",
        "Cassino online | apostas esportivas e caça-níqueis",
    ),
    Shape(
        "Spanish slots",
        "Datafaker",
        "Generates fake test data.",
        "Casino en línea | tragamonedas y apuestas deportivas gratis",
    ),
    Shape(
        "French slots",
        "Gitgraph",
        "Draws commit graphs.",
        "Casino en ligne | machines à sous et paris sportifs",
    ),
    Shape(
        "a German casino",
        "Nodeflow",
        "Visual editor for node graphs.",
        "Online-Casinos im Vergleich | Glücksspiel, Spielautomaten und Sportwetten",
    ),
    Shape("an Arabic casino", "Sqlpad", "Web SQL editor.", "كازينو اون لاين | مراهنات قمار رهانات"),
    Shape(
        "pirated football",
        "Jsonviewer",
        "Formats JSON documents.",
        "Xem bóng đá trực tuyến | xoilac tỷ lệ kèo hôm nay",
    ),
    Shape(
        "medicines",
        "Curlbuilder",
        "Builds curl commands.",
        "Buy Viagra and Cialis | levitra and tramadol without prescription",
    ),
    Shape(
        "loans",
        "Httpstat",
        "Visualises HTTP statistics.",
        "Payday loans today | quick loans and instant loans without checks",
    ),
    Shape(
        "adult pages",
        "Apidocs",
        "Renders OpenAPI documents.",
        "Escorts near you | escort and porn videos, sex cams and hookups",
    ),
    Shape(
        "essays",
        "Writecheck",
        "Grammar checking for markdown.",
        "Essay writing service | dissertation writing service and essay writing service by experts",
    ),
    Shape(
        "replicas",
        "Stylelib",
        "CSS components.",
        "Replica watches | replica watch and replica handbags, cheap handbags",
    ),
    Shape(
        "the old name above slots",
        "Threatmap",
        "Live map of cyber attacks.",
        f"Threatmap: slot gacor | {SLOT}",
    ),
    Shape(
        "the old name in a slot's domain",
        "Phishtank2",
        "Database of phishing sites.",
        f"Phishtank2 Slot Online Gacor | {SLOT}",
        "https://phishtank2-slot.example/x",
    ),
    Shape(
        "a poker room by redirect",
        "Dnsdumper",
        "Finds subdomains of hosts.",
        f"Poker room | {CASINO}",
        "https://poker.example/room",
    ),
    Shape(
        "a shop on a domain of this year",
        "Netgraph",
        "Network topology diagrams.",
        f"Pralines of the south | {SHOP}",
        registered=NEW,
    ),
    Shape(
        "a law firm on a domain of this year",
        "Pastevault",
        "Encrypted pastes that expire.",
        "Meyer Legal | attorneys for traffic accidents and insurance claims in three counties, call us for a first consultation without charge today",
        registered=NEW,
    ),
    Shape(
        "a link farm",
        "Vulnfeed",
        "Feed of vulnerabilities.",
        "Top ten mattresses of the season | our editors compared mattresses, pillows and blankets so that your nights are calm and your back is well",
        registered=NEW,
    ),
    Shape(
        "a domain parked by its name servers",
        "Treemapper",
        "Disk usage as tree maps.",
        "treemapper.example | related searches: cruises, insurance, mortgage, hotels, flights, lawyers",
        servers="ns1.sedoparking.com",
    ),
    Shape(
        "parked and of this year",
        "Csvlint",
        "Validates CSV files.",
        "csvlint.example | sponsored listings about travel insurance",
        registered=NEW,
        servers="ns1.bodis.com",
    ),
    Shape(
        "for sale with parking servers",
        "Ipinspector",
        "Looks up IP addresses.",
        f"ipinspector.example | {SALE}",
        servers="ns2.parkingcrew.net",
    ),
    Shape(
        "redirected to a shop, lapsed",
        "Markdownlive",
        "Markdown preview.",
        f"Pralines | {SHOP}",
        "https://choc.example/p",
        registered=NEW,
    ),
    Shape(
        "crypto casino",
        "Hashcalc",
        "Calculates hashes.",
        "Crypto casino bonus | crypto casino with jackpot and free spins",
    ),
    Shape(
        "sports bets",
        "Scoreapi",
        "Weather forecasts by API.",
        "Sports betting and bookmakers | sports bets and bookmaker odds",
    ),
    Shape(
        "togel",
        "Wikigraph",
        "Graph of encyclopaedia articles.",
        "Bandar togel terpercaya | togel judi taruhan resmi",
    ),
    Shape(
        "vapes",
        "Cloudcost",
        "Estimates cloud bills.",
        "CBD oil and vapes | kratom, cbd gummies and vape kits",
    ),
    Shape(
        "a page of an article that is a casino now",
        "Bayes notes",
        "Lecture notes on Bayesian statistics.",
        f"Baccarat and roulette | {CASINO}",
        own="https://lectures.example/notes/bayes",
    ),
    Shape(
        "forex",
        "Timezoner",
        "Converts time zones.",
        "Forex broker and forex signals | forex broker with crypto bonus",
    ),
    Shape(
        "a dentist on a domain of this year",
        "Unitconv",
        "Unit conversion library.",
        "Smile dental practice | implants, whitening and braces for children and adults by appointment in the centre of the town near the station",
        registered=NEW,
    ),
)
"""Each must be usurped on the third night."""

_RENAMED = {
    "Trello boards": (
        "Kanban boards for teams.",
        "Boardly (formerly Trello boards) | kanban boards",
    ),
    "Sentryish": (
        "Error tracking for web apps.",
        "Faultline: error tracking for apps | track crashes",
    ),
    "Pixelforge": ("Vector drawing in the browser.", "Inkwell | vector drawing in your browser"),
    "Mailgunner": ("Transactional email API.", "Sendwell | transactional email for developers"),
    "Dockhand": (
        "Manages containers on servers.",
        "Harbourmaster | manage containers on any server",
    ),
    "Queryable": ("SQL notebooks for analysts.", "Tabular: SQL notebooks | analysts share queries"),
    "Voicebox": (
        "Speech recognition toolkit.",
        "Speakeasy speech recognition | toolkit for speech",
    ),
    "Chartlib": ("Charts for dashboards.", "Plotwise | charts and dashboards"),
    "Formspark": ("Form backend for static websites.", "Submitly | the backend for static forms"),
    "Statuspal": ("Status pages for incidents.", "Uptimer | incidents and status pages"),
    "Codebot": (
        "Reviews pull requests.",
        "Reviewly | reviews every pull request of your repository",
    ),
    "Keyring": (
        "Password manager for families.",
        "Vaultage password manager | passwords of families",
    ),
    "Snapstore": ("Photo storage with albums.", "Memoria | photo albums and storage"),
    "Tunneler": ("Tunnels to localhost.", "Burrow: secure tunnels | expose localhost by tunnels"),
    "Lexica notes": (
        "Dictionary of medieval Latin.",
        "Latin dictionary | medieval Latin words explained",
    ),
    "Robocrawl": ("Web crawler for archives.", "Spiderling | a crawler that archives the web"),
    "Ledgerbook": ("Plain text accounting.", "Beancounter | plain-text accounting with ledgers"),
    "Geocoder": (
        "Geocoding of street addresses.",
        "Placefinder geocoding | addresses to coordinates",
    ),
    "Quizmaker": (
        "Quizzes for classrooms.",
        "Classquiz | quizzes that teachers make for classrooms",
    ),
    "Transcriptor": ("Transcribes podcasts.", "Podscribe | podcasts transcribed within minutes"),
}
_BOUGHT = {
    "Fastcache": ("In-memory key-value cache.", "Fastcache | now part of Bigcorp: memory caching"),
    "Wireshack": (
        "Packet analysis for networks.",
        "Wireshack is joining Netvendor | packet analysis",
    ),
    "Flowdesk": ("Help desk for startups.", "Flowdesk by Hugecloud | tickets"),
    "Buildbot9": ("Continuous integration server.", "Buildbot9 Enterprise | pipelines"),
    "Graphbase": ("Graph database.", "Graphbase Cloud | now owned by a holding"),
    "Authkit": ("Authentication for apps.", "Authkit for Platform | sign users in"),
    "Deepnote2": ("Collaborative notebooks.", "Deepnote2 joins the family | notebooks"),
    "Speedtestr": ("Measures page speed.", "Speedtestr | performance reports"),
    "Tagsearch": ("Search in tagged bookmarks.", "Tagsearch Pro | bookmarks"),
    "Bugherd2": ("Visual bug reports.", "Bugherd2 at Suite | feedback"),
}
_TO_FOUNDATIONS = {
    "Streamkit": ("Stream processing engine.", "Apache Streamkit | stream processing"),
    "Orbitdb2": ("Peer-to-peer database.", "GitHub - org/orbitdb2 | peer-to-peer database"),
    "Lintfix": ("Fixes lint warnings.", "GitHub - people/lintfix: fixes lint warnings | readme"),
    "Cargobay": ("Package registry.", "Cargobay - Linux Foundation | packages"),
    "Modelzoo2": ("Pretrained vision models.", "people/modelzoo2 | vision models"),
    "Meshlab2": ("Processes triangular meshes.", "Meshlab2 on GitLab | triangular meshes"),
    "Tinyterm": ("Terminal emulator.", "tinyterm | terminal emulator"),
    "Fontbase2": ("Font manager.", "Fontbase2 - Codeberg | fonts"),
    "Rustplot": ("Plotting for Rust.", "rustplot - docs | plotting crate"),
    "Paperqa": ("Questions about papers.", "paperqa | answers from papers"),
}
_REDESIGNED = {
    "Figmata": (
        "Design handoff.",
        "Design to code, instantly | ship interfaces faster with Figmata",
    ),
    "Openlayers9": ("Maps in the browser.", "Cartography for everyone | interactive maps"),
    "Terse": ("Minifies scripts.", "Make it small | less code, shipped faster, by Terse"),
    "Argos2": ("Visual tests.", "See every change | screenshots compared in every build"),
    "Kite docs": ("Sandbox for agents.", "Build without fear | an isolated place for what you try"),
    "Loom notes": ("Weaving patterns.", "Threads | a place for those who weave"),
    "Bare": ("", "We build software | consulting and products since 2009"),
    "Nimbus": ("Weather data.", "The sky, as an API | forecasts for every field"),
    "Relay9": (
        "Webhooks.",
        "Events that arrive | deliver and retry what your systems say to others",
    ),
    "Scribe3": ("Docs.", "Writing is thinking | a calm editor for people with much to say"),
}
_TRANSLATED = {
    "Wetterdaten": (
        "Weather data of Germany.",
        "Wetterdienst | Vorhersagen, Niederschlag und Messwerte für alle Orte des Landes, täglich neu",
    ),
    "Musee": (
        "Museum of computing.",
        "Le musée de l'informatique | des ordinateurs anciens et leurs histoires, ouvert tous les jours sauf lundi",
    ),
    "Hojas": (
        "Spreadsheets course.",
        "Curso de hojas de cálculo | aprende fórmulas y tablas con ejercicios resueltos paso a paso",
    ),
    "Kanjidic": ("Kanji dictionary.", "漢字辞典 | 部首と読み方で漢字を調べる"),
    "Slovar": (
        "Dictionary of Russian.",
        "Словарь русского языка | толкование слов и примеры употребления",
    ),
    "Hanguk": ("Korean grammar.", "한국어 문법 | 초급부터 고급까지 문법 설명과 예문"),
    "Polona": (
        "Digital library.",
        "Biblioteka cyfrowa | książki, mapy i rękopisy dostępne bezpłatnie dla każdego",
    ),
    "Arabiya": ("Arabic courses.", "تعلم اللغة العربية | دروس مجانية للمبتدئين"),
    "Bahasa": (
        "Indonesian courses.",
        "Belajar bahasa | pelajaran tata bahasa dan kosakata untuk pemula",
    ),
    "Tieng": ("Vietnamese courses.", "Học tiếng Việt | bài học ngữ pháp và từ vựng cho người mới"),
}
_WITH_TRADE_WORDS = (
    Shape(
        "poker solver",
        "Holdem solver",
        "Poker equilibrium solver.",
        "Holdem solver: poker and odds | poker odds, blackjack",
    ),
    Shape(
        "slots of components",
        "Vue slots",
        "How slots work in Vue components.",
        "Slots in components | named slots and scoped slots of Vue components",
    ),
    Shape(
        "a casino's open data",
        "Oddsdata",
        "Historical sports betting odds.",
        "Odds data | sports betting and bookmakers' odds",
    ),
    Shape(
        "fairness of lotteries",
        "Lottery maths",
        "Probability of lotteries.",
        "Lottery probability | jackpots and lottery numbers",
    ),
    Shape(
        "a loan register",
        "Fairlend",
        "Complaints about payday loans.",
        "Payday loans: complaints | quick loans and their costs",
    ),
    Shape(
        "steroids in chemistry",
        "Chemnames",
        "Names of steroids and other molecules.",
        "Steroids | steroid nomenclature and viagra",
    ),
    Shape(
        "news with advertisements",
        "Hackerdaily",
        "Daily news on security.",
        "Hackerdaily security news | advertisement: online casino, slots online and poker bonus; security news of the day",
    ),
    Shape(
        "a studio that makes games",
        "Gamestack",
        "Game engine for studios.",
        "Gamestack game engine | used for puzzle games and poker by studios",
    ),
    Shape(
        "an article on spam",
        "Spamwatch",
        "Reports about spam on the web.",
        "Gambling spam and casinos | how spam of casinos and betting takes domains: reports",
    ),
    Shape(
        "roulette of errors",
        "Chaosroulette",
        "Chaos engineering.",
        "Chaosroulette | roulette for servers: chaos engineering experiments",
    ),
    Shape(
        "password jackpot",
        "Passcheck",
        "Checks leaked passwords.",
        "Jackpot! Leaked passwords | check whether your password is leaked",
    ),
    Shape(
        "gambling research",
        "Gamblelab",
        "Research on gambling harm.",
        "Gambling harm | research on casinos, betting and slots games",
    ),
    Shape(
        "domains for sale",
        "Namemarket",
        "Marketplace for domain names.",
        f"Namemarket: this domain is for sale | {SALE}",
    ),
    Shape(
        "domain flipping",
        "Domainblog",
        "Blog about buying and selling domain names.",
        "Domain for sale? | how we buy and sell domain names and what they cost, by someone who has done it for many years now",
    ),
    Shape(
        "adult education",
        "Adult courses",
        "Courses for adults.",
        "Adult education | evening courses for adults, essays and languages",
    ),
)
_YOUNG = (
    Shape(
        "registered anew by its owner",
        "Hexedit",
        "Hex editor in the browser.",
        "Hexedit | edit bytes in your browser",
        registered=NEW,
    ),
    Shape(
        "a new owner who keeps it",
        "Ircstats",
        "Statistics of chat channels.",
        "IRC statistics | statistics of channels",
        registered=NEW,
    ),
    Shape(
        "a community that rescued it",
        "Opensounds",
        "Sound samples under free licences.",
        "Opensounds archive | sound samples",
        registered=NEW,
    ),
    Shape(
        "registered a week after the line",
        "Newtool",
        "Benchmarks compilers.",
        "Faster | numbers for those who build languages, updated weekly by volunteers",
        registered="2023-01-20",
    ),
    Shape(
        "registered in the year of the line",
        "Freshapp",
        "Notes that sync.",
        "Freshapp | notes",
        registered="2022-12-30",
    ),
)

_BEFORE = {
    "Wetterdaten too": "Wetterdaten | Niederschlag, Temperatur und Messwerte aller Orte, Vorhersagen für das Land",
    "Musee too": "Musée de l'informatique | histoires des ordinateurs anciens, plan, ouvert sauf lundi",
    "Hojas too": "Hojas: curso gratis | aprende hojas de cálculo, fórmulas y tablas paso a paso",
    "Kanjidic too": "漢字辞典 | 部首、画数、読み方で漢字を検索できます",
    "Slovar too": "Словарь | толкование и примеры употребления русского слова",
    "Hanguk too": "한국어 문법 | 초급 문법 설명, 연습 문제",
    "Polona too": "Polona | cyfrowa biblioteka: rękopisy, mapy, książki i czasopisma bezpłatnie",
    "Arabiya too": "Arabiya: Arabic courses | free classes for beginners",
    "Bahasa too": "Bahasa | belajar tata bahasa, pelajaran dan kosakata untuk pemula",
    "Tieng too": "Tieng: Vietnamese courses | free classes on grammar and words for beginners",
    "Figmata again": "Figmata: design handoff | hand designs over to developers, with specs and code for interfaces",
    "Openlayers9 again": "Openlayers9 | interactive maps in the browser, tiles, projections and markers",
    "Terse again": "Terse | minifies scripts so that less code is sent to the browser",
    "Argos2 again": "Argos2: visual tests | screenshots of every build are compared with those of the last",
    "Kite docs again": "Kite docs | a sandbox for agents: processes, files and network policies",
    "Loom notes again": "Loom notes | weaving patterns, drafts and threads for those who weave at home",
    "Bare again": "Bare | consulting and software products of a small company, since 2009",
    "Nimbus again": "Nimbus: weather data | forecasts, radar and history for your location",
    "Relay9 again": "Relay9: webhooks | receive, retry and deliver events between systems",
    "Scribe3 again": "Scribe3: docs | writing docs together in the browser",
}
"""By title, what the links showed that were redirected to a page without a word of the entry."""


def _moved(table: dict[str, tuple[str, str]], to: str) -> tuple[Shape, ...]:
    return tuple(
        Shape(
            f"{title}: {page}",
            title,
            said,
            page,
            to.format(n),
            before=_BEFORE.get(title, ""),
        )
        for n, (title, (said, page)) in enumerate(table.items())
    )


HONEST = (
    *_moved(_RENAMED, "https://renamed{}.example/home"),
    *_moved(_BOUGHT, "https://bigcorp{}.example/products/one"),
    *_moved(_TO_FOUNDATIONS, "https://foundation{}.example/projects/one"),
    *_moved(_REDESIGNED, ""),
    *_moved(_TRANSLATED, ""),
    *_moved({f"{name} too": one for name, one in _TRANSLATED.items()}, "https://new{}.example/x"),
    *_moved({f"{name} again": one for name, one in _REDESIGNED.items()}, "https://re{}.example/x"),
    *_WITH_TRADE_WORDS,
    *_YOUNG,
)
"""None of them may be usurped on any night."""

HELD_OUT = (
    Shape(
        "a wiki that became a book",
        "Compiler wiki",
        "Notes on writing compilers.",
        "The compiler book | lexing, parsing and code generation in chapters",
        "https://press.example/books/compilers",
    ),
    Shape(
        "a blog with a new owner name",
        "Jane's kernel notes",
        "Linux kernel internals.",
        "Notes on the Linux kernel by J. | schedulers and memory",
    ),
    Shape(
        "a personal site that became a company's",
        "jsmith",
        "Static analysis consultant.",
        "Smith Analysis Ltd | we find bugs by static analysis of your code",
    ),
    Shape(
        "a university course of another term",
        "Deep learning course",
        "Lecture videos.",
        "CS231 Spring | syllabus, homework, deep learning lectures",
    ),
    Shape(
        "a university that moved its pages",
        "Matrix cookbook",
        "Identities of linear algebra.",
        "Matrix identities | linear algebra facts",
        "https://math.example.edu/matrix",
    ),
    Shape(
        "a tool that is retired",
        "Hostlookup",
        "Reverse DNS lookups.",
        "This service has ended | thanks to everybody who used hostlookup for reverse DNS",
    ),
    Shape(
        "a page of thanks only",
        "Oldforum",
        "Forum of retro computing.",
        "Goodbye | after twenty years we say thank you, the archive of retro computing posts is read only",
    ),
    Shape(
        "a hotel's dataset",
        "Booking data",
        "Open data of hotels.",
        "Hotel datasets | prices and occupancy as open data",
    ),
    Shape(
        "a casino of Monte Carlo methods",
        "Monte Carlo primer",
        "Sampling methods explained.",
        "Casino maths: Monte Carlo sampling | roulette and sampling methods with code",
    ),
    Shape(
        "a bank's engineering blog",
        "Paybank engineering",
        "Engineering blog of a bank.",
        "Paybank engineering | how we moved quick loans and instant loans to events",
    ),
    Shape(
        "a bookmaker's open source",
        "Betcode",
        "Open source of a sports betting firm.",
        "Betcode | libraries of our sportsbook and casino",
    ),
    Shape(
        "a pharmacy API",
        "Rxdata",
        "Drug names as an API: sildenafil, tramadol.",
        "Rxdata drug API | levitra, cialis and tramadol by code",
    ),
    Shape(
        "a vape sensor",
        "Airsense",
        "Air quality sensors.",
        "Airsense | sensors for classrooms that notice vapes and smoke",
    ),
    Shape("a page of scripts", "Appshell", "Whiteboard for teams.", " | "),
    Shape("a page with three words", "Ping", "Uptime checks.", "It works | hello world again"),
    Shape(
        "a new name and a young domain",
        "Logtail2",
        "Log management.",
        "Betterlogs | log management and dashboards",
        "https://betterlogs.example/home",
        registered="2014-05-05",
    ),
    Shape(
        "moved to a company's path",
        "Sketchbook",
        "Drawing app.",
        "Sketchbook for tablets | drawing app",
        "https://vendor.example/products/sketch",
    ),
    Shape(
        "a podcast at another host",
        "Changeset",
        "Podcast about version control.",
        "Changeset - podcast | version control stories",
        "https://pods.example/shows/changeset",
    ),
    Shape(
        "a standard at its foundation",
        "OpenTracks",
        "Standard for GPS tracks.",
        "OpenTracks specification | GPS tracks standard",
        "https://standards.example/opentracks",
    ),
    Shape(
        "merged into another project",
        "Gulpish",
        "Build tool for assets.",
        "Gulpish is now part of Bundler | asset builds",
        "https://bundler.example/from/gulpish",
    ),
    Shape(
        "a domain in another registry",
        "Osmtools",
        "Tools for open map data.",
        "Osmtools | open map data tools",
        registered="2023-06-01",
    ),
    Shape(
        "a museum translated",
        "Rechenmuseum",
        "Museum of calculators.",
        "Museo delle calcolatrici | macchine da calcolo, orari e biglietti per le scuole e le famiglie",
    ),
    Shape(
        "a city portal",
        "Opencity",
        "Open data portal of a city.",
        "Portal de datos abiertos | conjuntos de datos del ayuntamiento sobre transporte, agua y presupuesto",
    ),
    Shape(
        "a comic about poker",
        "Webcomic",
        "A comic about programmers.",
        "Poker night | a comic: programmers play poker and blackjack",
    ),
    Shape(
        "a magazine's front page of today",
        "Ledger magazine",
        "Magazine on cryptography.",
        "Today in print | an interview, a puzzle, and a report on casino heists and the roulette wheel's bias in cryptography",
    ),
    Shape(
        "a registrar's help",
        "Dnsguide",
        "Guide to DNS records.",
        "Is this domain for sale? | how to read DNS records of names that are parked",
    ),
    Shape(
        "a site that sells its furniture",
        "Woodlab",
        "CNC patterns for furniture.",
        "Everything is on sale | tables and chairs from our workshop, cut by CNC patterns",
    ),
    Shape(
        "a conference of another year",
        "Pyconf",
        "Conference talks on Python.",
        "See you in June | tickets, venue and speakers of the Python conference",
    ),
    Shape(
        "a rebrand to one word",
        "Data engineering weekly",
        "Newsletter about data engineering.",
        "Pipelines | a newsletter for those who engineer data",
    ),
    Shape(
        "a lottery of issues",
        "Firstissue",
        "Finds beginner issues.",
        "The issue lottery | lottery of beginner issues, jackpot for maintainers",
    ),
    Shape(
        "usurped: bets in Spanish",
        "Kubedash",
        "Dashboard for clusters.",
        "Apuestas deportivas | casino en línea y tragamonedas",
    ),
    Shape(
        "usurped: a Thai lottery",
        "Treelib",
        "Tree structures in Python.",
        "หวยออนไลน์ | คาสิโน สล็อต หวย แทงบอล",
    ),
    Shape(
        "usurped: a roofing firm",
        "Soundmix",
        "Mixes ambient sounds.",
        "Roof repair of the valley | slate and tile roofs, gutters and chimneys mended by craftsmen of three generations, call for an estimate",
        registered=NEW,
    ),
    Shape(
        "usurped: poker by redirect",
        "Netmon",
        "Monitors routers.",
        "Poker online | jackpots and free spins",
        "https://cards.example/p",
    ),
    Shape(
        "usurped: sale on new name",
        "Plotserver",
        "Renders plots by URL.",
        f"plotserver.example | {SALE}",
        registered=NEW,
    ),
    Shape(
        "usurped: Vietnamese football",
        "Fontsub",
        "Subsets fonts.",
        "Trực tiếp | kèo nhà cái, xem bóng đá, xoilac, nhà cái",
    ),
    Shape(
        "usurped: pills",
        "Mimesniff",
        "Detects file types.",
        "Cheap viagra online | cialis, levitra and viagra shipped overnight",
    ),
    Shape(
        "usurped: a link farm by redirect",
        "Gistfind",
        "Searches snippets.",
        "Best pillows of the year | mattresses and pillows compared by editors",
        "https://pillows.example/best",
        registered=NEW,
    ),
    Shape(
        "usurped: casino in German",
        "Urlencode",
        "Encodes addresses.",
        "Glücksspiel und Sportwetten | online casinos im Test",
    ),
    Shape(
        "usurped: parked",
        "Binvis2",
        "Visualises binaries.",
        "binvis2.example | related searches",
        servers="ns1.above.com",
        registered=NEW,
    ),
)
"""Those whose name begins with "usurped" are usurped, the others are honest."""
