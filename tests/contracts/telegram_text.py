"""Telegram's HTML as the Bot API reads it: entities, lengths and the wording of its refusals."""

import re
from html import unescape
from html.parser import HTMLParser

TAGS = frozenset(
    {
        "b",
        "strong",
        "i",
        "em",
        "u",
        "ins",
        "s",
        "strike",
        "del",
        "code",
        "pre",
        "a",
        "span",
        "tg-spoiler",
        "blockquote",
        "tg-emoji",
    }
)
MAX_TEXT = 4096
MAX_CAPTION = 1024


class CannotParse(Exception):
    """The text is no HTML that Telegram takes; the message is its wording."""


def units(text: str) -> int:
    """UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


class _Reader(HTMLParser):
    """Strict where Telegram is: known tags, properly nested, all closed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.text = ""
        self.entities: list[dict[str, object]] = []
        self._open: list[tuple[str, str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            raise CannotParse(f'Unsupported start tag "{tag}" at byte offset {self.getpos()[1]}')
        folded = tag == "blockquote" and any(name == "expandable" for name, _ in attrs)
        self._open.append((tag, "expandable_blockquote" if folded else tag, units(self.text)))

    def handle_endtag(self, tag: str) -> None:
        if not self._open:
            raise CannotParse(f"Unexpected end tag at byte offset {self.getpos()[1]}")
        opened, kind, offset = self._open.pop()
        if opened != tag:
            raise CannotParse(
                f'Unmatched end tag at byte offset {self.getpos()[1]}, expected "</{opened}>", '
                f'found "</{tag}>"'
            )
        names = {"b": "bold", "strong": "bold", "i": "italic", "em": "italic"}
        length = units(self.text) - offset
        if length:
            self.entities.append(
                {"type": names.get(kind, kind), "offset": offset, "length": length}
            )

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_entityref(self, name: str) -> None:
        known = name in ("lt", "gt", "amp", "quot")
        self.text += unescape(f"&{name};") if known else f"&{name};"

    def handle_charref(self, name: str) -> None:
        self.text += unescape(f"&#{name};")

    def end(self) -> None:
        self.close()
        if self._open:
            raise CannotParse(
                f'Can\'t find end tag corresponding to start tag "{self._open[-1][0]}"'
            )


def read_html(text: str) -> tuple[str, list[dict[str, object]]]:
    """The text without markup, and its entities. Raises CannotParse."""
    # Telegram takes every "<" for the begin of a tag; Python's parser lets "< 5" pass.
    stray = re.search(r"<(?![a-zA-Z/])", text)
    if stray:
        raise CannotParse(f'Unsupported start tag "" at byte offset {stray.start()}')
    reader = _Reader()
    reader.feed(text)
    reader.end()
    entities = sorted(
        reader.entities, key=lambda e: (int(str(e["offset"])), -int(str(e["length"])))
    )
    return reader.text, entities


_BEFORE = r"(?<![\w\u200c\u200d])"
_DETECTED = {
    # As in TDLib's MessageEntity.cpp, a little greedier: any letters count as a top level domain.
    "mention": re.compile(_BEFORE + r"@[a-zA-Z0-9_]{2,32}"),
    "hashtag": re.compile(r"(?<!\w)[#＃][\w\u200c]*[^\W\d_][\w\u200c]*"),
    "cashtag": re.compile(r"(?<![\w$])\$[A-Z][A-Z0-9]{0,7}(?![\w$])"),
    "email": re.compile(r"[\w.+%-]+@[\w-]+(\.[\w-]+)+"),
    "tg link": re.compile(r"(?i)(tg|ton|tonsite)://[\w-]"),
    "url": re.compile(
        r"(?i)(https?|ftp)://[\w-]|[\w~-]+(\.[\w~-]+)*\.[^\W\d_][\w-]+|\d+(\.\d+){3}"
    ),
}


def detected(text: str) -> list[tuple[str, str]]:
    """What clients turn into links in bare text, as (type, words); commands are left out."""
    return [(kind, m[0]) for kind, finder in _DETECTED.items() for m in finder.finditer(text)]
