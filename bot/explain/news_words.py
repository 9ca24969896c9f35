# ruff: noqa: E501  (a row of a table is a line)
"""Words of news that say the same in Korean and English, and what may never be said. Pure."""

import re
from typing import Final

TERMS: Final[dict[str, "re.Pattern[str]"]] = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        "up": r"상승|급등|올랐|올[렸린릴]|올라|오르|오른|뛰었|반등|강세|증가|"
        r"(?<!오)늘(?=[었어린려렸고며])|"
        r"높아|높[인였]|커[지진졌질]|많아[지진졌]|빨라[지진졌]|인상|"
        r"\b(?:ris(?:e|es|en|ing)|rose|gain(?!s?[ -]tax)|jump|surg|soar|climb|rall(?:y|ied)|increas|higher|"
        r"grew|grow|expan|hike|rebound|lift|boost|faster|accelerat|larger|advanc|rais(?:e[sd]?|ing)\b(?!\s+(?:about |around |nearly )?\$?\d| (?:fund|capital|money)))|"
        r"\b(?:(?:is|was|are|were) up\b|up (?:(?:from|by|about|nearly|more)\b|\d))",
        "down": r"하락|선[을이] (?:내[줬주준]|무너|깨)|급락|폭락|내렸|내려|내린|낮[추춘췄]|떨어|약세|감소|"
        r"줄(?=[었어인이])|축소|낮아|작아[지진졌질]|적어[지진졌]|느려[지진졌]|(?<![부확승시])인하|"
        r"\b(?:fall|fell|drop|declin(?!\w* to\b)|slump|plung|slid|tumbl|lower|decreas|cut|"
        r"shr[aiu]nk|crash|sank|sink|slip|dip(?:s|ped)?\b|retreat|slow(?:er|ed|s|ing)?\b|narrow|"
        r"smaller|weaken|eas(?:e[sd]?|ing)\b|shed\b)|"
        r"\b(?:(?:is|was|are|were) down\b|down (?:(?:from|by|about|nearly|more)\b|\d))",
        "expand": r"확대|\b(?:expan|increas|widen|deepen|broaden|extend|larger|gr[eo]w|boost|rais|strengthen)",
        "buy": r"매수|매입|사들|구매|(?<![가-힣])(?:샀|사겠|사기로|삽니다|산다고)|\b(?:buy|bought|purchas|accumul|scoop)",
        "acquire": r"인수(?!인계)|합병|\b(?:acquir|acquisition|merge|takeover|buy|bought|purchas)",
        "sell": r"매도|매각|처분|팔(?=[았아고린지겠기려면며])|(?<![가-힣])(?:판다|팝니다)|판매|\b(?:sell|sold|sale|dump)",
        "in": r"유입|입금|들어왔|\b(?:inflow|deposit|attract|pour|drew\b|tak(?:e|es|ing) in\b|took in\b)",
        "out": r"유출|인출|출금|빠져나|\b(?:outflow|withdr|leav|left\b|lost\b|pull(?:ed|s)\b|drain|siphon)",
        "approve": r"승인|(?<![무면])허가|허용|통과|[가의]결(?=[했됐되돼안])|의결|인가(?=[를했])|"
        r"\b(?:approv|permit|allow|let(?:s|ting)?\b|pass(?:ed|es)|green light|go-ahead|clear(?:ed|s|ance)\b|authori[sz]|"
        r"grant(?:ed|s)\b)",
        "reject": r"거부|거절|기각|반려|불허|금지|"
        r"\b(?:reject|den(?:y|ied)|ban(?:s|ned)?\b|block(?:s|ed|ing)\b|refus|dismiss|veto|declin\w+ to\b|"
        r"turn(?:ed|s) down)",
        "list": r"상장(?! ?폐지)|거래(?:를)? ?지원|\b(?:list(?:s|ed|ing)?\b|go(?:es|ing)? public|"
        r"ipo\b|public offering)",
        "delist": r"상장 ?폐지|상폐|\bdelist",
        "hack": r"해킹|탈취|도난|훔[치친쳤]|"
        r"\b(?:hack|exploit|stole|theft|breach|attack|drain|compromis|siphon)",
        "sue": r"소송|고소|기소|제소|\b(?:sue[sd]?\b|suing|lawsuit|charg(?:es|ed)|indict|"
        r"litigat|appeal|legal|cases?\b|court|trial\b)",
        "delay": r"연기(?=[했됐되한를])|지연|보류|미뤄|\b(?:delay|postpon|defer)",
        "resume": r"재개|\b(?:resum|reopen|restart)",
        "launch": r"출시|출범|개시|도입|"
        r"\b(?:launch|introduc|roll(?:s|ed)? out|debut|start|beg[iau]n|unveil|adopt|add(?:s|ed|ing)?\b|releas|offer)",
        "stop": r"중단|중지|종료|끝[났나냈]|마무리|"
        r"\b(?:halt|suspend|stop|paus|end(?:s|ed|ing)\b|clos|terminat|ceas)",
        "abolish": r"(?<!상장)(?<!상장 )폐지|철폐|\b(?:abolish|repeal)",
        "cancel": r"취소|철회|\b(?:cancel|revok|scrap|retract|withdr)",
        "safe": r"안전(?=[했합하])|\b(?:safe\b|unaffected|unharmed)",
        "invest": r"투자(?=[했를한금])|\b(?:invest|rais(?:e[sd]?|ing)\b|fund(?:ing|ed)\b)",
        "fine": r"벌금|과징금|\b(?:fine[sd]?\b|penalt)",
        "bankrupt": r"파산|\b(?:bankrupt|insolven|chapter 11)",
        "partner": r"제휴|협력|협약|\b(?:partner|collaborat|team(?:ed|s) up|tie-up)",
        "sentence": r"선고|\b(?:sentenc|rul(?:es|ed|ing)\b)",
        "ask a sentence": r"구형|\b(?:ask(?:ed|s)?|sought|request(?:ed|s)?) ",
        "acquit": r"무죄|\b(?:acquit|not guilty)",
        "agree": r"합의|\bagree",
        "oppose": r"반대|\b(?:oppos|against|object)",
        "support": r"지지(?!선)|찬성|\b(?:support|back(?:s|ed)\b)",
        "compensate": r"보상|배상|환불|\b(?:compensat|refund|reimburs|repay|cover)",
        "promise": r"약속|\b(?:promis|pledg|vow)",
        "on time": r"예정대로|\b(?:on schedule|as planned)",
        "finish": r"마쳤|마치[고며]|완료|끝냈|\b(?:complet|finish|end(?:s|ed|ing)\b|conclud)",
        "issue bonds": r"회사채|전환사채|채권(?!자)|\b(?:bonds?|convertible notes?)\b",
        "issue shares": r"우선주|보통주|유상증자|신주|\b(?:preferred|common) (?:shares?|stock)",
        "morning": r"오전|새벽|\ba\.?m\b",
        "afternoon": r"오후|\bp\.?m\b",
        "panic": r"공포(?![·,/] ?탐욕)|패닉|투매|\b(?:panic|fear)",
        "greed": r"탐욕(?! ?지수)|\bgreed",
        "burn": r"소각|\bburn",
        "unlock": r"(?:잠금|락업) ?해제|\bunlock",
        "issue": r"발행|\b(?:issu|mint)",
        "a loss": r"손실|적자|\b(?:loss|deficit)",
        "income": r"순이익|영업이익|\b(?:net income|profit|earn)",
        "revenue": r"매출|\brevenue",
        "volume": r"거래량|거래 ?규모|거래대금|\bvolume",
        "a fee": r"수수료|\bfees?\b",
        "odds": r"가능성|확률|\b(?:odds|chances?|probab)",
        "liquidate": r"청산|\bliquidat",
        "a record": r"사상|신고가|역대|\b(?:all-time|ever\b|in history|on record|since launch|"
        r"a record\b|record[- ](?:high|low|in|out|year|month|week|\w+)|new record)",
        "the most": r"(?<!번째로 )최대(?! ?(?:약 )?\d|한)|최고(?!경영|재무|운영|기술|책임|투자|법률|위원|사령|인민)|"
        r"최다|최장|(?<!번째로 )가장 (?:많|크|큰|높|강|좋|길|긴|오래|빠)|"
        r"(?<!second )\b(?:largest|biggest|highest|most\b(?! of\b)|best|greatest|peak|longest|fastest|"
        r"strongest|record\b|(?:all-time|[a-z]+-(?:day|week|month|year)) high|high of|maximum)",
        "the least": r"최소(?! ?(?:약 )?\d|한)|최저|최단|가장 (?:적|작|낮|약|짧|느|나쁜)|"
        r"(?<!second )\b(?:lowest|smallest|least|fewest|weakest|slowest|worst|shortest|minimum|"
        r"(?:all-time|[a-z]+-(?:day|week|month|year)) low|low of)",
        "at most": r"최대(?= ?(?:약 )?\d)|\b(?:up to|as (?:much|many) as|at most|no more than|max(?:imum)?\b|"
        r"cap(?:s|ped)?\b)",
        "at least": r"최소(?= ?(?:약 )?\d)|\b(?:at least|minimum|no less than|more than|over)\b",
        "the first": r"처음|최초|첫(?! ?(?:째|날|달|해|주))|"
        r"\b(?:first\b(?! (?:quarter|half|three|six|nine|day|week|month))|debut|maiden)",
        "the last": r"마지막|\b(?:final\b|last\b(?! (?:week|month|year|quarter|\w+day|"
        r"jan|feb|mar|apr|may|june?|july?|aug|sep|oct|nov|dec)))",
        "above": r"웃[도돌]|상회|돌파|넘[는긴기겼어었]|위로|"
        r"\b(?:above|over\b|exceed|more than|topp(?:ed|ing)|tops\b|surpass|beat|cross|br(?:eak|oke)|past\b|pass(?:ed|es)\b)",
        "below": r"밑[도돌]|하회|아래|선[을이] (?:내[줬주준]|무너|깨)|\b(?:below|under\b|beneath|less than|miss|short of)",
        "before it": r"(?<=[가-힣])(?<![년월일주달분초날시간은는을를의이가])(?<!분기) (?:전|직전)(?=[ ,에의까])|앞두|앞둔|"
        r"\b(?:before|ahead of|prior to|pre-?market)",
        "after it": r"(?<=[가-힣])(?<![년월일주달분초날시간])(?<!분기) (?:후|뒤|직후)(?=[ ,에의로])|"
        r"\b(?:after|since|following|upon|once|later|post-|from)\b",
        "long": r"롱|\blongs?\b",
        "short": r"숏|공매도|\bshorts?\b",
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
        r"(?:보유량|\b(?:holds?|held|holdings?|owns?)\b)[^.\n]{0,40}\0|\0[^.\n]{0,12}보유(?!자|량)",
        re.IGNORECASE,
    ),
    "a market value": re.compile(r"(?:시가 ?총액|시총|\bmarket cap)[^.\n]{0,40}\0", re.IGNORECASE),
}
"""What a number is, by the words between it (the null) and the numbers around it."""

REPORTER: Final = re.compile(
    r"\b([A-Z]\w+) (?:reported|warned|estimated|noted) that\b|"
    r", (?:[a-z-]+ ){0,5}([A-Z]\w+(?: [A-Z]\w+)?) (?:reported|said|show(?:s|ed)?)(?=[.,]| (?:on|citing)\b)|\b[Aa]ccording to ([A-Z]\w+)|"
    r"(?<![가-힣A-Za-z])([가-힣A-Za-z]{2,})에 따르면|"
    r"(?<![가-힣A-Za-z])([가-힣A-Za-z]{2,})[이가은는] (?:\d+일 )?(?:집계|보도|분석|추정)(?:했|한)"
)
"""Who only tells of it."""
TELLS: Final = re.compile(
    "보도|전했|전합|밝[혔힙]|보고|분석|따르면|알렸|경고|추정|지적|설명|말했|집계|발표"
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

DONE_AFTER: Final = re.compile(r"(?:을|를)? ?(?:했|됐|되었|하였|마쳤)")
PLANNED_AFTER: Final = re.compile(
    r"(?:을|를)? ?(?:[할될] (?:계획|예정|방침|것|전망)|[하되]기로|하겠|[한된]다고|하려|(?:검토|추진|계획|준비|논의)|\s?(?:기대|전망|가능성|우려|예상))"
)
PLANNED_BEFORE: Final = re.compile(
    r"\b(?:plan(?:s|ned|ning)?|intend\w*|aim\w*|seek\w*|hop(?:es|ing)|propos\w+|prepar\w+|set|expected|"
    r"scheduled|due|will|would|could|consider\w*|weigh\w*)\s(?:to\s)?(?:\w+\s){0,2}$",
    re.IGNORECASE,
)
"""What a text announces has not been done."""

MAYBE: Final = re.compile(r"수 있|가능성|전망|예상|기대|우려|관측")
MAYBE_SAID: Final = re.compile(
    rf"{MAYBE.pattern}|\b(?:may|might|could|possib|expect|forecast|predict|outlook|concern|likely|odds|chance|probab|faces?\b|up to)",
    re.IGNORECASE,
)
CAUSE: Final = re.compile(r"때문|덕분|인해|탓에|여파|영향으로|힘입|배경|원인|요인|계기")
FOLLOWS: Final = re.compile(r"에 따라|에 따른")
CAUSE_SAID: Final = re.compile(
    rf"{CAUSE.pattern}|\b(?:because|due to|after|as|amid|on the back|driven|thanks)\b",
    re.IGNORECASE,
)

_L_FINAL: Final = "".join(chr(code) for code in range(0xAC00 + 8, 0xD7A4, 28))
"""Syllables that end in ㄹ: of verbs they say what is still to be done."""

_NEVER: Final = {
    "advice": rf"""
        (?![을를])[{_L_FINAL}]\s(?:때|시점|시기|차례|자리|이유(?!로)|가치|여지|기회|순간|구간|종목|타이밍|만[한하합]|필요)
        을\s(?:때|차례|만[한하합]|기회|여지) 지금(?!까지) 늦기\s전 올라[타탈탄탑] 서두[르를릅]
        놓[치칠친칩] 저[점가]\s?매수 추격\s?매수 분할\s?매수 눌림 물타기 줍[줍는] 존버 싸게 저렴 헐값
        담[는을아기] 담[았는]던 갈아[타탈] 올인 몰빵 선점 [해사팔넣]\s?두[면는자] 지\s?말[아고라] 마세요
        (?:매수|매도|투자|보유|진입)\s?(?:추천|전략|의견|신호|구간|적기)
        추천 권합 권유 권고드 바랍니다 좋습니다 유리합니다 [사팔]아야 해야\\s[합할하]
        필요가\\s있 주목해야 대비해야
        낫습니다 유효합니다 것[이도]\\s(?:안전|낫|좋|유리|바람직) 편이\\s[좋낫]
        현명 적기 매력적 모아\\s가
        사세요 파세요 사십시오
        투자하 매수할 매도할 진입 손절 익절 관망 기회[입로여] 타이밍 담으 조심 유의하""",
    "a target": """
        까지\\s(?:오[르를릅]|상승합|급등합|갑니다|내[리립]|하락합)
        [\\d만억조]\\s?(?:달러|원)[가이]\\s(?:됩니다|될)
        목표가 목표\\s?(?:가격|주가|치) 저항선 지지선 돌파할 도달할""",
    "certainty": """
        것입니다 것으로\\s(?:보|예상|전망|기대|판단) [될할]\\s전망 전망됩 예상됩 기대됩
        확실 틀림없 반드시 무조건 보장
        분명 당연 필연 불가피 영향을\\s(?:줍|미칩|주고|미치고|줄|미칠) 이끌\\s 이어질
        이어집 계속될 오를 내릴
        상승할 하락할 급등할 급락할""",
    "a lure": r"""
        [하으]?려면 [하으]려는\s(?:사람|이용자|독자|회원) 하시 으시면 십시오 세요
        (?:참여|참가|로그인|응모|신청|등록|인증|연결|입력|제출|전송|이체|복구|구독|추가|이동|확인|설정|변경)(?:하면|해야|하셔|하시|하려)
        (?:참여|참가|로그인|응모|구독|팔로우|상담|예약|재인증|재등록|본인\s?확인)(?:합니다|됩니다|하고|하여|해)
        (?:로|에서|에게|통해)[^.]{0,20}(?:등록|신청|연결|입력|확인|복구)합니다
        (?:로|에서|통해)\s(?:등록|신청|연결|입력|확인)하면
        로그인 인증(?![을를]?\s?(?:획득|취득)) 계정 채널 텔레그램\s?(?:방|그룹|으로|에서|에) 카카오톡 카톡 단톡 디스코드
        고래봇 고래방 (?<![챗로])봇[으이을은] 관리자 운영자 고객\s?센터 상담 독자 회원(?!국)
        (?<![가-힣])방[에으] [가-힣](?<![개공지전처국연우쌍소대사훈추해예심모낙])(?<!상대)방(?:에서?|으로|을|이|\s문)(?=\s)
        들어갑니다 들어오면 들어가면 옮깁니다 옮기면 옮겨야 알립니다 알리면 따릅니다 누릅니다 누르면 보냅니다 보내면
        지갑\s?문구 잔고 QR 이벤트 [어아여눠해]\s?(?:줍니다|드립니다)
        (?:이용자|사용자|고객|보유자|투자자|구매자|참여자|예치자|채권자|주주)(?:는|은|들은)[^.]{0,50}[가-힣](?<![습됩입])니다
        클릭 접속 방문(?![했한]) 가입 송금(?=\s?[하해바부주]) 입금하 보내[세주시] 문의 연락 설치 오픈\s?채팅
        링크 초대 비밀번호
        시드\s?구문 복구\s?구문 개인\s?키(?![는가]?\s(?:안전|유출)) 지갑을?\s연결 무료\s?나눔 에어드랍을?\s받
        이벤트에\s참여 에어드[롭랍][^.]{0,10}(?:신청|받|참여) 계정에서
        주소[로가]\s 입금을\s안내""",
    "the prompt": """
        프롬프트 지시문 지시\\s?사항 시스템\\s(?:메시지|지시) JSON 언어\\s?모델 당신 (?<![가-힣])저는
        (?<![가-힣])제가 API\\s?키 환경\\s변수
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
    tuple(word.replace("_", " ") for word in line.split())
    for line in """
블랙록 blackrock|피델리티 fidelity|그레이스케일 grayscale|바이낸스 binance|업비트 upbit
빗썸 bithumb
코인원 coinone|코빗 korbit|고팍스 gopax|오케이엑스 okx|비트겟 bitget|쿠코인 kucoin
코인베이스 coinbase|크라켄 kraken|바이비트 bybit|테슬라 tesla|머스크 musk|트럼프 trump
바이든 biden
파월 powell|연준 연방준비 fed federal_reserve|증권거래위원회 sec securities_and_exchange|재무부 treasury|테더 tether usdt
서클 circle|마이크로스트래티지 스트래티지 microstrategy strategy|금융위 금융위원회 fsc financial_services_commission
금융감독원 금감원 fss financial_supervisory|비자 visa
마스터카드 mastercard|페이팔 paypal|골드만삭스 goldman|모건스탠리 morgan|제이피모건 jpmorgan
부테린 buterin|창펑자오 zhao cz|한국은행 bok bank_of_korea|중국 china chinese|미국 us u.s america american united_states fed federal_reserve sec
일본 japan|유럽 europe eu|러시아 russia|홍콩 hong|엘살바도르 salvador|한국 국내 korea korean
로빈후드 robinhood|더불어민주당 민주당 democrats democratic|공화당 republicans republican gop|국민의힘|검찰 prosecutors|과기정통부
""".replace("\n", "|").split("|")
    if line
)
"""Names that models like to add, each with how else it may be written in a source; "_" is a space."""
ACTOR_OF: Final = {word: aliases[0] for aliases in reversed(ACTORS) for word in aliases}
"""Whom each of these words names: the first line that has it says so."""

PLACES: Final = frozenset(("미국", "중국", "일본", "유럽", "러시아", "홍콩", "엘살바도르", "한국"))
"""Actors that are named for where something is as often as for who does it."""

STOCK: Final = re.compile(r"주가|주식|우선주|\b(?:shares?|stock)\b", re.IGNORECASE)

_WRITES: Final = "적[는을어]|쓴다|쓰라|써[라야넣]|쓸 |넣[는을어]|포함|덧붙|붙[인여]|끝맺|옮겨|출력|답[하해]|채우|채운|알려|안내"
INSTRUCTION: Final = re.compile(
    r"VIP|회원님|리딩|목표가|손절|입장\s?문의|카톡|오픈\s?채팅|텔레그램\s?(?:[:@]|채널|방|그룹)|단톡|무료\s?(?:나눔|신청)|"
    r"무시하|(?<!현)지시|시스템\s?프롬프트|프롬프트|출력하|실행하라|보여\s?줘|API\s?키|지갑을\s?연결|접속해|"
    r"QR|이벤트|(?:들어오|가입하|참여하|등록하|신청하|누르|보내|입금하|연결하|인증하)면|"
    r"고래봇|독자|편집자\s?주|안내문|고객\s?센터|(?:운영자|관리자|상담원)(?:에게|로|에|와|의)|"
    r"(?:요약|정리|번역|해설|작성|답변|풀이)(?:하는|할|을 맡은|문|본|글)|"
    rf"(?:첫|둘째|셋째|마지막|맨 ?[윗위앞뒤끝]?|[한두세] ?번째) ?(?:줄|문장|문단|머리)[^.]{{0,80}}(?:{_WRITES})|"
    rf"(?:AI|인공지능|챗봇|모델|어시스턴트|비서)(?:[는은가이]|에게|라면)[^.]{{0,80}}(?:{_WRITES})|"
    r"(?:[라다]고|로|을|를|에) (?:적는다|쓴다|써넣|끝맺|덧붙인다|적을 것|쓸 것|넣을 것)|할 것[.)\s]*$|"
    r"[하으]?려면\s|(?:원하|싶으|싶다)[시]?면|[가-힣](?:세요|십시오|시오)|바랍니다|바란다|"
    r"라고 (?:안내|당부|권|공지|촉구)|(?:해야|하셔야|옮겨야) (?:한다|합니다|돌려|보호)|"
    r"\b(?:ignore|disregard|forget) (?:all|the|any|previous|prior|your)|\bsystem\s?(?:prompt|:)|"
    r"\bdeveloper mode|\bassistant\s?:|\banswer only|\byou are now|\bprompt\b|\bjailbreak|"
    r"\b(?:whoever|anyone who|(?:the|any) (?:ai|bot|model|assistant|summar\w+|writer|editor|translator))\b"
    r"[^.]{0,100}\b(?:should|must|needs?|has|is to|shall|will)\b|"
    r"\b(?:summar[iy]|condens|translat|paraphras|rewrit)\w*\b[^.]{0,80}\b(?:should|must|open|begin|say|include)|"
    r"\b(?:first|last|second|third|opening|final) (?:line|sentence)\b|"
    r"\b(?:readers?|you|users|customers|subscribers) (?:must|should|need to|have to|are asked)\b|"
    r"\byour (?:wallet|account|funds|password|seed|keys?)|\bclick\b|\bsign up\b|\blog ?in\b|\bjoin (?:our|us)\b",
    re.IGNORECASE,
)
"""A sentence that talks to a model, or to customers, instead of telling news."""

ENGLISH_COINS: Final[dict[str, tuple[str, ...]]] = {
    "BTC": ("bitcoin",), "ETH": ("ether", "ethereum"), "XRP": ("ripple",), "SOL": ("solana",),
    "DOGE": ("dogecoin",), "ADA": ("cardano",), "TRX": ("tron",), "AVAX": ("avalanche",),
    "LINK": ("chainlink",), "SHIB": ("shiba",), "DOT": ("polkadot",), "LTC": ("litecoin",),
    "BCH": ("bitcoin cash",), "POL": ("polygon",), "XLM": ("stellar",), "USDT": ("tether",),
    "BNB": ("binance coin",), "UNI": ("uniswap",), "SUI": ("sui",), "APT": ("aptos",),
}  # fmt: skip
"""What texts in English call coins, in small letters."""
COIN_OF: Final = {name: base for base, names in ENGLISH_COINS.items() for name in names}
"""And which coin such a name is of."""
