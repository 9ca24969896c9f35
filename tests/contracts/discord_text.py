"""Discord's markdown as its clients read it: what is left of the text, and what was made of it."""

import re

_ESCAPED = re.compile(r"\\([^0-9A-Za-z\s])")
_BLOCKS = re.compile(r"(?m)[^\S\n]*(?:#{1,3} |-# |>>> |> |[-*+] )")
_RULES = {
    "link": re.compile(r"(?:https?|steam|discord)://[^\s<]+|discord(?:\.gg|app\.com/invite)/\w+"),
    "domain": re.compile(r"[a-z0-9-]+\.[a-z]{2,}", re.IGNORECASE),
    "mention": re.compile(r"<@[!&]?\d+>|<#\d+>|<id:\w+>|@everyone|@here"),
    "custom emoji": re.compile(r"<a?:\w+:\d+>"),
    "emoji": re.compile(r":(?!\d+:)[\w+-]+:"),
    "time": re.compile(r"<t:-?\d+(?::\w)?>"),
    "command": re.compile(r"</[\w -]+:\d+>"),
    "masked link": re.compile(r"\[[^\]\n]+\]\([^)\s]+\)"),
    "bold": re.compile(r"\*\*(?=\S).+?\*\*", re.DOTALL),
    "italic": re.compile(r"\*(?=\S)[^*]+\*|_(?=\S)[^_]+_"),
    "struck": re.compile(r"~~.+?~~", re.DOTALL),
    "spoiler": re.compile(r"\|\|.+?\|\|", re.DOTALL),
    "code": re.compile(r"`[^`]+`"),
}


def read_markdown(text: str) -> tuple[str, list[tuple[str, str]]]:
    """The text that is seen where nothing is marked up, and what is, as (kind, source)."""
    seen, marks, position = "", [], 0
    while position < len(text):
        escaped = _ESCAPED.match(text, position)
        if escaped:
            seen, position = seen + escaped[1], escaped.end()
            continue
        if position == 0 or text[position - 1] == "\n":
            block = _BLOCKS.match(text, position)
            if block:
                marks.append(("block", block[0]))
        marks += [
            (kind, found[0])
            for kind, rule in _RULES.items()
            if (found := rule.match(text, position))
        ]
        seen, position = seen + text[position], position + 1
    return seen, marks
