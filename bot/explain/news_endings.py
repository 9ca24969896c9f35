"""What Korean words of news end in, and what stands behind numbers. Pure.

The list in vocabulary.py is that of measured facts; news also reports what others say and plan.
"""

from typing import Final

from bot.explain import conjugation


def _list(text: str) -> frozenset[str]:
    return frozenset(text.split())


ENDINGS: Final = _list("""
이 가 은 는 을 를 의 에 에서 에는 에서는 에도 에서도 와 과 로 으로 로는 으로는 도
만 보다 보다는 까지 까지의 까지는 부터 간 당 인 이나 나 쯤 대 경 별 만큼 히 씩 들
에게 에게서 에게는 께 로부터 으로부터 마다 에의 과의 와의 으로의 라고 이라고 라는
이라는 란 이란 라며 이라며 이라 라 이던 던 입니다 이며 며 이고 고 였습니다 이었습니다
였고 이었고 였으며 이었으며 이므로 므로 여서 이어서 이라서 라서 인데 이지만 지만 이자
이었던 였던 였다고 이었다고 아니라 아니 하 되 한 된 했습니다 됐습니다 되었습니다
하였습니다 합니다 됩니다 하며 되며 하고 되고 하여 해 하는 되는 돼 돼서 했고 됐고
되었고 했으며 됐으며 되었으며 했던 됐던 되었던 했었 했으나 되었으나 하면서 되면서 하지
되지 하기 되기 하게 되게 하도록 되도록 하기로 되기로 할 될 하려고 하려는 하겠다고
되겠다고 한다고 된다고 했다고 됐다고 되었다고 하거나 되거나 하지만 되지만 하자 되자 하면
되면 하던 되던 한다는 된다는 했다는 됐다는 되었다는 하겠다는 했지만 됐지만 습니다 으며
기 게 지 어 아 아서 어서 었습니다 았습니다 었고 았고 었으며 았으며 었던 았던 었었
으나 니다 면서 으면서 은데 는데 다고 는다고 었다고 았다고 겠다고 다는 는다는 었다는
았다는 겠다는 기로 려고 으려고 려는 도록 거나 자 으면 면 었지만 았지만 지는 지도 야
고는 시키 시켰 시킨 시켜 시킨다고 당했 당한 당하 받 받은 받았 받는 받아 액 량 률 율
폭 분 측 사 형 제 상 성 용 치 권 중 후 전 새 째 안 건 선
""")
"""Particles, endings and what is added to a noun."""

PARTICLES: Final = _list("""
이 가 은 는 을 를 의 에 에서 에는 로 으로 도 만 과 와 보다 까지 부터 입니다 이며
이고 였습니다 이었습니다
""")
"""What may follow a word of one syllable: "개인" is not 개 and 인."""

AFTER_VERBS: Final = _list("""
기 겠다고 습니다 니다 었습니다 았습니다 어 아 어서 아서 고 으며 며 은 는 지 지는 지만 었고
았고 었으며 았으며 던 었던 았던 게 다고 는다고 었다고 았다고 으나 면서 으면서 기로
려고 려는 도록 는데 은데 었지만 았지만
""")
"""What may follow a verb's form of one syllable."""

UNITS: Final = _list("""
년 월 일 시 분 초 주 명 곳 개 종 건 번 위 배 차 회 대 달 원 엔 달러 유로 위안
개월 분기 시간 퍼센트 포인트 개국 개사 가지 차례 여 만 억 조 천 백 어치 상당 규모
이상 이하 가량 정도 넘게 말 초순 중순 하순 초반 중반 후반 형 인 분의 년간 개월간
주간 일간 시간대 번째 종목 단계 대로 선 연속 만에 전 후 뒤 동안 째
""")
"""What may stand right behind a number."""


def after_endings(word: str, at: int) -> set[int]:
    """Where up to three of ``ENDINGS`` may end that begin here."""
    return conjugation.after_endings(word, at, ENDINGS)
