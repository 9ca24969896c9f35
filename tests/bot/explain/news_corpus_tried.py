# ruff: noqa: E501  (a sentence is a line)
"""More news texts in the form of news_corpus.py, written as a hostile reader and a usual model would.

What the check made of them at first sight, each group with the words and rules that the groups before
had led to: of the first ten texts 8 of 33 good answers were refused; of the next eight 27 of 37, and 6 of
82 bad ones passed; of the next four 10 of 16 and 3 of 42; of the next eight 26 of 26 and 1 of 52; of the
last four, usual news of prices and funds, 4 of 12 and 1 of 19. One word
that is missing refuses every answer of its text. All is mended since, three good lines apart, which are
left out. So little that is wrong gets through, but of a new subject most answers are refused until its
words stand in news_glossary.py.
"""

from news_corpus import Pasted

TRIED: dict[str, Pasted] = {
    "a round of money": Pasted(
        "Kraken raised $500 million at a $15 billion valuation and plans to go public in the first quarter of 2026, The Information reported, citing people familiar with the matter. The exchange's revenue grew 18% to $411.6 million in the second quarter. Its co-chief executive Arjun Sethi declined to comment.",
        (
            "긍정",
            "크라켄이 150억 달러의 기업 가치로 5억 달러를 조달했습니다.",
            "2026년 1분기에 상장할 계획입니다.",
            "글에 적힌 자금 조달 소식이어서 긍정으로 분류했습니다.",
        ),
        (
            ("what", "크라켄이 5억 달러를 투자받았다고 더 인포메이션이 보도했습니다."),
            ("detail", "크라켄의 2분기 매출은 18% 늘어난 4억 1,160만 달러였습니다."),
            ("detail", "아르준 세티 공동 최고경영자는 언급을 거부했습니다."),
            ("reason", "투자 유치와 매출 증가 소식이어서 긍정으로 분류했습니다."),
        ),
        (),
    ),
    "a miner's month": Pasted(
        "Miner MARA produced 950 bitcoin in May, a 35% increase from April and its best month since the halving in April 2024. It did not sell any coins. The network's hash rate hit a record high above 1,000 exahashes per second.",
        (
            "긍정",
            "채굴업체 마라가 5월 비트코인 950개를 채굴했습니다.",
            "이는 4월보다 35% 늘어난 수치입니다.",
            "글에 적힌 채굴량 증가 소식이어서 긍정으로 분류했습니다.",
        ),
        (
            ("what", "비트코인 채굴 기업 MARA의 5월 생산량이 950개를 기록했습니다."),
            ("detail", "마라는 채굴한 코인을 팔지 않았습니다."),
            ("detail", "2024년 4월 반감기 이후 가장 좋은 실적입니다."),
            ("detail", "네트워크 해시레이트는 사상 최고치를 기록했습니다."),
        ),
        (),
    ),
    "a queue to leave": Pasted(
        "Ethereum's validator exit queue climbed to 2.6 million ether worth $12 billion, the longest on record, after staking provider Kiln withdrew its validators as a precaution. Those waiting must wait about 44 days. Ether traded at $4,520, down 1.2%.",
        (
            "중립",
            "이더리움 검증인 이탈 대기 물량이 260만 개로 늘었습니다.",
            "대기 물량은 120억 달러 규모이며 대기 기간은 약 44일입니다.",
            "글에 적힌 이탈 대기 물량 증가 소식이어서 중립으로 분류했습니다.",
        ),
        (
            ("what", "스테이킹 업체 킬른이 예방 조치로 검증인을 철수했습니다."),
            ("detail", "이더리움은 1.2% 하락한 4,520달러에 거래되었습니다."),
            ("detail", "이는 사상 최장 대기열입니다."),
        ),
        (),
    ),
    "a central bank that allows": Pasted(
        "Russia's central bank said Monday it will allow banks to carry out cryptocurrency operations under strict limits, with reserves of at most 1% of capital. Governor Elvira Nabiullina had opposed the move. The rules are due to take effect on July 1, 2026.",
        (
            "긍정",
            "러시아 중앙은행이 은행의 가상자산 업무를 허용하겠다고 밝혔습니다.",
            "규정은 2026년 7월 1일부터 시행될 예정입니다.",
            "글에 적힌 규제 완화 소식이어서 긍정으로 분류했습니다.",
        ),
        (
            (
                "what",
                "러시아 중앙은행은 월요일 엄격한 한도 안에서 은행의 암호화폐 업무를 허용한다고 발표했습니다.",
            ),
            ("detail", "한도는 자본의 최대 1%입니다."),
            ("detail", "엘비라 나비울리나 총재는 이 조치에 반대했었습니다."),
            ("reason", "은행의 업무를 허용하는 내용이어서 긍정으로 분류했습니다."),
        ),
        (),
    ),
    "a profit of a quarter": Pasted(
        "Tether said on Wednesday it earned a net profit of $4.9 billion in the second quarter and increased its holdings of U.S. Treasuries to $127 billion. It has issued $20 billion of new USDT this year. An attestation by BDO Italia showed excess reserves of $5.47 billion.",
        (
            "긍정",
            "테더가 2분기에 49억 달러의 순이익을 냈다고 밝혔습니다.",
            "미국 국채 보유액은 1,270억 달러로 늘었습니다.",
            "글에 적힌 순이익 증가 소식이어서 긍정으로 분류했습니다.",
        ),
        (
            ("what", "테더는 2분기 순이익이 49억 달러라고 수요일 발표했습니다."),
            ("detail", "올해 새로 발행한 USDT는 200억 달러 규모입니다."),
            ("detail", "초과 준비금은 54억 7,000만 달러입니다."),
            ("reason", "순이익과 준비금에 관한 소식이어서 긍정으로 분류했습니다."),
        ),
        (),
    ),
    "a jury": Pasted(
        "A Manhattan jury found Tornado Cash developer Roman Storm guilty of running an unlicensed money transmitting business on Aug. 6, but deadlocked on money laundering and sanctions charges. He faces up to five years in prison. TORN slid 5%.",
        (
            "부정",
            "토네이도 캐시 개발자 로만 스톰이 무허가 송금 사업 혐의로 유죄 평결을 받았습니다.",
            "자금 세탁과 제재 위반 혐의에는 평결이 나오지 않았습니다.",
            "글에 적힌 유죄 평결 소식이어서 부정으로 분류했습니다.",
        ),
        (
            (
                "what",
                "맨해튼 배심원단이 토네이도 캐시 개발자 로만 스톰에게 유죄 평결을 내렸습니다.",
            ),
            ("detail", "최대 5년의 징역형을 받을 수 있습니다."),
            ("detail", "TORN은 5% 하락했습니다."),
        ),
        (),
    ),
    "a first fund of a city": Pasted(
        "Hong Kong's Securities and Futures Commission approved the city's first spot Solana ETF, issued by China Asset Management, which will start trading on Oct. 27. The fund charges a 0.99% management fee. Each trading unit has 100 shares and the minimum investment is about $100.",
        (
            "긍정",
            "홍콩 증권선물위원회가 홍콩 최초의 솔라나 현물 ETF를 승인했습니다.",
            "이 상품은 10월 27일부터 거래됩니다.",
            "글에 적힌 ETF 승인 소식이어서 긍정으로 분류했습니다.",
        ),
        (
            ("what", "홍콩 당국이 첫 솔라나 현물 ETF를 승인했습니다."),
            ("detail", "운용 보수는 0.99%입니다."),
            ("detail", "최소 투자 금액은 약 100달러입니다."),
            ("detail", "이 ETF는 차이나자산운용이 발행합니다."),
        ),
        (),
    ),
    "a return": Pasted(
        "Polymarket is preparing to return to the United States after buying the derivatives exchange QCEX for $112 million in July. Its chief executive Shayne Coplan said the regulator had given it the green light. Monthly volume on the platform topped $1 billion in August.",
        (
            "긍정",
            "폴리마켓이 미국 시장에 복귀할 준비를 하고 있습니다.",
            "폴리마켓은 7월 파생상품 거래소 QCEX를 1억 1,200만 달러에 인수했습니다.",
            "글에 적힌 미국 복귀 소식이어서 긍정으로 분류했습니다.",
        ),
        (
            ("what", "폴리마켓이 미국 복귀를 준비하고 있습니다."),
            ("detail", "8월 거래량은 10억 달러를 넘었습니다."),
            ("detail", "셰인 코플런 최고경영자는 규제 당국의 허가를 받았다고 밝혔습니다."),
        ),
        (),
    ),
    "an exchange of shares": Pasted(
        "네이버파이낸셜과 두나무가 26일 이사회를 열어 포괄적 주식 교환 안건을 의결했다. 교환 비율은 1 대 2.54다. 두나무의 기업 가치는 15조 1,000억 원으로 평가됐다. 주주총회는 내년 5월 22일에 열린다. 네이버 주가는 4.5% 하락했다.",
        (
            "중립",
            "네이버파이낸셜과 두나무가 포괄적 주식 교환을 의결했습니다.",
            "교환 비율은 1 대 2.54입니다.",
            "글에 적힌 주식 교환 의결 소식이어서 중립으로 분류했습니다.",
        ),
        (
            ("what", "네이버파이낸셜과 두나무 이사회가 주식 교환 안건을 통과시켰습니다."),
            ("detail", "두나무의 기업 가치는 15조 1,000억 원으로 평가되었습니다."),
            ("detail", "주주총회는 내년 5월 22일에 열립니다."),
            ("detail", "네이버 주가는 4.5% 내렸습니다."),
        ),
        (),
    ),
    "a tax office": Pasted(
        "국세청이 가상자산으로 세금을 체납한 1,240명의 지갑을 압류했다고 3일 밝혔다. 압류 규모는 461억 원이다. 국세청은 콜드월렛도 압수수색 대상에 포함한다고 설명했다. 지난해보다 체납액이 12% 증가했다.",
        (
            "중립",
            "국세청이 세금 체납자 1,240명의 가상자산 지갑을 압류했습니다.",
            "압류 금액은 461억 원입니다.",
            "글에 적힌 압류 소식이어서 중립으로 분류했습니다.",
        ),
        (
            ("detail", "체납액은 지난해보다 12% 늘었습니다."),
            ("detail", "국세청은 콜드월렛도 압수수색 대상에 포함한다고 밝혔습니다."),
            ("reason", "세금 체납에 따른 조치여서 중립으로 분류했습니다."),
        ),
        (),
    ),
    "five tokens leave": Pasted(
        "Binance will delist five tokens including FTT and ALPACA on May 2, the exchange said in a blog post on Thursday. The tokens fell between 12% and 40% after the announcement. Withdrawals will remain open until July 4. Binance founder Changpeng Zhao, who was pardoned by President Trump, was not involved in the decision.",
        (
            "부정",
            "바이낸스가 5월 2일 FTT와 ALPACA를 포함한 토큰 5종을 상장 폐지합니다.",
            "해당 토큰은 발표 후 12%에서 40% 하락했습니다.",
            "글에 적힌 상장 폐지 소식이어서 부정으로 분류했습니다.",
        ),
        (
            ("detail", "출금은 7월 4일까지 가능합니다."),
            ("what", "바이낸스가 토큰 5종의 상장 폐지를 발표했습니다."),
            ("detail", "창업자 창펑자오는 이번 결정에 관여하지 않았습니다."),
            ("detail", "바이낸스는 목요일 블로그를 통해 이를 밝혔습니다."),
        ),
        (
            ("five tokens leave 0", "detail", "출금은 7월 4일부터 가능합니다."),
            ("five tokens leave 1", "detail", "창업자 창펑자오가 결정을 내렸습니다."),
            ("five tokens leave 2", "what", "바이낸스가 토큰 5종을 상장합니다."),
            ("five tokens leave 3", "detail", "트럼프 대통령이 상장 폐지를 요구했습니다."),
            ("five tokens leave 4", "detail", "해당 토큰은 발표 전 12%에서 40% 하락했습니다."),
            ("five tokens leave 5", "detail", "비트코인은 12% 하락했습니다."),
            ("five tokens leave 6", "detail", "해당 토큰은 40%에서 12%로 반등했습니다."),
            ("five tokens leave 7", "detail", "보유자는 7월 4일까지 출금합니다."),
            (
                "five tokens leave 8",
                "reason",
                "빨리 정리하는 쪽이 유리한 소식이어서 부정으로 분류했습니다.",
            ),
            ("five tokens leave 9", "detail", "창펑자오는 트럼프 대통령을 사면했습니다."),
            ("five tokens leave 10", "detail", "토큰 5종은 사기로 드러났습니다."),
            ("five tokens leave 11", "what", "코인베이스가 토큰 5종을 상장 폐지합니다."),
        ),
    ),
    "options": Pasted(
        "BlackRock's iShares Bitcoin Trust has overtaken Deribit as the largest venue for bitcoin options, with open interest of $38 billion against $32 billion, Bloomberg reported on Monday. Deribit was acquired by Coinbase for $2.9 billion in August.",
        (
            "중립",
            "블랙록의 비트코인 신탁이 데리빗을 제치고 최대 비트코인 옵션 시장이 되었습니다.",
            "미결제 약정은 380억 달러로 데리빗의 320억 달러보다 많습니다.",
            "글에 적힌 옵션 시장 순위 변화 소식이어서 중립으로 분류했습니다.",
        ),
        (
            ("detail", "데리빗은 8월 코인베이스에 29억 달러에 인수되었습니다."),
            ("detail", "코인베이스는 8월 데리빗을 29억 달러에 인수했습니다."),
            (
                "what",
                "블룸버그는 월요일 블랙록의 비트코인 신탁이 최대 옵션 시장이 되었다고 보도했습니다.",
            ),
        ),
        (
            (
                "options 0",
                "what",
                "데리빗이 블랙록의 비트코인 신탁을 제치고 최대 옵션 시장이 되었습니다.",
            ),
            ("options 1", "detail", "미결제 약정은 320억 달러로 데리빗의 380억 달러보다 적습니다."),
            ("options 2", "detail", "데리빗이 코인베이스를 29억 달러에 인수했습니다."),
            ("options 3", "detail", "블랙록이 데리빗을 29억 달러에 인수했습니다."),
            ("options 4", "detail", "데리빗은 9월 코인베이스에 인수되었습니다."),
            ("options 5", "what", "블랙록의 이더리움 신탁이 최대 옵션 시장이 되었습니다."),
            ("options 6", "detail", "옵션 투자가 유망합니다."),
            ("options 7", "detail", "기관이 하락에 대비하고 있습니다."),
            ("options 8", "detail", "블룸버그가 데리빗을 인수했습니다."),
        ),
    ),
    "companies may invest": Pasted(
        "South Korea's Financial Services Commission plans to let listed companies invest up to 5% of their equity in the top 20 cryptocurrencies, Seoul Economic Daily reported, ending a ban in place since 2017. Final guidelines are expected by February.",
        (
            "긍정",
            "금융위원회가 상장사의 가상자산 투자를 자기자본의 최대 5%까지 허용할 계획입니다.",
            "2017년부터 이어진 금지가 끝납니다.",
            "글에 적힌 투자 허용 계획 소식이어서 긍정으로 분류했습니다.",
        ),
        (
            ("detail", "대상은 상위 20개 암호화폐입니다."),
            ("detail", "최종 지침은 2월까지 나올 예정입니다."),
            ("what", "한국 금융위원회가 상장 기업의 암호화폐 투자를 허용할 방침입니다."),
            ("what", "서울경제에 따르면 금융위원회가 상장사의 암호화폐 투자를 허용할 계획입니다."),
        ),
        (
            (
                "companies may invest 0",
                "what",
                "금융위원회가 상장사의 가상자산 투자를 허용했습니다.",
            ),
            (
                "companies may invest 1",
                "what",
                "금융위원회가 상장사의 가상자산 투자를 최소 5% 허용할 계획입니다.",
            ),
            (
                "companies may invest 2",
                "what",
                "한국은행이 상장사의 가상자산 투자를 허용할 계획입니다.",
            ),
            ("companies may invest 3", "detail", "2017년까지 금지되었습니다."),
            ("companies may invest 4", "detail", "대상은 하위 20개 암호화폐입니다."),
            ("companies may invest 5", "detail", "최종 지침은 2월 이후 나올 예정입니다."),
            ("companies may invest 6", "detail", "삼성과 네이버가 투자를 준비합니다."),
            (
                "companies may invest 7",
                "what",
                "금융위원회가 개인의 가상자산 투자를 허용할 계획입니다.",
            ),
            ("companies may invest 8", "detail", "기업 자금이 몰려올 차례입니다."),
            (
                "companies may invest 9",
                "what",
                "일본 금융청이 상장사의 가상자산 투자를 허용할 계획입니다.",
            ),
        ),
    ),
    "deposits of a chain": Pasted(
        "이더리움 비콘체인 예치 계약에 8일 하루 동안 3만 2,000 ETH가 새로 들어왔다. 예치 대기열은 86만 ETH로 2023년 이후 가장 길다. 반대로 출금 대기열은 29만 ETH로 줄었다. 비트마인은 지난주 13만 8,452 ETH를 사들여 보유량을 386만 ETH로 늘렸다고 밝혔다. 이더리움 가격은 3,120달러로 2.4% 올랐다.",
        (
            "긍정",
            "이더리움 예치 계약에 8일 3만 2,000 ETH가 새로 들어왔습니다.",
            "예치 대기열은 86만 ETH로 2023년 이후 가장 깁니다.",
            "글에 적힌 예치 증가 소식이어서 긍정으로 분류했습니다.",
        ),
        (
            ("detail", "출금 대기열은 29만 ETH로 줄었습니다."),
            ("detail", "비트마인은 지난주 13만 8,452 ETH를 매수했습니다."),
            ("detail", "비트마인의 보유량은 386만 ETH로 늘었습니다."),
            ("detail", "이더리움 가격은 2.4% 상승한 3,120달러입니다."),
        ),
        (
            (
                "deposits of a chain 0",
                "detail",
                "예치 대기열은 86만 ETH로 2023년 이전 가장 깁니다.",
            ),
            (
                "deposits of a chain 1",
                "detail",
                "예치 대기열은 86만 ETH로 2023년 이후 가장 짧습니다.",
            ),
            ("deposits of a chain 2", "detail", "예치 대기열은 29만 ETH로 줄었습니다."),
            ("deposits of a chain 3", "detail", "비트마인은 지난주 386만 ETH를 사들였습니다."),
            ("deposits of a chain 4", "detail", "비트마인은 지난달 13만 8,452 ETH를 사들였습니다."),
            ("deposits of a chain 5", "detail", "이더리움은 3,120달러에서 2.4% 올랐습니다."),
            ("deposits of a chain 6", "detail", "재단이 13만 8,452 ETH를 사들였습니다."),
            ("deposits of a chain 7", "detail", "예치는 지금이 유리합니다."),
            ("deposits of a chain 8", "detail", "출금이 늘어 매도 압력이 커졌습니다."),
            ("deposits of a chain 9", "what", "솔라나 예치 계약에 3만 2,000 ETH가 들어왔습니다."),
            (
                "deposits of a chain 10",
                "detail",
                "비트마인이 예치 계약에 3만 2,000 ETH를 넣었습니다.",
            ),
        ),
    ),
    "a sale of tokens": Pasted(
        "Solana-based memecoin launchpad Pump.fun raised $600 million in 12 minutes in its public token sale on Saturday. The PUMP token was sold at $0.004. Around 10,000 buyers took part. Solana traded at $162, little changed.",
        (
            "중립",
            "솔라나 기반 밈코인 플랫폼 펌프펀이 토큰 판매로 6억 달러를 조달했습니다.",
            "토큰은 0.004달러에 판매되었습니다.",
            "글에 적힌 자금 조달 소식이어서 중립으로 분류했습니다.",
        ),
        (
            ("detail", "약 1만 명의 구매자가 참여했습니다."),
            ("detail", "솔라나는 162달러로 거의 변동이 없었습니다."),
        ),
        (
            ("a sale of tokens 0", "what", "솔라나가 토큰 판매로 6억 달러를 조달했습니다."),
            ("a sale of tokens 1", "detail", "PUMP는 162달러에 판매되었습니다."),
            ("a sale of tokens 2", "detail", "판매는 12시간 만에 끝났습니다."),
            ("a sale of tokens 3", "detail", "구매자는 공식 홈페이지에서 참여합니다."),
            ("a sale of tokens 4", "detail", "솔라나는 0.004달러입니다."),
            ("a sale of tokens 5", "detail", "내부자가 먼저 토큰을 팔았습니다."),
            ("a sale of tokens 6", "detail", "일론 머스크가 참여했습니다."),
            ("a sale of tokens 7", "detail", "판매는 일요일에 진행되었습니다."),
            (
                "a sale of tokens 8",
                "what",
                "이더리움 기반 플랫폼 Pump.fun이 6억 달러를 조달했습니다.",
            ),
            ("a sale of tokens 9", "detail", "토큰은 곧 바이낸스에 상장됩니다."),
            ("a sale of tokens 10", "reason", "밈코인 열풍이 뜨거워 긍정으로 분류했습니다."),
        ),
    ),
    "gold": Pasted(
        "스테이블코인 발행사 테더가 금 18톤을 추가로 매입해 보유량이 116톤으로 늘었다고 파이낸셜타임스가 25일 보도했다. 이는 한국 중앙은행의 보유량 104톤보다 많다. 테더는 USDT의 준비금 가운데 금의 비중이 7%라고 설명했다. S&P는 테더의 안정성 등급을 가장 낮은 단계로 내렸다. 기사 하단의 QR코드로 이벤트에 들어오면 USDT를 나눠 준다.",
        (
            "중립",
            "테더가 금 18톤을 추가로 매입해 보유량이 116톤으로 늘었습니다.",
            "이는 한국 중앙은행의 보유량 104톤보다 많습니다.",
            "글에 적힌 금 매입과 등급 하락 소식이어서 중립으로 분류했습니다.",
        ),
        (
            ("detail", "USDT 준비금에서 금의 비중은 7%입니다."),
            ("detail", "테더의 안정성 등급은 가장 낮은 단계로 내려갔습니다."),
            ("what", "파이낸셜타임스는 테더의 금 보유량이 116톤으로 늘었다고 보도했습니다."),
        ),
        (
            ("gold 0", "detail", "QR코드로 들어오면 USDT를 나눠 줍니다."),
            ("gold 1", "detail", "이벤트에서 USDT를 나눠 줍니다."),
            ("gold 2", "detail", "S&P는 테더의 안정성 등급을 가장 높은 단계로 올렸습니다."),
            ("gold 3", "detail", "한국 중앙은행의 보유량은 116톤입니다."),
            ("gold 4", "what", "테더가 금 116톤을 추가로 매입했습니다."),
            ("gold 5", "what", "한국 중앙은행이 금 18톤을 매입했습니다."),
            ("gold 6", "what", "서클이 금 18톤을 매입했습니다."),
            ("gold 7", "what", "테더가 은 18톤을 매입했습니다."),
            ("gold 8", "detail", "준비금의 70%가 금입니다."),
        ),
    ),
    "a law of a land": Pasted(
        "Vietnam's National Assembly approved a digital technology law on Saturday that recognises crypto assets from Jan. 1, 2026. The law excludes securities and digital versions of fiat currency. A pilot for exchanges requires at least $380 million in capital. Vietnam ranks fifth in Chainalysis' adoption index.",
        (
            "긍정",
            "베트남 국회가 암호화폐 자산을 인정하는 디지털 기술법을 승인했습니다.",
            "법은 2026년 1월 1일부터 시행됩니다.",
            "글에 적힌 법안 승인 소식이어서 긍정으로 분류했습니다.",
        ),
        (
            ("detail", "거래소 시범 사업에는 최소 3억 8,000만 달러의 자본이 필요합니다."),
            ("detail", "증권과 법정 화폐의 디지털 버전은 제외됩니다."),
            ("what", "베트남 국회가 토요일 디지털 기술법을 통과시켰습니다."),
            ("detail", "베트남은 체이널리시스 채택 지수에서 5위입니다."),
        ),
        (
            (
                "a law of a land 0",
                "detail",
                "거래소 시범 사업에는 최대 3억 8,000만 달러의 자본이 필요합니다.",
            ),
            ("a law of a land 1", "detail", "증권도 포함됩니다."),
            ("a law of a land 2", "what", "태국 국회가 디지털 기술법을 승인했습니다."),
            ("a law of a land 3", "detail", "법은 2026년 1월 1일까지 시행됩니다."),
            ("a law of a land 4", "detail", "베트남은 채택 지수에서 1위입니다."),
            ("a law of a land 5", "what", "베트남 국회가 디지털 기술법을 부결했습니다."),
            ("a law of a land 6", "what", "베트남 중앙은행이 디지털 기술법을 승인했습니다."),
            ("a law of a land 7", "detail", "업비트가 베트남에 진출합니다."),
            ("a law of a land 8", "detail", "법은 2027년 1월 1일부터 시행됩니다."),
            ("a law of a land 9", "detail", "베트남 코인이 오를 자리입니다."),
        ),
    ),
    "an old wallet": Pasted(
        "A whale moved 4,000 BTC worth $450 million to Coinbase on Sunday after seven years of dormancy, Lookonchain said. The address still holds 1,000 BTC. It bought the coins in 2018 at about $6,500. Bitcoin slipped below $110,000.",
        (
            "부정",
            "한 고래가 7년 만에 4,000 BTC를 코인베이스로 옮겼습니다.",
            "이 물량은 4억 5,000만 달러 규모입니다.",
            "글에 적힌 거래소 이동과 가격 하락 소식이어서 부정으로 분류했습니다.",
        ),
        (
            ("detail", "해당 주소는 여전히 1,000 BTC를 보유하고 있습니다."),
            ("detail", "이 코인은 2018년 약 6,500달러에 매수되었습니다."),
            ("detail", "비트코인은 11만 달러 아래로 하락했습니다."),
            ("what", "룩온체인에 따르면 고래가 일요일 4,000 BTC를 코인베이스로 이동했습니다."),
        ),
        (
            ("an old wallet 0", "what", "한 고래가 코인베이스에서 4,000 BTC를 옮겼습니다."),
            ("an old wallet 1", "what", "한 고래가 4,000 BTC를 바이낸스로 옮겼습니다."),
            ("an old wallet 2", "detail", "고래는 코인을 모두 팔았습니다."),
            ("an old wallet 3", "detail", "이 코인은 2018년 약 6,500달러에 매도되었습니다."),
            ("an old wallet 4", "detail", "비트코인은 11만 달러 위로 올라섰습니다."),
            ("an old wallet 5", "what", "코인베이스가 4,000 BTC를 고래에게 옮겼습니다."),
            ("an old wallet 6", "detail", "고래의 매도가 하락의 원인입니다."),
            ("an old wallet 7", "detail", "해당 주소는 4,000 BTC를 보유하고 있습니다."),
            ("an old wallet 8", "detail", "고래는 2017년부터 코인을 모았습니다."),
            ("an old wallet 9", "detail", "고래를 따라 옮길 시점입니다."),
        ),
    ),
    "a filing": Pasted(
        "Grayscale filed with the SEC on Monday to convert its Zcash Trust into a spot ETF, the first for the privacy coin in the United States. The trust manages $196.7 million. ZEC has risen more than 1,000% this year and traded at $541. Fidelity declined to say whether it would follow.",
        (
            "긍정",
            "그레이스케일이 지캐시 신탁을 현물 ETF로 전환하겠다고 SEC에 신청했습니다.",
            "신탁의 운용 규모는 1억 9,670만 달러입니다.",
            "글에 적힌 ETF 전환 신청 소식이어서 긍정으로 분류했습니다.",
        ),
        (
            ("detail", "ZEC는 올해 1,000% 넘게 올라 541달러에 거래되었습니다."),
            ("detail", "프라이버시 코인의 현물 ETF로는 미국 최초입니다."),
            ("what", "그레이스케일이 월요일 지캐시 현물 ETF를 신청했습니다."),
        ),
        (
            ("a filing 0", "what", "SEC가 지캐시 현물 ETF를 승인했습니다."),
            ("a filing 1", "what", "피델리티가 지캐시 현물 ETF를 신청했습니다."),
            ("a filing 2", "detail", "피델리티도 뒤따를 예정입니다."),
            ("a filing 3", "detail", "ZEC는 541달러에서 1,000% 올랐습니다."),
            ("a filing 4", "detail", "ZEC는 지난해 1,000% 넘게 올랐습니다."),
            ("a filing 5", "detail", "비트코인은 1,000% 넘게 올랐습니다."),
            (
                "a filing 6",
                "what",
                "그레이스케일이 모네로 신탁을 현물 ETF로 전환하겠다고 신청했습니다.",
            ),
            ("a filing 7", "detail", "프라이버시 코인의 현물 ETF로는 유럽 최초입니다."),
            ("a filing 8", "what", "SEC가 그레이스케일에 현물 ETF 전환을 신청했습니다."),
            ("a filing 9", "detail", "아직 늦지 않았습니다."),
            ("a filing 10", "detail", "ZEC를 모으는 투자자가 현명합니다."),
            ("a filing 11", "detail", "그레이스케일은 신청을 철회했습니다."),
        ),
    ),
    "a founder's sale": Pasted(
        "Ethereum co-founder Vitalik Buterin sold $147,000 worth of memecoins that were sent to him and donated the proceeds to charity, on-chain data showed on Friday. He did not sell any ether. The tokens dropped as much as 70%.",
        (
            "중립",
            "이더리움 공동 창업자 비탈릭 부테린이 밈코인 14만 7,000달러어치를 팔았습니다.",
            "판매 대금은 자선 단체에 기부되었습니다.",
            "글에 적힌 밈코인 매도 소식이어서 중립으로 분류했습니다.",
        ),
        (
            ("detail", "부테린은 이더리움을 팔지 않았습니다."),
            ("detail", "해당 토큰은 최대 70% 하락했습니다."),
            ("what", "비탈릭 부테린이 금요일 밈코인을 매도했습니다."),
        ),
        (
            ("a founder's sale 0", "detail", "부테린은 이더리움을 팔았습니다."),
            ("a founder's sale 1", "what", "비탈릭 부테린이 밈코인 14만 7,000달러어치를 샀습니다."),
            (
                "a founder's sale 2",
                "what",
                "이더리움 재단이 밈코인 14만 7,000달러어치를 팔았습니다.",
            ),
            ("a founder's sale 3", "detail", "이더리움은 최대 70% 하락했습니다."),
            ("a founder's sale 4", "detail", "해당 토큰은 최소 70% 하락했습니다."),
            ("a founder's sale 5", "detail", "부테린은 경찰의 조사를 받고 있습니다."),
            ("a founder's sale 6", "what", "일론 머스크가 밈코인을 팔았습니다."),
            ("a founder's sale 7", "what", "비탈릭 부테린이 목요일 밈코인을 매도했습니다."),
            ("a founder's sale 8", "detail", "부테린이 떠난 종목은 피할 만합니다."),
            ("a founder's sale 9", "detail", "판매 대금은 개인 계좌로 들어갔습니다."),
        ),
    ),
    "a sentence in Seoul": Pasted(
        '서울중앙지법은 4일 테라·루나 사태와 관련해 신현성 전 차이코퍼레이션 대표에게 징역 3년을 선고했다. 검찰은 징역 8년을 구형했다. 재판부는 "투자자를 속인 책임이 무겁다"고 밝혔다. 신 전 대표는 항소할 뜻을 밝혔다. 루나는 3% 내린 0.15달러다.',
        (
            "부정",
            "서울중앙지법이 신현성 전 차이코퍼레이션 대표에게 징역 3년을 선고했습니다.",
            "검찰은 징역 8년을 구형했습니다.",
            "글에 적힌 징역형 선고 소식이어서 부정으로 분류했습니다.",
        ),
        (
            ("detail", "신 전 대표는 항소할 뜻을 밝혔습니다."),
            ("detail", "루나는 3% 내린 0.15달러입니다."),
            ("detail", "재판부는 투자자를 속인 책임이 무겁다고 밝혔습니다."),
            ("what", "신현성 전 대표가 테라·루나 사태로 징역 3년을 선고받았습니다."),
        ),
        (
            ("a sentence in Seoul 0", "detail", "신 전 대표는 항소하지 않을 뜻을 밝혔습니다."),
            (
                "a sentence in Seoul 1",
                "what",
                "서울중앙지법이 신현성 전 대표에게 징역 8년을 선고했습니다.",
            ),
            (
                "a sentence in Seoul 2",
                "what",
                "서울고법이 신현성 전 대표에게 징역 3년을 선고했습니다.",
            ),
            ("a sentence in Seoul 3", "detail", "재판부는 징역 8년을 구형했습니다."),
            ("a sentence in Seoul 4", "detail", "루나는 3% 오른 0.15달러입니다."),
            ("a sentence in Seoul 5", "detail", "루나는 0.15달러에서 3% 내렸습니다."),
            ("a sentence in Seoul 6", "what", "신현성 전 대표가 무죄를 선고받았습니다."),
            ("a sentence in Seoul 7", "detail", "검찰은 항소할 뜻을 밝혔습니다."),
            ("a sentence in Seoul 8", "what", "서울중앙지법이 권도형에게 징역 3년을 선고했습니다."),
            ("a sentence in Seoul 9", "detail", "피해자는 지금 신청해야 보상을 받습니다."),
        ),
    ),
    "a lender's penalty": Pasted(
        "Crypto lender Nexo paid a $500,000 penalty to California's financial regulator for making loans without a licence between July 2018 and November 2022. Nexo agreed to move its customers' funds to a licensed affiliate within 150 days. The company neither admitted nor denied wrongdoing.",
        (
            "부정",
            "암호화폐 대출 업체 넥소가 캘리포니아 금융 당국에 50만 달러의 과징금을 냈습니다.",
            "넥소는 2018년 7월부터 2022년 11월까지 면허 없이 대출을 제공했습니다.",
            "글에 적힌 과징금 소식이어서 부정으로 분류했습니다.",
        ),
        (
            ("detail", "넥소는 150일 안에 고객 자금을 면허가 있는 계열사로 옮기기로 합의했습니다."),
            ("detail", "회사는 잘못을 인정하지도 부인하지도 않았습니다."),
        ),
        (
            (
                "a lender's penalty 0",
                "what",
                "캘리포니아 금융 당국이 넥소에 50만 달러의 과징금을 냈습니다.",
            ),
            ("a lender's penalty 1", "detail", "회사는 잘못을 인정했습니다."),
            (
                "a lender's penalty 2",
                "what",
                "넥소가 뉴욕 금융 당국에 50만 달러의 과징금을 냈습니다.",
            ),
            (
                "a lender's penalty 3",
                "detail",
                "넥소는 2022년 11월부터 면허 없이 대출을 제공했습니다.",
            ),
            (
                "a lender's penalty 4",
                "detail",
                "넥소는 15일 안에 고객 자금을 옮기기로 합의했습니다.",
            ),
            ("a lender's penalty 5", "detail", "고객은 150일 안에 자금을 옮깁니다."),
            ("a lender's penalty 6", "what", "넥소가 50만 달러의 보상금을 받았습니다."),
            (
                "a lender's penalty 7",
                "what",
                "셀시어스가 캘리포니아 금융 당국에 50만 달러의 과징금을 냈습니다.",
            ),
            ("a lender's penalty 8", "detail", "넥소는 파산을 신청했습니다."),
            (
                "a lender's penalty 9",
                "what",
                "넥소가 캘리포니아 금융 당국에 5,000만 달러의 과징금을 냈습니다.",
            ),
        ),
    ),
    "a dividend": Pasted(
        "MicroStrategy's Michael Saylor said on X that the company will add a bitcoin credit product for pension funds next year. The firm raised its dividend on the STRC preferred stock to 10.5% from 10.25%. Shares gained 2.2% to $171.4 on Wednesday.",
        (
            "긍정",
            "마이클 세일러가 내년 연기금용 비트코인 신용 상품을 추가하겠다고 밝혔습니다.",
            "STRC 우선주의 배당률은 10.25%에서 10.5%로 올랐습니다.",
            "글에 적힌 상품 출시 계획과 배당 인상 소식이어서 긍정으로 분류했습니다.",
        ),
        (
            ("detail", "주가는 수요일 2.2% 오른 171.4달러를 기록했습니다."),
            ("what", "마이크로스트래티지가 내년 비트코인 신용 상품을 내놓을 계획입니다."),
        ),
        (
            ("a dividend 0", "detail", "배당률은 10.5%에서 10.25%로 내렸습니다."),
            ("a dividend 1", "what", "마이클 세일러가 올해 상품을 추가하겠다고 밝혔습니다."),
            ("a dividend 2", "what", "마이클 세일러가 비트코인을 팔겠다고 밝혔습니다."),
            ("a dividend 3", "detail", "비트코인은 2.2% 올랐습니다."),
            ("a dividend 4", "detail", "주가는 171.4달러에서 2.2% 올랐습니다."),
            ("a dividend 5", "detail", "국민연금이 상품에 가입했습니다."),
            (
                "a dividend 6",
                "reason",
                "연금까지 들어오니 안심할 만한 소식이어서 긍정으로 분류했습니다.",
            ),
        ),
    ),
    "a tax that falls away": Pasted(
        "Thailand's cabinet approved a five-year exemption from capital gains tax for crypto sales made through licensed platforms, effective from Jan. 1, 2025 to Dec. 31, 2029. The finance ministry expects the measure to bring in 1 billion baht.",
        (
            "긍정",
            "태국 내각이 인가받은 플랫폼에서 판 암호화폐의 양도소득세를 5년간 면제하기로 했습니다.",
            "면제는 2025년 1월 1일부터 2029년 12월 31일까지 적용됩니다.",
            "글에 적힌 세금 면제 소식이어서 긍정으로 분류했습니다.",
        ),
        (
            ("what", "태국 내각이 암호화폐 양도소득세 면제를 승인했습니다."),
            ("detail", "면제 기간은 5년입니다."),
        ),
        (
            ("a tax that falls away 0", "what", "태국 내각이 암호화폐 양도소득세를 인상했습니다."),
            ("a tax that falls away 1", "detail", "면제는 2029년 12월 31일부터 적용됩니다."),
            (
                "a tax that falls away 2",
                "what",
                "베트남 내각이 암호화폐 양도소득세 면제를 승인했습니다.",
            ),
            ("a tax that falls away 3", "detail", "면제 기간은 15년입니다."),
            (
                "a tax that falls away 4",
                "what",
                "태국 중앙은행이 암호화폐 양도소득세 면제를 승인했습니다.",
            ),
            ("a tax that falls away 5", "detail", "세금이 없으니 사 둘 만합니다."),
            ("a tax that falls away 6", "what", "태국 내각이 부가가치세를 면제하기로 했습니다."),
        ),
    ),
    "a partnership": Pasted(
        "Stablecoin issuer Circle said it is deepening its partnership with Visa, which will let US banks settle in USDC over the Solana blockchain. Cross River Bank and Lead Bank are the first participants. Visa's annualised stablecoin settlement volume has passed $3.5 billion.",
        (
            "긍정",
            "서클과 비자가 미국 은행의 USDC 결제를 위해 협력을 확대합니다.",
            "비자의 연간 스테이블코인 결제 규모는 35억 달러를 넘었습니다.",
            "글에 적힌 협력 확대 소식이어서 긍정으로 분류했습니다.",
        ),
        (
            ("detail", "크로스리버은행과 리드은행이 첫 참여자입니다."),
            ("what", "비자가 솔라나 블록체인에서 미국 은행의 USDC 결제를 지원합니다."),
        ),
        (
            ("a partnership 0", "what", "서클과 마스터카드가 협력을 확대합니다."),
            ("a partnership 1", "what", "비자가 서클을 인수합니다."),
            ("a partnership 2", "detail", "USDC는 35억 달러를 넘었습니다."),
            (
                "a partnership 3",
                "what",
                "비자가 이더리움 블록체인에서 미국 은행의 USDC 결제를 지원합니다.",
            ),
            ("a partnership 4", "detail", "국민은행이 처음으로 참여합니다."),
            ("a partnership 5", "what", "비자가 유럽 은행의 USDC 결제를 지원합니다."),
            ("a partnership 6", "detail", "솔라나 수요가 폭발합니다."),
            ("a partnership 7", "detail", "솔라나는 상승했습니다."),
        ),
    ),
    "an office": Pasted(
        "코인베이스가 12일 캐나다 온타리오주에 새 사무소를 열고 직원 200명을 채용한다고 발표했다. 이 회사의 3분기 이용자는 870만 명으로 전년보다 11% 늘었다. 다만 구독 서비스 매출은 4% 감소했다.",
        (
            "긍정",
            "코인베이스가 캐나다 온타리오주에 새 사무소를 열고 직원 200명을 채용합니다.",
            "3분기 이용자는 870만 명으로 전년보다 11% 늘었습니다.",
            "글에 적힌 사무소 개설과 이용자 증가 소식이어서 긍정으로 분류했습니다.",
        ),
        (
            ("detail", "구독 서비스 매출은 4% 감소했습니다."),
            ("what", "코인베이스가 캐나다에 사무소를 열 계획입니다."),
        ),
        (
            ("an office 0", "what", "코인베이스가 캐나다에서 직원 200명을 해고합니다."),
            ("an office 1", "detail", "3분기 이용자는 870만 명으로 전년보다 4% 늘었습니다."),
            ("an office 2", "detail", "구독 서비스 매출은 4% 늘었습니다."),
            ("an office 3", "what", "바이낸스가 캐나다 온타리오주에 새 사무소를 엽니다."),
            ("an office 4", "detail", "이용자는 코인베이스에서 가입합니다."),
            ("an office 5", "detail", "2분기 이용자는 870만 명입니다."),
            ("an office 6", "what", "코인베이스가 호주에 새 사무소를 엽니다."),
            ("an office 7", "detail", "거래 수수료 매출은 4% 감소했습니다."),
        ),
    ),
    "limits": Pasted(
        "Bank of England Deputy Governor Sarah Breeden said Britain will publish final rules for systemic stablecoins by the end of 2026. Proposed holding limits of 20,000 pounds for individuals would be temporary, she said on Wednesday. Industry groups have criticised the caps.",
        (
            "중립",
            "사라 브리든 영란은행 부총재가 2026년 말까지 스테이블코인 최종 규칙을 내놓겠다고 밝혔습니다.",
            "개인 보유 한도는 2만 파운드로 제안되었습니다.",
            "글에 적힌 규제 일정 소식이어서 중립으로 분류했습니다.",
        ),
        (
            ("detail", "보유 한도는 일시적인 조치라고 설명했습니다."),
            ("detail", "업계 단체들은 한도를 비판했습니다."),
            ("what", "영국이 2026년 말까지 스테이블코인 최종 규정을 발표할 예정입니다."),
        ),
        (
            ("limits 0", "detail", "개인 보유 한도는 2만 달러로 제안되었습니다."),
            ("limits 1", "detail", "보유 한도는 영구적인 조치라고 설명했습니다."),
            ("limits 2", "what", "영국이 2026년 말부터 스테이블코인을 금지합니다."),
            ("limits 3", "detail", "업계 단체들은 한도를 환영했습니다."),
            ("limits 4", "what", "일본은행이 최종 규칙을 내놓겠다고 밝혔습니다."),
        ),
    ),
    "a first day": Pasted(
        "Gemini shares jumped 14% on their Nasdaq debut on Friday after the exchange founded by the Winklevoss twins raised $425 million in its initial public offering. The stock closed at $32, above the $28 offer price. Gemini reported a net loss of $283 million in the first half.",
        (
            "긍정",
            "제미니 주가가 나스닥 상장 첫날인 금요일 14% 급등했습니다.",
            "제미니는 기업공개로 4억 2,500만 달러를 조달했습니다.",
            "글에 적힌 상장과 주가 급등 소식이어서 긍정으로 분류했습니다.",
        ),
        (
            ("detail", "주가는 공모가 28달러보다 높은 32달러에 마감했습니다."),
            ("detail", "제미니는 상반기에 2억 8,300만 달러의 순손실을 냈습니다."),
        ),
        (
            ("a first day 0", "detail", "주가는 32달러에서 28달러로 마감했습니다."),
            ("a first day 1", "detail", "제미니는 하반기에 2억 8,300만 달러의 순손실을 냈습니다."),
            ("a first day 2", "what", "크라켄 주가가 나스닥 상장 첫날 14% 급등했습니다."),
            ("a first day 3", "detail", "공모주 청약에 나설 때입니다."),
            ("a first day 4", "detail", "제미니는 상반기에 2억 8,300만 달러의 순이익을 냈습니다."),
            ("a first day 5", "what", "제미니 주가가 뉴욕증권거래소 상장 첫날 14% 급등했습니다."),
        ),
    ),
    "pools": Pasted(
        "A hacker stole $128 million from Balancer's V2 pools on Monday by exploiting a rounding error, blockchain security firm PeckShield said. Berachain validators halted the network to recover user funds. BAL slumped 10%. Balancer offered a 20% bounty for the return of the assets.",
        (
            "부정",
            "해커가 월요일 밸런서에서 1억 2,800만 달러를 탈취했습니다.",
            "BAL은 10% 급락했습니다.",
            "글에 적힌 해킹 피해 소식이어서 부정으로 분류했습니다.",
        ),
        (
            ("detail", "베라체인 검증인들은 자금을 되찾기 위해 네트워크를 중단했습니다."),
            ("detail", "밸런서는 자산을 돌려주면 20%의 포상금을 주겠다고 제안했습니다."),
            ("what", "펙실드에 따르면 밸런서 V2 풀에서 1억 2,800만 달러가 도난당했습니다."),
        ),
        (
            ("pools 0", "what", "해커가 월요일 유니스왑에서 1억 2,800만 달러를 탈취했습니다."),
            ("pools 1", "what", "펙실드가 1억 2,800만 달러를 탈취당했습니다."),
            ("pools 2", "detail", "북한이 배후입니다."),
            ("pools 3", "detail", "자금은 모두 회수되었습니다."),
            ("pools 4", "detail", "BAL은 10% 급등했습니다."),
            ("pools 5", "detail", "밸런서에서 자산을 빼야 합니다."),
        ),
    ),
    "collateral": Pasted(
        "JPMorgan analysts raised their year-end target for gold but said bitcoin looks undervalued, with fair value around $170,000. The bank's trading desk started accepting bitcoin and ether as loan collateral for institutional clients in December.",
        (
            "긍정",
            "JP모건이 기관 고객 대출의 담보로 비트코인과 이더리움을 받기 시작했습니다.",
            "이 서비스는 12월에 시작되었습니다.",
            "글에 적힌 담보 인정 소식이어서 긍정으로 분류했습니다.",
        ),
        (),
        (
            ("collateral 0", "detail", "비트코인은 17만 달러까지 오릅니다."),
            ("collateral 1", "detail", "비트코인은 저평가되어 매수가 유효합니다."),
            ("collateral 2", "what", "골드만삭스가 비트코인을 대출 담보로 받기 시작했습니다."),
            (
                "collateral 3",
                "what",
                "JP모건이 개인 고객 대출의 담보로 비트코인을 받기 시작했습니다.",
            ),
            ("collateral 4", "detail", "비트코인의 목표가는 17만 달러입니다."),
        ),
    ),
    "a firm bought": Pasted(
        "Ripple said Monday it bought stablecoin payments firm Rail for $200 million in a deal expected to close in the fourth quarter. XRP rose 8% to $3.30.",
        (
            "긍정",
            "리플이 스테이블코인 결제 업체 레일을 2억 달러에 인수했습니다.",
            "거래는 4분기에 마무리될 예정입니다.",
            "글에 적힌 인수 소식이어서 긍정으로 분류했습니다.",
        ),
        (("detail", "XRP는 8% 상승한 3.30달러를 기록했습니다."),),
        (
            ("a firm bought 0", "what", "레일이 리플을 2억 달러에 인수했습니다."),
            ("a firm bought 1", "detail", "거래는 3분기에 마무리될 예정입니다."),
            ("a firm bought 2", "detail", "비트코인은 8% 상승했습니다."),
            ("a firm bought 3", "detail", "거래가 마무리되었습니다."),
            ("a firm bought 4", "what", "서클이 결제 업체 레일을 2억 달러에 인수했습니다."),
        ),
    ),
    "a first time": Pasted(
        "Bitcoin climbed above $120,000 for the first time on Monday, extending its rally to 28% this year. Ether gained 3% to $3,050. Spot bitcoin ETFs took in $1.18 billion on Thursday, the largest daily inflow of 2025.",
        (
            "긍정",
            "비트코인이 월요일 처음으로 12만 달러를 넘었습니다.",
            "올해 상승률은 28%입니다.",
            "글에 적힌 가격 상승과 자금 유입 소식이어서 긍정으로 분류했습니다.",
        ),
        (
            ("detail", "이더리움은 3% 올라 3,050달러가 되었습니다."),
            ("detail", "비트코인 현물 ETF에는 목요일 11억 8,000만 달러가 유입되었습니다."),
            ("detail", "이는 2025년 들어 하루 최대 유입 규모입니다."),
        ),
        (
            ("a first time 0", "what", "비트코인이 목요일 처음으로 12만 달러를 넘었습니다."),
            ("a first time 1", "detail", "이더리움은 28% 올랐습니다."),
            ("a first time 2", "detail", "이는 2025년 들어 하루 최소 유입 규모입니다."),
            (
                "a first time 3",
                "detail",
                "비트코인 현물 ETF에서 11억 8,000만 달러가 유출되었습니다.",
            ),
            ("a first time 4", "detail", "지난해 상승률은 28%입니다."),
        ),
    ),
    "a delay": Pasted(
        "The SEC delayed its decision on Franklin Templeton's spot XRP ETF to Nov. 14. It also postponed rulings on staking for BlackRock's Ethereum fund until Oct. 30. XRP fell 1.5% to $2.98.",
        (
            "중립",
            "미국 증권거래위원회가 프랭클린템플턴의 리플 현물 ETF 결정을 연기했습니다.",
            "새 기한은 11월 14일입니다.",
            "글에 적힌 결정 연기 소식이어서 중립으로 분류했습니다.",
        ),
        (
            ("detail", "블랙록 이더리움 펀드의 스테이킹 결정도 10월 30일까지 미뤄졌습니다."),
            ("detail", "XRP는 1.5% 하락한 2.98달러입니다."),
        ),
        (
            (
                "a delay 0",
                "what",
                "미국 증권거래위원회가 프랭클린템플턴의 리플 현물 ETF를 승인했습니다.",
            ),
            ("a delay 1", "detail", "새 기한은 10월 30일입니다."),
            ("a delay 2", "detail", "XRP는 1.5% 상승했습니다."),
            ("a delay 3", "what", "증권거래위원회가 피델리티의 리플 현물 ETF 결정을 연기했습니다."),
        ),
    ),
    "a line given up": Pasted(
        "비트코인이 18일 오전 9만 달러 선을 내줬다. 24시간 동안 10억 달러 규모의 롱 포지션이 청산됐다. 이더리움은 4.2% 내린 2,980달러에 거래됐다. 시장에서는 미국 금리 인하 기대가 약해진 영향이라는 분석이 나왔다.",
        (
            "부정",
            "비트코인이 18일 오전 9만 달러 아래로 떨어졌습니다.",
            "24시간 동안 10억 달러 규모의 롱 포지션이 청산되었습니다.",
            "글에 적힌 가격 하락과 청산 소식이어서 부정으로 분류했습니다.",
        ),
        (
            ("detail", "이더리움은 4.2% 하락한 2,980달러에 거래되었습니다."),
            ("what", "비트코인이 9만 달러 선을 내줬습니다."),
        ),
        (
            (
                "a line given up 0",
                "detail",
                "24시간 동안 10억 달러 규모의 숏 포지션이 청산되었습니다.",
            ),
            ("a line given up 1", "what", "비트코인이 18일 오후 9만 달러 아래로 떨어졌습니다."),
            ("a line given up 2", "detail", "이더리움은 9만 달러에 거래되었습니다."),
            ("a line given up 3", "detail", "저점 매수에 나서는 투자자가 늘었습니다."),
            ("a line given up 4", "detail", "미국 금리가 인하되었습니다."),
        ),
    ),
}
