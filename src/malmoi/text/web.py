"""Cleaning steps for text from the web: HTML, addresses of pages and of mail. Every pattern is linear."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple

from malmoi.text.aligned import Edit, removal


def html(text: str) -> Iterator[Edit]:
    """Take out tags, comments, scripts and styles, and turn entities into characters.

    Only names of HTML elements make tags: <기생충>, <3 and <Parasite> stay, and so does a comment that never ends. A tag that
    starts a new line or box (br, p, td …) leaves a space.

    >>> from malmoi.text.aligned import apply_edits
    >>> text = "<b>기생충</b>은<br/>최고 &amp; &#39;강추&#39; <3"
    >>> apply_edits(text, html(text))
    "기생충은 최고 & '강추' <3"
    """
    start = end = 0  # of markup without text in between
    leaves_space = False
    for found in _markup(text):
        if found.start > end or found.character:
            yield from _without(text, start, end, leaves_space)
            start, leaves_space = found.start, False
        if found.character:
            yield Edit(found.start, found.end, found.character)
            start = found.end
        end, leaves_space = found.end, leaves_space or found.is_block
    yield from _without(text, start, end, leaves_space)


def url(text: str, policy: str = "drop") -> Iterator[Edit]:
    """Take out web addresses, or write [URL] in their place ("mask"); one ends at the first letter that is not ASCII.

    >>> from malmoi.text.aligned import apply_edits
    >>> text = "https://news.naver.com/main?a=1에서 봤어요 (www.kbs.co.kr)."
    >>> apply_edits(text, url(text, "mask"))
    '[URL]에서 봤어요 ([URL]).'
    """
    for match in _URL.finditer(text):
        start = match.start()
        end = start + _address_length(match[0])
        yield Edit(start, end, "[URL]") if policy == "mask" else removal(text, start, end)


def email(text: str, policy: str = "drop") -> Iterator[Edit]:
    """Take out mail addresses, or write [EMAIL] in their place ("mask").

    >>> from malmoi.text.aligned import apply_edits
    >>> text = "문의는 malmoi.kim@example.co.kr로 주세요"
    >>> apply_edits(text, email(text, "mask"))
    '문의는 [EMAIL]로 주세요'
    """
    for match in _EMAIL.finditer(text):
        yield Edit(*match.span(), "[EMAIL]") if policy == "mask" else removal(text, *match.span())


class _Markup(NamedTuple):
    """A tag or comment (`character` is empty), or an entity and the character it stands for."""

    start: int
    end: int
    is_block: bool = False
    character: str = ""


def _markup(text: str) -> Iterator[_Markup]:
    """Yield the markup of a text in order; a script is one with its tags, and inside a comment there is none."""
    position = 0
    unclosed: set[re.Pattern[str]] = set()
    for match in _MARKUP.finditer(text):
        start, end = match.span()
        name = (match["name"] or "").lower()
        if start < position or (name and name not in _ELEMENTS):
            continue
        if match["entity"]:
            if (character := unescape(match[0])) != match[0]:
                yield _Markup(start, end, character=character)
            continue
        hidden = _COMMENT_END if match["comment"] else None if match["slash"] else _HIDDEN.get(name)
        if hidden is not None:
            end = _hidden_end(text, hidden, end, unclosed)
        if hidden is not _COMMENT_END or hidden not in unclosed:
            yield _Markup(start, end, is_block=bool(name) and name not in _INLINE)
            position = end


def _without(text: str, start: int, end: int, leaves_space: bool) -> Iterator[Edit]:
    """Yield the edit that takes markup out, if there is any."""
    if start < end:
        yield removal(text, start, end) if leaves_space else Edit(start, end, "")


def _hidden_end(text: str, closing: re.Pattern[str], end: int, unclosed: set[re.Pattern[str]]) -> int:
    """Return where what starts at `end` is closed, else `end`; `unclosed` remembers what a search to the end did not find."""
    found = None if closing in unclosed else closing.search(text, end)
    if found is None:
        unclosed.add(closing)
        return end
    return found.end()


def _address_length(found: str) -> int:
    """Return the length of an address without the sentence marks and foreign closing brackets behind it."""
    address = found.rstrip(_MARKS)
    for opening, closing in ("()", "[]"):
        extra = address.count(closing) - address.count(opening)
        trailing = len(address) - len(address.rstrip(closing))
        address = address[: len(address) - max(0, min(extra, trailing))].rstrip(_MARKS)
    return len(address)


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# A quoted value may hold ">" but not "<": a broken tag is given up at the next "<", so every character is read once.
_MARKUP = re.compile(
    r"""(?P<comment><!--)
    | <(?P<slash>/?)(?P<name>[a-z][a-z0-9]*+)(?=[\s/>])(?:[^<>"']|"[^"<]*+"|'[^'<]*+')*+>
    | (?P<entity>&(?:\#[0-9]{1,7}|\#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});)""",
    re.IGNORECASE | re.VERBOSE | re.ASCII,
)
_HIDDEN = {
    "script": re.compile(r"</script\s*+>", re.IGNORECASE),
    "style": re.compile(r"</style\s*+>", re.IGNORECASE),
}
_COMMENT_END = re.compile("-->")
_INLINE = _names(
    "a abbr acronym b basefont bdi bdo big cite code data del dfn em font i ins kbd label mark nobr q rp rt ruby s samp small "
    "span strike strong sub sup time tt u var wbr"
)
_ELEMENTS = _INLINE | _names(
    "address applet area article aside audio base blockquote body br button canvas caption center col colgroup datalist dd "
    "details dialog dir div dl dt embed fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header "
    "hgroup hr html iframe img input legend li link main map marquee menu meta meter nav noframes noscript object ol optgroup "
    "option output p param picture pre progress script search section select slot source style summary svg table tbody td "
    "template textarea tfoot th thead title tr track ul video"
)

_MARKS = ".,!?:;'\"*~"
_ADDRESS = r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*+"
_URL = re.compile(
    r"(?<![A-Za-z0-9])(?:https?://|www\.)[A-Za-z0-9]"
    + _ADDRESS
    + r"|(?<![A-Za-z0-9@._-])(?:[A-Za-z0-9-]++\.)+(?:com|net|org|kr)"
    r"(?![A-Za-z0-9-])(?::[0-9]{2,5})?(?:[/?#]" + _ADDRESS + ")?",
    re.IGNORECASE | re.ASCII,
)
_EMAIL = re.compile(r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]++@[A-Za-z0-9-]++(?:\.[A-Za-z0-9-]++)++", re.ASCII)
