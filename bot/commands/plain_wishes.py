"""Plain sentences that ask to switch alerts ("고래 알림 켜줘"): the commands that do it. Pure."""

import re
from collections.abc import Sequence

from bot.command import Context
from bot.commands.arguments import ALL_WORDS
from bot.commands.layout import kind_name, kind_word, rows, symbol_name
from bot.errors import UserError
from bot.korean import kind_of, unify
from bot.model import Button, Message

_ON = frozenset(
    re.split(
        " ",
        "켜줘 켜주세요 켜 켜기 받을래 받을래요 받고싶어 받고싶어요 보내줘 보내주세요 줘 주세요",
    )
)
_OFF = frozenset({"꺼줘", "꺼주세요", "꺼", "끄기", "그만", "멈춰", "중지", "중단", "해제", "stop"})
_REACHED = re.compile(
    r"(\D\S*(?: \D\S*)?) (\d[\d.,]* ?[천만억]*(?: ?(?:달러|불|원|usdt))?) ?"
    r"(?:까지|[이가에을를])? ?"
    r"(?:되면|넘으면|오면|가면|도달하면|찍으면|떨어지면|내려가면|올라가면|내려오면)(?:$| )"
)
_HAPPENS = re.compile(
    r"(?:(.+?) )??(\S+?) ?"
    r"(?:하면|나면|나오면|나타나면|뜨면|오면|생기면|터지면|잡히면|있으면|되면) "
    r"(?:꼭 |바로 )?(?:알려|말해|알림|알람|보내)\S*(?: \S+)?"
)
_GOES = re.compile(r"(오르|떨어지|내리|빠지|움직이)면")
_ALERTS = frozenset({"알림", "알림을", "알람", "알람을"})
_FILLERS = frozenset({"좀", "다시"})
_ALL = ALL_WORDS | {"다"}  # "알림 다 꺼줘"
_ANY = frozenset({"코인", "종목", "아무"})


def wish(words: Sequence[str], context: Context) -> Message | None:
    """What to type or press where the words ask to switch alerts; None for any other words.

    A sentence switches nothing by itself: what comes and what does not is chosen by a command. Who
    wants alerts may have switched them off before, so that what undoes it is offered as well.
    """
    said = [unify(word).rstrip("?!.~") for word in words]
    sentence = " ".join(said)
    if (when := _target(sentence, context) or _happening(sentence, context)) is not None:
        return when
    said = sentence.replace("받고 싶어", "받고싶어").split()
    said = [word for word in said if word not in _FILLERS]
    on = bool(said) and said[-1] in _ON
    if not said or not (on or said[-1] in _OFF):
        return None
    named = [word for word in said[:-1] if word not in _ALERTS]
    asked = len(named) < len(said) - 1
    named = [word for word in named if word not in _ALL]
    joined = "".join(named).removesuffix("알림")
    kind = kind_of(joined)
    if kind is not None and kind in context.kinds:
        what = kind_name(kind)
        word = kind_word(kind)
        commands = (
            [f"/subscribe {word}", f"/settings {word} 켜기"] if on else [f"/settings {word} 끄기"]
        )
    elif joined and asked and (symbol := _symbol(named, context)):
        what = symbol_name(context, symbol)
        commands = (
            [f"/subscribe {symbol}", f"/unmute {symbol}"] if on else [f"/mute 1시간 {symbol}"]
        )
    elif not joined and (asked or not on):  # "그만" alone means what comes here
        what = "모든"
        commands = ["/subscribe all", "/unmute"] if on else ["/mute 1시간", "/unsubscribe all"]
    else:
        return None
    return _offer(f"{what} 알림을 {'받으려면' if on else '끄려면'}", *commands)


def _target(said: str, context: Context) -> Message | None:
    """ "비트 10만달러 되면 알려줘": the command for it."""
    found = _REACHED.match(said)
    symbol = _symbol(found[1].split(), context) if found else ""
    if found is None or not symbol:
        return None
    amount = found[2].replace(" ", "")
    return _offer("그 가격이 되면 알리려면", f"/target {symbol} {amount}")


def _happening(said: str, context: Context) -> Message | None:
    """ "비트 급등하면 알려줘": the subscription to that kind, of that symbol if one is named."""
    found = _HAPPENS.fullmatch(_GOES.sub("급등락하면", said))
    kind = kind_of(found[2]) if found else None
    if found is None or kind is None or kind not in context.kinds:
        return None
    named = [word for word in (found[1] or "").split() if word not in _ALL | _ANY]
    symbol = _symbol(named, context) if named else ""
    if named and not symbol:
        return None
    of = f"{symbol_name(context, symbol)} " if symbol else ""
    command = " ".join(filter(None, ("/subscribe", symbol, kind_word(kind))))
    return _offer(f"{of}{kind_name(kind)} 알림을 받으려면", command)


def _offer(wanted: str, *commands: str) -> Message:
    """Nothing is changed by a sentence: who wants that is offered the commands for it."""
    return Message(
        head=f"{wanted} 버튼을 누르거나 입력해 주세요. 예: {', '.join(commands)}",
        buttons=rows([Button(command, command) for command in commands]),
        private=True,
    )


def _symbol(words: Sequence[str], context: Context) -> str:
    try:
        return context.directory.find(" ".join(words)).symbol
    except UserError:
        return ""
