"""Secrets are taken out of any text, in every form in which they get into one."""

import base64
import html
import json
import logging
import sys
import threading
import warnings
from urllib.parse import quote, quote_plus

import aiohttp
import pytest
from contracts.forward_proxy import PASSWORD as PROXY_PASSWORD
from contracts.forward_proxy import ForwardProxy
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from bot import logs
from bot.errors import SettingsError
from bot.hidden import HIDDEN, Hider, passwords_of, without_password
from bot.settings import load

TOKEN = "8123456789:AAHsecret-of-the-test_0123456789abcd"
PASSWORD = '열려라 "참깨"/?<&\\'


@given(st.text(min_size=4, max_size=40), st.text(max_size=20), st.text(max_size=20))
def test_no_form_of_a_secret_is_left(secret: str, before: str, after: str) -> None:
    hide = Hider([secret])
    raw = secret.encode(errors="replace")
    for form in (
        secret,
        quote(secret, safe="", errors="replace"),
        quote_plus(secret, errors="replace"),
        html.escape(secret),
        repr(secret)[1:-1],
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(raw)[2:-1],
        base64.b64encode(raw).decode().rstrip("="),
    ):
        if len(form) >= 4:
            assert form not in hide(f"{before}{form}{after}").replace(HIDDEN, "")


def test_the_secret_half_of_a_token_is_hidden_alone_and_other_text_stays() -> None:
    hide = Hider([TOKEN])
    assert hide(f"bot 8123456789 with {TOKEN.partition(':')[2]}") == f"bot 8123456789 with {HIDDEN}"
    assert Hider(["bytes that are no text: \udcff"])("x") == "x"
    assert without_password("ftp://user:pass/wo@rd@host") == f"ftp://user:{HIDDEN}@host"
    assert Hider([])("nothing to hide") == "nothing to hide"
    assert Hider(["abc"])("abc") == "abc"  # too short to be told from other text


@pytest.mark.parametrize(
    ("address", "password"),
    [
        (
            "postgresql+asyncpg://goraebot:p%40ss-word@db/goraebot",
            ["p%40ss-word", "p@ss-word", "goraebot:p@ss-word"],
        ),
        ("http://user:geheim@proxy:3128", ["geheim", "user:geheim"]),
        ("sqlite+aiosqlite:///goraebot.db", []),
        ("http://[", []),
        ("just text", []),
    ],
)
def test_an_address_may_hold_a_password(address: str, password: list[str]) -> None:
    assert sorted(passwords_of(address)) == sorted(password)
    assert not any(one in without_password(f"cannot use {address!r}") for one in password)


@pytest.mark.parametrize("password", ["proxy-password", "a%21b%40c%2Bd", "pässwört", "p%ss:word"])
async def test_what_a_proxy_refuses_shows_its_password_in_no_form(password: str) -> None:
    async with ForwardProxy().running() as proxy, aiohttp.ClientSession() as session:
        address = proxy.url.replace(PROXY_PASSWORD, quote(password, safe="%"))
        with pytest.raises(aiohttp.ClientHttpProxyError) as raised:
            await session.get("https://anywhere.invalid", proxy=address)
        (login,) = proxy.logins
    hide = Hider(passwords_of(address))
    shown = f"{raised.value} {raised.value!r} {address} {URL(address)}"
    assert login in shown and login.partition(" ")[2] not in hide(shown)
    assert f"Basic {HIDDEN}" in hide(shown)
    for form in (password, quote(password), str(URL(address).raw_password)):
        assert form not in hide(shown)


def settings_with_secrets(**more: str) -> "object":
    return load(
        environ={
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "DISCORD_BOT_TOKEN": "an.example.of-a-token",
            "HOLYSHEEP_API_KEY": "cr_key-of-the-test",
            "GORAEBOT_WEB_PASSWORD": PASSWORD,
            "GORAEBOT_DATABASE_URL": "postgresql+asyncpg://bot:db-password@db/bot",
            "GORAEBOT_AI_BASE_URL": "https://user:gateway-password@ai.example/v1",
            "HTTPS_PROXY": "http://user:proxy-password@proxy:3128",
            **more,
        }
    )


def test_settings_know_every_secret_and_show_none() -> None:
    settings = settings_with_secrets()
    secrets = set(settings.secrets)  # type: ignore[attr-defined]
    assert secrets == {
        TOKEN, "an.example.of-a-token", "cr_key-of-the-test", PASSWORD,
        "db-password", "gateway-password", "proxy-password",
        "bot:db-password", "user:gateway-password", "user:proxy-password",
    }  # fmt: skip
    shown = repr(settings) + str(settings) + f"{settings}"
    assert "web=WebSettings" in shown
    assert not [secret for secret in secrets if secret in shown or repr(secret)[1:-1] in shown]


def test_an_address_that_is_refused_is_named_without_its_password() -> None:
    with pytest.raises(SettingsError, match=r"\[ai\] base_url = 'ftp://user:\[hidden\]@ai'"):
        settings_with_secrets(GORAEBOT_AI_BASE_URL="ftp://user:gateway-password@ai")


class Broken:
    def __repr__(self) -> str:
        return f"an object that holds {TOKEN}"


@pytest.mark.parametrize("form", ["text", "json"])
def test_whatever_is_written_to_standard_error_holds_no_secret(
    form: str, own_logging: None, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.set_up(form, "DEBUG", [TOKEN, PASSWORD])
    log = logging.getLogger("goraebot.test")
    log.debug("asking https://api.telegram.org/bot%s/getMe", TOKEN)
    log.info("headers: %r", [(b"Authorization", f"Bot {TOKEN}".encode())])
    log.warning("object: %s, JSON: %s", Broken(), json.dumps({"password": PASSWORD}))
    log.error("an incident", extra={"incident": {"name": TOKEN, "state": "begins"}})
    try:
        raise ValueError(f"cannot log in with {PASSWORD}")
    except ValueError as error:
        log.exception("failed")
        sys.excepthook(type(error), error, error.__traceback__)
    thread = threading.Thread(target=lambda: exec("raise ValueError(token)", {"token": TOKEN}))
    thread.start()
    thread.join()
    warnings.showwarning(f"a warning about {TOKEN}", UserWarning, "file", 1)
    written = capsys.readouterr().err
    lines = written.splitlines()
    assert len(lines) >= 7
    for part in (TOKEN, TOKEN.partition(":")[2], PASSWORD, json.dumps(PASSWORD)[1:-1], "참깨"):
        assert part not in written
    if form == "json":
        decoded = [json.loads(line) for line in lines]
        assert [d["incident"]["state"] for d in decoded if "incident" in d] == ["begins"]
        assert sum("ValueError" in d.get("exception", "") for d in decoded) == 3
