"""Known words that say together what no alert measures: others, habits, trends, causes, advice.

A list of what must not be said has no end; this one begins where the closed lists of vocabulary.py
and wording.py leave room, and every entry stands for sentences that had passed (batches 19 and 20
of the labelled set). Patterns are searched in single sentences, names and numbers masked. Pure.
"""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from bot.explain.claims import MASK
from bot.explain.wording import DOWN, UP

_MOVES: Final = rf"(?:{UP.pattern}|{DOWN.pattern})"
_DEALT: Final = "매수|매도|체결|거래|청산|급증|하락|상승|변동|움직임|급등|급락"
_BOOKS: Final = frozenset({"wall_appeared", "wall_vanished", "imbalance"})
_WON: Final = frozenset({"kimchi", "reverse_kimchi", "reverse_change"})
_FUTURES: Final = frozenset({"liquidation", "funding"})


class Barred(msgspec.Struct, frozen=True):
    """What it would say, and the words; of alerts of the kinds ``of``, or all ``but`` these."""

    what: str
    words: "re.Pattern[str]"
    of: frozenset[str] = frozenset()
    but: frozenset[str] = frozenset()

    def concerns(self, kind: str) -> bool:
        """Whether alerts of the kind must not say it."""
        return kind not in self.but and (not self.of or kind in self.of)


def _barred(
    what: str, words: str, *, of: "frozenset[str] | str" = "", but: "frozenset[str] | str" = ""
) -> Barred:
    def kinds(given: "frozenset[str] | str") -> frozenset[str]:
        return frozenset(given.split()) if isinstance(given, str) else given

    return Barred(what, re.compile(words), kinds(of), kinds(but))


BARRED: Final = (
    _barred(
        "of others",
        r"(?<![가-힣])다른 (?!수준|쪽)|여러 (?:코인|거래|마켓|페어|매[수도]|가격)|"
        r"(?:종목|코인|거래쌍|페어|마켓) (?:가운데|중)|전체(?:에서| 거래| 종목| 코인)|매[수도]인|"
        r"(?:한|같은) 쪽",
    ),
    _barred(
        "again", r"(?<![가-힣])또(?![가-힣])|(?:이번|평소|최근|직전|이후|당시|정산)(?:에|에서)도"
    ),
    _barred(
        "of earlier ones",
        rf"앞선 (?!(?:약 )?{MASK})|최근 (?![^,.]{{0,16}}(?:체결|동안|사이|간 |변동|거래대금))|"
        r"직전부터|비슷한 (?:매수|매도|체결|상승|하락)|"
        r"직전 (?:체결|매수|매도|거래)(?:보다|에 이어)|(?:에|보다) 이어|새해|지난해",
    ),
    _barred(
        "still going on",
        r"(?:오르|내리|떨어지|[승락등증]하|커지|작아지|벌어지|넓어지|[확대입산결]되|늘|늘어나|"
        r"몰리|들어오|쏟아지|나오|불어나|쌓이|붙)고 있(?!었)",
    ),
    _barred("more to come", r"(?<![가-힣])더(?= (?!(?:많|큰|크|큽|컸|높|낮|작|적)))"),
    _barred(
        "a phase",
        r"(?:매[수도]|상승|하락|급등|급락)(?:[을를의]| 가능)? ?(?:[가-힣]+[은한] )?"
        r"(?:자리|시점|구간|단계|국면|흐름|때)(?!에 나[왔타]| 가운데)|"
        r"(?:구간|단계|국면|흐름)에 (?:들|있|접어)",
    ),
    _barred("what is usual afterwards", r"\A(?!.*위험).*보통(?! ?때)"),
    _barred("a next one", r"다음(?! ?정산[은이 시까]| ?정산$)"),
    _barred(
        "worth it",
        r"볼 만|(?<!이)만(?:합니다|한 (?:가격|값|수준|상황))|기(?:에|에는)? ?(?:이른|늦은|이릅|"
        r"좋은)",
    ),
    _barred("not for somebody", "불리", but="large_trade"),
    _barred("not for somebody", "매[수도]에 불리", of="large_trade"),
    _barred(
        "care about something",
        r"더 큰 [가-힣]+에 (?:주의|유의)|"
        r"(?<!변동성)(?<!슬리피지)(?<!유동성)(?<!변동)(?:에|에는|전에|앞서|은|는) (?:더 )?(?:주의|"
        r"유의)",
    ),
    _barred(
        "risk of something",
        r"(?:하락|상승|청산|가격의?|시세의?|변동|높은|낮은|김프|역프) ?위험|(?:우위|쏠림)(?:로|"
        r"으로) (?:[가-힣§]+ )*위험|"
        r"위험도?[는은가이] [^(,.]*(?:평소|변동|평균|청산가|가격|잔량|쏠)|위험[이은] |"
        r"위험[^.]*(?:므로|라서|이어서) [^,.]*"
        rf"(?:{_DEALT})",
    ),
    _barred(
        "what became known",
        r"(?:관련|내용|알려진|특별|구체적|데이터|명확)(?![^,.]*(?:않|없|복구))|특별한 일",
    ),
    _barred("joined", "연결(?!이 끊)|동반|포함"),
    _barred("of futures", "청산|강제|포지션", but=_FUTURES),
    _barred("of funding", "펀딩|지수|계약|정산|비용", but="funding"),
    _barred("volatile", r"변동성(?!에 (?:주의|유의))"),
    _barred(
        "a cause",
        r"[이가] (?:[가-힣]+ )*(?:커|붙어|들어와|나와|불어나|얇아|높아|많아|적어|낮아|넓어|비싸|"
        r"변해|있어|없어져|사라져|"
        r"올라|내려|나타나|일어나|이루어져|이뤄져)서? (?!있|머물|유지)[^,.]*[가-힣][이가은는] ",
        but="pump",
    ),
    _barred(
        "a cause",
        rf"[이가] [^,.]*(?:{_DEALT}|늘|오르|내리|떨어지|이루어지|나오|들어오)(?:되|하)?면서 [^,.]*"
        r"(?:매[수도]|거래|가격|체결)",
        but="pump price_jump",
    ),
    _barred(
        "a cause",
        rf"(?:{_DEALT})에도? (?!걸쳐|나뉘|나눠|비해|대해|해당|속하|이르|걸린|드|든|앞선)[^,.]*"
        rf"(?:{_MOVES}|늘|나왔|들어왔|몰렸|그대로|움직|청산)",
    ),
    _barred(
        "a cause", r"소화해|흡수해|(?:청산|거래|매[수도]|체결)[이은]? ?[^,.]*(?:을|를) (?:동반|부)"
    ),
    _barred(
        "an order of events",
        r"먼저|(?:오른|내린|상승한|하락한|늘어난|나온|몰린|떨어진) (?:뒤|후)",
        but="large_trade",
    ),
    _barred(
        "of one price alone",
        rf"(?:가격|환율|시세|업비트|바이낸스|국내|해외|테더)[은는이가] (?:(?!보다|프리미엄|김프|"
        rf"역프)[^,.])*?"
        rf"(?:{_MOVES}|커[져졌]|변[했하]|되었)",
        of=_WON,
    ),
    _barred("a cause", "(?:높아|낮아|커|많아)서? (?:롱|숏)", of="funding"),
    _barred("of orders before", "앞서", of="pump"),
    _barred("a cause", "(?:하락|상승)하면서 [^,.]*(?:거래|늘)", of="volume_surge"),
    _barred("how many rose", "모두 (?:상승|하락)|(?:상승|하락) (?:체결|거래)", of="volume_surge"),
    _barred(
        "how many more", "(?:건수|체결가|단가)[이가은는]? ?(?:급증|늘|증가|많)", of="volume_surge"
    ),
    _barred("a best price", "호가 (?:단가|체결가)", of="large_trade"),
    _barred("who did it", "낸 쪽|없어져 |(?<!규)모[였인이]", of=_BOOKS),
    _barred("a price of one", "가장 큰 한 건[^.]*가격에|(?:롱|숏)[을를] 받", of="liquidation"),
    _barred(
        "a price that widens", rf"호가[가는이] {MASK}+(?:까지|로) (?:벌어|넓어|커)", of="spread"
    ),
    _barred(
        "a cause",
        r"(?:환율|테더|원화)[가-힣 ]{0,6}[은는이가] [가-힣]*(?:높아|낮아|올라|내려)",
        of=_WON,
    ),
    _barred("of what moved", "움직|변동|변해|변했|단가|많았", of="liquidation"),
    _barred("why it is wide", "얇아(?!진)|적어|많아", of="spread"),
    _barred(
        "as it grew",
        r"늘|불어|커[졌지]|(?:동안|만에)[^,.]*(?:쌓였|쌓여|나타났)",
        of="wall_appeared imbalance",
    ),
    _barred(
        "of the price",
        r"(?:가격|시세)[은는이가도을][^,.§]*(?:유지|머물|머무|그대로|지키)|하한",
        of=_BOOKS,
    ),
    _barred("of the book", "우위|기울|유지|쪽[이에으]", of="pump"),
    _barred(
        "all of them",
        r"(?:포지션|롱|숏)[이은]? ?(?:모두|전체)|이상이 모두|전체가",
        of="liquidation",
    ),
    _barred(
        "already paid", "(?<![가-힣])냈|(?:지급|지불|납부|부담)(?:했|하였|됐|되었)", of="funding"
    ),
    _barred("how many there are", r"(?:롱|숏)(?: ?포지션| ?계약)?[이은] ?(?:더 )?많", of="funding"),
    _barred(
        "what turned", r"포지션[이은]? (?![^,.]*내는)[^,.]*(?:바뀌|바뀐|전환|변경)", of="funding"
    ),
    _barred("of the market", "거래대금|총 거래|거래 규모|전체 거래", of="large_trade"),
    _barred(
        "a price of each",
        rf"모두 [^,.]*(?:{MASK}에|체결가|단가|가격)|단가[는은] {MASK}[^,.]*포지션|"
        rf"포지션의 평균 단가|알림 기준인 {MASK}",
    ),
    _barred("what is real", r"실제(?!로)(?! 금액)"),
    _barred("a level", r"지[키켰킨킵]고|지킵|하한", but="liquidation price_jump volume_surge"),
    _barred("a usual price", "평소의? (?:가격|시세)"),
    _barred("a multiple that moved", rf"평소의? {MASK}+(?:로 {_MOVES}| 빠르)"),
    _barred(
        "a good price", rf"(?:가격|시세) {MASK}+[는은] (?:꽤 |비교적 |상당히 |매우 )?(?:높|낮)"
    ),
    _barred("two of something", "(?<![가-힣])두 (?!호가)"),
    _barred(
        "which way it usually goes",
        rf"평소 [^,.]{{0,8}}(?:상승률|하락률)|{MASK}[는은] (?:상승률|하락률)",
    ),
)


def barred(sentence: str, kind: str) -> Iterator[str]:
    """What the sentence says that alerts of the kind cannot."""
    for one in BARRED:
        if one.concerns(kind) and (found := one.words.search(sentence)):
            yield f"{one.what}: {found[0].strip()}"
