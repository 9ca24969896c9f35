"""Every command × platform × place and standing, with what must come of it there."""

import pytest
from busy_bot import busy
from contracts.discord_things import CHANNEL, GUILD, MANAGE_GUILD, POSTING, USER, channel
from discord_fakes import texts
from discord_fakes import world as discord_world
from fakes import Bot
from test_discord_talk import answered, hidden
from test_telegram import ADMIN, ME, World, group, private, world  # noqa: F401 (the fixture)
from test_web import Visitor
from web_fakes import World as WebWorld

from bot.answer import Answerer
from bot.commands import COMMANDS
from bot.model import Message, Request
from bot.platforms.unbroken import JOINER
from bot.ports import News

TABLE = """
                           |      Telegram       |   Discord   | web | operators
                           | pri mem adm own ano str cha | dir mem man els | vis | tel dis web
/start                     |  a   a   a   a   a   a   a  |  a   a   a   a  |  a  |  a   a   a
/help                      |  a   a   a   a   a   a   a  |  a   a   a   a  |  a  |  a   a   a
/price BTC                 |  a   a   a   a   a   a   a  |  a   a   a   a  |  a  |  a   a   a
/spread BTC                |  a   a   a   a   a   a   a  |  a   a   a   a  |  a  |  a   a   a
/book BTC                  |  a   a   a   a   a   a   a  |  a   a   a   a  |  a  |  a   a   a
/chart BTC                 |  a   a   a   a   a   a   a  |  a   a   a   a  |  a  |  a   a   a
/movers                    |  a   a   a   a   a   a   a  |  a   a   a   a  |  a  |  a   a   a
/whales BTC                |  a   a   a   a   a   a   a  |  a   a   a   a  |  a  |  a   a   a
/funding BTC               |  a   a   a   a   a   a   a  |  a   a   a   a  |  a  |  a   a   a
/liquidations BTC          |  a   a   a   a   a   a   a  |  a   a   a   a  |  a  |  a   a   a
/kimp BTC                  |  a   a   a   a   a   a   a  |  a   a   a   a  |  a  |  a   a   a
/summary                   |  a   a   a   a   a   a   a  |  a   a   a   a  |  a  |  a   a   a
/record BTC                |  a   a   a   a   a   a   a  |  a   a   a   a  |  a  |  a   a   a
/explain BTC               |  a   a   a   a   a   a   a  |  a   a   a   a  |  a  |  a   a   a
/news NEWS                 |  a   a   a   a   a   a   a  |  a   a   a   a  |  a  |  a   a   a
/status                    |  a   a   a   a   a   a   a  |  a   a   a   a  |  a  |  a   a   a
/alerts                    |  a   a   a   a   a   a   a  |  a   h   h   h  |  a  |  a   h   a
/why BTC                   |  a   a   a   a   a   a   a  |  a   h   h   h  |  a  |  a   h   a
/subscribe BTC             |  a   r   a   a   a   r   a  |  a   r   h   n  |  a  |  a   r   a
/unsubscribe BTC           |  a   r   a   a   a   r   a  |  a   r   h   n  |  a  |  a   r   a
/target BTC +5%            |  a   r   a   a   a   r   a  |  a   r   h   n  |  a  |  a   r   a
/settings                  |  a   r   a   a   a   r   a  |  a   r   h   n  |  a  |  a   r   a
/preview                   |  a   r   a   a   a   r   a  |  a   r   h   n  |  a  |  a   r   a
/mute 1시간                |  a   r   a   a   a   r   a  |  a   r   h   n  |  a  |  a   r   a
/unmute                    |  a   r   a   a   a   r   a  |  a   r   h   n  |  a  |  a   r   a
/schedule 09:00            |  a   r   a   a   a   r   a  |  a   r   h   n  |  a  |  a   r   a
/deletemydata              |  a   r   a   a   a   r   a  |  a   r   h   n  |  a  |  a   r   a
/cost                      |  o   o   o   o   o   o   o  |  o   o   o   o  |  o  |  a   h   a
"""
"""Telegram: private chat; in a group a member, an administrator, its owner, an anonymous
administrator and a stranger who writes as another channel; a post in a channel. Discord: direct
message; in a server a member and somebody with Manage Server; elsewhere, where only the person
brought the bot along. The operators are otherwise nobody in particular: in a private chat, a
member of a server, a visitor.

a: answered, for everybody there. h: answered, for the asker alone. r: refused for want of rights,
o: since only operators may, n: since no alerts can be sent there (on Discord for the asker alone).
"""

NEWS = "비트코인 현물 ETF에 3일 연속 자금이 순유입됐다. 순유입액은 2억 달러로 집계됐다."
REFUSALS = {"r": "관리자만", "o": "운영자만", "n": "알림을 보낼 수 없습니다"}

ROWS = {
    line.split("|")[0].strip(): line.split("|", 1)[1].replace("|", " ").split()
    for line in TABLE.strip().splitlines()[2:]
}


def column(number: int) -> dict[str, str]:
    """What must come of each line in this column."""
    return {text: outcomes[number] for text, outcomes in ROWS.items()}


class Reader:
    """A model that reads news."""

    async def read(self, text: str) -> News:
        return News("긍정", "자금이 들어왔습니다.", "2억 달러입니다.", "순유입이라고 합니다.")


class Asked:
    """Answers as the bot does, and keeps what it answered."""

    def __init__(self, *, operator: bool = False) -> None:
        self.operator = operator
        self.bot: Bot = busy()
        self.bot.news = Reader()
        self.requests: list[Request] = []
        self.answers: list[Message] = []

    async def __call__(self, request: Request) -> Message:
        name = f"{request.chat.platform}:{request.user}"
        answerer = Answerer(
            self.bot.context, self.bot.commands, operators=[name] if self.operator else []
        )
        self.requests.append(request)
        answer = await answerer(request)
        self.answers.append(answer)
        return answer


def typed(text: str) -> str:
    return text.replace("NEWS", NEWS)


def check(text: str, expected: str, said: str, asked: Asked) -> None:
    """``said`` is what somebody reads as the answer."""
    said = said.replace(JOINER, "")  # which is never seen
    if expected in REFUSALS:
        assert REFUSALS[expected] in said, text
    else:
        answer = asked.answers[-1]
        assert answer.tone != "error", (text, answer.head)
        # News are read on: their head changes but for this word.
        assert ("뉴스" if text.startswith("/news") else answer.head.split()[-1]) in said, text


def test_every_command_has_a_line_in_the_table_and_every_line_an_outcome_everywhere() -> None:
    assert sorted(text.split()[0] for text in ROWS) == sorted(f"/{name}" for name in COMMANDS)
    assert {len(outcomes) for outcomes in ROWS.values()} == {15}


# --- Telegram ------------------------------------------------------------------------------------


OWNER = 9
TELEGRAM = {
    "private": lambda w, chat, text: w.server.say(chat, text),
    "member": lambda w, chat, text: w.server.say(chat, text, ME),
    "administrator": lambda w, chat, text: w.server.say(chat, text, ADMIN),
    "owner": lambda w, chat, text: w.server.say(chat, text, OWNER),
    "anonymous": lambda w, chat, text: w.server.say_anonymously(chat, text),
    "stranger": lambda w, chat, text: w.server.say(
        chat, text, sender_chat={"id": -100900, "type": "channel", "title": "다른 채널"}
    ),
    "channel": lambda w, chat, text: w.server.say(chat, text),
    "operator": lambda w, chat, text: w.server.say(chat, text),
}


@pytest.mark.parametrize(
    ("place", "number"), [*zip(list(TELEGRAM)[:7], range(7), strict=True), ("operator", 12)]
)
async def test_on_telegram_as_the_table_says(
    world: World,  # noqa: F811
    place: str,
    number: int,
) -> None:
    asked = Asked(operator=place == "operator")
    async with world.listening(asked):
        for at, (text, expected) in enumerate(column(number).items()):
            if place in ("private", "operator"):
                chat = private(world)
                chat.messages.clear()
            elif place == "channel":
                chat = world.server.chat(-100600 - at, "channel", "채널")
            else:
                chat = group(world, -100500 - at)
                chat.members[OWNER] = "creator"
            TELEGRAM[place](world, chat, typed(text))
            await world.server.until(lambda chat=chat: bool(chat.shown()))  # type: ignore[misc]
            shown = chat.shown()[-1]
            check(text, expected, shown.get("text") or shown["caption"], asked)


# --- Discord -------------------------------------------------------------------------------------


DISCORD = {
    "direct": {"guild": None},
    "member": {"permissions": POSTING},
    "manager": {"permissions": POSTING | MANAGE_GUILD},
    "elsewhere": {
        "guild": GUILD + 1,
        "channel": channel(CHANNEL + 9),
        "owners": {"1": str(USER)},
        "permissions": POSTING | MANAGE_GUILD,
    },
    "operator": {"permissions": POSTING},
}


def options(text: str) -> dict[str, str]:
    """The words after a command, as what Discord's boxes for them hold."""
    name, *words = text.split()
    parameters = COMMANDS[name[1:]].parameters
    if len(parameters) == 1 and words:
        return {parameters[0].name: " ".join(words)}
    return {p.name: word for p, word in zip(parameters, words, strict=False)}


@pytest.mark.parametrize(
    ("place", "number"), [*zip(list(DISCORD)[:4], range(7, 11), strict=True), ("operator", 13)]
)
async def test_on_discord_as_the_table_says(place: str, number: int) -> None:
    asked = Asked(operator=place == "operator")
    async with discord_world() as w:
        w.bot = asked.bot
        w.answer = asked  # type: ignore[method-assign, assignment]
        async with w.listening():
            for text, expected in column(number).items():
                name = text.split()[0][1:]
                given = options(typed(text))
                interaction = await w.discord.slash(name, given, **DISCORD[place])
                message = await answered(w.discord, interaction)
                check(text, expected, texts(message), asked)
                assert hidden(message) == (place != "direct" and expected != "a"), text


# --- the web page --------------------------------------------------------------------------------


@pytest.mark.parametrize(("operator", "number"), [(False, 11), (True, 14)])
async def test_on_the_web_page_as_the_table_says(operator: bool, number: int) -> None:
    made, asked = WebWorld(), Asked(operator=operator)
    made.bot = asked  # type: ignore[assignment]
    async with (
        made.serving(made.platform()) as platform,
        Visitor(platform) as visitor,
        visitor.page() as page,
    ):
        for text, expected in column(number).items():
            made.clock.now_s += 10.0  # nobody asks faster than that
            bubble = await page.ask(typed(text))
            check(text, expected, bubble["message"]["head"], asked)
