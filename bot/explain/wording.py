"""What words of the vocabulary must not say together, and the shape of a text. Pure.

Patterns are applied to single sentences in which names and numbers are masked by ``§``, unless
told otherwise.
"""

import re
from collections.abc import Mapping
from typing import Final

from bot.explain.claims import MASK
from bot.explain.figures import FROM_HERE

# --- shape, over the whole text ----------------------------------------------------------------

LINKS: Final = re.compile(
    r"://|www\.|t\.me|bit\.ly|[A-Za-z0-9-]+\.(?:com|net|org|io|kr|co|gg|xyz|app|me|ly|ai|info|link)\b",
    re.IGNORECASE,
)
MARKUP: Final = re.compile(
    r"[<>`*_~^|{}\[\]\\#@=]|^\s*(?:[-•·‣◦]|\d+[.)]\s)|&(?:[a-z]+|#\d+);", re.MULTILINE
)
ENDING: Final = re.compile(r"(?:니다|[아어여해네예]요|위험도[^.]*(?:낮음|보통|높음))$")

# --- numbers in words that cannot be checked ---------------------------------------------------

VAGUE: Final = re.compile(
    r"(?<![가-힣])달(?![하한해했합할러])|(?:수|몇|여러|수십|수백)\s?(?:십|백|천|만|억|조)|(?:(?<!매)수|몇)\s?(?:배|건|번|분|초)|"
    r"여러 (?:번|차례|배|건|명|사람|종목)|[영일이삼사오육칠팔구십]점\s?[영공일이삼사오육칠팔구]|"
    r"[일이삼사오육칠팔구십백천]+[만억조]\s?(?:규모|어치|상당|가량|정도|대)|"
    r"(?<![가-힣\d])(?:[십백천]?만|[십백천]?억|조)\s?(?:단위|대|규모|건수)|"
    r"(?<![가-힣§])배 (?:이상|넘|가까)|하루(?! ?(?:평균 ?)?(?:약 ?)?§)(?!에 (?:약 )?§)"
)

# --- who traded, and where the price went ------------------------------------------------------

# Pairs of opposites say nothing of either.
NEUTRAL: Final = re.compile(
    r"급등락|급등[·/]\s?급락|상승[·/]\s?하락|"
    r"(?:매수(?:[·/,]\s?|[와과] | 및 )매도|매도(?:[·/,]\s?|[와과] | 및 )매수)"
    r"(?=\s?(?:최우선 호가|호가|간|사이|양쪽|쪽|차이|격차))|사는 쪽[과·] ?파는 쪽"
)
BUY: Final = re.compile(r"매수|사들|(?<![가-힣])사는")
SELL: Final = re.compile(r"매도|팔|(?<![가-힣])파는")
BOOK_SIDE: Final = re.compile(r"(매수|매도)\s?(?:(?:최우선 )?호가|잔량|쪽 호가)")
QUOTED_SIDE: Final = re.compile(r"(매수|매도)\s?(?:(?:최우선 )?호가|쪽(?: 호가)?)")
RESTING_SIDE: Final = re.compile(
    r"(매수|매도)\s?(?:벽|(?:최우선 )?호가|잔량|쪽|우[위세]|주문|물량|대기|비중|방향)"
)
LESS_THAN: Final = re.compile(
    r"(매수|매도)(?: ?(?:쪽|호가|잔량))*보다(?= (?:[^,.§] ?)*(?:많|크|큰|큽|높|두껍|두꺼))"
)
"""The side of a book that the other one is compared with, and by no number."""
POSITION: Final = re.compile(r"롱|숏")
FROM_TO: Final = re.compile(
    r"(?P<first>롱|숏)(?: ?포지션| ?쪽)?에서 "
    r"(?P<last>롱|숏)(?: ?포지션| ?쪽)?(?:으로|에게|에)[^,.]*"
)
"""Money goes from who pays; what has turned is paid by the one that is named last."""
OTHERWISE: Final = re.compile(
    rf"(?<!{MASK}로 )(?:바뀌|바뀐|바뀝|바꾸|전환|변경|넘어[가갔간갑]|뒤[바집])|돌아[서선섰섭]"
)
TURNED: Final = re.compile(rf"{OTHERWISE.pattern}|변[하했해]|넘어|달라[지져졌]")
PAID_BEFORE: Final = re.compile("(롱|숏)(?: ?포지션| ?쪽)?[이가] 내던")
PAID: Final = re.compile(
    r"(?: ?포지션| ?쪽)?(?: ?보유자)?(?:에(?!서)|(?:[이은가]|쪽|에서)[^,.]{0,16}받)"
)
"""Behind the position that does not pay: "롱이 숏에 냅니다", "롱에서 숏으로", "숏이 받습니다"."""
PAYS: Final = re.compile(
    r"(?:롱|숏)[^.]*(?:(?<![가-힣])(?:내(?!내)|낸|냅|냈)|부담|지불|지급|납부|받|바뀌|바뀐|바뀝|바뀌|전환|넘어)|"
    r"(?:내|부담하|지불하|지급하|납부하)[는던] ?(?:쪽|편)[^.]*(?:롱|숏)"
)
"""Who pays a funding rate, which words_said.py holds against the facts."""
UP: Final = re.compile(
    r"상승|급등|오름|올랐|올라|오르|오른|오릅|[뛰뛴뜁]|치솟|높아[지진져졌집]|[▲🔺📈⬆↑]"
)
DOWN: Final = re.compile(
    r"하락|급락|낙폭|내림|내렸|내려|내린|내리|내립|떨어|빠[지진져졌집]|밀[리린려렸립]|낮아[지진져졌집]|[▼🔻📉⬇↓]"
)
APART: Final = re.compile(rf"{MASK}+(?:만큼|정도)? ?떨어져 있")
"""How far two quotes are from each other."""
AWAY: Final = re.compile(
    r"(?:에서|부터|보다|[과와])는? ?(?:약 )?§+ ?(?:만큼 |정도 |가량 )?떨어[진져]"
)
"""How far an order is from the price, which did not fall."""
ROSE: Final = re.compile(rf"(?:비중|펀딩비)[^,.]{{0,40}}{MASK}(?:로|까지) 높아[지진졌져]")
"""A share or rate that is above what is usual."""
SIGN: Final = re.compile("(음수|마이너스)|양수|플러스")
BEFORE: Final = re.compile(
    r"직전|앞[서선]|먼저|이전|체결 전|"
    "(?:체결|매[수도])(?:[이가] (?:있|나오|이루어지|일어나)|되)기 전"
)
DIRECTION: Final = re.compile(
    r"(?<!매수 )(?<!매도 )방향|"
    "방향(?!의 (?:[가-힣]+ )?(?:시장가|체결)|으로 (?:치우|쏠[려린렸]|기울))"
)
"""Of orders alone: "매수 방향의 체결"; a price has gone up or down."""
STILL: Final = re.compile(
    r"그대로|보합|제자리|(?:변하|움직이|달라지)지|변화(?:가|는|도)?\s?(?:거의 )?(?:없|미미)|"
    r"변동(?:이|은|도)?\s?(?:거의 )?(?:없|미미)"
)

KEPT: Final = re.compile(r"그대로(?= (?:머물|유지|남))")
"""Orders that stay say nothing of the price."""

# --- compared with what ------------------------------------------------------------------------

USUAL: Final = re.compile(r"평소|통상|평상시|보통 때")
SELDOM: Final = re.compile(r"이례|드문|드물")
THAN: Final = re.compile(r"(?:보다|대비|에 비해서?|비교해서?)[는도]? ?(?:약 |최소 )?$")
THAN_USUAL: Final = re.compile(rf"(?:{USUAL.pattern})[^,.]*{THAN.pattern}")
"""Right before a number: it is told as how much more."""
USUAL_IS: Final = re.compile(
    rf"(?:{USUAL.pattern})(?:(?!보다|대비|비해|비교)[^,.])*[은는이가] ?(?:약 )?$"
)
"""Right before a number: it is told as what is usual, not as a multiple of that."""
FROM_IT: Final = re.compile(rf"{FROM_HERE}|\s?(?:의 )?(?:상승|하락|변동|변화)(?:보다|에 비해)")
"""Right behind a change: it is told as a level, or as what something else is compared with."""
NOT_USUAL_OF: Final = re.compile(
    rf"^(?!.*(?:{USUAL.pattern}|기준|임계|문턱|설정|변동|편차|그 ?$))"
    r"(?!\)?(?:의|보다|대비|에 비))(?=.*[가-힣])"
    r"[^,.]*(?:의|보다|대비|비해) ?(?:약 |거의 )?$"
)
"""Right before a multiple: it is of something else than what is usual or a number."""
OF_USUAL: Final = re.compile(rf"(?:{USUAL.pattern})의? ?\(?(?:약 )?$")
OF_LAST: Final = re.compile(
    r"\)? ?(?:의|보다|대비|에 비해|[와과] 비교하?[면해]) ?(?:약 |거의 )?$|"
    r"\)?(?:[을를]|으?로)? ?(?:기준|따[지졌질]|하면|계산|적용|환산|보면)"
)
"""Right behind a number: what follows is told by it, as a multiple or on its basis."""
OF_NEXT: Final = re.compile("인|에 (?:이르|이른|달하는|달한|가까운)")
"""Behind a multiple: it is of what is told next."""
NEXT: Final = re.compile(r"\)?(?:,|[와과]|이?고|·)? ?(?:약 )?")
"""Between two numbers of which each is one of the two things named before."""
SIZED: Final = re.compile(" ?크기")
"""Of an order, however far from the price: "0.62bp 거리에 있으며 평소 대비 46배 크기"."""
THE_THRESHOLD: Final = re.compile(r"알림 기준[치값선]?[은이가]? ?(?:약 )?$")
BASES_COMPARED: Final = re.compile(
    rf"테더(?:의|에서)? ?(?:김프|김치|역프|프리미엄|위험)|테더\({MASK}+\)(?:의|에서)|"
    r"(?:기준|환율|테더)(?:으로)?보다|(?:환율|테더)(?: ?(?:가격|시세))?[이가은는] "
    r"(?:바이낸스|업비트)|(?:바이낸스|해외) 테더|업비트 (?:은행 )?환율"
    r"|(업비트|바이낸스)(?:(?!업비트|바이낸스)[^,.])*\1(?:보다|에 비해| 대비)"
)
MOST: Final = re.compile("가장|최대")
LEAST: Final = re.compile("가장 (?:작|적|낮|짧|좁)")
PER_DAY: Final = re.compile(r"(?:하루|일평균)(?:에| 평균)? ?(?:약 )?$")
LENGTH: Final = re.compile(
    r"\s?(?:체결 중|거래대금|동안|사이|만에|내내|하루|간(?![가-힣]))|(?:(?<=시)|(?<=시 ))\d+초"
)
"""Right behind a moment, which is no length of time."""
SINCE: Final = re.compile(r"\s?(?:부터|이후|뒤|후(?![가-힣]))")
LATER: Final = re.compile(
    r" ?(?:뒤|후|이후|마다|"
    r"전(?! ?(?:보다|대비|에 비해|과 |가격|시세|의 가격|(?:에는? )?\d[\d,.만억 ]*(?:달러|[A-Z]))))"
)
"""Behind a length of time: another moment, where something took that long."""
EACH: Final = re.compile(
    rf"마다|[건회]당|각각(?! (?:약 )?{MASK}[{MASK} ]*(?:,|[와과]|이?고) ?(?:약 )?{MASK})"
)
GOING_ON: Final = re.compile("(?:지금|현재|아직)도")
TREND: Final = re.compile(
    "이어[지져졌진집]|지속|(?:지금|현재)[은는]? (?:상승|하락|급등|급락) 흐름|"
    r"(?<!에 )(?<![가-힣])그[치쳤친칩]|(?<!제자리를 )(?<![가-힣])지[키켰킨킵켜]"
)
LASTED: Final = re.compile(rf"{MASK} ?(?:동안|간)[^,.]*(?:이어[졌져진]|지속[되된됐])")
IN_WON: Final = "업비트|국내|원화"
ABROAD: Final = "바이낸스|해외|달러"
COMPARES: Final = re.compile("보다|대비|에 비")
HIGHER: Final = re.compile(r" ?(?:더 )?(?:(높|비[싸싼쌉])|낮|싸|싼|쌉)")
"""Right behind a premium: whether it is one or its opposite."""
PREMIUM_CALLED: Final = re.compile(r"(?:의|인)? ?(김프|역프)")
"""Right behind a premium in percent: what it is called tells its sign."""
SIGN_NAMED: Final = re.compile("김프|역프|높|낮|비싸|비싼|비쌉|(?<!비)(?:싸|싼|쌉)")
_THAN_ABROAD: Final = rf"(?:{ABROAD})[^,.]*(?:보다|에 비해)(?:[^.]|\.\d)*"
DEARER: Final = "높|비싸|비싼|비쌉|크|큽|큰"
CHEAPER: Final = "낮|(?<!비)(?:싸|싼|쌉)|작"
SMALLER: Final = re.compile(
    r"(?:평소|통상|평상시)(?:(?!위험)[^.,])*(?:보다|에 비해|와 비교해|대비)(?:(?!위험)[^.,]){0,12}"
    r"(?:작|낮|짧|미미|적[은습었게]|좁|덜)|"
    r"(?:평소|통상|평상시)(?:[와과] ?(?:같|비슷|다르지)| 수준(?:입|이었|이며|이고)| 정도)|"
    r"(?:평소|통상|평상시)[^.,]*[은는이가] [^.,]*(?:이|이것|이번|지금|현재)보다|"
    r"기준[을에]? ?(?:밑|못 미|미치지|넘지 않)"
)
CONDITION: Final = re.compile(
    r"(?<!로 )(?<!비교)(?<!고려)(?<!감안)(?<!적용)(?<!계산)(?<!환산)(?:하면|따지면)(?!서)"
)
"""Of the basis alone: "은행 환율을 기준으로 하면"."""
THAN_NOW: Final = re.compile(
    f"(?:직전(?: {MASK}+)?|지금|현재)(?:보다|에 비해|과 비교|와 비교| 대비)"
)
THAN_INDEX: Final = re.compile(
    r"(?P<than>지수|선물)(?: ?가격| ?시세)?(?:보다|에 비해|대비)[^,.]*?"
    rf"(?:(?P<more>{DEARER})|{CHEAPER})"
)
"""Which of a contract and the index behind it is the higher one."""
GREW: Final = re.compile("커[져졌지진]|확대|벌어[졌져지진]|늘었|늘어|도달")
BESIDE: Final = re.compile(
    rf"(?:호가|중간 가격)보다 (?:약 )?{MASK}+ ?(?:만큼 |정도 )?(높|낮|위|아래)"
)
"""A trade buys above the best price and sells below it; bids rest below the middle, asks above."""
NARROWER: Final = re.compile(r"작아|줄|낮아|가까워|떨어|내려")

# --- causes and advice -------------------------------------------------------------------------

CAUSE_WORD: Final = re.compile(r"원인|배경|이유|까닭")
_UNKNOWN = (
    r"(?:확인되|알려지|파악되|드러나|밝혀지|분명하|뚜렷하|명확하)(?:고 있)?지|알 수|"
    r"(?:확인|알려|파악|밝혀)[된진] (?:것|바|내용)[이은가는]?"
)
UNKNOWN: Final = re.compile(rf"[^.]{{0,14}}?(?:{_UNKNOWN})\s?[않없]|[이은는가]? ?없")
SO_MANY: Final = re.compile(
    rf"[었였]?므로,? (?:평소의 |그 |이는 )?(?:약 )?{MASK}+(?:가량|에 해당|입|이[며고]|로|의)"
)
"""What follows from a number is how many times the usual it is."""
BECAUSE: Final = re.compile(r"때문|므로|여서|이어서|라서|커서|얇아서|같아서")
CAUSED: Final = re.compile(
    r"(?:가격|시세|하락|상승|급락|급등|변동|움직임)[을를] (?!기준)[^,.]{0,16}"
    r"(?:내[리렸린립려]|이[루뤄뤘룬룹]|움직|밀|바[꾸꿨꿉])|"
    r"(?<![가-힣])(?:이|이것|그것|이런 것)(?:으로|로)(?= )|"
    r"[과와] 관련[가-힣]* (?!배경|원인|이유|까닭|내용)"
)
"""What did something to a price, or has to do with it."""
SO_MOVED: Final = re.compile(
    r"(?:늘어|급증해|증가해|증가하여|거래되어|거래돼|체결되어|체결돼|청산되어|청산돼|몰려|많아)서?"
    rf" [^,.]*(?:{UP.pattern}|{DOWN.pattern})|"
    r"(?:상승|하락|오르|내리|떨어지)(?:하)?는 데 "
)
"""Something was traded so that a price moved."""
MOVED_SO: Final = re.compile(
    r"(?:올라|내려|떨어져|빠져|밀려|뛰어|높아져|낮아져|(?:상승|하락)(?:해|하여))서? (?!있)[^,.]*"
    r"(?:거래|체결|매수|매도|늘|급증|증가)"
)
"""A price that moved so that something was traded."""
CONSEQUENCE: Final = re.compile(
    r"(?:매수|매도|체결|주문|거래)(?:에|로|으로|에도)\s(?![^,.]*(?:직전|앞[서선]|함께|나뉘|걸쳐))[^,.]{0,14}$|"
    r"(?:체결|매수|매도|주문) (?:후|뒤)\s[^,.]*$|"
    r"체결(?:되어|돼|되면서|되며|하면서|된)\s(?![^,.]*(?:직전|앞[서선]|함께))[^,.]{0,14}$"
)
ABLE: Final = re.compile(r"수 있")
RISK_ABLE: Final = re.compile(r"(?:볼|평가할|판단할|분류할) 수 있")
ACTOR: Final = re.compile(
    r"(?:거래소|바이낸스|업비트)(?:[가이]|에서 직접)(?! ?(?:알려|알린|준|공개한))|거래소[은는]|"
    r"(?<!롱 )(?<!숏 )(?<!포지션 )보유자"
)
"""Nobody knows who traded."""
OTHERS: Final = re.compile(
    r"(?<!이 )(?<![가-힣])코인[이은]|"
    r"시장(?!가|에서|에 )|(?:코인|종목)[이은]? ?(?:전체|모두)|"
    r"^\s*모두(?! (?:약 )?§)|§[와과] (?:함께|같이)"
)
"""Only one pair was measured."""
ONLY: Final = re.compile(
    r"(?<=[가-힣§])(?<![지다것미])(?<!§ 정도)"
    r"(?<!준 청산)(?<!알린 청산)(?<!공개한 청산)만(?![가-힣])"
)
"""That nothing else did it is not known; "알려 준 것만" is how liquidations are counted."""
SOME_OF: Final = re.compile(rf"(?:가운데|중) {MASK}+만")
"""So many of the orders, of which how many were split has been counted."""
SPOT: Final = re.compile("현물(?! ?지수)")
FUTURE: Final = re.compile("선물")
DERIVED: Final = re.compile("futures|swap|deribit")
"""Exchanges where futures are traded."""
NEEDED: Final = re.compile(r"(?<!주의가 )(?<!유의가 )(?<!주의 )(?<!유의 )필요")
_DEALS: Final = "매수|매도|롱|숏|시장가|사는|파는"
ADVICE: Final = re.compile(
    rf"(?:{_DEALS}|상승|하락)(?:하기|하는|할)?[을의에]? ?(?:[가-힣]+[은한] )?"
    r"(?:시점|구간|자리|때|위치)(?=입|이[며고었라다]|으?로|였|인 |$)|지금이(?![가-힣])|"
    rf"(?:{_DEALS}|상승|하락)(?:으로|로) ?(?:판단|분류|평가|볼)|"
    rf"(?:{_DEALS}|포지션|주문|보유자)(?: ?쪽)?(?:은|는|이|가|에|에는|에게)? "
    r"(?:위험(?!도)|주의|유의)|"
    r"(?:매수|매도)합니다|사들입니다|팝니다|"
    r"부담(?:입|이 ?[크큽큰컸]|이[며고])|"
    r"(?:낮은|높은) (?:가격|시세)(?:입|이[며고었]|으?로|였)|"
    r"(?<![가-힣])(?:싸|싼|쌉|쌌)(?![가-힣]* ?거래)"
)
"""When to trade, how dangerous that is, and whether a price is a good one."""

DENIAL: Final = re.compile(r"않|없(?!어[진졌져])|못(?! 미)")
ALL_SPLIT: Final = re.compile("(?:모두|전부) [^,.]{0,14}(?:나뉘|나뉜|나눠|쪼개)")
GONE: Final = re.compile("없어[진졌져]|자취")
DENIABLE: Final = re.compile(
    rf"(?:{CAUSE_WORD.pattern}|왜)[^.,]{{0,18}}(?:{_UNKNOWN})\s?$|"
    rf"(?:확인|알려|파악|밝혀)[된진] (?:{CAUSE_WORD.pattern})[은는이가]?\s?$|"
    rf"(?:{CAUSE_WORD.pattern}|왜)[^.,]{{0,18}}자료에\s?$|"
    r"(?:변화|변동|움직임)[가는은도이]?\s?(?:거의 )?$|(?:변하|움직이|달라지|닿|도달하)지\s?$"
)
"""What may be denied: that a background is known, and that a price moved or got somewhere."""

RECOVERED: Final = re.compile(r"복구|뒤늦|끊긴|늦게")

# --- risk --------------------------------------------------------------------------------------

RISK: Final = re.compile(r"위험도?(?:[^.\n]{0,12}?)(낮|보통|높|크|작)")
RISK_OF_IT: Final = re.compile(
    r"(?<=[가-힣])(?<!이)(?:[라려져와워커돼쳐러]|(?<![당달])해)서? 위험|[늘많높낮][어아]서? 위험"
)
"""A level is one of the threshold alone, not of what was told right before it."""
RISK_OF_THRESHOLD: Final = re.compile(
    rf"기준의 (?:약 )?{MASK}+(?:[를을] (?:기록|상회|초과)해|에 이르러)(?= 위험)"
)
RISK_FAR: Final = re.compile(
    r"위험도?[^.\n]{12,80}(낮|보통|높)(?:음|습니다|은 편|은 수준|다고|입니다|으로|이며|이고|$)"
)
"""The level behind a reason: "위험도는 기준의 28배로 높음"."""
RISK_MORE: Final = re.compile(
    r"위험[^.]*(?:매우|바뀌|바뀐|달라|커[졌진]|늘|(?:낮음|보통|높음) ?(?:에서|보다|이상|이하))"
)

# --- what a sentence is about ------------------------------------------------------------------

_SHARE: Final = "차지"
"""What takes a share of something is told of the book alone."""
_NOT_RESTING: Final = (
    r"유입|체결|거래(?!되)|스프레드|슬리피지|급등|급락|시장가|소화|흡수|사들|팔|유동성|변동|움직|"
    r"가격이 [^,.]*차지"
)
_RESTING: Final = (
    r"기울|출현|남아|대기|놓[여인]|우[위세]|벽|잔량|머물|쌓[여인였]|걸(?:[려렸]|린(?! 시간))|쏠|"
    r"몰[려린렸]|쏟아|치우|사라|닿|등장|비중|(?<!그대로 )유지|두꺼|중간|거리"
)
"""Words of orders that rest in the book."""
_THERE: Final = rf"{_RESTING}|도달"
_NOT_AT: Final = rf"{_RESTING}|(?<!{MASK}에 )도달"
"""What changes may get to a number."""
_NOT_PREMIUM: Final = (
    r"집중|유입|체결|주문|거래(?!되)|물량|규모|대량|슬리피지|호가|스프레드|시장가|유동성|수량|금액|소화|흡수|"
    rf"급증|증가|늘|시간대|급등|급락|{_NOT_AT}|{_SHARE}|(?:가격|시세)[이가은는]?[^.,]{{0,12}}(?:{UP.pattern}|{DOWN.pattern})"
)
"""Words of what a premium does not measure: what was traded, and where the price went."""

EVENTS: Final[Mapping[str, re.Pattern[str]]] = {
    "large_trade": re.compile(rf"{BUY.pattern}|{SELL.pattern}"),
    "price_jump": re.compile(rf"{UP.pattern}|{DOWN.pattern}|변동|움직"),
    "pump": re.compile(rf"매수|{UP.pattern}"),
    "spread": re.compile(r"스프레드|호가|간격"),
    "volume_surge": re.compile(r"거래|체결"),
    "wall_appeared": re.compile(r"벽|잔량|물량|주문|쌓[이였인여]|걸[려렸]"),
    "wall_vanished": re.compile(r"사라|없어[진졌져]|자취"),
    "imbalance": re.compile(r"잔량|비중|쏠|몰[려린렸]|쏟아|치우|기울|우[위세]"),
    "kimchi": re.compile(rf"김프|김치|프리미엄|{_THAN_ABROAD}(?:{DEARER})"),
    "reverse_kimchi": re.compile(rf"역프|프리미엄[^.]*-\d|{_THAN_ABROAD}(?:{CHEAPER})"),
    "reverse_change": re.compile(r"김프|김치|프리미엄|역프"),
    "liquidation": re.compile(r"청산"),
    "funding": re.compile(r"펀딩비"),
}
"""One of these has to be told, by what the alert is about."""

STRANGE: Final[Mapping[str, re.Pattern[str]]] = {
    "large_trade": re.compile(
        r"스프레드|벌어|넓|급등|급락|유동성|호가 (?:차이|격차|간격)|이후|직후|"
        "커[지져졌진집]|불어|확대|"
        r"더 (?:오|올|내|상승|하락|떨|낮|높|빠|밀|뛰)|"
        r"(?<!상승 )(?<!하락 )(?<!오른 )(?<!내린 )(?<!상승한 )(?<!하락한 )"
        r"(?<![가-힣])(?:후|뒤)(?!늦)|"
        rf"거래량|급증|증가|늘|몰[리렸린려]|쏟아|집중|유입|시간대|{_THERE}|{_SHARE}|"
        rf"상위 {MASK}+[가를]"
    ),
    "price_jump": re.compile(
        r"체결|주문|거래(?!되)|물량|(?<!상승 )(?<!하락 )(?<!변동 )규모|대량|슬리피지|"
        "호가|스프레드|시장가|유동성|수량|금액|소화|흡수|"
        rf"급증|증가|늘|몰[리렸린려]|쏟아|집중|유입|시간대|{_NOT_AT}|{_SHARE}"
    ),
    "spread": re.compile(
        rf"주문|물량|규모|대량|거래|수량|금액|소화|흡수|급증|증가|늘|움직|변동(?!성)|몰[리렸린려]|쏟아|집중|유입|시간대|{_NOT_AT}|{_SHARE}"
    ),
    "pump": re.compile(
        r"슬리피지|호가|스프레드|벌어|넓|커[지져졌진집]|불어|확대|유동성|물량|수량|소화|흡수|상위|벽|잔량|쏠|시간대|거래량|"
        rf"{_SHARE}"
    ),
    "volume_surge": re.compile(
        r"스프레드|호가|간격|벌어|넓|슬리피지|주문|시장가|대량|유동성|급등|급락|소화|흡수|사들|팔|"
        r"벽|잔량|쏠|치우|사라|등장|(?:가격|시세)[이은] (?:[^,. ]+ ){0,2}(?:늘|증가)|"
        rf"{_SHARE}"
    ),
    "wall_appeared": re.compile(
        rf"{_NOT_RESTING}|사라|닿|도달|쏠|몰[려린렸]|쏟아|치우|기울|우[위세]"
    ),
    "wall_vanished": re.compile(
        rf"{_NOT_RESTING}|(?:잔량|물량|벽)[이은] (?:그 )?(?:호가|가격|벽)에 닿(?!기 전)|"
        r"닿(?![기지])|도달(?!하[기지]| 전)|등장|출현|"
        "쏠|몰[려린렸]|쏟아|치우|기울|우[위세]|있습니다"
    ),
    "imbalance": re.compile(rf"{_NOT_RESTING}|벽|사라|닿|도달|등장|출현"),
    "kimchi": re.compile(rf"{_NOT_PREMIUM}|역프|가격 상태|기준 가격"),
    "reverse_kimchi": re.compile(
        rf"{_NOT_PREMIUM}|(?<!{MASK} )(?<!{MASK}의 )김프(?! ?\+?{MASK})|가격 상태|기준 가격"
    ),
    "reverse_change": re.compile(_NOT_PREMIUM),
    "liquidation": re.compile(
        r"스프레드|호가|벌어|넓|슬리피지|급등|급락|유동성|시장가|주문|체결(?!가)|펀딩|정산|지수|"
        rf"소화|흡수|거래량|거래대금|급증|증가|늘|시간대|{_THERE}|{_SHARE}"
    ),
    "funding": re.compile(
        rf"{_NOT_RESTING}|늘|증가|청산|강제|거래(?!소)|물량|규모|{_THERE}|{_SHARE}"
    ),
}
"""Words of other kinds of alerts: this one did not measure them."""

PREMIUMS: Final = frozenset({"kimchi", "reverse_kimchi", "reverse_change"})
PREMIUM: Final = re.compile(
    r"국내|해외|환산|비[싸싼쌉]|김프|역프|김치|프리미엄|업비트|원화|은행|환율|테더|급변"
)
"""Words of these kinds alone."""

# --- how a sentence may end --------------------------------------------------------------------

_THINGS: Final = (
    "이상|크기|수준|상태|규모|그대로|값|물량|움직임|주문|매수|매도|하락|상승|체결|거래|것|가격|시세|이례적|"
    "김프|역프|프리미엄|변동|변화|간격|차이|격차|기준|상황|벽|남짓|수|정도|제자리|제자리걸음|보합|폭|잔량|하한|전|"
    "일|금액|대금|롱|숏|낮음|보통|높음|사례|시각|범위|비중|비율|배수|이하|이내|초과|미만|가량|건|개|배|급|"
    "수량|단가|평균|스프레드|슬리피지|펀딩비|청산|포지션|시장가|급증|급등|급락|증가|확대|쏠림|우위|우세|호가|구조|"
    "편|곳|점|셈|뒤|쪽|정산|위|단계|때문"
)
IS: Final = re.compile(
    r"(?<![가-힣§])(?<!유지 )([가-힣]+?)(?<!움직)(?<!보)(?<!쌓)(?<!모)(?<!놓)(?<!붙)(?<!사들)"
    r"(?:입니다|이었습니다|였습니다|이에요|예요|이며|이고|이었고|이었으며|이지만)"
    r"(?![가-힣])"
)
THING: Final = re.compile(rf"(?:{_THINGS})(?:액|량|률|폭|값|벽|쪽|대|치|선)?$")
"""What something is told to be: "규모입니다"; "시점입니다" would say when to trade."""
JUDGED: Final = re.compile(r"(?:판단|분류|평가)(?:됩|됐|되었|된|하)")
_DONE: Final = (
    "발생|체결|감지|확인|관측|관찰|포착|기록|전환|확대|청산|유지|급증|증가|급등|급락|상승|하락|"
    "변동|집중|형성|처리|거래|매수|매도|등장|출현|변경|소화|흡수|지급|지불|납부|부담|부과|정산|"
    "측정|동반|지속|진행|파악|집계"
)
_WENT: Final = (
    "나타[났나납]|나왔|있었|사라[졌집]|없어[졌집]|감췄|바뀌었|바뀝|뒤바뀌었|들어왔|유입|"
    "몰렸|몰려 있|"
    "쏠렸|쏠려 있|생겼|올랐|내렸|올라[갔왔섰]|내려[갔왔]|뛰었|치솟았|떨어졌|늘었|늘어났|불어났|"
    "벌어졌|벌어져 있|넓어졌|커졌|머물렀|머물러 있|머물고 있|놓여 있|걸려 있|걸렸|쌓였|쌓여 있|"
    "이루어졌|이뤄졌|치우쳤|치우쳐 있|기울었|기울어 있|내고 있|냅|냈|받습|받고 있|변했|달라졌|"
    "뒤집혔|넘어갔|내게 되었|내게 됩|움직였|움직이고 있|보였|보입|이어졌|팔렸|사들였|밀렸|빠졌|"
    "낮아졌|높아졌|있습|없습|없었|않|알려 드립"
)
HAPPENED: Final = re.compile(
    rf"(?:(?:{_DONE})(?:했|됐|되었|하였|합|됩|되고 있|하고 있|되어 있|돼 있)|{_WENT})[가-힣]*$"
)
"""How a sentence without a number may end: with what happened, or what is not so."""

NEEDED_CARE: Final = re.compile("(?:주의|유의)(?:가 필요|하)[가-힣]*$")
BARE_THING: Final = re.compile(
    "(?:그대로|제자리|제자리걸음|보합|변동|체결|폭|일|금액|하한값?|롱|숏|움직임|상태)$"
)
"""What something may be told to be without a number."""

COUNTED: Final = re.compile("(?:알려 준|알린|공개한) (?:것|청산)만 (?:더|합)한")
"""How liquidations are counted."""
COUNTED_ONLY: Final = re.compile(f"{COUNTED.pattern} 것입니다$")
ANCHORS: Final = re.compile(
    r"위험|주의|유의|유동성|복구|(?:닿|도달하)기 전|"
    rf"{USUAL.pattern}|{STILL.pattern}|확인되지|알려지지|파악되지|"
    r"알 수 없|분명하지|드러나지|밝혀지지|뚜렷하지|명확하지|확인된|알려진|파악된|밝혀진"
)
"""A sentence without a number has to lean on one of these, or on the alert's event and name."""
