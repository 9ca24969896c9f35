"""Which proxy a connection goes through."""

import pytest

from pipeline.proxy import proxy_of

HTTP, SOCKS = "http://user:secret@proxy:2", "socks5://proxy:1080"


@pytest.fixture(autouse=True)
def none_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP", "HTTPS", "ALL", "NO", "WS", "WSS", "SOCKS"):
        monkeypatch.delenv(f"{name}_PROXY", raising=False)
        monkeypatch.delenv(f"{name}_proxy".lower(), raising=False)


@pytest.mark.parametrize("url", ["https://discord.com/api/v10", "wss://stream.binance.com:9443"])
@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
def test_it_is_the_environment_s(name: str, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert proxy_of(url) is None
    monkeypatch.setenv(name, HTTP)
    assert proxy_of(url) == proxy_of(url, socks=True) == HTTP
    monkeypatch.setenv(name, "proxy:3128")
    assert proxy_of(url) == "http://proxy:3128"


def test_the_one_for_the_scheme_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://all:1")
    assert proxy_of("http://there/") == "http://all:1"
    monkeypatch.setenv("HTTPS_PROXY", HTTP)
    assert proxy_of("https://there/") == proxy_of("wss://there/") == HTTP
    monkeypatch.setenv("WSS_PROXY", "http://sockets:3")
    assert proxy_of("https://there/") == HTTP
    assert proxy_of("wss://there/") == "http://sockets:3"


@pytest.mark.parametrize(
    ("unproxied", "url"),
    [
        ("", "http://127.0.0.1:8081/bot"),
        ("", "ws://localhost:1/stream"),
        ("", "http://[::1]:1/"),
        ("telegram.org", "https://api.telegram.org/bot"),
        (".discord.com,discord.gg", "wss://gateway.discord.gg"),
        ("exchange:9443", "wss://user:password@exchange:9443/stream"),
        ("*", "https://anywhere"),
    ],
)
def test_none_is_between_us_and_this_machine_or_what_no_proxy_names(
    unproxied: str, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, HTTP)
    monkeypatch.setenv("NO_PROXY", unproxied)
    assert proxy_of(url) is None
    assert proxy_of("https://elsewhere:9443/?at=//127.0.0.1") == (
        None if unproxied == "*" else HTTP
    )


def test_socks_is_for_those_who_speak_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", SOCKS)
    assert proxy_of("https://there") is None
    assert proxy_of("wss://there", socks=True) == SOCKS
    monkeypatch.setenv("SOCKS_PROXY", "http://socks:1080")
    assert proxy_of("wss://there", socks=True) == "socks5://socks:1080"
    monkeypatch.setenv("HTTPS_PROXY", HTTP)
    assert proxy_of("https://there") == proxy_of("wss://there") == HTTP
