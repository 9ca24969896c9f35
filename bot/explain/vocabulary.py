"""The Korean words that an explanation of an alert may be made of.

A closed list, because the open one cannot be written: there is no end of advice, causes and actors
that a model can invent, while what was measured takes few words to tell. A word that is missing
here costs a plainer sentence and can be added; every word here has to be harmless in any sentence,
or be held against the facts in grounding.py. Pure.
"""

import re
from typing import Final


def _list(text: str) -> list[str]:
    """The words of a table, longest first, so that the longest one matches."""
    lines = (line.partition("#")[0] for line in text.splitlines())
    words = {word for line in lines for word in line.split()}
    return sorted(words, key=lambda word: (-len(word), word))


# Particles and endings that may follow a word, in any sensible order.
_ENDINGS: Final = _list("""
# particles
이 가 은 는 을 를 의 에 에서 에는 에서는 에도 와 과 로 으로 로는 으로는 도 만 보다 까지 부터 간
당 인 이나 나 쯤 대 경 가량 정도 별 대비
# to be
입니다 이며 며 이고 고 였습니다 이었습니다 였고 이었고 였으며 이었으며 이므로 므로 여서 이어서
이라서 라서 이라 라 이라는 인데 이지만 지만 에요 예요 이에요 이자 이었던 였던
# to do and to become
하 되 한 된 했습니다 됐습니다 되었습니다 하였습니다 합니다 됩니다 하며 되며 하고 되고 하여 해
하는 되는 했고 됐고 되었고 했으며 됐으며 되었으며 했던 됐던 되었던 했으나 되었으나 됐어요 했어요
되었어요 하면서 되면서
# endings of verbs and adjectives
습니다 고 으며 지만 던 은 는 기 게 지 어 아 아서 어서 었습니다 았습니다 었고 았고 었으며 았으며
어요 아요 으나 으로서
""")

# Nouns, and stems of verbs as they are written before an ending.
_STEMS: Final = _list("""
# what happened
시장가 매수 매도 체결 대량 주문 거래 물량 현물 대규모 급등 급락 상승 하락 상승률 하락률 상승폭
하락폭 변동 변동성 변동폭 변동률 변화 움직임 움직 스프레드 호가 호가창 최우선 간격 차이 사이 폭 확대
슬리피지 알림 감지 확인 관측 관찰 기록 집계 측정 발생 나왔 나온 나타났 나타나 나타난 이루어졌
이루어진 이뤄졌 이뤄진 들어왔 있었 있습니다 있습 나뉘 나뉜 나누어 나눠 걸쳐 걸친 한꺼번 한번
번에 건의 나오 나타납니다 보였 보인 되었 됐 사들인 사들였 팔린 팔렸 올랐 오른 올라 오르 내렸
내린 내려 내려갔 내려왔 내려간 떨어졌 떨어진 떨어져 뛰었 뛴 낮아졌 낮아진 높아졌 높아진 벌어졌
벌어진 벌어져 벌어지 넓어졌 넓어진 넓어져 넓습니다 넓습 넓은 커졌 커진 커 커서 컸 큽 큽니다 크
큰 바뀌었 바뀐 바뀌어 달라졌 소화 흡수 생겼 생긴
몰리 몰렸 몰린 몰려 거래량 급증 증가 늘 늘었 늘어 늘어났 늘어난
# how much and compared with what
규모 금액 대금 수량 건수 개수 평균 가격 체결가 단가 시세 크기 수준 정도 단계 기준 기준치 기준값
상위 이내 이상 이하 초과 미만 남짓 상당 어치 달 해당 속하 속한 드 듭니다 드는 든 이르 이르렀
이르는 웃도 웃돈 웃돌 웃돕니다 넘 넘은 넘었 넘는 넘어 훨씬 크게 조금 약간 약 거의 총 모두 합계
배수 비율 백분위 표준편차 차지 평소 통상 평상시 보통 비해 비교 대비 대해 견주 이례적 이례 드문
드물 여러 그대로 보합 제자리 없었 없 미미 짧은 짧 작은
# orders that rest in the book
벽 매수벽 매도벽 등장 잔량 머물 머물러 쌓여 쌓인 쌓였 걸려 걸린 걸렸 쏠림 쏠려 쏠린 쏠렸 몰려 몰린
몰렸 치우쳐 치우친 치우쳤 사라졌 사라진 사라짐 닿기 비중 가까운 중간 거리 유지 두꺼운 보이는
# prices in won
김프 역프 김치 프리미엄 업비트 원화 은행 환율 테더 원화로 급변
# positions in futures
선물 롱 숏 포지션 강제 청산 청산가 펀딩비 펀딩 정산 간격 지수 최소 최대 거래소 준 것만 더한
하한 낸 내는 내던 냅니다 내고 냈 부담 지불 전환 마다 다음 이제 가장
# when
직전 후 앞서 먼저 이전 지금 현재 최근 지난 당시 시각 오전 오후 동안 시간 시간대 같은 단시간 순간
순식간 만 전 그동안 전보다 전에
# which
종목 코인 이 그 이번 이는 이것 이만한 한 마켓 페어 바이낸스 쪽 양쪽 하루 중 가운데 상황 상태
흐름 모습 것 뜻 가까이 시 때 더 함께 같이 및 또 또한 또는 그리고 한편 다만 아직 왜 로 으로
# what is not known, and risk
배경 원인 이유 까닭 확인되지 알려지지 파악되지 드러나지 밝혀지지 분명하지 뚜렷하지 않았 않습
않은 않아 않 알 수 없습 위험도 위험 낮음 낮 높음 높 근거 판단 평가 분류 볼 때문 매우 주의 유의
필요 유동성 얇아 얇아진 얇아졌 얇 연결 끊긴 일 데이터 복구 뒤늦게 늦게 알려 드립니다 불리 못
미침 미치 까지 급격 급하게 빠르 빠른 빠르게 뚜렷
""")

_TAIL: Final = re.compile(f"(?:{'|'.join(_ENDINGS)}){{0,3}}")
_WORDS: Final = re.compile(f"(?:(?:{'|'.join(_STEMS)})(?:{_TAIL.pattern})){{1,3}}")


def unknown_words(text: str) -> list[str]:
    """The words of the text, in which names and numbers are masked, that are not on the list.

    What sticks to a number or a name ("37건에", "비트코인이") is judged as an ending.
    """
    unknown = []
    for found in re.finditer(r"([§)%'\"’”]?)([가-힣]+)", text):
        masked, word = found.groups()
        if masked and _TAIL.fullmatch(word):
            continue
        if not _WORDS.fullmatch(word):
            unknown.append(word)
    return unknown
