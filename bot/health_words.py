"""What is wrong, in Korean: with the market data for /status, the web page and its /healthz, with
everything else for operators."""

from bot.alarm import Trouble
from bot.ports import FeedHealth

_PROBLEMS = {
    "": "정상입니다.",
    "connecting": "바이낸스에 연결하는 중입니다.",
    "unreachable": "바이낸스에 연결할 수 없습니다: 인터넷·DNS·프록시를 확인하세요. "
    "계속 다시 시도합니다.",
    "region": "이 지역에서는 바이낸스를 이용할 수 없습니다(451). "
    "make demo로 모의 시장을 먼저 써 볼 수 있습니다.",
    "refused": "바이낸스가 요청을 거절했습니다. 주소 설정과 프록시를 확인하세요. "
    "계속 다시 시도합니다.",
    "limited": "바이낸스의 요청 제한에 걸려 잠시 기다리고 있습니다. 풀리면 자동으로 이어집니다.",
    "unlisted": "지켜보는 종목이 없습니다: [market] symbols에 적힌 이름이 바이낸스 목록에 "
    "없습니다. 모든 종목은 all-usdt입니다.",
    "over": "재생이 끝났습니다. 다시 보려면 프로그램을 다시 시작하세요.",
    "silent": "데이터가 멈췄습니다. 연결은 열려 있지만 시세가 오지 않아 다시 연결하고 있습니다.",
}


def problem_text(code: str) -> str:
    """One Korean sentence for ``FeedHealth.problem``; an unknown code is named in the sentence."""
    return _PROBLEMS.get(code) or f"시세 데이터에 문제가 있습니다({code})."


def feed_text(feed: FeedHealth) -> str:
    """One Korean sentence on how the market data are."""
    return problem_text(feed.problem or ("" if feed.ok else "connecting"))


def refused_text(streams: int) -> str:
    """One Korean sentence about streams that the exchange refuses while the others flow."""
    return (
        f"⚠️ 바이낸스가 거절해 받지 못하는 데이터가 {streams:,}개 있습니다. "
        "연결을 새로 열 때 다시 요청합니다."
    )


_PLATFORMS = {
    "refused": "토큰을 거부했습니다. 토큰을 확인하고 다시 시작해 주세요. 그때까지 그곳에는 알림이 "
    "가지 않습니다.",
    "conflict": "같은 토큰으로 다른 프로그램이 실행 중입니다. 하나만 남겨 주세요.",
    "unreachable": "연결할 수 없습니다. 계속 다시 시도합니다.",
}
NAMES = {"telegram": "텔레그램", "discord": "디스코드"}
AWAY_MS = 60_000
"""A platform that is out of reach for less is nothing to get up for."""
REFUSED_MS = 5_000
"""A database that is locked for a moment is none either."""


_DATABASE = {
    "locked": "파일을 붙잡고 있는 다른 프로그램(백업, sqlite3 창)을 끝내 주세요.",
    "malformed": "파일이 손상되었습니다. 프로그램을 끝내고 백업으로 되돌려 주세요.",
    "not a database": "파일이 손상되었습니다. 프로그램을 끝내고 백업으로 되돌려 주세요.",
}
"""What to do, by words of the database's own."""


def database_advice(reason: str) -> str:
    """What to do about a database that refuses something; ``reason`` is in its own words."""
    advice = "디스크의 남은 공간과 파일 권한을 확인해 주세요."
    return next((words for said, words in _DATABASE.items() if said in reason), advice)


def database_trouble(reason: str) -> Trouble:
    """The database takes no changes, or none that last; ``reason`` is in its own words."""
    if reason.startswith("removed"):
        return Trouble(
            f"데이터베이스 파일이 사용 중에 지워지거나 옮겨졌습니다({reason}). 알림은 계속 "
            "보내지만 구독과 설정은 바꿀 수 없고, 다시 시작하면 그때까지의 구독과 기록이 "
            "사라집니다. 옮겼다면 제자리에 돌려놓고, 지웠다면 끝내기 전에 설명서(database)를 "
            "봐 주세요.",
            reason="removed",
        )
    advice = database_advice(reason)
    return Trouble(
        f"데이터베이스에 기록할 수 없습니다({reason}). 알림과 설명은 계속 보내지만 구독과 "
        f"설정은 바꿀 수 없습니다. {advice}",
        REFUSED_MS,
        reason=advice,
    )


def platform_trouble(name: str, problem: str) -> Trouble | None:
    """What a platform suffers from, if it is an operator's matter."""
    text = _PLATFORMS.get(problem)
    if text is None:
        return None
    after_ms = AWAY_MS if problem == "unreachable" else 0
    return Trouble(f"{NAMES.get(name, name)}: {text}", after_ms, stops=True, reason=problem)
