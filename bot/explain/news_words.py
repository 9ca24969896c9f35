"""Words of news that say the same in Korean and English, and what may never be said. Pure."""

import re
from typing import Final

TERMS: Final[dict[str, "re.Pattern[str]"]] = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        "up": r"상승|급등|올랐|올[렸린릴]|올라|오르|오른|뛰었|반등|강세|증가|"
        r"(?<!오)늘(?=[었어린려고며])|"
        r"확대|높아|인상|\b(?:ris(?:e|es|en|ing)|rose|gain|jump|surg|soar|climb|rall(?:y|ied)|increas|higher|"
        r"grew|grow|expan|hike|rebound)|"
        r"\b(?:(?:is|was|are|were) up\b|up (?:(?:from|by|about|nearly|more)\b|\d))",
        "down": r"하락|급락|폭락|내렸|내려|내린|낮[추춘췄]|떨어|약세|감소|"
        r"줄(?=[었어인이])|축소|낮아|인하|"
        r"\b(?:fall|fell|drop|declin|slump|plung|slid|tumbl|lower|decreas|cut|shr[aiu]nk|crash)|"
        r"\b(?:(?:is|was|are|were) down\b|down (?:(?:from|by|about|nearly|more)\b|\d))",
        "buy": r"매수|매입|사들|구매|\b(?:buy|bought|purchas|accumul)",
        "acquire": r"인수(?!인계)|합병|\b(?:acquir|acquisition|merge|takeover)",
        "sell": r"매도|매각|처분|팔(?=[았아고린])|판매|\b(?:sell|sold|sale|dump)",
        "in": r"유입|입금|들어왔|\b(?:inflow|deposit)",
        "out": r"유출|인출|출금|빠져나|\b(?:outflow|withdr|leav|left\b|lost\b|pulled)",
        "approve": r"승인|허가|허용|통과|인가(?=[를했])|\b(?:approv|permit|allow|pass(?:ed|es))",
        "reject": r"거부|거절|기각|반려|불허|금지|"
        r"\b(?:reject|den(?:y|ied)|ban(?:s|ned)?\b|block|refus)",
        "list": r"상장(?! ?폐지)|\blist(?:s|ed|ing)?\b",
        "delist": r"상장 ?폐지|상폐|\bdelist",
        "hack": r"해킹|탈취|도난|\b(?:hack|exploit|stole|theft|breach)",
        "sue": r"소송|고소|기소|제소|\b(?:sue[sd]?\b|lawsuit|charg(?:es|ed)|indict)",
        "delay": r"연기(?=[했됐되한를])|지연|보류|미뤄|\b(?:delay|postpon|defer)",
        "resume": r"재개|\b(?:resum|reopen)",
        "launch": r"출시|출범|개시|도입|\b(?:launch|introduc|roll(?:s|ed)? out|debut)",
        "stop": r"중단|중지|종료|\b(?:halt|suspend|stop|paus)",
        "abolish": r"(?<!상장)(?<!상장 )폐지|철폐|\b(?:abolish|repeal)",
        "cancel": r"취소|철회|\b(?:cancel|revok|scrap|retract)",
        "safe": r"안전(?=[했합하])|\b(?:safe\b|unaffected|unharmed)",
        "invest": r"투자(?=[했를한금])|\binvest",
        "fine": r"벌금|과징금|\b(?:fine[sd]?\b|penalt)",
        "bankrupt": r"파산|\bbankrupt",
        "partner": r"제휴|협력|협약|\bpartner",
        "sentence": r"선고|\bsentenc",
        "ask a sentence": r"구형|\b(?:ask(?:ed|s)?|sought|request(?:ed|s)?) ",
        "acquit": r"무죄|\b(?:acquit|not guilty)",
        "agree": r"합의|\bagree",
        "oppose": r"반대|\b(?:oppos|against)",
        "support": r"지지(?!선)|찬성|\b(?:support|back(?:s|ed)\b)",
        "compensate": r"보상|배상|환불|\b(?:compensat|refund|reimburs)",
        "promise": r"약속|\b(?:promis|pledg|vow)",
        "on time": r"예정대로|\b(?:on schedule|as planned)",
        "finish": r"마쳤|마치[고며]|완료|끝냈|\b(?:complet|finish)",
        "issue bonds": r"회사채|전환사채|채권|\b(?:bonds?|convertible notes?)\b",
        "issue shares": r"우선주|보통주|유상증자|신주|\b(?:preferred|common) (?:shares?|stock)",
        "morning": r"오전|새벽|\ba\.?m\b",
        "afternoon": r"오후|\bp\.?m\b",
        "panic": r"공포(?![·,/] ?탐욕)|패닉|투매|\b(?:panic|fear)",
        "greed": r"탐욕(?! ?지수)|\bgreed",
        "burn": r"소각|\bburn",
        "unlock": r"(?:잠금|락업) ?해제|\bunlock",
        "issue": r"발행|\b(?:issu|mint)",
        "a loss": r"손실|적자|\b(?:loss|deficit)",
        "income": r"순이익|영업이익|\b(?:net income|profit|earnings)",
        "revenue": r"매출|\brevenue",
        "volume": r"거래량|거래 ?규모|거래대금|\bvolume",
        "a fee": r"수수료|\bfees?\b",
        "odds": r"가능성|확률|\b(?:odds|chances?|probab)",
        "liquidate": r"청산|\bliquidat",
        "a record": r"(?<!번째로 )최대|최고치?|사상|신고가|"
        r"\b(?:all-time|a record\b|record (?:high|low|in|out|year|month|week))|"
        r"(?<!second )\b(?:largest|biggest|highest)",
        "won": r"원화|\bwon\b|\bKRW",
        "a dollar coin": r"달러(?= ?스테이블)|\bdollar-(?:pegged|backed)",
        "a second": r"두 번째|둘째|\bsecond (?:largest|biggest|highest)",
    }.items()
}
"""One thing each: where an answer has it, the source must, denied or not as it is there."""

WHENS: Final[dict[str, "re.Pattern[str]"]] = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        "today": r"오늘|\btoday",
        "yesterday": r"어제|전날|\byesterday|\bprevious day|\ba day earlier",
        "tomorrow": r"(?<![가-힣])내일|\btomorrow",
        "this week": r"이번 ?주|금주|\bthis week",
        "last week": r"지난 ?주(?!주)|\b(?:last|past|previous) week",
        "next week": r"다음 ?주(?!주)|내주|\b(?:next|following|coming) week",
        "this month": r"이번 ?달|이달|\bthis month",
        "last month": r"지난 ?달|전달|\b(?:last|past|previous) month",
        "next month": r"다음 ?달|내달|\b(?:next|following|coming) month",
        "this year": r"올해|금년|올 들어|\bthis year|\byear[- ]to[- ]date",
        "last year": r"작년|지난해|전년|\b(?:last|previous) year|\byear[- ](?:on|over)[- ]year"
        r"|\ba year earlier",
        "next year": r"내년|다음 ?해|\b(?:next|following|coming) year",
        "the first half": r"상반기|\bfirst half",
        "the second half": r"하반기|\bsecond half",
    }.items()
}
"""Times without a number; where an answer has one, the source must."""

KINDS: Final[dict[str, "re.Pattern[str]"]] = {
    "an average": re.compile(r"(?:평균|단가|\baverage)[^.\n]{0,40}\0", re.IGNORECASE),
    "what is held": re.compile(
        r"(?:보유량|\b(?:holds?|held|holding|owns?)\b)[^.\n]{0,40}\0|\0[^.\n]{0,12}보유(?!자)",
        re.IGNORECASE,
    ),
    "a market value": re.compile(r"(?:시가 ?총액|시총|\bmarket cap)[^.\n]{0,40}\0", re.IGNORECASE),
}
"""What a number is, by the words between it (the null) and the numbers around it."""

REPORTER: Final = re.compile(
    r"\b([A-Z]\w+) (?:reported|warned|estimated|noted) that\b|\b[Aa]ccording to ([A-Z]\w+)|"
    r"(?<![가-힣A-Za-z])([가-힣A-Za-z]{2,})에 따르면|"
    r"(?<![가-힣A-Za-z])([가-힣A-Za-z]{2,})[이가은는] (?:\d+일 )?(?:집계|보도|분석|추정)(?:했|한)"
)
"""Who only tells of it."""
TELLS: Final = re.compile(
    "전했|전합|밝[혔힙]|보고|분석|따르면|알렸|경고|추정|지적|설명|말했|집계|발표"
)

CLOSE: Final = ("up", "down", "buy", "sell", "in", "out")
"""Of these the one that stands nearest to a number must be the same in the source."""

DENIED_AFTER: Final = re.compile(
    r"[^.,]{0,6}?(?:한 번도 |전혀 )?(?:않|못|없|아니|부인|연기|보류|지연|미[루뤘]|거부|거절)"
)
OPEN_AFTER: Final = re.compile(
    r"[^.,]{0,10}?(?:여부|방안|검토|논의)|(?:되|하|된다|한다)면(?=[\s,])"
)
OPEN_BEFORE: Final = re.compile(
    r"\b(?:whether|if|may|might|could|consider\w*|weigh\w*)\s(?:\w+\s){0,3}$", re.I
)
"""What is only being thought about is neither done nor not done."""
DENIED_BEFORE: Final = re.compile(
    r"(?:\bnot|n't|\bnever|\bno|\bdenie[sd]|\bdelay\w*|\bpostpon\w*|\brefus\w*)\s(?:\w+\s){0,2}$",
    re.I,
)

MAYBE: Final = re.compile(r"수 있|가능성|전망|예상|기대|우려|관측")
MAYBE_SAID: Final = re.compile(
    rf"{MAYBE.pattern}|\b(?:may|might|could|possib|expect|forecast|predict|outlook|concern|likely|odds|chance|probab)",
    re.IGNORECASE,
)
CAUSE: Final = re.compile(r"때문|덕분|인해|탓에|여파|영향으로|힘입")
CAUSE_SAID: Final = re.compile(
    rf"{CAUSE.pattern}|\b(?:because|due to|after|as|amid|on the back|driven|thanks)\b",
    re.IGNORECASE,
)

_NEVER: Final = {
    "advice": """
        추천 권합 권유 권고드 바랍니다 좋습니다 유리합니다 [사팔]아야 해야\\s[합할하]
        필요가\\s있 주목해야 대비해야
        낫습니다 유효합니다 것[이도]\\s(?:안전|낫|좋|유리|바람직) 편이\\s[좋낫]
        현명 적기 매력적 모아\\s가
        사세요 파세요 사십시오
        투자하 매수할 매도할 진입 손절 익절 관망 기회[입로여] 타이밍 담으 조심 유의하""",
    "a target": """
        [\\d만억조]\\s?(?:달러|원)[가이]\\s(?:됩니다|될)
        목표가 목표\\s?(?:가격|주가|치) 저항선 지지선 돌파할 도달할""",
    "certainty": """
        것입니다 것으로\\s(?:보|예상|전망|기대|판단) [될할]\\s전망 전망됩 예상됩 기대됩
        확실 틀림없 반드시 무조건 보장
        분명 당연 필연 불가피 영향을\\s(?:줍|미칩|주고|미치고|줄|미칠) 이끌\\s 이어질
        이어집 계속될 오를 내릴
        상승할 하락할 급등할 급락할""",
    "a lure": """
        클릭 접속 방문 가입 송금 입금하 보내[세주시] 문의 연락 다운로드 설치 오픈\\s?채팅
        링크 초대 비밀번호
        시드\\s?구문 복구\\s?구문 개인\\s?키 지갑을?\\s연결 무료\\s?나눔 에어드랍을?\\s받
        이벤트에\\s참여 에어드[롭랍][^.]{0,10}(?:신청|받|참여) 계정에서
        주소[로가]\\s 입금을\\s안내""",
    "the prompt": """
        프롬프트 지시문 지시\\s?사항 시스템\\s(?:메시지|지시) JSON 언어\\s?모델 당신 저는
        제가 API\\s?키 환경\\s변수
        명령을?\\s(?:실행|수행) 개발자\\s모드 모드로\\s전환 그대로\\s출력""",
    "a command": r"(?<![0-9가-힣A-Za-z])/\s?[A-Za-z가-힣]",
    "an address": r"""
        [A-Za-z0-9]\.[A-Za-z]{2,} \d{2,4}-\d{3,4}-\d{4} \d{7,} [A-Za-z0-9]{16,}""",
}
NEVER: Final = tuple(
    (name, re.compile("|".join(patterns.split()), re.IGNORECASE))
    for name, patterns in _NEVER.items()
)
"""Whatever the source says."""

ACTORS: Final = tuple(
    tuple(line.split())
    for line in """
블랙록 blackrock|피델리티 fidelity|그레이스케일 grayscale|바이낸스 binance|업비트 upbit
빗썸 bithumb
코인원 coinone|코빗 korbit|고팍스 gopax|오케이엑스 okx|비트겟 bitget|쿠코인 kucoin
코인베이스 coinbase|크라켄 kraken|바이비트 bybit|테슬라 tesla|머스크 musk|트럼프 trump
바이든 biden
파월 powell|연준 fed federal 연방준비|증권거래위원회 sec|재무부 treasury|테더 tether usdt
서클 circle|마이크로스트래티지 스트래티지 microstrategy strategy|금융위 fsc
금융감독원 금감원 fss|비자 visa
마스터카드 mastercard|페이팔 paypal|골드만삭스 goldman|모건스탠리 morgan|제이피모건 jpmorgan
부테린 buterin|창펑자오 zhao cz|한국은행 bok|중국 china chinese|미국 us u.s. america fed federal sec
일본 japan|유럽 europe eu|러시아 russia|홍콩 hong|엘살바도르 salvador|한국 국내 korea
로빈후드 robinhood|더불어민주당 민주당|국민의힘|검찰 prosecutors|과기정통부
""".replace("\n", "|").split("|")
    if line
)
"""Names that models like to add, each with how else it may be written in a source."""

PLACES: Final = frozenset(("미국", "중국", "일본", "유럽", "러시아", "홍콩", "엘살바도르", "한국"))
"""Actors that are named for where something is as often as for who does it."""

STOCK: Final = re.compile(r"주가|주식|우선주|\b(?:shares?|stock)\b", re.IGNORECASE)

INSTRUCTION: Final = re.compile(
    r"VIP|회원님|리딩|목표가|손절|입장\s?문의|카톡|오픈\s?채팅|텔레그램\s?[:@]|무료\s?(?:나눔|신청)|"
    r"무시하|(?<!현)지시|시스템\s?프롬프트|프롬프트|출력하|실행하라|보여\s?줘|API\s?키|지갑을\s?연결|접속해|"
    r"\b(?:ignore|disregard|forget) (?:all|the|any|previous|prior|your)|\bsystem\s?(?:prompt|:)|"
    r"\bdeveloper mode|\bassistant\s?:|\banswer only|\byou are now|\bprompt\b|\bjailbreak",
    re.IGNORECASE,
)
"""A sentence that talks to a model, or to customers, instead of telling news."""

ENGLISH_COINS: Final = {
    "BTC": "bitcoin", "ETH": "ether", "XRP": "ripple", "SOL": "solana", "DOGE": "dogecoin",
    "ADA": "cardano", "TRX": "tron", "AVAX": "avalanche", "LINK": "chainlink", "SHIB": "shiba",
    "DOT": "polkadot", "LTC": "litecoin", "BCH": "bitcoin cash", "POL": "polygon", "XLM":
    "stellar",
    "USDT": "tether", "BNB": "binance coin", "UNI": "uniswap", "SUI": "sui", "APT": "aptos",
}  # fmt: skip

_SUBJECTS: Final = """
소식 내용 가격 기사 규모 시장 회사 기업 업체 거래 거래소 당국 이번 자금 결정 배경
금액 물량 수량 계획 발표 조치 해당 일정 수요 공급 관련 사실 기관 정부 은행 투자
이유 비중 비율 기간 방향 사건 피해 점이 것이 글에 본문 전체 부분 위험 상품 서비스
날짜 기준 금액 인수 매입 평균 보유 적용 표결 시점 시간 일시
변경 조정 제도 개편 기존 신규 현재 최대 최소 상장 출시 발행 소각 금리 지수 세율 법안 요금
코인 가상 암호 토큰 사용 이용 유입 유출 상승 하락 승인 순유 하루 구체 추가 세부
"""
SUBJECTS: Final = frozenset(_SUBJECTS.split())
"""How words begin that a sentence may be about, whatever the source is about."""
