"""The Korean words that an explanation of an alert may be made of.

A closed list, because the open one cannot be written: there is no end of advice, causes and actors
that a model can invent, while what was measured takes few words to tell. A word that is missing
here costs a plainer sentence and can be added; every word here has to be harmless in any sentence,
or be held against the facts in words_said.py. Pure.
"""

import re
from functools import lru_cache
from typing import Final

from bot.explain.conjugation import after_endings, forms


def _list(text: str) -> frozenset[str]:
    """The words of a table."""
    lines = (line.partition("#")[0] for line in text.splitlines())
    return frozenset(word for line in lines for word in line.split())


# Particles and endings that may follow a word, in any sensible order.
_ENDINGS: Final = _list("""
# particles
이 가 은 는 을 를 의 에 에서 에는 에서는 에도 와 과 로 으로 로는 으로는 도 만 보다 까지 부터 간
당 인 이나 나 쯤 대 경 가량 정도 별 대비 만큼 히
# to be
입니다 이며 며 이고 고 였습니다 이었습니다 였고 이었고 였으며 이었으며 이므로 므로 여서 이어서
였으므로 이었으므로 었으므로 이라서 라서 이라 라 이라는 인데 이지만 지만 에요 예요 이에요 이자
이었던 였던 처럼 였으나 이었으나 였는데 이었는데
# to do and to become
하 되 한 된 했습니다 됐습니다 되었습니다 하였습니다 합니다 됩니다 하며 되며 하고 되고 하여 해
하는 되는 돼 돼서 했고 됐고 되었고 했으며 됐으며 되었으며 했던 됐던 되었던 했으나 되었으나
했지만 하였지만 됐지만 되었지만 됐어요 했어요 되었어요 하면서 되면서 했는데 됐는데 되었는데
# endings of verbs and adjectives
습니다 고 으며 지만 던 은 는 기 게 지 어 아 아서 어서 었습니다 았습니다 었고 았고 었으며 았으며
어요 아요 으나 으로서 니다 면서 으면서 은데 는데
# what is added to a noun
짜리 액 량 률 폭 값 벽 쪽 후 전 중 치 선 새 째 들
""")

# Verbs and adjectives without their "다"; see conjugation.py.
_VERBS: Final = _list("""
나오 나타나 나타내 이루어지 이뤄지 들어오 나뉘 나누 쪼개지 걸치 보이 되 사들이 팔리
오르 올라가 올라오 올라서 뛰 뛰어오르 치솟 높아지 내리 내려가 내려오 떨어지 낮아지 빠지 밀리 붙
벌어지 넓어지 커지 크 작 높 낮 많 적 넓 얇아지 두껍 바뀌 뒤바뀌 달라지 변하 움직이 생기
몰리 쏟아지 늘 늘어나 쌓이 걸리 쏠리 치우치 기울 사라지 머물 머무르 없어지 닿 놓이 남 이어지
넘 넘기 넘어서 웃돌 이르 들 그치 지키 내 받 드물 활발해지 짧 비싸 싸 빠르 늦 있 맞먹 늘어서 모이
몰려들 뒤집히 넘어가 채우 매기 불어나 이루 더하 합치 벗어나 비슷하 같 다르 나 오가 돌아서 합하
감추 나누어지 내려앉 알리 당하
""")

# Nouns, and what is written in forms of its own.
_STEMS: Final = _list("""
# what happened
매수 매도 체결 대량 주문 거래 물량 현물 대규모 급등 급락 상승 하락 변동 변동성 변화 움직임 움직
스프레드 호가 호가창 최우선 간격 차이 격차 사이 폭 확대 슬리피지 알림 감지 확인 관측 관찰 기록 집계
측정 발생 있었 있습 한꺼번 한번 번에 되었 넓습 커서 소화 흡수 급증 증가 늘었 포착 파악 성사 유입
집중 처리 동반 포함 시장 거래쌍 있던 쪼개 치솟았 뛰어올 변했 도달 지속 정리
진행 표시 표기 산출 산정 등급 예정 현상 양상 낙폭 내림폭 오름폭 사고파는
# how much and compared with what
꽤 다소 비교적 상당히 합산 누적 단기간 통상적 단위 실제 실제로 규모 금액 대금 건수 개수 평균 가격
단가 시세 수준 정도 단계 기준 상위 이내 이상 초과 미만 남짓 상당 어치 달 해당 속하 속한 넘었 훨씬
속해 단일 대한 상대적 오히려
조금 약 거의 총 모두 합계 상회 육박 불과 대폭 현저 두드러 두드러진 커다란 전체 액수 액 량 값 지표
편 사례 경우 구간 시점 무렵 뒤 건 동일 범위 안에 안의 새 점 고려하면 감안하면 비교하면 보면 따르면
견주면 계산 배수 비율 백분위 표준편차 차지 평소 통상 평상시 보통 비해 비교 대비 대해 견주 이례적
이례 여러 보합 제자리 제자리걸음 없었 없 미미 이미 안팎 채 방금 막 대략 단 단지 무려 내내 횟수 빈도
차례 외 데 견준
두 곳 겨우 비용 자료 틈 부근 역시 게다가 그중 가량 언저리 묶여
# orders that rest in the book
벽 등장 잔량 머물러 쏠림 사라짐 비중 가까운 거리 유지 두꺼운 출현 우위 우세 위치 형성 지점 자리 대기
자취 화면
# prices in won
국내 국내외 해외 환산 적용 역프리미엄 김프 역프 김치 프리미엄 업비트 원화 은행 환율 테더 급변
# positions in futures
보유자 사는 파는 방향 부호 요율 계약 무기한 선물 롱 숏 포지션 강제 청산 펀딩비 펀딩 정산 지수 최소
최대 거래소 준 하한 부담 지불 전환 마다 다음 이제 가장 지급 납부 부과 받습 음수 양수 마이너스
플러스 변경 변해 하면 따지면 안을 각각 앞선 이런 이러한 별다른 잰 서 유지되다가 공개한
보유 가진 머물다가 따졌을
# when
직전 후 앞서 먼저 지금 현재 최근 지난 당시 시각 오전 오후 동안 같은 단시간 순간 순식간 만 전
그동안 그사이 그새 기간 그대로였
# which
종목 코인 이 그 이번 이것 한 마켓 페어 바이낸스 쪽 양쪽 하루 중 가운데 상황 상태 구조 아울러 그러나
하지만 특히 즉 이때 흐름 모습 것 뜻 가까이 시 때 더 함께 같이 및 또 그리고 한편 반면 다만 아직 왜
그런지 로 으로
# what is not known, and risk
배경 원인 이유 까닭 명확 구체적 특별 정확 알려진 밝혀진 바 내용 관련 드러나지 밝혀지지 분명하지
않았 않습 않 알 수 없습 위험 낮음 높음 근거 판단 평가 분류 볼 때문 매우 주의 유의 필요 유동성 얇
연결 끊긴 일 일어난 일어났 데이터 복구 뒤늦게 알려 드립니다 불리 못 미침 미치 까지 급격 급하게 뚜렷
""")

_KNOWN: Final = frozenset(form for verb in _VERBS for form in forms(verb)) | _STEMS
_LONGEST: Final = max(map(len, _KNOWN))
_MOST_PARTS: Final = 3


def _after_endings(word: str, at: int) -> set[int]:
    return after_endings(word, at, _ENDINGS)


@lru_cache(maxsize=4096)
def is_known(word: str) -> bool:
    """Whether it is one known word, or a compound of up to three, each with its endings."""
    whole = range(1, min(_LONGEST, len(word)) + 1)
    if any(word[:n] in _KNOWN and len(word) in _after_endings(word, n) for n in whole):
        return True
    # No part of a compound is a single syllable: 내일 is not 내 and 일.
    starts = {0}
    for _ in range(_MOST_PARTS):
        starts = {
            end
            for at in starts
            for n in range(2, _LONGEST + 1)
            if word[at : at + n] in _KNOWN and at + n <= len(word)
            for end in _after_endings(word, at + n)
        }
        if len(word) in starts:
            return True
    return False


def is_form_of(word: str, stem: str) -> bool:
    """Whether it is the stem with nothing but endings behind it."""
    return word.startswith(stem) and len(word) in _after_endings(word, len(stem))


_WORD: Final = re.compile(r"([§)%'\"’”]?)([가-힣]+)")


def unknown_words(text: str) -> list[str]:
    """The words of the text, in which names and numbers are masked, that are not on the list.

    What sticks to a number or a name ("37건에", "비트코인이") is judged as an ending.
    """
    unknown = []
    for found in _WORD.finditer(text):
        masked, word = found.groups()
        if masked and len(word) in _after_endings(word, 0):
            continue
        if not is_known(word):
            unknown.append(word)
    return unknown
