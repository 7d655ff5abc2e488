"""Which items may be proposed: those whose addresses the link checker would request."""

import unicodedata
from collections import Counter
from dataclasses import replace

from staycurrent.sources.item import PullResult
from staycurrent.web.address import Address, parse
from staycurrent.web.guard import allowed_ips, ip_literal
from staycurrent.web.settings import WebSettings

_LOCAL_NAMES = (".local", ".internal", ".lan", ".home.arpa", ".intranet", ".corp", ".onion")
"""Names that the public DNS does not have (RFC 6762, RFC 8375, RFC 7686, ICANN)."""
# Scripts that are written together in one word; any with Latin (UTS #39, "Highly Restrictive").
_WRITTEN_TOGETHER = (
    {"CJK", "HIRAGANA", "KATAKANA", "LATIN"},
    {"CJK", "BOPOMOFO", "LATIN"},
    {"CJK", "HANGUL", "LATIN"},
)
_LIKE_LATIN = frozenset("асԁеһіјӏорԛѕԝхуъьвгкмнтѡүҽпзѵαικνορτυωχηγϲաոօսցհյզգք")
"""Cyrillic, Greek and Armenian letters of which a name can be made that looks like Latin."""


def without_refused(result: PullResult, settings: WebSettings) -> PullResult:
    """Leave out the items that may not be proposed; the note says how many and why."""
    reasons_by_item = [refusal(item.url, settings) for item in result.items]
    if not any(reasons_by_item):
        return result
    kept = [item for item, reason in zip(result.items, reasons_by_item, strict=True) if not reason]
    counts = Counter(filter(None, reasons_by_item))
    reasons = ", ".join(f"{reason} ({count})" for reason, count in sorted(counts.items()))
    note = f"{len(result.items) - len(kept)} of {len(result.items)} items left out: {reasons}"
    return replace(
        result, items=tuple(kept), note=f"{result.note}; {note}" if result.note else note
    )


def refusal(url: str, settings: WebSettings) -> str:
    """Why an address may not be proposed, in a few words; empty if it may be."""
    address = parse(url)
    if not isinstance(address, Address):
        return address.reason
    if address.is_signed:
        return "the address carries a key"
    host = address.host.removesuffix(".")
    is_own = host == "localhost" or host.endswith(".localhost")
    literal = "127.0.0.1" if is_own else ip_literal(host)
    networks, ports = settings.allow_networks, settings.allow_ports
    if literal and not allowed_ips((literal,), address.port, networks=networks, ports=ports):
        return "a private address or an unusual port"
    if ":" in host:
        return "an IPv6 address, whose brackets markdown encodes"
    if literal is None and address.port not in ports:
        return "an unusual port"
    if literal is None and ("." not in host or host.endswith(_LOCAL_NAMES)):
        return "the name of a private network"
    labels = host.split(".")
    foreign = [label.removeprefix("xn--") for label in labels if label.startswith("xn--")]
    # Below a domain in its own script a name is not taken for a Latin one.
    is_ascii_domain = not labels[-1].startswith("xn--")
    if any(_imitates(label, is_ascii_domain=is_ascii_domain) for label in foreign):
        return f"{host} has letters that imitate another name"
    return ""


def _imitates(label: str, *, is_ascii_domain: bool) -> bool:
    """Whether a label in Punycode mixes scripts, or has only letters that look like Latin ones."""
    try:
        text = label.encode().decode("punycode")
    except UnicodeError:
        return True
    letters = [one for one in text if unicodedata.category(one) in ("Ll", "Lo", "Lu")]
    scripts = {unicodedata.name(one, "").replace("-", " ").partition(" ")[0] for one in letters}
    if len(scripts) > 1 and not any(scripts <= together for together in _WRITTEN_TOGETHER):
        return True
    return is_ascii_domain and bool(letters) and _LIKE_LATIN.issuperset(letters)
