"""What the words typed after (and as) a command mean. Pure."""

import re
import unicodedata
from collections.abc import Collection, Sequence
from typing import Final

import msgspec
from rapidfuzz import fuzz, process

from bot.command import Command, Context
from bot.commands.layout import kind_name, kind_names
from bot.errors import UserError
from bot.korean import KIND_WORDS, josa, kind_of, parse_duration_ms, unify
from bot.symbols import FUTURES_WORDS
from pipeline.model import ALL, SymbolInfo

ALL_WORDS: Final = frozenset({"all", "전체", "모두", "모든", "전부", "전종목", "모든종목", "*"})

FAMOUS: Final = ("BTC", "ETH", "XRP", "SOL")

_FILLERS = frozenset({"종목", "종류", "알림", "코인"})  # "모든 종목", "비트 코인"
_CURRENCIES = frozenset(
    re.split(" ", "usdt usdc fdusd usd krw eur try brl jpy 달러 원 원화 유로 테더")
)
_ECHOED = 12
_ALIKE = 70.0  # per cent of rapidfuzz's ratio over typed letters
_DURATION_LIKE = re.compile(r"[-+−]?[0-9]|.*(?:초|분|시간|일|주|달|개월|년)$")
_LONGEST_DURATION = 4  # words: "1 시간 30 분"


class Targets(msgspec.Struct, frozen=True):
    """Symbols and kinds as typed, in that order; () for what was not named, ALL for all."""

    symbols: tuple[str, ...]
    kinds: tuple[str, ...]


def one_symbol(words: Sequence[str], context: Context, example: str) -> SymbolInfo:
    """The pair that all the words together mean. Raises UserError naming the example."""
    if not words:
        raise UserError(f"심볼을 함께 입력해 주세요. 예: {example}", FAMOUS)
    try:
        return context.directory.find(" ".join(words))
    except UserError:
        futures = any(unify(word) in FUTURES_WORDS for word in words)
        if len(words) > 1 and not futures and any(_names_pair(word, context) for word in words):
            for word in words:  # what is wrong is one of them
                context.directory.find(word)
        raise


def several_symbols(words: Sequence[str], context: Context) -> tuple[SymbolInfo, ...]:
    """The pairs where each word means one of its own ("btc eth", "비트, 이더"); () where it does
    not, or where all together mean one: "btc usdt", "비트코인 캐시", "eth/btc"."""
    pieces = _pieces(words)
    found: dict[str, SymbolInfo] = {}
    while pieces:
        taken = 2 if len(pieces) > 1 and unify(pieces[1]) in _CURRENCIES else 1
        named = " ".join(pieces[:taken])
        if unify(pieces[0]) in _CURRENCIES or not _names_pair(named, context):
            return ()
        info = context.directory.find(named)
        found[info.symbol] = info
        del pieces[:taken]
    whole = "".join(words)
    if _names_pair(whole, context):
        base = context.directory.find(whole).base
        if base not in {info.base for info in found.values()}:
            return ()  # a coin whose name is of two words
    return tuple(found.values())


def _pieces(words: Sequence[str]) -> list[str]:
    return [piece for word in words for piece in re.split(r"[,、]+", word) if piece]


def leading_symbol(words: Sequence[str], context: Context, example: str) -> SymbolInfo:
    """The pair that the words mean, or the first of them where only talk follows: "비트 왜 떨어져".

    Raises UserError naming the example.
    """
    try:
        return one_symbol(words, context, example)
    except UserError:
        for taken in range(len(words) - 1, 0, -1):
            if any(_names_pair(word, context) or word.isascii() for word in words[taken:]):
                break  # of two pairs neither is meant more than the other
            if any(unify(word) in FUTURES_WORDS for word in words[taken:]):
                break  # its contract is meant, and there is none
            if _names_pair(" ".join(words[:taken]), context):
                return context.directory.find(" ".join(words[:taken]))
        raise


def _names_pair(text: str, context: Context) -> bool:
    try:
        context.directory.find(text)
    except UserError:
        return False
    return True


def then(said: str, more: str) -> str:
    """Two sentences, with a stop between them."""
    return f"{said if said.endswith(('.', '?', '!')) else f'{said}.'} {more}"


def targets(words: Sequence[str], context: Context, stored: Collection[str] = ()) -> Targets:
    """Symbols and kinds in any order; "all" is all symbols, after a symbol all kinds.

    ``stored`` symbols are known by their full names even when they are no longer listed. Raises
    UserError for a word that is neither, and for "all" before a symbol.
    """
    kept = {unify(symbol): symbol for symbol in stored}
    pieces = _pieces(words)
    symbols: dict[str, None] = {}
    kinds: dict[str, None] = {}
    while pieces:
        word = unify(pieces[0])
        kind = word if word in context.kinds else kind_of(word)
        if word in _FILLERS:
            pieces.pop(0)
        elif word in ALL_WORDS:
            (kinds if symbols else symbols)[ALL] = None
            pieces.pop(0)
        elif kind is not None and kind in context.kinds:
            kinds[kind] = None
            pieces.pop(0)
        else:
            symbol, taken = (kept[word], 1) if word in kept else _symbol(pieces, context)
            if ALL in symbols:
                raise UserError(
                    "모든 종목(all)과 한 종목을 함께 고를 수 없습니다. 예: /subscribe BTC 고래"
                )
            symbols[symbol] = None
            del pieces[:taken]
    return Targets(
        symbols=(ALL,) if ALL in symbols else tuple(symbols),
        kinds=(ALL,) if ALL in kinds else tuple(kinds),
    )


def symbols_only(
    words: Sequence[str], context: Context, stored: Collection[str] = ()
) -> tuple[str, ...]:
    """Symbols, (ALL,) or (). Raises UserError for anything else."""
    found = targets(words, context, stored)
    if found.kinds and found.kinds != (ALL,):
        raise UserError(
            f"종류({kind_names(found.kinds)})로는 음소거할 수 없습니다. "
            f"그 종류를 받지 않으려면: /unsubscribe {found.kinds[0]}"
        )
    return found.symbols


def take_duration(words: Sequence[str], now_ms: int) -> tuple[int | None, list[str]]:
    """The duration among the words in milliseconds (None: there is none), and the other words."""
    for start in range(len(words)):
        for end in range(min(start + _LONGEST_DURATION, len(words)), start, -1):
            try:
                found = parse_duration_ms("".join(words[start:end]), now_ms)
            except ValueError:
                continue
            return found, [*words[:start], *words[end:]]
    return None, list(words)


def duration_problem(words: Sequence[str], context: Context) -> None:
    """Raises UserError for a word that looks like a (second) duration and is no symbol."""
    for word in words:
        if not _DURATION_LIKE.match(unify(word)):
            continue
        try:
            context.directory.find(word)
        except UserError:
            try:
                parse_duration_ms(word, context.now_ms())
            except ValueError as error:
                raise UserError(str(error)) from error
            raise UserError("기간은 하나만 입력해 주세요. 예: /mute 1시간 BTC") from None


# --- names of commands -------------------------------------------------------------------------


def command_of(
    words: Sequence[str], commands: Sequence[Command]
) -> tuple[Command, list[str]] | None:
    """The command that the first word means, or two or three together ("구독 해지", "내 데이터
    삭제"), and the rest."""
    for taken in (3, 2, 1):
        word = unify("".join(words[:taken]))
        if len(words) < taken or (taken > 1 and word.isascii()):
            continue
        for command in commands:
            if word in names_of(command):
                return command, list(words[taken:])
    return None


def names_of(command: Command) -> tuple[str, ...]:
    """Every word that calls the command, as compared."""
    return tuple(unify(word) for word in (command.name, command.korean, *command.aliases))


def nearest_command(word: str, commands: Sequence[Command]) -> Command | None:
    """The command whose name is written most like the word, if any is."""
    named = {name: command for command in commands for name in names_of(command)}
    found = nearest(word, list(named))
    return named[found] if found is not None else None


def nearest(word: str, known: Sequence[str]) -> str | None:
    """The known word that is typed most alike, if any is: Hangul counts letter by letter."""
    letters = [unicodedata.normalize("NFD", name) for name in known]
    typed = unicodedata.normalize("NFD", unify(word))
    found = process.extractOne(typed, letters, scorer=fuzz.ratio, score_cutoff=_ALIKE)
    return known[found[2]] if found else None


def echo(word: str) -> str:
    """The start of what somebody typed, safe to repeat: letters, digits and "_" only."""
    return "".join(char for char in unify(word) if char.isalnum() or char == "_")[:_ECHOED]


def _symbol(pieces: Sequence[str], context: Context) -> tuple[str, int]:
    """The pair at the start of the pieces and how many it takes: "btc usdt" is one pair."""
    if len(pieces) > 1 and unify(pieces[1]) in _CURRENCIES:
        try:
            return context.directory.find(f"{pieces[0]} {pieces[1]}").symbol, 2
        except UserError:
            pass  # then each has to mean something by itself, or the next line says what does not
    try:
        return context.directory.find(pieces[0]).symbol, 1
    except UserError as error:
        if ":" in pieces[0]:  # a pair of an exchange, and certainly no kind
            raise
        if (kind := kind_of(unify(pieces[0]))) is not None:  # of data that are not followed here
            raise UserError(
                f"이 봇에는 {kind_name(kind)} 알림이 없습니다. "
                f"알림 종류: {kind_names(context.kinds)}"
            ) from error
        words = [word for word, kind in KIND_WORDS.items() if kind in context.kinds]
        alike = nearest(pieces[0], [*words, *context.kinds])
        if alike is not None:
            raise UserError(
                f"‘{echo(pieces[0])}’ 대신 {josa(f'‘{alike}’', '을/를')} 쓰려고 하셨나요? "
                f"알림 종류: {kind_names(context.kinds)}"
            ) from error
        raise UserError(f"{error} (알림 종류: {kind_names(context.kinds)})", error.near) from error
