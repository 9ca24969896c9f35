"""What is wrong with the market data, in Korean: for /status, the web page and its /healthz."""

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
    "silent": "데이터가 멈췄습니다. 연결은 열려 있지만 시세가 오지 않아 다시 연결하고 있습니다.",
}


def problem_text(code: str) -> str:
    """One Korean sentence for ``FeedHealth.problem``; an unknown code is named in the sentence."""
    return _PROBLEMS.get(code) or f"시세 데이터에 문제가 있습니다({code})."
