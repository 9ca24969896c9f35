"""/help: every command in a line, or one command explained with an example."""

from collections.abc import Mapping, Sequence
from typing import Final

from bot.command import Command, Context, Parameter, Who
from bot.commands import arguments
from bot.commands.layout import rows
from bot.compose import FULL_DISCLAIMER
from bot.errors import UserError
from bot.korean import josa
from bot.model import Button, Message, Request

_GROUPS: Final[dict[Who, str]] = {
    "all": "■ 조회",
    "admins": "■ 알림 설정 (그룹에서는 관리자만)",
    "operators": "■ 운영자",
}

_ON_DISCORD: Final = "■ 알림 설정 (서버에서는 ‘서버 관리하기’ 권한이 있는 사람만)"

_BUTTONS: Final = (
    {"subscribe": "🔔 알림 고르기", "alerts": "📋 내 알림"},
    {"movers": "🔥 급등락", "status": "🩺 상태"},
)


async def run(context: Context, request: Request, words: list[str]) -> Message:
    """Raises UserError for a command that does not exist."""
    commands = context.commands()
    if not words:
        return overview(commands, request.chat.platform, private=request.private)
    asked = [words[0].removeprefix("/"), *words[1:]]
    found = arguments.command_of(asked, commands)
    if found is not None:
        return explained(found[0], request.chat.platform)
    text = f"‘{arguments.echo(asked[0])}’ 명령은 없습니다."
    near = arguments.nearest_command(asked[0], commands)
    if near is not None:
        text += f" /{josa(near.name, '을/를')} 찾으셨나요?"
    raise UserError(f"{text} 전체 목록: /help")


def overview(commands: Sequence[Command], platform: str = "", *, private: bool = True) -> Message:
    """Every command, grouped by who may use it. Discord hands the bot slash commands alone, and
    Telegram's groups what is surely meant for it (core.telegram.org/bots/features#privacy-mode)."""
    discord = platform == "discord"
    words = "‘시세 비트’처럼 한국어로 입력해도 됩니다."
    if discord:
        words = "디스코드를 한국어로 쓰면 /시세처럼 한국어 이름으로 나옵니다."
    elif platform == "telegram" and not private:
        words = (
            "명령에 답이 없으면 명령 메뉴에서 골라 주세요. 봇의 메시지에 답장하면 ‘시세 비트’처럼 "
            "한국어로 입력해도 됩니다."
        )
    lines: list[str] = []
    for who, title in _GROUPS.items():
        members = [command for command in commands if command.who == who]
        if members:
            lines.append(_ON_DISCORD if discord and who == "admins" else title)
            lines += [f"{_usage(command)} · {command.korean}" for command in members]
    return Message(
        head="❓ 고래봇 명령",
        lines=(
            *lines,
            "/help price처럼 물으면 한 명령을 자세히 알려 드립니다.",
            words,
        ),
        foot=FULL_DISCLAIMER,
        buttons=rows(*(_offered(commands, row) for row in _BUTTONS)),
    )


def explained(command: Command, platform: str = "") -> Message:
    """One command: what it does, its parameters, an example, its other names."""
    lines = [command.description, f"쓰는 법: {_usage(command)}"]
    lines += [f"• {p.korean}: {p.description}" for p in command.parameters]
    lines += command.details
    lines.append(f"예: {command.example}")
    if platform == "discord":
        lines.append(f"한국어: /{command.korean}")
    else:
        lines.append(f"한국어: {', '.join((command.korean, *command.aliases))}")
    if command.who == "admins" and platform == "discord":
        lines.append("서버에서는 ‘서버 관리하기’ 권한이 있는 사람만 쓸 수 있습니다.")
    elif command.who == "admins":
        lines.append("그룹에서는 관리자만 쓸 수 있습니다.")
    elif command.who == "operators":
        lines.append("운영자만 쓸 수 있습니다.")
    # A press on the example of a setting would change it: only what merely asks can be pressed.
    example = (Button(command.example, command.example),) if command.who == "all" else ()
    return Message(
        head=f"❓ /{command.name} · {command.korean}",
        lines=tuple(lines),
        foot=FULL_DISCLAIMER,
        buttons=rows(example, (Button("❓ 전체 명령", "/help"),)),
    )


def _offered(commands: Sequence[Command], labels: Mapping[str, str]) -> list[Button]:
    known = {command.name for command in commands}
    return [Button(label, f"/{name}") for name, label in labels.items() if name in known]


def _usage(command: Command) -> str:
    return " ".join((f"/{command.name}", *map(_placeholder, command.parameters)))


def _placeholder(parameter: Parameter) -> str:
    name = f"{parameter.korean}…" if parameter.kind in ("symbols", "kinds") else parameter.korean
    return f"<{name}>" if parameter.required else f"[{name}]"


COMMAND = Command(
    name="help",
    korean="도움말",
    description="명령 목록, 또는 한 명령의 사용법",
    example="/help spread",
    run=run,
    parameters=(Parameter("command", "명령", "자세히 알고 싶은 명령. 예: spread", "command"),),
    aliases=("도움", "명령어", "사용법"),
)
