"""What coins are called in Korea, and which of them are dollars or bets rather than coins. Pure."""

from collections.abc import Mapping
from typing import Final


def _table(text: str) -> dict[str, tuple[str, ...]]:
    rows = (entry.split() for entry in text.replace("\n", "|").split("|"))
    return {row[0]: tuple(row[1:]) for row in rows if row}


NAMES: Final[Mapping[str, tuple[str, ...]]] = _table("""
BTC 비트코인 비트 비코 | ETH 이더리움 이더 | XRP 리플 엑스알피 | BNB 비앤비 바이낸스코인 바낸코인
SOL 솔라나 솔 | DOGE 도지코인 도지 | ADA 에이다 카르다노 | TRX 트론 | AVAX 아발란체 아발
LINK 체인링크 체링 링크 | SHIB 시바이누 시바 | PEPE 페페 | SUI 수이 | TON 톤코인 톤
DOT 폴카닷 폴카 | BCH 비트코인캐시 비캐 비트캐시 | LTC 라이트코인 라코 | HBAR 헤데라
XLM 스텔라루멘 스텔라 루멘 | UNI 유니스왑 유니 | NEAR 니어프로토콜 니어 | APT 앱토스 앱토
ICP 인터넷컴퓨터 | ETC 이더리움클래식 이클 | POL 폴리곤 폴리곤에코시스템토큰 매틱 | VET 비체인
FIL 파일코인 파일 | ATOM 코스모스 아톰 | ALGO 알고랜드 알고 | ARB 아비트럼 아비 | OP 옵티미즘 옵티
XTZ 테조스 | INJ 인젝티브 | IMX 이뮤터블엑스 이뮤터블 | STX 스택스 | SEI 세이 | TIA 셀레스티아
GRT 더그래프 그래프 | AAVE 에이브 아베 | LDO 리도다오 리도 | CRV 커브 커브다오 | MKR 메이커
SKY 스카이프로토콜 스카이 | COMP 컴파운드 | SNX 신세틱스 | YFI 연파이낸스
1INCH 1인치네트워크 1인치 | ENS 이더리움네임서비스 | DYDX 디와이디엑스 | GMX 지엠엑스
BLUR 블러 | APE 에이프코인 에이프
GMT 스테픈 | GALA 갈라 | SAND 샌드박스 더샌드박스 샌박 | MANA 디센트럴랜드 디센 | FLOW 플로우
AXS 엑시인피니티 엑시 | CHZ 칠리즈 | THETA 쎄타토큰 쎄타 세타토큰 세타 | TFUEL 쎄타퓨엘 세타퓨엘
EGLD 멀티버스엑스 엘론드 | MASK 마스크네트워크 마스크 | ENJ 엔진코인 엔진 | XEC 이캐시
BAT 베이직어텐션토큰 | ZIL 질리카 | ZRX 제로엑스 | QTUM 퀀텀 | NEO 네오 | GAS 가스 | ICX 아이콘
IOTA 아이오타 | IOST 아이오에스티 이오스트 | ONT 온톨로지 | ONG 온톨로지가스 | STORJ 스토리지
KNC 카이버네트워크 카이버 | SC 시아코인 시아 | RVN 레이븐코인 레이븐 | CKB 너보스 | ANKR 앵커
MTL 메탈 | POWR 파워렛저 | WAXP 왁스 | JST 저스트 | SUN 썬 | SXP 솔라 | GLM 골렘 | HIVE 하이브
STEEM 스팀 | KAVA 카바 | CELO 셀로 | CELR 셀러네트워크 | CTSI 카르테시 | COTI 코티 | ASTR 아스타
MINA 미나 | T 쓰레스홀드 | ID 스페이스아이디 | PYTH 피스네트워크 피스 | BEAMX 빔 | MNT 맨틀
STG 스타게이트파이낸스 스타게이트 | ONDO 온도파이낸스 온도 | ZRO 레이어제로 | JUP 주피터 | JTO 지토
STRK 스타크넷 | BONK 봉크 | WIF 도그위프햇 위프 | FLOKI 플로키 | BOME 북오브밈 | ORDI 오르디
NOT 낫코인 | NEIRO 네이로 | TURBO 터보 | TRUMP 오피셜트럼프 트럼프 | PENGU 펏지펭귄 펭구
W 웜홀 | ALT 알트레이어 | ZK 지케이싱크 | ENA 에테나 | ETHFI 이더파이 | EIGEN 아이겐레이어 아이겐
PENDLE 펜들 | WLD 월드코인 월코 | FET 페치 페치에이아이 | RENDER 렌더토큰 렌더 | AR 알위브
TAO 비트텐서 | KAITO 카이토 | VIRTUAL 버추얼프로토콜 버추얼 | MOVE 무브먼트 | ME 매직에덴
BERA 베라체인 베라 | LAYER 솔레이어 | IO 아이오넷 | BB 바운스빗 | REZ 렌조 | OMNI 옴니네트워크
LISTA 리스타다오 | SCR 스크롤 | RAY 레이디움 | KAIA 카이아 클레이튼 | S 소닉 팬텀 | A 볼타 이오스
G 그래비티 | XAI 자이 | MANTA 만타네트워크 만타 | ACE 퓨저니스트 | YGG 일드길드게임즈 | MAGIC 매직
API3 에이피아이쓰리 | AUCTION 바운스토큰 | AUDIO 오디우스 | AGLD 어드벤처골드 | BICO 바이코노미
ARKM 아캄 | CYBER 사이버 | CFX 콘플럭스 | HOOK 훅트프로토콜 | HIGH 하이스트리트 | RPL 로켓풀
METIS 메티스다오 메티스 | RSR 리저브라이트 | UMA 우마 | BAL 밸런서 | BNT 뱅코르 | XVS 비너스
CAKE 팬케이크스왑 팬케이크 | SUSHI 스시스왑 스시 | PUNDIX 펀디엑스 | ALICE 마이네이버앨리스
OGN 오리진프로토콜 | LPT 라이브피어 | OXT 오키드 | NMR 뉴메레르 | RLC 아이젝 | LRC 루프링
CVC 시빅 | IOTX 아이오텍스 | SKL 스케일 | IQ 아이큐 | LSK 리스크 | ARK 아크 | STRAX 스트라티스
ARDR 아더 | QKC 쿼크체인 | MBL 무비블록 | RAD 래드웍스 | GTC 깃코인 | POLYX 폴리매쉬
SFP 세이프팔 | C98 코인98 | KSM 쿠사마 | RUNE 토르체인 | DASH 대시 | ZEC 지캐시 | DCR 디크레드
QNT 퀀트 | JASMY 재스미코인 재스미 | ROSE 오아시스네트워크 | LUNA 루나 테라 | LUNC 루나클래식
HYPER 하이퍼레인 | PUMP 펌프 | WAL 월러스 | NXPC 넥스페이스 | INIT 이니시아 | LA 라그랑주
SAHARA 사하라에이아이 | SOPH 소폰 | OM 만트라 | ANIME 애니메코인 | RED 레드스톤 | WCT 월렛커넥트
BIO 바이오프로토콜 | COOKIE 쿠키다오 | ORCA 오르카 | SOLV 솔브프로토콜 | VANA 바나 | VTHO 비토르토큰
COW 카우프로토콜 | WBTC 랩트비트코인 | PAXG 팍스골드 | USDT 테더 | USDC 유에스디코인
HYPE 하이퍼리퀴드 하이퍼 | XMR 모네로 | LEO 레오 | CRO 크로노스 | OKB 오케이비 | BGB 비트겟토큰
KAS 카스파 | PI 파이코인 파이 | FLR 플레어 | XDC 엑스디씨네트워크
HNT 헬륨 | BSV 비트코인에스브이 비에스브이 | BTTC 비트토렌트
TWT 트러스트월렛토큰 트러스트월렛 | MORPHO 모포 | AERO 에어로드롬파이낸스 에어로드롬
FARTCOIN 파트코인 | SPX 에스피엑스6900 | WLFI 월드리버티파이낸셜 | ASTER 아스터 | IP 스토리
XPL 플라즈마 | LINEA 리네아 | SYRUP 메이플파이낸스 | NEXO 넥쏘 넥소 | GT 게이트토큰 | KCS 쿠코인토큰
DEXE 덱스이 | XAUT 테더골드 | DAI 다이 | FDUSD 퍼스트디지털유에스디 | TUSD 트루유에스디
BRETT 브렛 | CORE 코어 | AIOZ 아이오즈네트워크 아이오즈 | M 밈코어
COAI 체인오페라에이아이 체인오페라 | WBT 화이트비트코인 화이트비트 | HTX 에이치티엑스다오
HASH 프로비넌스블록체인 프로비넌스 | PLUME 플룸 | SIGN 사인 | BABY 바빌론 | HUMA 후마파이낸스 후마
ERA 칼데라 | TREE 트리하우스 | TOWNS 타운즈 | PROVE 석싱트 | NEWT 뉴턴프로토콜 뉴턴
RESOLV 리졸브 | SPK 스파크 | HOME 디파이앱 | C 체인베이스토큰 체인베이스 | SXT 스페이스앤드타임
PARTI 파티클네트워크 파티클 | NIL 닐리온 | SHELL 마이쉘 | BMT 버블맵스 | KERNEL 커널다오
EDU 오픈캠퍼스 | ILV 일루비움 | GNO 노시스 | AWE 에이더블유이 | ACH 알케미페이 | CHR 크로미아
JOE 트레이더조 | REQ 리퀘스트 | OSMO 오스모시스 | FLUX 플럭스 | FXS 프랙스셰어 프랙스
HFT 해시플로우 | BEL 벨라프로토콜 벨라 | CTK 셴투 | ARPA 알파 | PYR 불칸포지드 | AMP 앰프
XCN 오닉스코인 오닉스 | WOO 우 | ACX 어크로스프로토콜 | THE 테나 | HAEDAL 해달프로토콜 해달
PYUSD 페이팔유에스디 | USDE 에테나유에스디 | BARD 롬바드 | KMNO 카미노 | PEOPLE 피플
""")
"""Base asset → the Korean name shown, that of Upbit or else of Bithumb where it is traded (see
tests/bot/exchange_names.txt), then what else people call it.

Ordered from the best known on, which ranks suggestions while no volumes are known yet."""

PEGGED: Final = frozenset(
    {
        "USDT", "USDC", "FDUSD", "TUSD", "USDP", "DAI", "BUSD", "USD1", "USDE", "PYUSD", "USDS",
        "XUSD", "BFUSD", "RLUSD", "U", "AEUR", "EUR", "EURI", "GBP", "AUD", "TRY", "BRL",
        "WBTC", "WBETH", "BNSOL", "WSTETH", "CBBTC",
    }
)  # fmt: skip
"""Bases that follow a currency or another coin: what they do is no move of their own."""

_LEVERED = ("UP", "DOWN", "BULL", "BEAR", "3L", "3S", "5L", "5S")


def moves_itself(base: str) -> bool:
    """Whether the coin has a price of its own: no stable coin, wrapped coin or leveraged token.

    A leveraged token is one whose name is that of a coin and a way to go: BTCUP is one, JUP not.
    """
    if base in PEGGED:
        return False
    coins = (base.removesuffix(end) for end in _LEVERED if base.endswith(end))
    return not any(len(coin) > 1 and coin in NAMES for coin in coins)
