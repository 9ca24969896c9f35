"""How the simulated exchange judges REST parameters: Binance's codes, words and weights."""

import json
import re
from collections.abc import Mapping

from pipeline.sources.simulated.history import MINUTE_MS

Params = Mapping[str, str]

_SYMBOL = re.compile(r"(?:(?![a-z])[\w.\-]){1,50}")
_SYMBOL_RANGE = r"^[\w\-._&&[^a-z]]{1,50}$"
_NUMBER = re.compile(r"[0-9]{1,20}")
_ZONE = re.compile(r"([+-]?)(\d{1,2})(?::(\d\d))?")


class BadRequest(Exception):
    """Answered with status 400 and Binance's ``{"code","msg"}``."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def missing(name: str) -> BadRequest:
    """A mandatory parameter that is not there."""
    return BadRequest(
        -1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed."
    )


def illegal(name: str, legal: str) -> BadRequest:
    """A parameter with characters it cannot have."""
    return BadRequest(
        -1100, f"Illegal characters found in parameter '{name}'; legal range is '{legal}'."
    )


def check_symbol(name: str, parameter: str) -> None:
    """Refuse what cannot be a symbol: lower case, blanks, signs."""
    if not _SYMBOL.fullmatch(name):
        raise illegal(parameter, _SYMBOL_RANGE)


def number_of(params: Params, name: str) -> int | None:
    """A whole number, None where it is not sent; raises BadRequest."""
    text = params.get(name)
    if text is None:
        return None
    if not text:
        raise BadRequest(-1105, f"Parameter '{name}' was empty.")
    if not _NUMBER.fullmatch(text):
        raise illegal(name, "^[0-9]{1,20}$")
    return int(text)


def time_of(params: Params, name: str) -> int | None:
    """A time in milliseconds; microseconds are understood too."""
    number = number_of(params, name)
    return number if number is None or number < 10**14 else number // 1000


def limit_of(params: Params, usual: int, most: int) -> int:
    """How many rows are asked for, at most ``most``; raises BadRequest."""
    number = number_of(params, "limit")
    if number == 0:
        raise BadRequest(-1130, "Data sent for parameter 'limit' is not valid.")
    return min(most, usual if number is None else number)


def names_in(text: str) -> list[str]:
    """The symbols of a JSON list; raises BadRequest."""
    try:
        names = json.loads(text)
    except json.JSONDecodeError:
        names = None
    if not isinstance(names, list) or not names or not all(isinstance(n, str) for n in names):
        raise illegal("symbols", r'^\[("[^a-z"]{1,50}"(,"[^a-z"]{1,50}"){0,}){0,1}\]$')
    return names


def offset_ms(zone: str) -> int:
    """A time zone such as ``9``, ``-3`` or ``+05:30``; Binance allows −12:00 to +14:00."""
    found = _ZONE.fullmatch(zone)
    if found is None:
        raise BadRequest(-1130, "Data sent for parameter 'timeZone' is not valid.")
    minutes = int(found[2]) * 60 + int(found[3] or 0)
    minutes = -minutes if found[1] == "-" else minutes
    if not -12 * 60 <= minutes <= 14 * 60:
        raise BadRequest(-1130, "Data sent for parameter 'timeZone' is not valid.")
    return minutes * MINUTE_MS


def depth_weight(params: Params) -> int:
    """What an order book costs."""
    text = params.get("limit", "100")
    limit = int(text) if _NUMBER.fullmatch(text) else 0
    return 5 if limit <= 100 else 25 if limit <= 500 else 50 if limit <= 1000 else 250


def _asked(params: Params) -> int | None:
    """How many symbols are asked for; None for all."""
    if "symbol" in params:
        return 1
    return params["symbols"].count(",") + 1 if "symbols" in params else None


def day_weight(params: Params) -> int:
    """What rolling days cost."""
    count = _asked(params)
    return 80 if count is None or count > 100 else 40 if count > 20 else 2


def ticker_weight(params: Params) -> int:
    """What last prices or best quotes cost."""
    return 2 if "symbol" in params else 4
