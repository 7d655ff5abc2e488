"""Usurped sites and honest neighbours for three nights: who is found, and who is left alone."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from staycurrent.links.attempts import merge_attempts, page_observation
from staycurrent.links.classification import Classification
from staycurrent.links.former_page import FormerPage, read_capture
from staycurrent.links.link import Entry, Link, link
from staycurrent.links.observation import PERHAPS_USURPED, Observation, Outcome
from staycurrent.links.page.analysis import analyse_page
from staycurrent.links.page.fingerprint import Baseline, baseline_from
from staycurrent.links.page.scanner import ContentKind, ScannedPage
from staycurrent.links.page.subject import TRADES, trade_of
from staycurrent.links.settings import Rules
from staycurrent.links.soft_404 import (
    Ownership,
    PageContext,
    classify_in_context,
    needs_former_page,
    with_former_page,
)
from staycurrent.links.verdict import Verdict, VerdictState, conclude_verdict
from tests.links.usurped_fresh import HONEST_FRESH, TAKEN
from tests.links.usurped_shapes import HELD_OUT, HONEST, NEW, USURPED, Shape
from tests.links.usurped_third import HONEST3, TAKEN3
from tests.support.values import at, html, night, page_response, sent, to

LINE = date(2023, 1, 5)
PARKING = ("sedoparking.com", "bodis.com", "parkingcrew.net")
SILENT = Ownership()


def ownership(shape: Shape) -> Ownership:
    since = shape.since if (shape.since - LINE).days > 30 else None
    is_older = since is None and bool(shape.registered)
    return Ownership(since, LINE, is_older, shape.servers.endswith(PARKING))


def archived(shape: Shape, target: Link, entry: Entry) -> FormerPage | None:
    """What the archive has of the time of the line."""
    title, _, text = shape.before.partition(" | ")
    read = read_capture(page_response(html(title, text)), target, entry, night(1))
    return replace(read, captured_at=datetime(2023, 4, 2, tzinfo=UTC)) if read else None


def checked(
    shape: Shape, history: list[Observation], known: Ownership, n: int, *, asked: bool = True
) -> Observation:
    """One night's observation, with its second check if the first one was negative."""
    title, _, text = shape.page.partition(" | ")
    target, body = link(shape.url), html(title, text)
    assert isinstance(target, Link)
    response = (
        sent(shape.to, body, target.key) if shape.to else page_response(body, 200, target.key)
    )
    written = f"[{shape.title}]({shape.url}) - {shape.description}"
    entry = Entry(shape.title, f"{written}\nUseful things")
    analysis = analyse_page(response, baseline_from(history, Rules()), "", entry)
    asked = asked and bool(shape.before) and needs_former_page(analysis, known)
    former = archived(shape, target, entry) if asked else None
    context = PageContext(ownership=known, former=former)
    analysis = with_former_page(analysis, context)
    result = classify_in_context(analysis, context)
    if result.outcome.is_negative:
        result = merge_attempts(result, result)
    return page_observation(target, analysis, result, (night(n), at(n)), 1)


def concluded(shape: Shape, known: Ownership, *, asked: bool = True) -> tuple[Verdict, str]:
    """The verdict after three nights, and the evidence of the last one.

    `asked`: whether the archive was.
    """
    history: list[Observation] = []
    for n in (1, 2, 3):
        history.append(checked(shape, history, known, n, asked=asked))
    return conclude_verdict(history[0].link, history, Rules()), history[-1].evidence


def usurped(shapes: tuple[Shape, ...], *, asked: bool = True) -> list[str]:
    known = {shape: ownership(shape) if asked else SILENT for shape in shapes}
    found = ((one, concluded(one, known[one])[0]) for one in shapes)
    return [one.name for one, verdict in found if verdict.state is VerdictState.USURPED]


def test_the_tables_are_as_large_as_they_must_be() -> None:
    assert len(USURPED) >= 40
    assert len(HONEST) >= 100
    assert len(HELD_OUT) >= 30
    assert len(TRADES["gambling"]) >= 10
    assert all(re.compile(one).groups == 0 for words in TRADES.values() for one in words.values())


def test_nine_of_ten_usurped_sites_are_found_by_the_third_night() -> None:
    missed = {shape.name for shape in USURPED} - set(usurped(USURPED))
    assert len(missed) <= 0.1 * len(USURPED), missed


def test_no_honest_neighbour_is_usurped() -> None:
    assert usurped(HONEST) == []


def test_shapes_that_the_rules_were_not_made_for() -> None:
    """At first one of the 30 honest ones was taken for usurped, and 9 of 10 were found."""
    flagged = set(usurped(HELD_OUT))
    honest = {shape.name for shape in HELD_OUT if not shape.name.startswith("usurped")}
    assert flagged & honest == set()
    others = {shape.name for shape in HELD_OUT} - honest
    assert len(flagged & others) >= 0.9 * len(others), others - flagged


def test_shapes_by_somebody_who_had_not_read_the_rules() -> None:
    """At first three of 55 honest ones were flagged, and 23 of 25 usurped ones found."""
    assert len(usurped(TAKEN)) >= 24
    bought_back = "redesigned by a laboratory that lost its domain and bought it back"
    assert usurped(HONEST_FRESH) == [bought_back]


def test_a_second_table_by_somebody_who_had_not_read_the_rules() -> None:
    """At first 12 of 15 usurped were found, and one of 45 honest was flagged: a translation."""
    assert len(usurped(TAKEN3)) >= 13
    assert usurped(HONEST3) == []


FOREIGN = {
    "Norwegian": "Nettcasino Norge | Beste spilleautomater på nett, gratisspinn uten innskudd",
    "Finnish": "Parhaat nettikasinot 2026 | Kolikkopelit, vedonlyönti ja bonukset ilman talletusta",
    "Czech": "Nejlepší online kasino | Hrací automaty, sázky na sport, bonus bez vkladu",
    "Hungarian": "Legjobb online kaszinó magyaroknak | Nyerőgépek, sportfogadás, élő kaszinó",
    "Romanian": "Păcănele gratis | Cazinouri online, pariuri sportive, rotiri gratuite",
    "Greek": "Καζίνο online | Φρουτάκια, ζωντανό καζίνο και μπόνους χωρίς κατάθεση για παίκτες",
    "Hindi": "ऑनलाइन कैसीनो | क्रिकेट सट्टा, तीन पत्ती, रमी और स्लॉट। स्वागत बोनस पाएं।",
    "Bengali": "সেরা অনলাইন ক্যাসিনো | ক্রিকেট বেটিং, স্লট এবং লাইভ ক্যাসিনো, স্বাগত বোনাস",
    "Persian": "سایت شرط بندی فوتبال | کازینو آنلاین، بازی انفجار و پوکر با شارژ ویژه",
    "Hebrew": "קזינו אונליין | הימורים, מכונות מזל ובונוס ללא הפקדה לשחקנים בישראל",
    "loans in Indonesian": "Pinjaman Online Langsung Cair | Pinjol legal, cukup KTP, bunga rendah",
    "loans in Vietnamese": "Vay tiền online chỉ cần CMND | Vay nóng trong ngày, giải ngân 5 phút",
    "loans in Spanish": "Préstamos rápidos sin papeleo | Minicréditos al instante con ASNEF",
    "loans in German": "Kredit ohne Schufa | Sofortkredit trotz negativer Auskunft, in 24 Stunden",
    "loans in Polish": "Chwilówki bez BIK | Pożyczki online przez internet w 15 minut",
    "loans in Russian": "Займы онлайн без отказа | Микрозаймы за 5 минут, первый без процентов",
    "adult in Indonesian": "Nonton Bokep Indo | Bokep viral, bokep jepang, video mesum terbaru",
    "adult in Vietnamese": "Phim sex không che | Sex Việt Nam, phim sex Nhật Bản, gái gọi",
    "adult in Turkish": "İstanbul Eskort Bayan | Vip masöz ve partner ilanları, tüm ilçeler",
    "adult in Russian": "Порно онлайн | Секс видео бесплатно, проститутки Москвы, эскорт",
    "adult in Korean": "출장마사지 - 서울 | 선입금 없는 후불제 출장안마, 전국 최저가 출장샵",
    "adult in Chinese": "成人视频在线观看 | 免费色情视频,国产无码,欧美",
    "adult in Japanese": "無修正動画まとめ | 人気女優の無修正、素人のアダルト動画を毎日更新",
    "adult in Thai": "หนังโป๊ออนไลน์ | ดูหนังโป๊ฟรี หนังx คลิปหลุด ไม่เซ็นเซอร์",
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_trade_in_another_language_needs_no_registry(name: str) -> None:
    shape = Shape(name, "Neuralvis", "Draws the layers of neural networks.", FOREIGN[name])
    assert concluded(shape, SILENT)[0].state is VerdictState.USURPED


NEIGHBOURS = {
    "a lottery of metaphors": "Το στοίχημα της ανάπτυξης | Ένα μεγάλο στοίχημα για την οικονομία",
    "on no-code tools": "无码平台 | 低代码与无码平台的比较,适合初学者的可视化工具",
    "a bank": "Kredite und Konten | Sofortkredit der Sparkasse für Studierende, mit Beratung",
    "on loan words": "Займы в русском языке | Лингвистический обзор заимствованных слов",
    "a spa": "마사지 안내 | 서울 시내의 스포츠 마사지와 물리치료 안내",
    "a central bank": "Микрокредитование | Что такое микрокредит и кто выдаёт микрокредиты бизнесу",
    "on escorts": "Eskort gemisi | Eskortların tarihi, deniz kuvvetlerinde eskortluk",
    "a law": "Ustawa o grach hazardowych | Przepisy: gry hazardowe, podatek, gra hazardowa w kasie",
    "a history of dice": "जुआरी | प्रेमचंद की कहानी, हिन्दी साहित्य",
}


@pytest.mark.parametrize(
    ("url", "page"),
    [
        ("https://ru.site.example/%D0%9A%D0%B0%D0%B7%D0%B8%D0%BD%D0%BE", "Казино | букмекер"),
        ("https://site.example/kredit-ohne-schufa", FOREIGN["loans in German"]),
        ("https://site.example/juegos/pr%C3%A9stamos_r%C3%A1pidos", FOREIGN["loans in Spanish"]),
    ],
)
def test_a_link_may_name_the_trade_in_its_address(url: str, page: str) -> None:
    shape = Shape(url, "Neuralvis", "An article.", page, own=url)
    assert concluded(shape, SILENT)[0].state is not VerdictState.USURPED


OF_THE_TRADE = {
    "Consumer advice on bank loans.": FOREIGN["loans in German"],
    "Statistics on microfinance.": FOREIGN["loans in Russian"],
    "Detects NSFW images.": FOREIGN["adult in Japanese"],
    "Games of chance and the law.": FOREIGN["Greek"],
}


@pytest.mark.parametrize("text", OF_THE_TRADE)
def test_an_entry_about_a_trade_may_have_a_page_about_it(text: str) -> None:
    shape = Shape(text, "Neuralvis", text, OF_THE_TRADE[text])
    assert concluded(shape, SILENT)[0].state is not VerdictState.USURPED


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_a_word_that_trades_use_too_is_not_enough(name: str) -> None:
    shape = Shape(name, "Neuralvis", "Draws the layers of neural networks.", NEIGHBOURS[name])
    assert concluded(shape, SILENT)[0].state is VerdictState.ALIVE


def _entry(name: str, title: str, description: str, page: str, registered: str = NEW) -> Shape:
    return Shape(name, title, description, page, "", "https://a.example/", registered)


_SHOP = "手工巧克力礼盒 | 家族作坊手工制作的松露巧克力,木质礼盒包装,满三百元包邮,附手写贺卡"
_OLD = "2012-03-04"
CHINESE_AND_JAPANESE = {
    _entry(
        "a short name", "飞桨", "源于产业实践的深度学习框架。", f"飞桨PaddlePaddle | {_SHOP}"
    ): False,
    _entry(
        "another name and the same words",
        "动手学",
        "面向中文读者、能运行的深度学习教科书。",
        "欢迎 | 这本深度学习教科书面向中文读者,每一节的代码都能运行,附有习题与讨论,适合自学。",
    ): False,
    _entry(
        "an article on bandits",
        "动手学强化学习",
        "强化学习的原理与代码实践。",
        "第二章 多臂老虎机问题 | 多臂老虎机又称多臂赌博机,是序列决策的简化版本,本章讨论其算法。",
        _OLD,
    ): False,
    _entry(
        "words in Japanese",
        "質問板",
        "プログラミングの質問と回答の掲示板。",
        "ようこそ | プログラミングに関する質問を投稿すると、経験者から回答が届く掲示板です。",
    ): False,
    _entry(
        "a sentence for a title",
        "面向开发者的大语言模型入门教程",
        "",
        "大模型开发 | 本书为开发者讲解大语言模型的入门知识与应用,附有可运行的代码与习题。",
    ): False,
    _entry("a shop", "机器之眼", "计算机视觉论文与数据集的导航。", _SHOP): True,
    _entry(
        "a shop with generic words", "教程", "免费的在线编程教程网站。", f"官网首页 教程 {_SHOP}"
    ): True,
    _entry(
        "a casino",
        "图谱社",
        "知识图谱的论文、数据集和评测。",
        "澳门娱乐城官网 - 首页 | 真人百家乐、老虎机、体育投注、彩票,注册即送彩金,24小时客服",
        _OLD,
    ): True,
}


@pytest.mark.parametrize("shape", CHINESE_AND_JAPANESE, ids=lambda shape: shape.name)
def test_entries_without_blanks_are_compared_with_their_pages(shape: Shape) -> None:
    verdict, evidence = concluded(shape, ownership(shape))
    assert (verdict.state is VerdictState.USURPED) is CHINESE_AND_JAPANESE[shape], evidence


@pytest.mark.parametrize(
    ("title", "description", "own", "shop"),
    [
        (
            "भाषा भंडार",
            "भारतीय भाषाओं के लिए मशीन अनुवाद और वाक् पहचान के डेटासेट।",
            "स्वागत है | यहाँ भारतीय भाषाओं में मशीन अनुवाद के डेटासेट और वाक् पहचान के मॉडल मिलते हैं।",
            "हस्तनिर्मित चॉकलेट | परिवार की कार्यशाला में बनी चॉकलेट लकड़ी के डिब्बे में, मुफ़्त डिलीवरी के साथ।",
        ),
        (
            "ভাষা ভাণ্ডার",
            "বাংলা ভাষার যান্ত্রিক অনুবাদ ও বাক্ শনাক্তকরণের উপাত্ত।",
            "স্বাগতম | এখানে বাংলা ভাষার যান্ত্রিক অনুবাদের উপাত্ত ও শনাক্তকরণের মডেল পাওয়া যায়।",
            "হাতে তৈরি চকলেট | পারিবারিক কারখানার চকলেট কাঠের বাক্সে, বিনামূল্যে পৌঁছে দেওয়া হয়।",
        ),
        (
            "கிடங்கு",
            "தமிழ் மொழிக்கான இயந்திர மொழிபெயர்ப்பு தரவுத்தொகுப்புகள்.",
            "வரவேற்கிறோம் | தமிழ் இயந்திர மொழிபெயர்ப்புக்கான தரவுத்தொகுப்புகள் இங்கே கிடைக்கும்.",
            "கைவினை சாக்லேட் | குடும்பத் தொழிலகத்தில் செய்த சாக்லேட், மரப் பெட்டியில் இலவசமாக வரும்.",
        ),
        (
            "คลังภาษา",
            "ชุดข้อมูลและแบบจำลองสำหรับการแปลภาษาไทยด้วยเครื่อง",
            "ยินดีต้อนรับ | รวบรวมแบบจำลองและชุดข้อมูลการแปลภาษาไทยสำหรับทุกคน",
            "ช็อกโกแลตทำมือ | ขนมหวานจากโรงงานของครอบครัว บรรจุกล่องไม้ ส่งฟรีทั่วประเทศ",
        ),
        (
            "ຄັງພາສາ",
            "ຊຸດຂໍ້ມູນ ແລະ ແບບຈຳລອງສຳລັບການແປພາສາລາວດ້ວຍເຄື່ອງຈັກ",
            "ຍິນດີຕ້ອນຮັບ | ລວບລວມແບບຈຳລອງ ແລະ ຊຸດຂໍ້ມູນສຳລັບການແປພາສາລາວ",
            "ຊັອກໂກແລັດເຮັດດ້ວຍມື | ເຂົ້າໜົມຫວານຈາກໂຮງງານຄອບຄົວ ບັນຈຸໃນກ່ອງໄມ້ ສົ່ງຟຣີທົ່ວປະເທດ",
        ),
        (
            "ឃ្លាំង",
            "សំណុំទិន្នន័យ និងគំរូសម្រាប់ការបកប្រែភាសាខ្មែរដោយម៉ាស៊ីន",
            "សូមស្វាគមន៍ | នៅទីនេះមានសំណុំទិន្នន័យសម្រាប់បកប្រែភាសាខ្មែរ និងគំរូភាសា",
            "សូកូឡាធ្វើដោយដៃ | អំណោយពីសិប្បកម្មគ្រួសារ វេចខ្ចប់ក្នុងប្រអប់ឈើ ដឹកជញ្ជូនឥតគិតថ្លៃ",
        ),
        (
            "ဘာသာစကားတိုက်",
            "မြန်မာဘာသာ စက်ဘာသာပြန်အတွက် ဒေတာအစုများနှင့် မော်ဒယ်များ",
            "ကြိုဆိုပါတယ် | ဒီမှာ မြန်မာဘာသာပြန်စက်အတွက် ဒေတာအစုများကို ရယူနိုင်ပါတယ်",
            "လက်လုပ်ချောကလက် | မိသားစုလုပ်ငန်းမှ သစ်သားဘူးဖြင့် ထုပ်ပိုးပြီး အခမဲ့ပို့ပေးသည်",
        ),
    ],
)  # fmt: skip
def test_scripts_with_marks_are_compared_by_their_words(
    title: str, description: str, own: str, shop: str
) -> None:
    """Hindi, Bengali, Tamil, Thai, Lao, Khmer and Burmese; the name is on none of the pages."""
    shapes = tuple(
        _entry(f"{page} for {name}", name, text, page)
        for page in (own, shop)
        for name, text in ((title, description), (description, ""))
    )
    assert usurped(shapes) == [f"{shop} for {title}", f"{shop} for {description}"]


def test_the_page_of_the_lines_time_confirms_moves() -> None:
    """Of 20 honest links that lead elsewhere, ten go on with what they showed before."""
    states = [concluded(one, ownership(one))[0].state for one in HONEST if one.before]
    assert len(states) == 20
    assert states.count(VerdictState.MOVED) >= 10


@pytest.mark.parametrize("shape", USURPED, ids=[shape.name for shape in USURPED])
def test_no_usurper_is_ever_suggested(shape: Shape) -> None:
    for known in (ownership(shape), SILENT):
        verdict, evidence = concluded(shape, known)
        assert verdict.state is not VerdictState.MOVED, evidence
        assert verdict.suggestion is None


def test_no_usurper_is_suggested_by_what_the_archive_has() -> None:
    for shape in (*TAKEN, *TAKEN3):
        for known in (ownership(shape), SILENT):
            verdict, evidence = concluded(shape, known)
            assert verdict.state is not VerdictState.MOVED, evidence
            assert verdict.suggestion is None


def test_a_silent_registry_makes_nobody_usurped_who_is_not_otherwise() -> None:
    assert usurped(HONEST, asked=False) == []
    assert set(usurped(USURPED, asked=False)) <= set(usurped(USURPED))


def test_the_evidence_is_one_line_that_a_person_can_check() -> None:
    shape = Shape(
        "x", "Repo", "Searches code repositories.", USURPED[0].page, registered="2026-08-01"
    )
    _, evidence = concluded(shape, ownership(shape))
    assert "the page speaks of gambling; the domain was registered on 2026-08-01" in evidence
    assert "the line is of 2023-01-05; says nothing of the entry" in evidence


def test_one_kind_of_evidence_is_for_a_person() -> None:
    shape = Shape("x", "Reposearch", "Searches code.", "Reposearch: casino and code | poker, code")
    verdict, evidence = concluded(shape, SILENT)
    assert (verdict.state, verdict.reason) == (VerdictState.SUSPECT, "taken_over"), evidence


def test_a_suspicion_is_kept_however_long_the_address_is_that_the_evidence_names() -> None:
    page = page_response(url="https://site.example/page")
    words = f"302 to https://x.example/{'a' * 3_000}, the page speaks of gambling{PERHAPS_USURPED}"
    result = Classification(Outcome.OK, words)
    seen = page_observation(
        to(page.url), analyse_page(page, Baseline()), result, (night(1), at(1)), 1
    )
    assert seen.is_doubtful


@pytest.mark.parametrize(
    ("head", "text", "promised", "trade"),
    [
        ("Poker", "poker", "", ""),
        ("Poker and slots online", "", "", "gambling"),
        ("Poker and slots online", "", "A poker solver", ""),
        ("News", "casino poker roulette", "", ""),
        ("Kumar's blog", "the lottery ticket hypothesis", "", ""),
        ("Judi Hazard and Al Bandar", "poker with card counting", "", ""),
        ("Steroids and their receptors", "a steroid hormone", "", ""),
        ("Slot 10: keynote", "Slot 11 and slot 12", "", ""),
        ("Situs judi slot", "bandar togel", "", "gambling"),
        ("Kumar siteleri", "kumarhane", "", "gambling"),
        ("Gry hazardowe", "kasyno", "", "gambling"),
        ("Ustawa o grach hazardowych", "gry hazardowe, gra hazardowa", "", ""),
        ("Микрокредитование", "микрокредит, микрокредиты", "", ""),
        ("Kredit ohne Schufa", "Kredite ohne Schufa", "", ""),
        ("Kredit ohne Schufa", "Sofortkredite", "", "loans"),
    ],
)
def test_a_page_is_about_a_trade_by_two_words_and_its_title(
    head: str, text: str, promised: str, trade: str
) -> None:
    page = ScannedPage(ContentKind.HTML, title=head, visible=text)
    assert trade_of(page, promised, promised) == trade
