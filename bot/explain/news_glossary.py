# ruff: noqa: E501  (a row of a table is a line)
"""The words that a summary of a news text may be made of: harmless ones, and such as the text must
have, in Korean or in English; news_meanings.py reads them.

A closed list for the reason that vocabulary.py gives: nobody can list the advice, companies and
causes that a model may invent. What is missing here costs a summary, and can be added.

A verb stands with its "다", and is meant in all its forms; lines with "#" are headings.
"""

from typing import Final

HARMLESS: Final = """
# what a text is and does
글 글에 본문 기사 뉴스 소식 내용 사실 제목 자료 데이터 집계 발표 보도 공지 설명 언급 밝히다 말하다 전하다 알리다
적히다 담기다 실리다 나오다 알려지다 전해지다 나타나다 보이다 밝혀지다 확인 관련 관하다 대하다 대한 위하다 통하다 따르다
따르면 의하다 의하면 비하다 비해 대해 관해 통해 위해
# what is said of a figure
규모 금액 액수 수치 수준 수량 개수 물량 가격 가격대 시세 시가 시가총액 시총 가치 값 비율 비중 지수 지표 폭 기준
기간 시점 시각 시기 날짜 시간 동안 사이 하루 당일 현재 당시 기록 도달 달하다 이르다 해당하다 차지하다 상당 어치 이상
이하 초과 미만 가량 정도 대비 누적 합계 합산 총액 총 약 대략 거의 이어 이어서 만에 가까이 넘다 넘어서다 웃돌다
밑돌다 되다 하다 있다 없다 않다 아니다 못하다 같다 다르다 이뤄지다 이루어지다 높다 낮다 길다 짧다 커지다 작아지다
많아지다 높아지다 낮아지다 올라서다 올라가다 내려가다 내려오다 움직이다 바뀌다 변하다 변화 변동 달라지다 유지 두다
# which
이 그 저 것 이것 그것 이는 점 일 중 등 및 또 또한 그리고 한편 반면 다만 그러나 하지만 이번 해당 같은 다른 서로
각 각각 모두 모든 전체 가운데 함께 동시 이날 여러 이런 이러한 그중 이로써 따라 밖 밖의 외 여부 경우 때문 바 수 데
만큼 별도 별도로 도중 무렵 대상 조건 방식 목적 방안 계획 예정 방침 추가 추가로 추정 약간 조금 크게 소폭 대폭 역대
여전히 이미 아직 가운데서 사이에서 실제 실제로 주로 특히 물론 사실상 이에 이와 이를 이번에 그간 그동안 앞으로
진행 진행하다 진행되다 결정 선택 설정 정리 구성 형성 반영 해당하는 불구하고 달리 차례 종류 부분 분야 측면 내역 항목 현황 상태 모습 흐름 움직임 가능 필요 사례 시행 시행되다 새 기한 시한 들어 아래 아래로 밑 밑으로 일반 절차 마련 마련하다 마켓 담다 담은 메우다 꾸준히 잇달아 연속 연이어 이틀 사흘 나흘 닷새 엿새 이레 열흘 주말 상승률 하락률 거래되다 거래하다
# how it was judged
긍정 중립 부정 분류 판단 알 없어 불분명 적혀
# markets and coins
시장 시황 코인 토큰 가상자산 가상 자산 암호화폐 암호 화폐 디지털자산 디지털 블록체인 종목 거래 거래소 거래량 거래대금
자금 돈 현금 달러 원 유로 원화 가상화폐 종목들 알트코인
# what news_words.py holds against the text
상승 급등 반등 강세 오르다 올리다 뛰다 증가 늘다 늘리다 늘어나다 확대 인상 하락 급락 폭락 내리다 떨어지다 줄다 줄이다
줄어들다 약세 감소 축소 낮추다 인하 매수 매입 사들이다 구매 인수 합병 매도 매각 처분 팔다 팔리다 판매 유입 순유입
순유입액 유입액 입금 입출금 들어오다 유출 순유출 순유출액 유출액 인출 출금 빠지다 빠져나가다 빠져나갔 빠져나간 승인 허가
허용 통과 가결 의결 거부 거절 기각 반려 불허 금지 상장 상장폐지 폐지 상폐 해킹 탈취 도난 소송 고소 기소 제소 연기
지연 보류 미루다 미뤄지다 재개 출시 출범 개시 도입 중단 중지 종료 철폐 취소 철회 안전 투자 벌금 과징금 파산 제휴
협력 협약 선고 구형 무죄 합의 반대 지지 찬성 보상 배상 환불 약속 예정대로 마치다 마무리 완료 끝내다 끝나다 회사채
전환사채 채권 우선주 보통주 유상증자 신주 오전 새벽 오후 공포 탐욕 소각 잠금 해제 락업 발행 손실 순손실 적자 순이익
영업이익 매출 매출액 거래액 수수료 가능성 확률 청산 최대 최고 최고치 최고가 사상 신고가 최소 최저 최저치 최저가 최장
최초 첫 처음 마지막 가장 번째 두번째 보유 보유량 보유액 평균 단가 주가 주식 오늘 어제 전날 내일 이번주 금주 지난주
다음주 이달 지난달 내달 올해 작년 지난해 내년 전년 지난 만 날 달 말 정해지다 적용 조치 안에 안에서 안의 기존 상반기
하반기 상반 당하다 받다 내다 나서다 정하다 보다 쓰다 채우다 변경 조정 제도
"""
"""Words that say nothing by themselves, or that news.py holds against the text."""

MEANINGS: Final = """
# who: kinds of people and of organisations
수사 수사기관 : investigat enforce police prosecut authorit
기관 : institution agenc enforce authorit regulator organi
회사 기업 업체 상장사 자회사 법인 : lender protocol project platform operator group company compan firm corp inc$ ltd provider startup shares stock chief_exec founder issuer miner maker bank$ labs exchange strategy tesla metaplanet rival capital
투자자 투자가 보유자 : investor holder trader shareholder
트레이더 거래자 : trader
주주 주주총회 : shareholder stockholder
채권자 : creditor
기관 기관투자자 : institution agency agencies regulator commission
개인 개미 : individual retail private personal
고래 큰손 : whale
정부 : government administration ministry treasury white_house state$
당국 규제당국 감독당국 금융당국 : department bureau financial_services regulator authorit agency commission watchdog ministry police sec$ fsc$ central_bank governor
위원회 위원 : commission committee council board
이사회 : board
금융 : financ bank
은행 은행권 : bank
중앙은행 : central_bank federal_reserve fed$ boj$ ecb$ bank_of
재단 : foundation
팀 개발팀 연구팀 : team developer group
대통령 : president
총재 : governor president chair
의장 : chair speaker
총리 : premier prime_minister
장관 : secretary minister
위원장 : chair
대표 대표이사 최고경영자 : chief_exec ceo$ head representative president
최고재무책임자 : chief_financial cfo$
최고기술책임자 : chief_technology cto$
최고운영책임자 : chief_operating coo$
책임자 : chief head officer
창업자 설립자 공동창업자 창립자 : founder
임원 임직원 : executive officer
직원 : employee staff worker
고문 : advis
의원 : lawmaker senator representative congress$ democrat republican member
상원 상원의원 : senat
하원 하원의원 : house$ representative congress$
의회 국회 : congress parliament assembly legislat lawmaker house$
민주당 : democrat
공화당 : republican
백악관 : white_house
법무부 : justice doj$
노동부 : labor labour
상무부 : commerce
재무부 : treasury finance_minist
국세청 : tax irs$
검찰 검사 검찰청 : prosecutor attorney
경찰 : police
법원 재판부 재판소 : court judge
대법원 : supreme
연방법원 : federal_court federal_judge district
판사 : judge
배심원 배심원단 : jury juror
변호사 변호인 : lawyer attorney counsel
애널리스트 분석가 : analyst
경제학자 이코노미스트 : economist
전문가 : expert analyst
관계자 소식통 : source people_familiar person_familiar official spokes insider
대변인 : spokes
이용자 사용자 유저 고객 : user customer client depositor
공격자 해커 : attack hacker exploiter thie
발행사 발행자 발행인 발행업체 : issuer issue
운용사 자산운용사 자산운용 자산운용사들 : asset_manage manager fund
채굴업체 채굴자 채굴사 채굴 채굴량 : min$ mine miner mined mining
개발자 개발사 개발 : develop
검증인 검증자 : validator
경쟁사 : rival competitor
파트너 : partner
펀드 : fund
신탁 트러스트 : trust
헤지펀드 : hedge
증권사 브로커 : broker securities
보험 보험사 : insur
연금 연기금 : pension
대주주 : shareholder
매체 언론 : media report newspaper information journal reuters bloomberg coindesk times$
의견 : comment opinion feedback
사람 사람들 : people person
명이 명의 : people person users employees
가입자 : user subscriber
범죄자 일당 조직 : gang group organi criminal
# where
미국 미 : u.s us$ usa$ united_states america washington federal_reserve fed$ sec$ new_york
중국 : china chinese beijing
일본 : japan tokyo
도쿄 : tokyo
한국 국내 : korea
서울 : seoul
영국 : uk$ u.k britain british london united_kingdom
런던 : london
뉴욕 : new_york ny$
맨해튼 : manhattan
유럽 유럽연합 : europe eu$
유로존 : euro_zone eurozone euro_area
독일 : german
프랑스 : france french
스위스 : swiss switzerland
러시아 : russia moscow
우크라이나 : ukrain
북한 : north_korea lazarus dprk$
홍콩 : hong_kong
대만 : taiwan
싱가포르 : singapore
태국 : thai
베트남 : vietnam
인도 : india
인도네시아 : indonesia
호주 : australia
캐나다 : canad
브라질 : brazil
아르헨티나 : argentin
엘살바도르 : salvador
부탄 : bhutan
두바이 : dubai uae$ emirates
아랍에미리트 : uae$ emirates dubai
이란 : iran
이스라엘 : israel
중동 : middle_east
튀르키예 터키 : turk
나이지리아 : nigeria
파키스탄 : pakistan
카자흐스탄 : kazakh
아시아 : asia
해외 : overseas abroad foreign offshore global
세계 글로벌 : world global
국가 : countr nation
개국 : countr nation
도시 : city
지역 현지 : region local area
지금까지 지금 : so_far to_date already now
다시 재 : again re- resum return reopen rebound recover second another restart
권도형 : do_kwon
랩스 : labs
제재 과태료 : sanction penalt fine
더 : the$ more further additional another
# when, and how much beside what
후 뒤 이후 이래 직후 : after since follow later from upon within post start effective begin as_of when once
전 앞서 앞선 직전 : before earlier ago prior previous from ahead last year pre had up down
결과 : result outcome
예상 예상치 : expect estimat forecast predict
크다 큰 : large big huge high record great much more most massive worth
작다 작은 : small less least low tiny
많다 많은 : many more most high large
적다 적은 : few less least low small
# events: law and crime
항소 : appeal
상고 : appeal supreme
취하 : drop withdr dismiss
재판 공판 : trial court
사건 : case incident hack exploit collapse attack breach
수사 : investigat probe
조사 조사하다 : investigat probe survey poll inquiry
압수 : seiz confiscat
압류 : seiz attach freez
몰수 : forfeit confiscat
동결 : freez froze frozen
체포 : arrest
구속 : detain custody jail arrest
석방 : release freed
사면 : pardon
유죄 : guilty convict
평결 : verdict jury found_
판결 : ruling ruled verdict judgment judgement
혐의 : charge alleg accus suspect count
위반 : violat breach sanction
사기 : fraud scam scheme
자금세탁 세탁 : launder
징역 징역형 실형 형 년형 : prison jail sentence
추적 : trac track
피해 피해액 피해자 : loss victim stolen hack exploit attack damage drain collapse fraud hit$
공격 : attack exploit hack
훔치다 : stole steal
취약점 : vulnerab bug flaw
보안 : secur
개인키 : private_key
키 : key
핫월렛 : hot_wallet
콜드월렛 : cold_wallet
지갑 월렛 : wallet
무허가 무면허 미등록 : unlicens unregist without_a_licen
면허 라이선스 : licen charter
등록 : regist
신고 : report regist
규제 : regulat rule restrict
규정 규칙 : rule regulation requirement
법안 법 법률 : bill act$ law legislat measure
행정명령 : executive_order
명령 : order
조항 : provision clause
세금 과세 세제 : tax
관세 : tariff
준비금 : reserve
초과 : excess above exceed over
공개 : disclos undisclosed publish public unveil reveal release
제출 : submi fil$ filed filing
신청 신청서 : appl filing filed
요청 : request ask
요구 요구하다 의무 : requir demand must mandat
표결 투표 : vote pass reject
서명 : sign
발효 : effect enforce implement
개정 수정 : amend revis
개편 : overhaul reform revis
완화 : eas loosen relax allow
강화 : tighten strengthen toughen
한도 제한 : limit cap$ caps restrict ceiling
엄격하다 : strict tight
보호 : protect
감독 : oversight supervis
지정 : designat
정지 : suspen halt
논평 : comment
인정 : admit plead acknowledg
부인 부인하다 : den
보전 : cover reimburs compensat
보장하다 : guarantee
# events: companies and money
조달 자금조달 : rais fund financ
유치 : rais secur attract
기업공개 : ipo$ go_public going_public public_offering
기업가치 : valu
평가 : valu assess rat
실적 : earnings result revenue profit quarter month
이익 수익 : profit income earn gain return
비용 : cost expens
예산 : budget
지출 : spend spent
배당 : dividend
분할 : split
지분 : stake share equity
자본 자본금 : capital
대출 : loan lend borrow credit
담보 : collateral
부채 빚 : debt
이자 : interest
금리 기준금리 : rate
국채 : treasur bond$ bonds
채무 : debt
예치 예치금 : deposit stak lock
스테이킹 : stak
보수 운용보수 : fee
계약 : contract deal agreement
주문 : order
결제 : pay settle
송금 : transmit remit transfer
이체 이동 옮기다 옮겨지다 : mov transfer sent send shift
지급 지급하다 지불 : pay paid payout distribut
나누다 나눠 : distribut split divid
배정 배분 : alloc distribut
반환 돌려주다 돌려받다 : return repay repaid distribut recover
내놓다 : publish forfeit offer launch releas add introduc plan
돕다 도와 도왔 돕고 지원 지원하다 : help support aid assist back let$ enabl allow fund grant subsid
제공 : offer provid mak
보내다 보내지다 보낸 : send sent transfer
쓰다 쓰이다 사용 : spend spent use
넣다 : put invest pour add
얻다 벌다 : earn gain
잃다 : lost lose
갚다 : repay repaid
참여 : participat join partak took_part
선정 : select choos chose pick
임명 : appoint nam$ named nominat
해임 : fire$ fired oust dismiss
사임 사퇴 물러나다 : resign step_down stepp depart
취임 : took_office sworn inaugurat
복귀 : return back$
진출 : enter expan
준비 : prepar ready
준비하다 : prepar
철수 : withdr pull exit
이탈 : exit withdr leav unstak
대기 대기열 : queue wait
계속하다 계속 : continu keep remain
시작 시작하다 시작되다 시작됐다 : start resum beg launch open commence
열리다 열다 개설 개설하다 : open held hold launch establish
닫다 닫히다 : clos
참석 : attend
회의 : meeting
예방 : precaution prevent
공동 : joint co- co$
새롭다 새로 신규 새로운 : new fresh mint
이전 : previous prior earlier before transfer former
최근 : recent latest last
정기 : regular
매주 : week
매달 매월 월간 : month
매일 일간 : daily every_day each_day
연간 연 : annual year
주간 : week
연말 연내 : year-end end_of the_end
말까지 말 말에 : end late
초 초에 : early beginning start
중순 : mid
분기 분기별 : quarter
전분기 : quarter
세 셋 : three third
두 둘 : two both second
네 : four fourth
다섯 : five fifth
한 : one a$ an$ single
절반 : half
일부 : some part partial
대부분 : most majority
나머지 : rest remaining other
전부 전액 전량 : all$ full whole entire
# all kinds of things
내각 각의 : cabinet
인가 인가받 : approv licen authori charter
면제 감면 : exempt waiv relief
소득세 양도소득세 양도세 : income_tax capital_gain gains_tax
법인세 : corporate_tax
부가가치세 부가세 : value-added vat$
상속세 : inheritance
세율 : tax rate
공제 : deduct
채용 고용하다 : hir recruit employ
해고 감원 : lay$ layoff laid_off job_cut fire
인력 : staff workforce employ
급여 월급 연봉 : pay$ salar wage
퇴직 : retire
구조조정 : restructur
재편 : restructur reorgani
분사 : spin
상장하다 : list
이전하다 : mov relocat transfer
본국 : home
귀국 : return
출국 : leav left
입국 : enter entr
소환 : summon subpoena
송환 : extradit
인도하다 인도되다 : extradit deliver
보석 : bail
형량 : sentence term
감형 : reduc commut
집행유예 : suspended_sentence probation
추징 : forfeit
혐의자 용의자 : suspect
피의자 : suspect
범죄 범행 : crime criminal
자백 : confess
합의하다 : agree settle
조정하다 : adjust
고소인 : plaintiff
소장 : complaint
제기 제기하다 : file filed filing brought rais su$ sued
각하 : dismiss
파기 : overturn revers
확정 : final confirm
심리 : hearing sentiment
변론 : argument
제도 : system regime framework rule
체계 : framework system structure
틀 : framework
기준점 : benchmark
지수펀드 : index_fund
편입 : add includ join
퇴출 : remov delist
교육비 : tuition
기금 : fund
국부펀드 : sovereign
재정 : fiscal financ
적자폭 : deficit
무역수지 : trade
수출 : export
수입 : import income revenue
생산하다 : produc
제작 : produc mak$ made
출간 : publish
기고 : op-ed article
칼럼 : column
주간지 : weekly
일간지 : daily
방송 : broadcast tv$ show
신문 : newspaper daily
기자 : reporter journalist
기자회견 : press_conference news_conference
질문 : question ask
답변 : answer respon
답하다 : answer respon
부르다 불리다 : call dub
이름 명칭 : nam$ name
바뀐 : chang renam rebrand
사명 : nam renam rebrand
브랜드 : brand
로고 : logo
광고 : advert
마케팅 : market promot
홍보 : promot
후원 : sponsor
계열 : unit$ affiliate based
주도 주도하다 : led$ lead leading
앞장 : lead
이끌다 : led$ lead
지휘 : lead command
참가 : participa
합류 : join
결합 : combin
분리 : separat split
이탈하다 : exit leav
탈퇴 : leave quit exit withdr
거절하다 : declin refus reject
수락 : accept
동의 : consent agree
제출하다 : submi fil$ filed
접수하다 : file filed receiv
첫날 : first_day debut
일정 시간표 : schedule timeline timetable by_the_end will
풀 : pool
주다 : giv gave offer provid pay paid
갱신 : renew updat
경신 : record high broke set$ new_high
돌파하다 : top$ topped break broke cross surpass exceed pass
넘기다 : exceed pass
치솟다 : soar surg jump
급증 : surg jump soar
급감 : plung drop slump fell
반토막 : half halv
두배 : doubl twice
세배 : tripl
배로 : doubl tripl
절반으로 : half halv
최다 : most
동률 : tie$
만장일치 : unanim
과반 : majority
찬성하다 : support favor favour back
반발 : backlash object oppos
항의 : protest
시위 : protest
경쟁력 : competitive
혁신 : innovat
성과 : achiev result performance
수상 : award prime_minister
상금 : prize
대회 : contest competition
승리 : win won$ victor
패배 : los$ lost defeat
패소 : lost lose los
승소 : won$ win prevail
추산 : estimat
산정 : calculat
환산 : worth equival
평균적 : average
중간값 : median
분포 : distribut
관측 : observ expect
분석하다 : analy
조사하다 : survey poll investigat
발견 : discover found find
검증 : verif validat audit
감사 : audit thank
회계 : account
공인 : certif accredit official
인증서 : certificat
특허 : patent
상표 : trademark
저작권 : copyright
소유권 : ownership title
권리 : right
투표권 : voting
의결권 : voting
주식매수선택권 : option
증자 : share offer capital
감자 : reduc
청산하다 : liquidat wind
해산 : dissol
폐업 : shut clos
휴업 : suspen
영업정지 : suspen
파생 : deriv
차입 : borrow loan
대여 : lend loan
이율 : rate yield
연체 : delinquen overdue
부도 : default
채무불이행 : default
구제 : relief bailout
회생 : rehabilit reorgani chapter_11
보증 : guarantee
담보대출 : mortgage collateral
모기지 : mortgage
예탁 : custod deposit
보관 : custod hold stor
신용카드 : credit_card
직불카드 체크카드 : debit
송금하다 : remit send
환전 : exchang convert
출금하다 : withdr
소액 : small micro
고액 : large high
거액 : huge large million billion
무제한 : unlimited
제한적 : limited
단독 : exclusive sole alone
독자적 : own$ independent
양사 : both two compan
양국 : both two countries
양측 : both_sides both parties
상대방 : counterpart other
당사자 : part
제3자 : third_part third-part
외국 외국인 : foreign
내국인 : domestic
현지인 : local
교민 : korean
수도 : capital
중심지 허브 : hub center centre
특구 : zone
항구 : port
공항 : airport
철도 : rail
도로 : road
건물 : building
호텔 : hotel
식당 : restaurant
상점 : store shop
시장가 : market_price
도매 : wholesale
유통업체 : retailer
제조사 : maker manufacturer
개발업체 : developer
운영업체 운영자들 : operator
대행사 : agency
컨설팅 : consult
법률 : law legal
로펌 : law_firm
회계법인 : auditor accounting_firm
신용평가사 : rating
투자은행 : investment_bank
자문 자문사 : advis
벤처 벤처캐피털 : venture
사모 사모펀드 : private_equity
스타트업 : startup start-up
유니콘 : unicorn
대기업 : conglomerate giant
중소기업 : small
공기업 : state-owned
국영 : state-owned state-run state
민간 : private
공공 : public
비영리 : nonprofit non-profit
시민단체 : civic
노조 : union
농업 : farm agricult
어업 : fish
광업 : mining
건설 : construct build
통신 : telecom communicat
항만 : port
물류 : logistic
보안업체 : security_firm
소프트웨어 : software
하드웨어 : hardware
클라우드 : cloud
서버 : server
데이터베이스 : database
알고리즘 : algorithm
코드 : code
오픈소스 : open-source open_source
암호 : crypto encrypt
해시 : hash
서명하다 : sign
주소록 : address
브라우저 : browser
확장프로그램 : extension
컴퓨터 : computer
휴대전화 스마트폰 : phone smartphone
카메라 : camera
로봇 : robot
드론 : drone
전기차 : ev$ electric_vehicle electric_car
배터리 : battery
석탄 : coal
가스전 : gas
수력 : hydro
풍력 : wind
전력망 : grid
탐사 : explor
과학 : scien
의약 제약 : pharma drug
백신 : vaccine
병원 : hospital
환자 : patient
질병 : disease
전환 : conver switch chang
프라이버시 : privacy
대금 : proceed payment money sale
자선 : charit
단체 협회 : organi group association charit union
기부 : donat
사태 : collapse crash crisis case incident
속이다 속인 : deceiv fraud mislead cheat
무겁다 : heav serious grave
뜻 의사 : intend intent will plan
잘못 위법 : wrongdoing wrong violat
없이 : without no$
캘리포니아 : california
텍사스 : texas
플로리다 : florida
와이오밍 : wyoming
캄보디아 : cambodia
필리핀 : philippin
말레이시아 : malaysia
멕시코 : mexic
스페인 : spain spanish
이탈리아 : ital
네덜란드 : netherland dutch
폴란드 : poland polish
아일랜드 : ireland irish
몰타 : malta
케이맨 : cayman
버뮤다 : bermuda
버진아일랜드 : virgin_island
사우디 : saudi
카타르 : qatar
이집트 : egypt
남아프리카공화국 남아공 : south_africa
가나 : ghana
케냐 : kenya
룩셈부르크 : luxembourg
스웨덴 : swed
노르웨이 : norw
덴마크 : denmark danish
체코 : czech
리투아니아 : lithuania
에스토니아 : estonia
바티칸 : vatican
유엔 : united_nations un$
국제통화기금 : imf$ monetary_fund
세계은행 : world_bank
금융안정위원회 : fsb$ stability_board
연방수사국 : fbi$ bureau_of_investigation
상품선물거래위원회 : cftc$ commodity_futures
금융청 : fsa$ financial_services_agency
유럽중앙은행 : ecb$ european_central_bank
일본은행 : boj$ bank_of_japan
영란은행 : bank_of_england boe$
인민은행 : pboc$ people's_bank
증권선물위원회 : sfc$ securities_and_futures
통화감독청 : occ$ comptroller
예금보험공사 : fdic$
대법관 : justice
법무장관 : attorney_general
재무장관 : treasury_secretary finance_minister
부통령 : vice_president
부총재 : deputy_governor vice_governor
모건 : jpmorgan jp_morgan morgan
부의장 : vice_chair
부사장 : vice_president
사장 회장 : president chair
이사 : director
최고투자책임자 : chief_investment cio$
최고법률책임자 : chief_legal general_counsel
최고전략책임자 : chief_strategy
공동창업 : co-founder
전직 전임 : former ex-
후임 : successor replac
대행 : acting
담당 : head responsib charge
총괄 : head lead
출신 : former
산업 업계 : industr sector
분기말 : quarter
회계연도 : fiscal
가격제 : pric
종가 : clos
시초가 : open
거래일 : trading_day session day
손익 : profit loss
순매수 : net_buy net_purchase bought
순매도 : net_sell net_sale sold
미실현 : unreali paper
평가손실 : paper unreali
투입 : put spend invest inject
투자금 : invest fund
모금 : rais fund
출자 : invest stake
상환 : repay redeem redemption
환매 : redemption redeem buyback repurchase
자사주 : buyback repurchase own_share
액면 : par
주식분할 : split
발행량 : suppl issu mint
시총순위 : market_cap
사용량 : usage use
활동 : activit activ
활성 활성화 : activ enabl
주소수 : address
수신 : receiv
발신 : sen
교차 : cross
상호 : mutual inter
인프라 : infrastructur
도구 : tool
기능 : feature function
출금되다 : withdr
접수 : receiv accept fil
심사 : review examin screen
기한연장 : exten
통보 : notif notice inform
공표 : publish announc
발의 : introduc propos sponsor
상정 : bring vote schedule
심의 : deliberat review discuss
계류 : pending
폐기 : scrap discard
부결 : reject fail vot
찬반 : vote
도입하다 : adopt introduc
공개키 : public_key
양자 양자컴퓨터 양자컴퓨팅 : quantum
위조 : forg counterfeit fake
가짜 : fake
사칭 : impersonat
속임수 : trick
탈세 : tax_evasion evad
회피 : evad evasion avoid
밀수 : smuggl
횡령 : embezzl
배임 : breach_of
뇌물 : brib
내부자 : insider
조작 : manipulat
시세조종 : manipulat
불공정 : unfair
담합 : collu
독과점 : antitrust monopol
블로그 : blog post
관여 : involv interven
제치다 앞지르다 추월 : overtak overtook surpass pass exceed top$ topped
미결제 약정 미결제약정 : open_interest
순위 : rank overtak largest top$ list place
자기자본 : equity capital
이어지다 지속 : continu in_place since remain last$ lasted streak
상위 : top$ largest biggest
하위 : bottom smallest
지침 가이드라인 : guideline guidance rule
기반 : based built on$
인정 : recogni admit accept acknowledg plead
기술법 : technology_law
시범 시험 : pilot trial test
법정 : fiat legal court statutory
버전 : version
채택 도입률 : adopt
구매자 매수자 : buyer
판매자 매도자 : seller
빌더 : builder
합법 : legal lawful
불법 : illegal unlawful illicit
자회사 계열사 : subsidiar unit$ affiliate arm$
합작 합작사 : joint_venture
경영권 : control
창립 설립 : found establish set_up
주최 개최 : host hold held
컨퍼런스 행사 : conference event summit forum
연설 : speech speak address
인터뷰 : interview
성명 : statement
서한 편지 : letter
발언 : said remark comment statement
경고하다 : warn
강조 강조하다 : stress emphasi underscor
주장 주장하다 : claim argu alleg
지적 : point note critici
비판 : critici
환영 : welcom
촉구 : urge call_on call_for
반박 : rebut disput deny denie
해명 : explain clarif
사과 : apolog
추천 : recommend
선호 : prefer favor favour
우선 : priorit first
유력 : likely leading front-runner
잠재 : potential
장기 : long-term long_term longer
단기 : short-term short_term
중기 : medium
역사 : histor
기념 : anniversar
시대 : era$
정책 : polic
통화 화폐 : currenc monetary money
통화정책 : monetary_policy
디지털화폐 : digital_currency cbdc
긴축 : tighten hawkish
양적 : quantitative
인플레이션 : inflation
경기 : econom business
침체 : recession
소비 : consum spend
소매 : retail
제조 : manufactur
지표들 : data figure indicator
통계 : statistic data figure
설문 설문조사 : survey poll
응답자 : respondent
비농업 : nonfarm non-farm
실업수당 : jobless
동결 : unchanged hold held freez frozen pause
점도표 : dot_plot
회의록 : minutes
연방 : federal
주정부 : state
시장조성 : market_mak
유동성공급 : liquidity
브리지 : bridge
롤업 : rollup
레이어 : layer
합의알고리즘 : consensus
노드 : node
하드포크 : hard_fork
소프트포크 : soft_fork
가스 가스비 : gas
수수료율 : fee
멀티시그 : multisig multi-sig
스마트계약 스마트컨트랙트 컨트랙트 : smart_contract contract
취약 : vulnerab weak
패치 : patch
버그 : bug
점검 : maintenance inspect
복구 : recover restor
백업 : backup
유출된 : leak breach
정보 개인정보 : information data
데이터센터 : data_center data_centre
인공지능 : ai$ artificial
반도체 : chip semiconductor
전력 전기 : power electric energy
에너지 : energy
장비 채굴기 : rig$ rigs machine equipment
난이도 : difficulty
보상금 포상금 : bounty reward
보상 : reward compensat
예산안 : budget
선거 : election
후보 : candidate nominee
지명 : nominat
인준 : confirm
탄핵 : impeach
정당 : party
여당 : ruling_party
야당 : opposition
장관급 : secretary minister
의회조사국 : congressional
청문회 : hearing
공청회 : hearing
위헌 : unconstitutional
헌법 : constitution
고등법원 : high_court appeals_court
지방법원 : district_court
원고 : plaintiff
피고 피고인 : defendant
증인 : witness
증거 : evidence
증언 : testif testimon
합의금 : settle
손해 손해배상 : damage
집단소송 : class_action class-action
각서 양해각서 : memorandum mou$
협정 : agreement pact
공시 : filing filed disclos
공시하다 : filing filed disclos
서류 문서 : document filing paper
양식 : form
등급 : rating grade
신용 신용등급 : credit
하향 : downgrad
상향 : upgrad rais
목표주가 : price_target
수익률 : yield return
금리차 : spread
만기 : matur expir
만료 : expir
행사가 : strike
청약 : subscri
공모 공모가 : offering ipo$
상장지수펀드 : etf$ etfs exchange-traded
투자신탁 : trust
운용자산 : assets_under aum$
순자산 : net_asset
자산 : asset holding fund wealth crypto coin token
자산가 : wealthy
부자 : rich wealthy
매물 : sale sell offer
잔량 : outstanding remaining
잔액 : balance
계좌 : account
예금 : deposit
송금액 : remittance
환율 : exchange_rate dollar won$ yen$
달러화 : dollar
엔화 : yen$
위안화 : yuan renminbi
원자재 : commodit
구리 : copper
은값 은가격 : silver
금값 금가격 : gold
톤 : ton$ tons tonne
온스 : ounce
에너지가격 : energy
곡물 : grain
부동산 : real_estate property housing
주택 : hous home
자동차 : car$ cars auto vehicle
항공 : air airline
게임 : gam
영화 : film movie
음악 : music
스포츠 : sport
축구 : football soccer
예술 : art$
대체불가토큰 : nft$ nfts non-fungible
수집품 : collectib
메타버스 : metaverse
소셜 소셜미디어 : social
게시글 게시물 : post posted tweet
동영상 : video
팟캐스트 : podcast
구독자 : subscriber
팔로워 : follower
방문자 : visitor
참가자 참여자 : participant player attend
회원사 : member
가맹점 : merchant
카드 : card
단말기 : terminal
매장 점포 : store shop
현금자동입출금기 : atm$ atms
대학 대학교 : universit college
학생 : student
교수 : professor
연구 연구진 : research stud
보고하다 : report
군 군대 : militar army
국방 : defense defence
테러 : terror
마약 : drug
인신매매 : traffick
다단계 : ponzi pyramid
피싱 : phishing
랜섬웨어 : ransomware
멀웨어 악성코드 : malware
납치 : kidnap abduct
사망 : died death dead kill
부상 : injur
지진 : earthquake
폭풍 : storm hurricane
정전 : power_outage blackout
파업 : strike
관광 : touris
여행 : travel
의료 : medical health
건강 : health
교육 : educat
환경 : environment
탄소 : carbon
기후 : climate
태양광 : solar
원자력 : nuclear
우주 : space
위성 : satellite
섬 : island
국경 : border
대사관 : embass
시민 주민 : citizen resident
이민 : immigra
난민 : refugee
여성 : women woman
남성 : men$ man$
가족 : famil
아들 : son$ sons
부인 : wife
형제 : brother twin
친구 : friend
가문 : famil
억만장자 : billionaire
거물 : tycoon mogul
팬 : fan$ fans
공동체 커뮤니티 : communit
거버넌스 : governance
제안서 : proposal
찬성표 : in_favor in_favour yes$ support
정족수 : quorum
소유 : own
소유자 소유주 : owner
공급자 : provider supplier
제공업체 : provider
중개 중개업체 : broker intermedia
청산소 : clearing
결제망 : payment settle
송금망 : remit
사전 : pre- advance
사후 : post after
수동 : manual passive
자동 : automat
무료 : free zero
유료 : paid
할증 : premium surcharge
할인율 : discount
프리미엄 : premium
김치프리미엄 김프 : kimchi
괴리율 : premium discount gap
격차 차이 : gap differ spread
간격 : interval gap
비슷 : similar
동일 : same equal
유사 : similar
상응 : correspond
상징 : symbol
의미 : mean signif
중요 : import key$ signif crucial
핵심 : key$ core main
주요 : major main key$ leading top$
대형 : large big major
소형 : small
대규모 : large big massive huge major
초대형 : huge mega giant
중형 : mid-
최상위 : top$
독점 : exclusive monopol
경쟁 : compet rival
우위 : advantage lead
점유율 : share dominan
도미넌스 : dominance
지배 : domina control
영향 : affect impact influenc effect
손상 : damag harm
위협 : threat
긴장 : tension
갈등 분쟁 : conflict disput
휴전 : ceasefire truce
공습 : airstrike strike
미사일 : missile
합의안 : deal agreement
셧다운 : shutdown
폐쇄 : clos shut
개방 : open
접근 : access
이용 : us$ use used access
활용 : use utili leverag
통합 : integrat consolidat merg
연동 : integrat link connect
연결 : connect link
호환 : compatib
확장 : expan scal
성능 : performance
속도 : speed pace rate
용량 : capacity
처리 : process handle
전송 : transmit transfer send sent
저장 : stor
생성 : creat generat mint
삭제 : delet remov
제거 : remov eliminat
교체 : replac
수리 : repair fix
수정 : amend fix correct revis
개선 : improv
악화 : worsen deteriorat
둔화 : slow cool
가속 : accelerat
안정 안정성 : stab
불안 : unrest anxi uncertain
불확실성 : uncertain
낙관 : optimis
비관 : pessimis
신뢰 : trust confiden
투명성 투명 : transparen
책임 : responsib liab
권한 : authorit power permission
자격 : qualif eligib
의무화 : mandat requir
금액대 : range
구간 : range
사업부 부문 : unit$ division segment business
본사 : headquarter based
지사 : branch office
사무소 사무실 : office
공장 : plant factory
현장 : site scene
온라인 : online
오프라인 : offline
홈페이지 웹사이트 : website site
모바일 : mobile
전화 : phone call
메일 이메일 : email
메시지 : messag
알림 : notif alert
예고 : previe herald announce
연장 : exten
단축 : shorten
조기 : early
지체 : delay
임시 : temporar interim
일시 일시적 : temporar brief
잠시 : brief moment
영업일 : business_day
휴일 : holiday
마감일 : deadline
주말 : weekend
평일 : weekday
밤 : night overnight
아침 : morning
정오 : noon
자정 : midnight
현지시간 : local_time
한국시간 : kst$ korea
협정세계시 : utc$
# markets
현물 : spot
선물 : future
옵션 : option
파생상품 파생 : derivativ
무기한 : perpetual
레버리지 : leverag
마진 : margin
포지션 : position long short liquidat
롱 : long
숏 : short
공매도 : short
상품 : fund etf$ etfs product trust token
주당 : per_share
프리마켓 : pre-market premarket
장외 : over-the-counter otc$
장중 : intraday during
마감 : clos end
개장 출발 : open start
위 위로 : above over
밖 : outside
저점 : low bottom
고점 : high peak
돌파 : top$ topped break broke cross surpass exceed above
되찾다 회수 회수하다 : recover retriev
회복 회복하다 : recover rebound reclaim
보합 : flat unchanged little_changed
변하지 : change
횡보 : range sideways flat
추세 : trend
변동성 : volatil
유동성 유동 : liquid
스테이블코인 : stablecoin
스테이블 : stable
밈코인 : meme
반감기 : halving halved
해시레이트 연산력 : hash
블록 : block$ blocks
메인넷 : mainnet
테스트넷 : testnet
업그레이드 : upgrad
포크 : fork
네트워크 망 : network chain$ tron solana blockchain ethereum base$
체인 : chain
프로토콜 : protocol
플랫폼 : launchpad platform exchange marketplace
마켓 : market
앱 : app$ apps
서비스 : servic accept offer product desk platform
상용 : commercial
제품 : product
기술 : tech
공급 공급량 유통량 유통 : suppl circulat
수요 : demand
물가 : price inflation
소비자물가 소비자 : consumer
생산자물가 생산자 : producer
고용 : job payroll employment
실업률 실업 : unemployment jobless
경제 : econom
성장 : grow gdp$
위험 위험자산 : risk
부담 : weigh pressur burden
부진하다 부진 : weak disappoint poor miss
강하다 강한 : strong robust
약하다 약한 : weak
좋다 좋은 : good best strong
나쁘다 나쁜 : bad worst
빠르다 빨라지다 빠른 : fast quick accelerat
느리다 느려지다 : slow
배경 : background because due_to after as$ amid on_the_back driven
이유 원인 : reason because due_to cause after
앞두다 앞둔 : ahead_of before prior upcoming
피하다 : avoid flee escap shun
매집 : accumul
심리 : sentiment
기대 : expect hope
우려 : concern worr fear
전쟁 : war$
협상 : talk negotiat
무역 : trade
예측 : predict forecast
예측하다 : predict forecast
조사치 : survey poll
교환 : swap exchang convert
바꾸다 : swap convert chang exchang
비축 비축분 : reserve stockpile
전략 : strateg
국고 : treasury
재무 : treasury financ
관리 : manag
운용 : manag asset fund
운영 : operat run$ runs running
업무 : operation business service
사업 사업자 영업 : business operat servic pilot project program
생산 생산량 : produc min
수탁 커스터디 : custod
증권 : securit
보고서 : report
보고 : report
조언 : advi
경고 : warn
분석 : analy data
전망 : outlook forecast expect
목표 : target goal aim plan
완전 : full complet
영구 : permanent
공식 : official formal
익명 : anonymous unknown unidentified
비공개 : undisclosed private
내부 : inside internal
외부 : outside external outsid
전면 : all$ full entire
즉시 : immediate
비상 긴급 : emergenc
부족 : short lack
실패 : fail
성공 : success
오류 : error bug glitch
장애 : outage
붕괴 : collapse
발생 일어나다 일어난 일어났 : occur happen beg hit$ was$ were$ collapse
주소 : address
다운로드 내려받다 : download
살다 : serv
최종 : final
잠정 : preliminar
초기 : early initial
합치다 : combin merg total
포함 : includ
제외 : exclud except
빌리다 : borrow
참고 : note
경영 경영진 : manage executive
방문 : visit
만나다 : met$ meet
제안 : propos
제안하다 : propos offer suggest
의향 : intend intent
비준 : ratif
연합 : union alliance
동맹 : alliance
독립 : independent
집중 : concentrat
축하 : congratulat
노력 : effort
도움 : help
상대 상대로 : against versus
대응 : respon
해결 : resolv settle end$ ending
종결 : end$ ending ended clos settle
협의 : consult discuss talk
논의 : discuss talk
검토 : consider review weigh
요금 : fee charg
청구 : claim
가입 : join
국민 : citizen public nation people
규모의 : worth
금 : gold
유가 석유 : oil
나스닥 : nasdaq
증시 : stock equit
"""
"""A row each: Korean words : the beginnings of English ones, of which the text must have one, or else
one of the Korean ones. "$" ends an English word, "_" is a space."""
