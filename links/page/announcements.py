"""Pages that announce the end of their own site or service, in the words of several languages.

A page about the end of something else must not count: the sentence has to be about the site itself
(`this service`, `we`, or a name of the entry), and has a date that is still to come, or is near the
top of the page.
"""

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from urllib.parse import urlsplit

from staycurrent.links.link import MAX_NAME_WORDS, Entry
from staycurrent.links.moves import domain_of, squashed
from staycurrent.links.page.scanner import ScannedPage, split_words

_FAR = timedelta(days=3 * 366)
"""Nobody announces the end of a service earlier."""
_READ_WORDS, _READ = 400, 4_000
"""Words, and characters, of a page that are read for an announcement."""
_TOP = 1_000
"""Characters at the beginning within which an announcement needs no date."""
_QUOTED = 120


_NEVER = r"(?!)"


@dataclass(frozen=True)
class EndPhrases:
    """How the end of a service is announced in one language; regular expressions in lower case."""

    words: str
    """One of them is in every such phrase, as a page is split into words."""
    own: str
    """The site itself, as it is named before the verb."""
    ends: str
    """The verb, which counts behind `own` or a name of the entry."""
    whole: str = _NEVER
    """Phrases that are about the site itself without more."""

    @cached_property
    def patterns(self) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
        """Compiled when they are needed first: `own` before the verb, `ends` and `whole`."""
        return re.compile(rf"(?<!\w){self.own}$"), re.compile(self.ends), re.compile(self.whole)


def _within(auxiliary: str, verbs: str, most: int = 70) -> str:
    """An auxiliary, and a verb in the same sentence."""
    return rf"(?:{auxiliary})(?:(?!(?<!\d)[.!?] )[^!?]){{0,{most}}}?(?:{verbs})"


def _one_phrase(
    words: str, own: str, ends: str, whole: str = _NEVER, *, named: str = _NEVER
) -> EndPhrases:
    """For a language whose verb ends the sentence, far behind the site's name.

    `named` is the verb with a sign that follows a name at once.
    """
    return EndPhrases(words, own, named, rf"{own}{ends}|{whole}")


_EN_SITE = (
    r"(?:web ?site|site|service|server|project|app|application|platform|product|forum|community|"
    r"blog|wiki|instance|archive|tool|company|store|shop|network|game|library|newsletter|podcast|"
    r"playground|mirror|portal|journal|magazine|software|extension|startup)"
)
_EN_WE = (
    r"\bwe(?:['’]re| are| will be| will| (?:have )?decided to|['’]ve decided to|(?: have|['’]ve) "
    r"made the [^.!?]{0,30}decision to)(?: sad to announce that we are| going to| now| soon| be)* "
)
_JA_ENDS = (
    r"(?:は|を|の(?:提供|運営|配信))[^。!?]{0,60}?(?:終了|閉鎖|停止|クローズ)(?:(?:いたし|致し|となり|"
    r"し|させていただき)ます|する予定|予定)"
)
_ZH_ENDS = (
    r"(?:将|將|即将|即將|计划|計劃|会)[^。!?]{0,30}?(?:关闭|關閉|停止(?:服务|服務|运营|運營|运作|運作)|"
    r"下线|下線|终止|終止|停服|关停|關停)"
)
_KO_ENDS = (
    r"(?:는|은|가|이|를|을)[^.!?]{0,60}?(?:종료|폐쇄|중단)"
    r"(?:됩니다|합니다|(?:될|할) 예정(?:입니다|이다)?)"
)
PHRASES = (
    EndPhrases(  # English
        "shut shutting shuts shutdown sunset sunsetting sunsetted discontinued discontinue "
        "discontinuing discontinuation retired retire retiring terminated decommissioned "
        "life close closing closes closure ceasing cease winding wind wound permanently doors "
        "switched turned",
        rf"(?:this|our) (?:[\w-]+ ){{0,2}}{_EN_SITE}",
        r"(?:(?:will|is going to|is set to|is scheduled to) (?:soon |now |officially |permanently |"
        r"be )*(?:shut(?:ting)? down|shut off|clos(?:e|ed|ing) (?:down|its doors|permanently|for "
        r"good)|sunset(?:ted|ting)?|discontinued|retired|terminated|decommissioned|turned off|"
        r"switched off|taken offline|w(?:ind|ound|inding) down|cease (?:operations?|operating|to "
        r"exist)|reach (?:its )?end[ -]of[ -]life)|(?:is|are) (?:now |officially |being |"
        r"permanently )*(?:shutting down|shut down (?:on|as of)|closing (?:down|its doors|"
        r"permanently|for good)|sunset(?:ted|ting)?|being discontinued|being retired|discontinued "
        r"(?:on|as of)|winding down|end[ -]of[ -]life)|(?:has )?reache[sd] (?:its )?end[ -]of[ -]"
        r"life|(?:shuts|closes) down (?:on|as of))",
        rf"{_EN_WE}(?:(?:shut(?:ting)?|clos(?:e|ing)|w(?:ind|inding)) down|clos(?:e|ing) our doors|"
        rf"ceas(?:e|ing) operations?|sunset(?:ting)?|discontinu(?:e|ing)|retir(?:e|ing))"
        rf"(?: (?:this|our|the) {_EN_SITE}\b)?|"
        rf"\b(?:this|our) {_EN_SITE}['’]s (?:shutdown|closure)|"
        rf"\b{_EN_SITE} (?:shutdown|shut-down|closure|discontinuation|sunset) (?:notice|"
        r"announcement)",
    ),
    EndPhrases(  # German
        "eingestellt abgeschaltet geschlossen beendet stellen schließen schließt schalten "
        "beenden stellt netz",
        r"(?:diese[rs]?|unsere?|der|die|das) (?:dienst|service|webseite|website|seite|homepage|"
        r"projekt|forum|blog|plattform|app|angebot|portal|instanz|server)",
        _within(r"wird|werden", r"eingestellt|abgeschaltet|geschlossen|beendet|vom netz genommen")
        + r"|schließt (?:am|zum|endgültig|für immer)|stellt (?:am|zum) .{4,25} (?:den|seinen) "
        r"(?:betrieb|dienst) ein",
        _within(
            r"(?:wir )?(?:stellen|schließen|schalten|beenden)(?: wir)?",
            r"(?:diesen?|unser(?:en?)?) (?:dienst|service|webseite|website|seite|projekt|forum|blog"
            r"|plattform|app|portal|instanz|server|betrieb)",
            50,
        )
        + r"(?: ein| ab)?",
    ),
    EndPhrases(  # French
        "fermera fermons fermerons arrêter arrêtons arrêterons fermer fermée fermé arrêté "
        "arrêtée supprimé supprimée abandonné "
        "abandonnée débranché ferme cessera cesse fin arrêtera",
        r"(?:(?:ce|notre|le) (?:site|service|projet|forum|blog|portail|serveur)|(?:cette|notre) "
        r"(?:plateforme|application|page|instance))",
        r"(?:fermera|va fermer|sera (?:définitivement )?(?:fermée?|arrêtée?|"
        r"supprimée?|abandonnée?|débranchée?)|ferme définitivement|cess(?:e|era) (?:ses activités|"
        r"son activité|de fonctionner|d['’]exister)|prendra fin|s['’]arrêtera)"
        r"(?: ses portes)?",
        r"\bnous (?:allons (?:fermer|arrêter)|fermons|fermerons|arrêtons|arrêterons) "
        r"(?:définitivement )?(?:(?:ce|notre|le) (?:site|service|projet|forum|blog|portail)|"
        r"(?:cette|notre|la) (?:plateforme|application)|nos portes)",
    ),
    EndPhrases(  # Spanish
        "cerrará cerrar cierra cerrado cerrada descontinuado descontinuada discontinuado "
        "discontinuada retirado retirada dado dada dejará cesará",
        r"(?:(?:este|nuestro|el) (?:sitio(?: web)?|servicio|proyecto|foro|blog|portal)|(?:esta|"
        r"nuestra) (?:web|página|plataforma|aplicación))",
        r"(?:(?:se )?cerrará|va a cerrar|cierra(?= definitivamente| sus puertas)|será (?:cerrad|"
        r"descontinuad|discontinuad|retirad|dad)[oa]|dejará de (?:funcionar|existir|operar|"
        r"estar disponible|prestar servicio)|cesará)(?: sus puertas)?",
    ),
    EndPhrases(  # Portuguese
        "encerrado encerrada descontinuado descontinuada desativado desativada desligado "
        "desligada fechado fechada encerrar fechar acabar encerrará fechará deixará",
        r"(?:(?:este|nosso|o) (?:site|serviço|projeto|fórum|blog|portal)|(?:esta|nossa) (?:página|"
        r"plataforma|aplicação))",
        r"(?:será (?:encerrad|descontinuad|desativad|desligad|fechad)[oa]|vai (?:encerrar|fechar|"
        r"acabar)|encerrará|fechará|deixará de (?:funcionar|existir|estar|operar))",
    ),
    EndPhrases(  # Italian
        "chiuderà chiuso chiusa dismesso dismessa disattivato disattivata interrotto "
        "interrotta spento spenta cesserà chiude",
        r"(?:(?:questo|il nostro|il) (?:sito|servizio|progetto|forum|blog|portale)|(?:questa|la "
        r"nostra) (?:pagina|piattaforma|applicazione))",
        r"(?:chiuderà|(?:sarà|verrà) (?:definitivamente )?(?:chius|dismess|disattivat|interrott|"
        r"spent)[oa]|cesserà|chiude (?:definitivamente|i battenti))",
    ),
    EndPhrases(  # Dutch
        "stopgezet beëindigd gesloten opgeheven gehaald stopt houdt",
        r"(?:deze (?:website|site|dienst|app|pagina|server)|dit (?:project|forum|platform|blog)|"
        r"onze (?:website|site|dienst|app)|ons (?:forum|platform))",
        _within(
            r"wordt|zal|gaat", r"stopgezet|beëindigd|gesloten|opgeheven|offline gehaald|sluiten"
        )
        + r"|stopt (?:per|op|definitief)|houdt op te bestaan",
    ),
    EndPhrases(  # Swedish
        "läggs läggas stängas stängs avvecklas upphöra",
        r"(?:den här (?:tjänsten|webbplatsen|sidan|appen)|det här (?:forumet|projektet)|vår "
        r"(?:tjänst|webbplats))",
        r"(?:läggs ner|kommer att (?:läggas ner|stängas|avvecklas|upphöra)|stängs ner|avvecklas)",
    ),
    EndPhrases(  # Polish
        "zamknięty zamknięta zamknięte wyłączony wyłączona wyłączone wygaszony wygaszona "
        "wygaszone zlikwidowany zlikwidowana zlikwidowane kończy zakończy",
        r"(?:(?:ten|nasz) (?:serwis|projekt|blog|portal)|(?:ta|nasza) (?:strona|usługa|witryna|"
        r"platforma)|(?:to|nasze) forum)",
        _within(r"zostanie", r"zamknięt[yae]|wyłączon[yae]|wygaszon[yae]|zlikwidowan[yae]")
        + r"|kończy (?:swoją )?działalność|zakończy (?:swoje )?działa(?:nie|lność)",
    ),
    EndPhrases(  # Russian
        "закрыт закрыта отключён отключен остановлен закрывается прекратит прекращает завершает",
        r"(?:(?:этот|наш|данный) (?:сайт|сервис|проект|форум|блог|портал)|(?:эта|наша) (?:страница|"
        r"платформа))",
        _within(r"будет", r"закрыта?|отключ[её]н|остановлен")
        + r"|(?:скоро )?закрывается|прекра(?:тит|щает) (?:свою |своё )?(?:работу|существование)|"
        r"завершает (?:свою )?работу",
    ),
    _one_phrase(  # Turkish
        "kapatılacak kapatılacaktır kapanacak kapanacaktır kapanıyor sonlandırılacak "
        "sonlandırılacaktır hayatına",
        r"(?:bu (?:site|web sitesi|hizmet|servis|proje|platform|forum|uygulama)|sitemiz|"
        r"hizmetimiz|forumumuz)",
        r"[^.!?]{0,60}?(?:kapatılacak|kapanacak|kapanıyor|sonlandırılacak|yayın hayatına son)",
    ),
    _one_phrase(  # Japanese
        "終 閉 停 ク",
        r"(?:本|当|この|弊)(?:サービス|サイト|ブログ|ページ|アプリ|プロジェクト|フォーラム|サーバー?)",
        _JA_ENDS,
        r"サービス(?:提供)?終了のお知らせ|サイト閉鎖のお知らせ",
        named=_JA_ENDS,
    ),
    _one_phrase(  # Chinese
        "停 终 終 关 關 下",
        r"(?:本|我们的|我們的|这个|這個|该)(?:站点?|网站|網站|服务|服務|项目|項目|平台|产品|產品|"
        r"应用|應用|博客|论坛|論壇)",
        rf"[\s\d年月日起于於,，]{{0,15}}{_ZH_ENDS}",
        r"(?:停止服务|停服|关站|服务终止|停止運營|停止运营|停运)(?:公告|通知)",
        named=_ZH_ENDS,
    ),
    _one_phrase(  # Korean
        "종료됩니다 종료될 종료합니다 종료할 종료 폐쇄됩니다 폐쇄될 폐쇄합니다 폐쇄할 "
        "중단됩니다 중단될 중단합니다 중단할",
        r"(?:본|이|저희|해당) ?(?:서비스|사이트|홈페이지|블로그|프로젝트|앱|플랫폼)",
        _KO_ENDS,
        r"서비스 종료 (?:안내|공지)",
        named=_KO_ENDS,
    ),
)
_TRIGGERS = frozenset(word for one in PHRASES for word in one.words.split())
_NOT_ITSELF = re.compile(
    r"\b(?:apis?|endpoints?|features?|versions?|v\d|plans?|tiers?|plug-?ins?|methods?|functions?|"
    r"sdk|beta|legacy|support|branch|office|comments?|maintenance|temporar\w+|upgrade|holidays?|"
    r"weekend|hours?|minutes?|rumou?rs?|daily|every|wartung\w*|vorübergehend|nicht|feiertag\w*|"
    r"temporairement|maintenance|vacances|temporalmente|mantenimiento|temporariamente|manutenção|"
    r"temporaneamente|manutenzione|ferie|tijdelijk|onderhoud|tillfälligt|tymczasowo|временно|"
    r"geçici|bakım|lts|stunden|minuten|christmas|easter|weihnacht\w*|noël|navidad|automat\w*|"
    r"автоматич\w*|otomatik|"
    r"if|when|whenever|whether|in case|should|unless|wenn|falls|если|jeśli|indien|eğer)\b|"
    r"メンテナンス|一時|時間|分後|小时|小時|시간|自動|新規|受付|機能|维护|維護|暂时|暫時|临时|自动|功能|注册|评论|評論|"
    r"점검|일시|자동|신규|기능|면 "
)
"""Other things that end, what is over soon, and what is only a condition."""
_ARTICLE = re.compile(
    r"(?i)/(?:blog|news|posts?|articles?|stor(?:y|ies)|press|docs?|wiki|questions|20\d\d/\d\d?)(?:/|$)"
)
"""The path of a page that may be about others, so that it needs a date to come."""
_ENDED = re.compile(
    r"(?i).*/(discontinued|end[-_]?of[-_]?life|eol|retired|sunset|shut[-_]?down)(\.\w{2,5})?/?"
)
"""The path of a page that a redirect leads to once a product has ended."""
_GENERIC = re.compile(
    rf" ?(?:{_EN_SITE}|dienst|servicio|serviço|servizio|сервис|サービス|服务|服務|서비스)$"
)
_SENTENCE_END = re.compile(r"(?<!\s\d)(?<!\s\d\d)[.!?](?=\s|$)|[。!?|•\n]")
"""Not the point of `31. Dezember`."""
_WORD = re.compile(r"[^\W_]+")

_MONTHS = (
    "january jan januar januari janvier enero janeiro gennaio stycznia января ocak",
    "february feb februar februari février febrero fevereiro febbraio lutego февраля şubat",
    "march mar märz mars marzo março maart marca марта mart",
    "april apr avril abril aprile kwietnia апреля nisan",
    "may mai mayo maio maggio mei maj maja мая mayıs",
    "june jun juni juin junio junho giugno czerwca июня haziran",
    "july jul juli juillet julio julho luglio lipca июля temmuz",
    "august aug août agosto augustus augusti sierpnia августа ağustos",
    "september sep sept septembre septiembre setembro settembre września сентября eylül",
    "october oct oktober octobre octubre outubro ottobre października октября ekim",
    "november nov novembre noviembre novembro listopada ноября kasım",
    "december dec dezember décembre diciembre dezembro dicembre grudnia декабря aralık",
)
_MONTH_OF = {name: n for n, names in enumerate(_MONTHS, 1) for name in names.split()}
_MONTH = "|".join(sorted(_MONTH_OF, key=len, reverse=True))
_DAY = (
    rf"(?:\d{{1,2}}(?:st|nd|rd|th|er|º|\.)? (?:de |of )?(?:{_MONTH})|\d{{1,2}}\.\d|20\d\d|"
    rf"(?:{_MONTH})\b)"
)
_TAIL = re.compile(
    r"(?: (?:permanently|forever|soon|for good|entirely|completely|définitivement|bientôt|pronto|"
    r"definitivamente|em breve|presto|definitief|binnenkort|endgültig|bald|скоро|навсегда|"
    r"(?:after|na|nach|après|tras|dopo) (?:\w+ )?\w+ (?:years|jaar|jahren|ans|años|anos|anni)))*"
    r"[\s\"'’”»)]*(?:$|[.!?,;:…—–。!、,|(]|- |"
    r"(?:and|und|et|y|e|och|i|и|tarihinde)\b|"
    r"(?:next|this) (?:week|month|year|spring|summer|autumn|fall|winter)|"
    r"(?:(?:on|by|from|at|after|as|of|effective|in|the|end|beginning|early|late|mid|this|next|am|zum|"
    r"ab|den|dem|le|à|dès|partir|compter|el|en|em|a|il|dal|de|del|du|op|per|vanaf|från|dnia|z|с|в|к|"
    rf"fin|ende|fine|fim|eind|[a-zà-ú]+day|[a-z]+tag),? ){{0,5}}{_DAY}|"
    r"(?:on|as of|effective|by|from|at|after|in)(?: the| from| on)?(?: end of| beginning of)?"
    r"(?: the| this)? ?(?:end\b|close\b|year|month|(?:mon|tues|wednes|thurs|fri|satur|sun)day|"
    r"spring|summer))"
)
"""What may follow: the end of the sentence, or when it is; not what else is closed."""
_DATES = re.compile(
    r"(?P<y1>20\d\d)-(?P<m1>\d\d)-(?P<d1>\d\d)|"
    r"(?P<y2>20\d\d) ?[年년] ?(?P<m2>\d\d?) ?[月월](?: ?(?P<d2>\d\d?) ?[日일])?|"
    r"\b(?P<d3>\d\d?)\.(?P<m3>\d\d?)\.(?P<y3>20\d\d)|"
    rf"\b(?P<d4>\d\d?)(?:st|nd|rd|th|er|º|\.)? (?:de |of )?(?P<n4>{_MONTH})\.?,? (?:de |del )?"
    r"(?P<y4>20\d\d)|"
    rf"\b(?P<n5>{_MONTH})\.? (?P<d5>\d\d?)(?:st|nd|rd|th)?,? (?P<y5>20\d\d)|"
    rf"\b(?P<n6>{_MONTH})\.?,? (?:de |del |of )?(?P<y6>20\d\d)"
)


def announcement(
    page: ScannedPage, url: str, entry: Entry, run_date: date
) -> tuple[date | None, str] | None:
    """When a page says that its site or service ends, and a quotation; None if it does not say so.

    The date is None if it gives none with a year. An end that is past by the announcement's own
    date is not about to come: the page is a report of it, or was forgotten.
    """
    said = _TRIGGERS.intersection(page.words[:_READ_WORDS])
    if page.title:
        said |= _TRIGGERS.intersection(split_words(page.title.lower()))
    if not said or not _TRIGGERS.isdisjoint(split_words(entry.title.lower())):
        return None
    patterns = [one.patterns for one in PHRASES if not said.isdisjoint(one.words.split())]
    names = _names(url, entry)
    for text, is_top in ((page.title_and_headings, True), (page.text[:_READ], False)):
        lower = text.lower()
        shown = text if len(text) == len(lower) else lower
        for start, end in _statements(lower, patterns, names):
            after = shown[end : end + _QUOTED]
            stop = _SENTENCE_END.search(after)
            before = _SENTENCE_END.split(shown[:start])[-1][-_QUOTED:]
            sentence = f"{before}{shown[start:end]}{after[: stop.start() if stop else 80]}"
            rest = _without_name(after.lower(), names)
            if _NOT_ITSELF.search(sentence.lower()) or _TAIL.match(rest) is None:
                continue
            ends_on = _date_in(f"{sentence} {after}".lower())
            is_near = is_top or page.is_interstitial or start <= _TOP
            is_to_come = is_near and not _ARTICLE.search(urlsplit(url).path)
            if ends_on is not None:
                is_to_come = run_date <= ends_on <= run_date + _FAR
            if is_to_come:
                return ends_on, _quoted(sentence.strip(" .\n"), shown[start:end])
    return None


def announced_by_redirect(url: str, final_url: str, entry: Entry) -> tuple[None, str] | None:
    """As `announcement`, where `/tool` leads to `/tool/discontinued`."""
    path = urlsplit(final_url).path
    ended = _ENDED.fullmatch(path)
    if ended is None or _ARTICLE.search(path) or ended[1].lower() in f"{url} {entry.title}".lower():
        return None
    return None, path[-_QUOTED:]


def _statements(
    lower: str, patterns: Iterable[Sequence[re.Pattern[str]]], names: Sequence[str]
) -> Iterator[tuple[int, int]]:
    """Where a text says that the site itself ends: the verb, or the whole phrase."""
    for own, ends, whole in patterns:
        for match in whole.finditer(lower):
            yield match.span()
        for match in ends.finditer(lower):
            before = lower[: match.start()][-80:].rstrip(" \"'’”»」,")
            if own.search(before) or _ends_with_name(before, names):
                yield match.span()


def _names(url: str, entry: Entry) -> tuple[str, ...]:
    """The names of an entry without blanks and signs: its title, if it is short, and its host's."""
    names = domain_of(url).partition(".")[0], urlsplit(url).hostname or "", entry.name
    return tuple(name for one in names if len(name := squashed(one)) > 2)


def _ends_with_name(before: str, names: Sequence[str]) -> bool:
    """Whether the last words of a text are a name, perhaps with `service` behind it."""
    words = _WORD.findall(_GENERIC.sub("", before))[-MAX_NAME_WORDS:]
    return any("".join(words[n:]) in names for n in range(len(words)))


def _without_name(after: str, names: Sequence[str]) -> str:
    """A text behind a verb, without the name of the entry that it may begin with."""
    words = [*_WORD.finditer(after.removeprefix(" the"))][:MAX_NAME_WORDS]
    for n in range(len(words), 0, -1):
        if "".join(one[0] for one in words[:n]) in names:
            return after.removeprefix(" the")[words[n - 1].end() :]
    return after


def _date_in(lower: str) -> date | None:
    """The first date with a year in a text; of a month its last day."""
    for match in _DATES.finditer(lower):
        found = {name[0]: value for name, value in match.groupdict().items() if value}
        month = _MONTH_OF[found["n"]] if "n" in found else int(found["m"])
        year = int(found["y"])
        try:
            day = int(found["d"]) if "d" in found else monthrange(year, month)[1]
            return date(year, month, day)
        except ValueError:  # 2026-13-01
            continue
    return None


def _quoted(sentence: str, phrase: str) -> str:
    """At most a line of the sentence, with the phrase in it."""
    if len(sentence) <= _QUOTED:
        return sentence
    at = max(0, min(sentence.find(phrase) - 40, len(sentence) - _QUOTED))
    return sentence[at : at + _QUOTED].strip()
