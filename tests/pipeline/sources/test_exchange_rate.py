"""The banks' exchange rate: two public forms, and what is no rate."""

import json

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import FrameError, PipelineError, Refused, TooFast, Unreachable
from pipeline.sources import fetched
from pipeline.sources.exchange_rate import exchange_rate, rate_of
from pipeline.sources.upbit_rest import won_markets
from pipeline.won import Rate

JSON = st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=9)
NOW_MS = 1_795_863_000_000  # 2026-11-28 11:30 UTC, a Saturday
MIDNIGHT_S = 1_795_824_000


def er_api(**changes: object) -> bytes:
    row = {
        "result": "success", "time_last_update_unix": MIDNIGHT_S, "base_code": "USD",
        "rates": {"USD": 1, "KRW": 1400.12, "JPY": 151},
    }  # fmt: skip
    return json.dumps(row | changes).encode()


def frankfurter(**changes: object) -> bytes:
    row = {"amount": 1.0, "base": "USD", "date": "2026-11-27", "rates": {"KRW": 1399.5}}
    return json.dumps(row | changes).encode()


def test_a_rate_is_of_when_its_service_says() -> None:
    assert rate_of(er_api(), "open.er-api.com", NOW_MS) == Rate(
        1400.12, MIDNIGHT_S * 1000, "open.er-api.com"
    )
    friday = (MIDNIGHT_S - 9 * 3_600) * 1000  # 15:00 UTC, an hour before the end of a day of work
    assert rate_of(frankfurter(), "f", NOW_MS) == Rate(1399.5, friday, "f")


@given(st.binary(max_size=200), st.recursive(JSON, lambda one: st.lists(one, max_size=3)))
def test_any_answer_is_a_plausible_rate_or_none(data: bytes, value: object) -> None:
    for body in (data, er_api()[: len(data)] + data, er_api(rates={"KRW": value})):
        try:
            assert 300 <= rate_of(body, "f", NOW_MS).won <= 10_000
        except FrameError:
            continue


def test_a_rate_from_the_future_is_of_now() -> None:
    later = er_api(time_last_update_unix=MIDNIGHT_S + 10 * 86_400)
    assert rate_of(later, "x", NOW_MS).at_ms == NOW_MS


@pytest.mark.parametrize(
    "body",
    [
        b"", b"<html>", b"{}", b"[" * 3_000, er_api(result="error"), er_api(base_code="EUR"),
        er_api(rates={"KRW": 0.00071}), er_api(rates={"KRW": None}), er_api(rates={"EUR": 0.9}),
        er_api(rates={"KRW": 1e999}), er_api(time_last_update_unix=0), frankfurter(date="gestern"),
        frankfurter(base="EUR"),
    ],
)  # fmt: skip
def test_what_is_no_rate_is_said_to_be_none(body: bytes) -> None:
    with pytest.raises(FrameError):
        rate_of(body, "x", NOW_MS)


async def answer(request: web.Request) -> web.StreamResponse:
    """Depends on the path."""
    match request.path.split("/")[1]:
        case "busy":
            return web.Response(status=429, headers={"Retry-After": "7"})
        case "away":
            return web.Response(status=503, text="later")
        case "long":
            return web.Response(body=b"[" + b" " * fetched.MOST_BYTES + b"]")
        case "odd":
            return web.json_response([{"market": "BTC-ETH"}, {"name": "?"}])
        case _:
            return web.json_response([{"market": "KRW-BTC"}, {"market": "USDT-BTC"}])


async def test_what_a_server_answers_becomes_an_error_with_a_meaning() -> None:
    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        base = f"http://127.0.0.1:{runner.addresses[0][1]}"
        for path, error in (
            ("busy", TooFast), ("away", Refused), ("long", FrameError), ("rate", FrameError),
        ):  # fmt: skip
            with pytest.raises(error):
                await exchange_rate(f"{base}/{path}", NOW_MS)
        assert await won_markets(f"{base}/v1") == ["KRW-BTC"]
        with pytest.raises(FrameError):
            await won_markets(f"{base}/odd")
    finally:
        await runner.cleanup()
    for url in (base, "http://no name", "ftp://127.0.0.1"):
        with pytest.raises(PipelineError) as raised:
            await exchange_rate(url, NOW_MS)
        assert isinstance(raised.value, Unreachable)
