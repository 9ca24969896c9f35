"""Settings: defaults, one file, the environment; every mistake is told by its name."""

import json
import re
import tomllib
from pathlib import Path

import msgspec
import pytest

from bot import settings
from bot.errors import SettingsError
from bot.settings import SECTIONS, load, variable_names
from pipeline.detectors import KINDS

FILE = Path(__file__).parents[2] / "config" / "goraebot.toml"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    """A folder without a configuration, and no variables from outside."""
    monkeypatch.chdir(tmp_path)


def loaded(toml="", environ=None, env_file="") -> settings.Settings:
    Path("given.toml").write_text(toml, encoding="utf-8")
    Path(".env").write_text(env_file, encoding="utf-8")
    return load(Path("given.toml"), environ or {})


def refused(toml="", environ=None, env_file="") -> str:
    with pytest.raises(SettingsError) as caught:
        loaded(toml, environ, env_file)
    return str(caught.value)


# --- the file that comes with the program --------------------------------------------------------


def test_the_file_says_what_is_built_in():
    """Every section, every key, the same value."""
    told = tomllib.loads(FILE.read_text(encoding="utf-8"))
    built_in = {
        name: json.loads(msgspec.json.encode(section())) for name, section in SECTIONS.items()
    }
    assert told.keys() == built_in.keys()
    for section, values in built_in.items():
        assert told[section] == values, section


def test_the_file_is_read_as_the_defaults():
    assert loaded(FILE.read_text(encoding="utf-8")) == load(None, {})


def test_every_key_of_the_file_has_a_comment():
    """Beside it, or on the line above."""
    bare = []
    section = above = ""
    for line in FILE.read_text(encoding="utf-8").splitlines():
        if heading := re.match(r"\[(.+)\]", line):
            section = heading.group(1)
        elif (key := re.match(r"(\w+) = ", line)) and not above.startswith("#"):
            value_and_comment = re.sub(r'"[^"]*"', "", line)
            if "#" not in value_and_comment:
                bare.append(f"[{section}] {key.group(1)}")
        above = line
    assert bare == []


def test_the_example_of_secrets_names_every_secret_and_no_value():
    lines = (FILE.parent / "example.env").read_text(encoding="utf-8").splitlines()
    named = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert named.keys() >= set(settings.SECRETS)
    assert set(named.values()) == {""}


# --- where values come from ----------------------------------------------------------------------


def test_without_a_file_the_defaults_apply():
    assert load(None, {}).web.port == 8787


def test_the_file_in_config_is_found():
    Path("config").mkdir()
    Path("config/goraebot.toml").write_text("[web]\nport = 1234\n")
    assert load(None, {}).web.port == 1234


def test_the_environment_beats_the_env_file_and_that_the_toml_file():
    toml = "[web]\nport = 1\nhost = 'toml'\n[log]\nlevel = 'DEBUG'\n"
    env_file = "GORAEBOT_WEB_PORT=2\nGORAEBOT_WEB_HOST=env-file\n"
    values = loaded(toml, {"GORAEBOT_WEB_PORT": "3"}, env_file)
    assert (values.web.port, values.web.host, values.log.level) == (3, "env-file", "DEBUG")


def test_empty_variables_are_as_if_they_were_not_there():
    """Compose files pass on what is not set as an empty text."""
    values = loaded(
        "[web]\nport = 1\n",
        {"GORAEBOT_WEB_PORT": "", "GORAEBOT_WEB_PASSWORD": "", "GORAEBOT_LOG_LEVEL": ""},
        "GORAEBOT_WEB_PASSWORD=from the file\nGORAEBOT_WEB_HOST=\nGORAEBOT_LOG_LEVEL=ERROR\n",
    )
    assert (values.web.port, values.web.host) == (1, "127.0.0.1")
    assert (values.web_password, values.log.level) == ("from the file", "ERROR")


def test_variables_of_others_are_left_alone():
    loaded("", {"PATH": "/bin", "GORAE": "x", "TELEGRAM_BOT_TOKEN": "later"})


def test_the_tests_own_variable_is_no_setting():
    loaded("", {"GORAEBOT_RECORDINGS": "/somewhere"})


@pytest.mark.parametrize(
    ("name", "value", "section", "key", "expected"),
    [
        ("GORAEBOT_LARGE_TRADE_MIN_NOTIONAL", "100000", "large_trade", "min_notional", 100_000.0),
        ("GORAEBOT_LARGE_TRADE_ENABLED", "false", "large_trade", "enabled", False),
        (
            "GORAEBOT_LARGE_TRADE_MIN_QUANTITY",
            "{ BTCUSDT = 10.5 }",
            "large_trade",
            "min_quantity",
            {"BTCUSDT": 10.5},
        ),
        ("GORAEBOT_PRICE_JUMP_METHOD", "classic", "price_jump", "method", "classic"),
        ("GORAEBOT_PRICE_JUMP_MIN_PERCENT", "1,2,3.5", "price_jump", "min_percent", (1, 2, 3.5)),
        ("GORAEBOT_PRICE_JUMP_MIN_PERCENT", "[1, 2, 3]", "price_jump", "min_percent", (1, 2, 3)),
        ("GORAEBOT_GATE_COOLDOWN_BY_KIND", "{ spread = 9 }", "gate", "cooldown_by_kind", None),
        ("GORAEBOT_MARKET_SYMBOLS", "all-usdt", "market", "symbols", "all-usdt"),
        ("GORAEBOT_MARKET_SYMBOLS", "BTCUSDT", "market", "symbols", ("BTCUSDT",)),
        (
            "GORAEBOT_MARKET_SYMBOLS",
            "BTCUSDT, ETHUSDT,",
            "market",
            "symbols",
            ("BTCUSDT", "ETHUSDT"),
        ),
        (
            "GORAEBOT_MARKET_SYMBOLS",
            '["BTCUSDT", "ETHUSDT"]',
            "market",
            "symbols",
            ("BTCUSDT", "ETHUSDT"),
        ),
        (
            "GORAEBOT_BOT_OPERATORS",
            "telegram:1,discord:2",
            "bot",
            "operators",
            ("telegram:1", "discord:2"),
        ),
        ("GORAEBOT_BINANCE_WS_URL", "ws://127.0.0.1:1", "binance", "ws_url", "ws://127.0.0.1:1"),
        ("GORAEBOT_LOG", "json", "log", "format", "json"),
        ("GORAEBOT_LOG_LEVEL", "DEBUG", "log", "level", "DEBUG"),
        ("GORAEBOT_DATABASE_URL", "sqlite+aiosqlite:///x.db", "database", "url", None),
    ],
)
def test_any_setting_can_be_given_as_a_variable(name, value, section, key, expected):
    values = loaded("", {name: value})
    part = values.detectors[section] if section in KINDS else getattr(values, section)
    if expected is None:
        expected = {"spread": 9.0} if section == "gate" else value
    assert getattr(part, key) == expected


def test_every_variable_named_is_understood():
    sections = set()
    for name in variable_names():
        if name not in settings.SECRETS:
            section, key = settings._place(name)
            assert key in SECTIONS[section].__struct_fields__
            sections.add(section)
    assert sections == SECTIONS.keys()


class Venue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    ws_url: str = ""


class Large(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    trade_enabled: bool = True
    trade_hours: int = 0


def test_the_longest_section_that_matches_wins(monkeypatch):
    """But only if it has the key; GORAEBOT_BINANCE_FUTURES_WS_URL is no key of [binance]."""
    monkeypatch.setitem(SECTIONS, "binance_futures", Venue)
    monkeypatch.setitem(SECTIONS, "binance_rest", Venue)
    monkeypatch.setitem(SECTIONS, "large", Large)
    assert settings._place("GORAEBOT_BINANCE_FUTURES_WS_URL") == ("binance_futures", "ws_url")
    assert settings._place("GORAEBOT_BINANCE_WS_URL") == ("binance", "ws_url")
    assert settings._place("GORAEBOT_BINANCE_REST_URL") == ("binance", "rest_url")
    assert settings._place("GORAEBOT_LARGE_TRADE_ENABLED") == ("large_trade", "enabled")
    assert settings._place("GORAEBOT_LARGE_TRADE_HOURS") == ("large", "trade_hours")


def test_settings_are_frozen():
    values = load(None, {})
    with pytest.raises(AttributeError):
        values.web.port = 1  # type: ignore[misc]
    with pytest.raises(AttributeError):
        values.web = values.web  # type: ignore[misc]


def test_the_watch_loop_gets_its_part():
    values = loaded("[gate]\ncooldown_s = 7\n[spread]\nmin_bp = 3\n")
    assert values.watch.gate.cooldown_s == 7.0
    assert values.watch.detectors.keys() == KINDS.keys()
    assert values.watch.detectors["spread"].min_bp == 3.0


# --- mistakes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("[larg_trade]\nmin_notional = 1\n", ["[larg_trade]", "did you mean large_trade?"]),
        ("[large_trade]\nmin_notionl = 1\n", ["min_notionl", "did you mean min_notional?"]),
        ("[web]\nprot = 1\n", ["[web] prot", "did you mean port?"]),
        ("min_notional = 1\n", ["min_notional"]),
        ("web = 1\n", ["web must be a section, [web]"]),
        ("[qqqqqq]\n", ["unknown section [qqqqqq]"]),
        ("[gate]\ncooldown_by_kind = { larg_trade = 1 }\n", ["larg_trade", "large_trade?"]),
        ("[price_jump\n", ["given.toml"]),
    ],
)
def test_a_typo_in_the_file_names_the_nearest(toml, words):
    text = refused(toml)
    assert all(word in text for word in words), text


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("GORAEBOT_LARGE_TRADE_MIN_NOTIONL", "GORAEBOT_LARGE_TRADE_MIN_NOTIONAL"),
        ("GORAEBOT_WEB_PASWORD", "GORAEBOT_WEB_PASSWORD"),
        ("GORAEBOT_WEB_PROT", "GORAEBOT_WEB_PORT"),
        ("GORAEBOT_LOG_LEVLE", "GORAEBOT_LOG_LEVEL"),
    ],
)
def test_a_typo_in_a_variable_names_the_nearest(name, near):
    for text in (refused("", {name: "1"}), refused("", {}, f"{name}=1\n")):
        assert name in text
        assert f"did you mean {near}?" in text


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("TELEGRAM_TOKEN", "TELEGRAM_BOT_TOKEN"),
        ("DISCORD_TOKEN", "DISCORD_BOT_TOKEN"),
        ("telegram_bot_token", "TELEGRAM_BOT_TOKEN"),
        ("HOLYSHEEP_KEY", "HOLYSHEEP_API_KEY"),
    ],
)
def test_a_misspelt_token_in_the_env_file_names_the_one_that_was_meant(name, near):
    assert f"unknown variable {name}; did you mean {near}?" in refused("", {}, f"{name}=1:x\n")
    both = loaded("", {}, f"{name}=1:x\n{near}=2:y\n")
    assert "2:y" in both.secrets
    others = "OPENAI_API_KEY=1\nTZ=Asia/Seoul\nTELEGRAM_BOT_NAME=a\nDISCORD_BOT_TOKEN_OLD=b\n"
    assert loaded("", {}, others).secrets == []


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("[web]\nport = 'many'\n", ["[web] port", "many"]),
        ("[web]\nport = 70000\n", ["[web] port", "70000"]),
        ("[web]\nport = 1.5\n", ["[web] port"]),
        ("[large_trade]\nmin_notional = 0\n", ["[large_trade] min_notional"]),
        ("[large_trade]\nmin_notional = nan\n", ["[large_trade] min_notional"]),
        ("[large_trade]\nmin_quantity = { BTCUSDT = -1 }\n", ["[large_trade] min_quantity"]),
        ("[price_jump]\nmethod = 'clasic'\n", ["[price_jump] method", "clasic"]),
        ("[price_jump]\nmin_percent = [1, 2]\n", ["[price_jump] min_percent"]),
        ("[log]\nlevel = 'LOUD'\n", ["[log] level", "LOUD"]),
        ("[bot]\noperators = ['me']\n", ["[bot] operators"]),
        ("[bot]\noperators = ['telegramm:1']\n", ["[bot] operators", "(telegram|discord|web):"]),
        ("[bot]\nalarm_chats = ['telegramm:1']\n", ["[bot] alarm_chats", "telegramm:1"]),
        ("[market]\nsymbols = 7\n", ["[market] symbols"]),
        ("[binance]\nrotate_s = 86400\n", ["[binance] rotate_s"]),
    ],
)
def test_a_wrong_value_names_its_key(toml, words):
    text = refused(toml)
    assert all(word in text for word in words), text


def test_a_wrong_value_in_a_variable_names_its_key():
    text = refused("", {"GORAEBOT_WEB_PORT": "many"})
    assert "[web] port" in text
    assert "many" in text
    assert "[gate] cooldown_by_kind" in refused("", {"GORAEBOT_GATE_COOLDOWN_BY_KIND": "{ spread"})


ADDRESSES = sorted(
    name for name in variable_names() if name.endswith("_URL") and name != "GORAEBOT_DATABASE_URL"
)


@pytest.mark.parametrize("name", ADDRESSES)
def test_an_address_has_a_scheme_that_fits_and_a_host(name):
    scheme, wrong = ("ws", "http") if name.endswith(("WS_URL", "MACHINE_URL")) else ("http", "ws")
    section, key = settings._place(name)
    for given in ("banana", f"{wrong}://x", f"{scheme}://", f"{scheme}:///x", f"{scheme}://:80"):
        assert f"[{section}] {key} = '{given}': " in refused("", {name: given})
    for given in (f"{scheme}://x", f"{scheme}s://me:secret@[::1]:80/x?y"):
        assert getattr(getattr(loaded("", {name: given}), section), key) == given


def test_a_file_that_is_missing_or_unreadable_is_named():
    with pytest.raises(SettingsError, match=r"missing\.toml: no such file"):
        load(Path("missing.toml"), {})
    Path("binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match=r"binary\.toml"):
        load(Path("binary.toml"), {})
    Path("folder.toml").mkdir()
    with pytest.raises(SettingsError, match=r"folder\.toml"):
        load(Path("folder.toml"), {})


def test_an_env_file_that_is_no_text_is_named():
    Path("given.toml").write_text("")
    Path(".env").write_bytes(b"GORAEBOT_WEB_HOST=\xff\xfe\n")
    with pytest.raises(SettingsError, match=r"\.env"):
        load(Path("given.toml"), {})


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        ('A=1\n\nTELEGRAM_BOT_TOKEN="42:secret\nDISCORD_BOT_TOKEN=x\n', 3),
        ("TELEGRAM_BOT_TOKEN '42:secret'\n", 1),
    ],
)
def test_a_line_of_an_env_file_that_cannot_be_read_is_named_and_not_repeated(lines, line):
    """It was skipped, with all that an open quote takes along: platforms were off."""
    text = refused("", {}, lines)
    assert f".env: line {line} cannot be read" in text
    assert "secret" not in text


def test_a_time_zone_that_there_is_not_is_named():
    text = refused("[schedule]\nzone = 'Asia/Soul'\n")
    assert text == "[schedule] zone 'Asia/Soul' is not an IANA time zone, such as Asia/Seoul"


# --- secrets -------------------------------------------------------------------------------------


def test_a_secret_in_the_file_is_refused_without_repeating_it():
    text = refused("[web]\npassword = 'hunter2'\n")
    assert "GORAEBOT_WEB_PASSWORD" in text
    assert "hunter2" not in text


def test_secrets_come_from_the_environment_or_the_env_file():
    assert loaded().web_password is None
    assert loaded("", {"GORAEBOT_WEB_PASSWORD": "a"}).web_password == "a"
    assert loaded("", {}, "GORAEBOT_WEB_PASSWORD=b\n").web_password == "b"
    both = loaded("", {"GORAEBOT_WEB_PASSWORD": "a"}, "GORAEBOT_WEB_PASSWORD=b\n")
    assert both.web_password == "a"


def test_a_file_nested_beyond_reason_is_named(tmp_path):
    file = tmp_path / "deep.toml"
    file.write_text("[market]\nsymbols = " + "[" * 5_000)
    with pytest.raises(SettingsError, match=r"deep\.toml"):
        load(file, {})
    with pytest.raises(SettingsError, match=r"\[market\] symbols"):
        load(None, {"GORAEBOT_MARKET_SYMBOLS": "[" * 5_000})


def test_telegram_operators_and_the_chats_named_are_told_of_trouble():
    text = '[bot]\noperators = ["telegram:1", "discord:2"]\nalarm_chats = ["discord:9"]\n'
    assert loaded(text).bot.told == ("discord:9", "telegram:1")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ('symbols = ["okx:btc"]', "not a symbol such as okex:BTC-USDT"),
        ('symbols = ["BTCUSDT"]', "[market] symbols"),
        ('symbols = ["binance-futures:BTCUSDT"]', "[binance_futures]"),
        ('symbols = ["okex-swap:BTC-USDT-SWAP"]', "[tardis.contract_sizes]"),
        ('contract_sizes = { "kraken:X" = 1.0 }', "no exchange of binance"),
        ('machine_url = "http://127.0.0.1:8001"', "machine_url"),
    ],
)
def test_pairs_of_other_exchanges_are_read_at_the_start(given: str, said: str) -> None:
    assert said in refused(f"[tardis]\n{given}")
