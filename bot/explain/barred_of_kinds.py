"""Known words that say together what alerts of some kinds do not measure.

A row has what it would say, the words, and the kinds of alerts: see barred.py.
"""

from typing import Final

from bot.explain.barred_anywhere import MOVES
from bot.explain.claims import MASK

OF_KINDS: Final = (
    (
        "not for somebody",
        "매[수도]에 불리",
        "large_trade",
    ),
    (
        "of one price alone",
        "(?:가격|환율|시세|업비트|바이낸스|국내|해외|테더)[은는이가] (?:(?!보다|프리미엄|김프|"
        f"역프)[^,.])*?(?:{MOVES}|커[져졌]|변[했하]|되었)",
        "kimchi reverse_change reverse_kimchi",
    ),
    (
        "a cause",
        "(?:높아|낮아|커|많아)서? (?:롱|숏)",
        "funding",
    ),
    (
        "of orders before",
        "앞서",
        "pump volume_surge",
    ),
    (
        "a cause",
        "(?:하락|상승)하면서 [^,.]*(?:거래|늘)",
        "volume_surge",
    ),
    (
        "how many rose",
        "모두 (?:상승|하락)|(?:상승|하락) (?:체결|거래)",
        "volume_surge",
    ),
    (
        "how many more",
        "(?:건수|체결가|단가)[이가은는]? ?(?:급증|늘|증가|많)",
        "volume_surge",
    ),
    (
        "a best price",
        "호가 (?:단가|체결가|체결 가격)",
        "large_trade",
    ),
    (
        "who did it",
        "낸 쪽|없어져 |(?<!규)모[였인이]",
        "imbalance wall_appeared wall_vanished",
    ),
    (
        "a price of one",
        "가장 큰 한 건[^.]*가격에|(?:롱|숏)[을를] 받",
        "liquidation",
    ),
    (
        "a price that widens",
        f"호가[가는이] {MASK}+(?:까지|로) (?:벌어|넓어|커)",
        "spread",
    ),
    (
        "a cause",
        "(?:환율|테더|원화)[가-힣 ]{0,6}[은는이가] [가-힣]*(?:높아|낮아|올라|내려)",
        "kimchi reverse_change reverse_kimchi",
    ),
    (
        "of what moved",
        "움직|변동|변해|변했|단가|많았",
        "liquidation",
    ),
    (
        "why it is wide",
        "얇아(?!진)|적어|많아",
        "spread",
    ),
    (
        "as it grew",
        "늘|불어|커[졌지]|(?:동안|만에)[^,.]*(?:쌓였|쌓여|나타났)",
        "imbalance wall_appeared",
    ),
    (
        "of the price",
        f"(?:가격|시세)[은는이가도을][^,.{MASK}]*(?:유지|머물|머무|그대로|지키|"
        "기울|기운|치우|쏠)|하한",
        "imbalance wall_appeared wall_vanished",
    ),
    (
        "of the book",
        "우[위세]|기울|유지|쪽[이에으]",
        "pump",
    ),
    (
        "all of them",
        "(?:포지션|롱|숏)[이은]? ?(?:모두|전체)|이상이 모두|전체가",
        "liquidation",
    ),
    (
        "already paid",
        "(?<![가-힣])냈|(?:지급|지불|납부|부담)(?:했|하였|됐|되었)",
        "funding",
    ),
    (
        "how many there are",
        "(?:롱|숏)(?: ?포지션| ?계약)?[이은] ?(?:더 )?많",
        "funding",
    ),
    (
        "what turned",
        "포지션[이은]? (?![^,.]*내는)[^,.]*(?:바뀌|바뀐|전환|변경)",
        "funding",
    ),
    (
        "of the market",
        "거래대금|총 거래|거래 규모|전체 거래",
        "large_trade",
    ),
    (
        "how it changed",
        "급변(?:했|하였|한|하)|(?:로|으로) (?:변했|변한|변하였|움직였|움직인)|(?<![가-힣])새로 ",
        "kimchi reverse_kimchi",
    ),
    (
        "how lively",
        "활발",
        "large_trade liquidation pump",
    ),
    (
        "of one order",
        "(?<![가-힣])한 건의 (?:[가-힣]+ )?(?:주문|체결|매[수도]|롱|숏|청산|거래)|한 건(?:으로|"
        f"이)|{MASK}한꺼번에|(?:{MASK}건?이|모두) (?:한꺼번에|한 번에|한번에)",
        "wall_appeared wall_vanished imbalance volume_surge pump liquidation",
    ),
    (
        "a rank of something else",
        f"(?:바이낸스|시장|거래소|마켓)에서 상위|상위 {MASK}+(?:의|에 드는|에 속하는|"
        "에 해당하는)? (?:거래소|가격|단가|종목|포지션|호가|상승|하락)|전체의 상위|"
        f"상위 {MASK}+[^,.]* {MASK}+ ?(?:나왔|있었)|가운데 상위 {MASK}+[^,.]*(?:체결|매수|"
        "매도)이 있",
        "large_trade",
    ),
    (
        "more than usual",
        "평소보다 (?:훨씬 |더 |조금 )?(?:많은|높은|큰|가까운|빠른|빠르게|크게|"
        f"두꺼운) {MASK}+(?:건에|의 슬리피지|bp)|(?:슬리피지|직전|거리|금액|"
        f"호가(?!에 평소보다 {MASK}))[^,.]*평소보다|"
        "평소보다[^,.]*(?:슬리피지|직전|거리|나뉘)|(?:건수|단가|체결가|"
        "청산가)[은는이가] 평소보다",
        "large_trade pump wall_appeared wall_vanished imbalance volume_surge",
    ),
    (
        "more than usual",
        "체결[은는이]? 평소보다|가격[은는이]? 평소보다|평소보다 (?:[가-힣]+ )?(?:가격|체결)",
        "volume_surge",
    ),
    (
        "more than usual",
        "(?:지수|차이|격차|간격|가장)[^,.]*평소보다|평소보다[^,.]*(?:지수|차이|격차|간격)",
        "funding",
    ),
    (
        "more than usual",
        f"평소보다 (?:높은|낮은) {MASK}|평소보다 많은 {MASK}+[^,.]*나뉘|금액[은는이] 평소",
        "pump",
    ),
    (
        "quicker than usual",
        "평소보다 (?:[가-힣]+ )?빠르",
        "wall_vanished wall_appeared imbalance",
    ),
    (
        "a cause",
        f"{MASK}+에서 나[온왔와]",
        "kimchi reverse_kimchi reverse_change",
    ),
    (
        "a cause",
        "(?:매수|매도|체결|거래)로 [^,.]*(?:(?:상승|하락|급등|급락)|오르|올랐|내렸)|(?:상승|"
        "하락|급등|급락)(?:으로|로) [^,.]*(?:거래|매[수도]|체결|늘|몰)|"
        f"거래(?:대금)? {MASK}+로 가격|(?:차이|격차) {MASK}+로 (?:롱|숏)",
        "large_trade volume_surge pump funding spread",
    ),
    (
        "traded as it moved",
        "(?:상승|하락|오르|내리)(?:하)?는 (?:동안|사이|중)",
        "large_trade",
    ),
    (
        "why it is wide",
        "얇(?!아[진졌지])|유동성이 (?:적|낮|없)|시장가 체결로|쪽으로|체결(?:되었|됐|된)",
        "spread",
    ),
    (
        "how deep a book is",
        "(?<!유동성[이은] )얇|두[껍꺼]",
        "spread",
    ),
    (
        "thin where there is more",
        "얇",
        "wall_appeared imbalance",
    ),
    (
        "all of the side",
        "호가 전체|호가[가는] 모두",
        "wall_vanished",
    ),
    (
        "how it went",
        f"{MASK}+(?:분|초)? 안에 (?:사라|없어)|비중으로 사라|가까운 가격에서 사라|까지 가까운",
        "wall_vanished",
    ),
    (
        "a share of both sides",
        f"호가창의 {MASK}+[을를가이] |보이는 호가의 {MASK}",
        "wall_appeared wall_vanished",
    ),
    (
        "a multiple of the share",
        f"(?:비중|비율)[은는이가] (?:약 )?{MASK}+(?:으?로|이며|이고|인데),? "
        f"(?:이는 )?평소[^,.]*{MASK}",
        "wall_appeared wall_vanished",
    ),
    (
        "of one price",
        f"호가의 {MASK}+[를을] 차지|{MASK}+에 (?:매[수도] (?:잔량|주문) )?{MASK}+[이가] (?:걸|"
        f"쌓)|{MASK}+[이가] {MASK}+에 (?:걸|쌓)|호가 {MASK}+[은는] 중간|양쪽 잔량|전체 잔량",
        "imbalance",
    ),
    (
        "as it grew",
        f"{MASK} ?동안 쌓인|{MASK}+ ?(?:만에|사이|안에|에 걸쳐) [^,.]*(?:쌓|쏠|나타|형성|"
        "생[겼긴기])",
        "wall_appeared imbalance",
    ),
    (
        "of the market",
        "거래대금|총 거래|거래 금액|거래 규모|시장에서 거래",
        "pump",
    ),
    (
        "how often something else",
        f"이만한 (?:슬리피지|가격|상승|하락|단가|포지션|종목)|하루 (?:약 )?{MASK}+(?:까지| 이미|"
        " 더)",
        "large_trade",
    ),
    (
        "as a quote",
        "호가[와과] (?:동일|같)",
        "large_trade",
    ),
    (
        "of each",
        "슬리피지[는가] 모두",
        "large_trade",
    ),
    (
        "who paid whom",
        f"(?:차이|격차) {MASK}+[를을] (?:롱|숏)|"
        "(?:롱|숏)(?: 포지션)?[이은] (?:바이낸스|거래소|은행)에|"
        "이미 (?:낸|지급|지불|납부)|지급된|지불된|납부된|마다 (?:롱|숏)|이미 정산|"
        "정산[은이][^,.]*(?:이루어졌|이뤄졌|되었)|전에 낸 [^,.]*이제",
        "funding",
    ),
    (
        "who paid before",
        "(?:롱|숏)이 전에 낸",
        "funding",
    ),
    (
        "who was paid",
        "지급|받았|받습|[을를] 냈|보유자[가는은] [^,.]*청산했|보유자[가는은] [^,.]*냈|보유자 한",
        "liquidation",
    ),
    (
        "for so long",
        f"동안 {MASK}+(?:였|으로 나타|로 나타|로 유지)|벗어[났나]|넘어선 역프|"
        f"환율 {MASK}+보다 높|들어왔|은행이|앞서",
        "kimchi reverse_kimchi reverse_change",
    ),
    (
        "left a level",
        "벗어[났나]",
        "spread",
    ),
    (
        "added up",
        "누적|(?:오전|오후)의? (?:누적|거래|롱|숏|매[수도]|청산)",
        "volume_surge liquidation large_trade pump",
    ),
    (
        "an average",
        "평균 가격",
        "price_jump",
    ),
    (
        "a price added up",
        "청산가(?:(?!금액)[^.])*(?:더|합)한",
        "liquidation",
    ),
    (
        "where the price rests",
        "가격[은는이가] [^,.]*(?:머물러|놓여|걸려) 있",
        "pump volume_surge",
    ),
    (
        "where money went",
        f"(?:에서|[으]?로|에) {MASK}+[이가] (?:빠|유입|들어)|{MASK}+[이가] {MASK}+(?:에|"
        "[으]?로) (?:들어|유입)|유입|거래소로 들어와",
        "volume_surge large_trade",
    ),
    (
        "at other prices",
        f"포지션[은는] {MASK}+ (?:평균 )?가격에|청산[은는] 가장|청산 이후|가격[이가] 변한",
        "liquidation",
    ),
    (
        "a quote as the price",
        f"호가 {MASK}+[이가] 지금 가격",
        "spread",
    ),
    (
        "a price of each",
        f"매수[는은] {MASK}+에 체결",
        "pump",
    ),
    (
        "all of them",
        f"[은는] 모두 {MASK}+입니다",
        "price_jump",
    ),
    (
        "still going on",
        "유지(?:되고| ?중)",
        "volume_surge",
    ),
    (
        "planned",
        "예정(?!되어 있|돼 있|입니다|이며|이고)|(?:롱|숏|매[수도]|청산)[^,.]*예정",
        "funding",
    ),
    (
        "of holders",
        "(?:롱|숏)(?: 포지션)?[이가은는] [^,.]*보유|(?:보유한|가진) (?!쪽|포지션)",
        "funding",
    ),
    (
        "back and forth",
        f"(?<!{MASK}[이가] )(?<!어치가 )오[가간갔갑]",
        "volume_surge",
    ),
    (
        "what got there",
        "(?:가격|시세|환율|테더)[은는이가] [^,.]*도달",
        "kimchi reverse_change",
    ),
    (
        "hidden",
        "(?<!자취를 )감[추춘춥췄춰]",
        "wall_vanished",
    ),
    (
        "a number of the price before",
        f"{MASK}의 직전",
        "large_trade",
    ),
    (
        "more than usual",
        "평소[을를] (?:넘|웃|초과|상회)",
        "large_trade",
    ),
    (
        "two things compared with",
        "(?:직전|기준)[^,.]*(?:비교|견주|대비|비해|보다)[^,.]*평소",
        "price_jump",
    ),
    (
        "a price for a turnover",
        "(?:가격|시세) (?:증가|급증)",
        "volume_surge",
    ),
    (
        "how far from a quote",
        f"호가[와과](?:의)? (?:약 )?{MASK}+ ?거리|"
        f"호가(?:에서|로부터) (?:약 )?{MASK}+ ?(?:거리|범위|이내|안)",
        "imbalance wall_appeared wall_vanished",
    ),
    (
        "a price for a premium",
        "(?:높아|낮아)서? [^,.]*(?:가격|시세)[이가]|대비 (?:업비트 )?(?:가격|시세)[이가]",
        "kimchi reverse_kimchi reverse_change",
    ),
    (
        "as before",
        "직전과 같이",
        "large_trade",
    ),
)
