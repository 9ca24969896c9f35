"""goraebot.toml and the environment become one frozen object; nobody else reads os.environ.

Precedence: built-in defaults < TOML file < ``.env`` beside it < environment. A setting
``[section] key`` is ``GORAEBOT_SECTION_KEY`` in the environment. Unknown names are errors that name
the nearest known one. Secrets come from the environment only.
"""

import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import available_timezones

import msgspec
from dotenv import dotenv_values
from dotenv.parser import parse_stream
from rapidfuzz import fuzz, process

from bot import pace
from bot.errors import SettingsError
from bot.explain import pricing
from bot.hidden import Hider, passwords_of, without_password
from pipeline import gate, universe, venues, watch
from pipeline.addresses import HttpUrl, WsUrl, WsUrlOrNone
from pipeline.detectors import KINDS
from pipeline.sources import binance, exchange_rate, recorder, tardis_frames, upbit

DEFAULT_FILE = Path("config/goraebot.toml")
SECRETS = ("GORAEBOT_WEB_PASSWORD",)
TOKENS = ("TELEGRAM_BOT_TOKEN", "DISCORD_BOT_TOKEN", "HOLYSHEEP_API_KEY", "TARDIS_API_KEY")
TESTS_ONLY = ("GORAEBOT_RECORDINGS",)
ALIKE = 85
"""In percent: a name of another program's key (OPENAI_API_KEY) has less in common with ours."""
SHORT = {"GORAEBOT_LOG": ("log", "format")}

TimeOfDay = Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Positive = Annotated[float, msgspec.Meta(gt=0)]
Named = Annotated[str, msgspec.Meta(pattern=r"^(telegram|discord|web):.+$")]


class DeliverySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[delivery]``"""

    expires_s: Positive = 600.0
    stale_s: Positive = 60.0
    keep_days: Positive = 30.0
    keep_candle_days: Annotated[float, msgspec.Meta(ge=2)] = 7.0
    keep_record_days: Annotated[float, msgspec.Meta(ge=2)] = 400.0


class FuturesSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[binance_futures]``; how connections are kept is as in ``[binance]``."""

    enabled: bool = True
    ws_url: WsUrl = "wss://fstream.binance.com"
    rest_url: HttpUrl = "https://fapi.binance.com"


class TardisSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[tardis]``; the key is TARDIS_API_KEY in the environment."""

    api_url: HttpUrl = "https://api.tardis.dev/v1"
    cache_dir: str = ""
    cache_mb: Annotated[float, msgspec.Meta(ge=0)] = 2_000.0
    machine_url: WsUrlOrNone = ""
    symbols: tuple[str, ...] = ()
    binance: bool = True
    silence_s: Positive = 15.0
    return_s: Positive = 60.0
    contract_sizes: dict[str, Positive] = {}

    def __post_init__(self) -> None:
        for symbol in self.contract_sizes:
            venues.pair_of(symbol)
        for symbol in self.symbols:
            why = tardis_frames.unusable(venues.pair_of(symbol).info.symbol, self.sizes)
            if why:
                raise ValueError(why)
            if not venues.foreign(venues.pair_of(symbol).info.symbol):
                raise ValueError(f"{symbol!r} is Binance's: see [market] symbols")

    @property
    def sizes(self) -> Mapping[str, float]:
        """What a contract is, by symbol as events have it."""
        return {venues.pair_of(s).info.symbol: size for s, size in self.contract_sizes.items()}

    @property
    def folder(self) -> Path:
        """Where downloads are kept."""
        if self.cache_dir:
            return Path(self.cache_dir)
        try:
            return Path.home() / ".cache/goraebot/tardis"
        except RuntimeError:  # a service without a home
            return Path("tardis-cache")


class DatabaseSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[database]``"""

    url: str = "sqlite+aiosqlite:///goraebot.db"
    low_disk_mb: Annotated[float, msgspec.Meta(ge=0)] = 500.0

    @property
    def file(self) -> Path | None:
        """The file, None if there is none."""
        scheme, _, file = self.url.partition("://")
        name = file.partition("?")[0].removeprefix("/")
        if not scheme.startswith("sqlite") or name in ("", ":memory:") or name.startswith("file:"):
            return None
        return Path(name)

    @property
    def folder(self) -> Path | None:
        """Where the file is, None if there is none."""
        return None if self.file is None else self.file.parent


class WebSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[web]``"""

    enabled: bool = True
    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65_535)] = 8787


class LogSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[log]``"""

    format: Annotated[str, msgspec.Meta(pattern="^(text|json)$")] = "text"
    level: Annotated[str, msgspec.Meta(pattern="^(DEBUG|INFO|WARNING|ERROR)$")] = "INFO"


class BotSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[bot]``"""

    operators: tuple[Named, ...] = ()
    alarm_chats: tuple[Named, ...] = ()

    @property
    def told(self) -> tuple[str, ...]:
        """Who hears of trouble: a Telegram user's id is that of the private chat as well."""
        private = [name for name in self.operators if name.startswith("telegram:")]
        return tuple(dict.fromkeys((*self.alarm_chats, *private)))


class TelegramSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[telegram]``; the token is TELEGRAM_BOT_TOKEN in the environment."""

    api_url: HttpUrl = "https://api.telegram.org"


class DiscordSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[discord]``; the token is DISCORD_BOT_TOKEN in the environment."""

    api_url: HttpUrl = "https://discord.com/api/v10"


class ScheduleSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[schedule]``: what a chat gets that asks for summaries without saying when."""

    times: Annotated[tuple[TimeOfDay, ...], msgspec.Meta(min_length=1, max_length=6)] = (
        "09:00",
        "21:00",
    )
    zone: str = "Asia/Seoul"

    def __post_init__(self) -> None:
        if self.zone not in available_timezones():
            raise ValueError(f"zone {self.zone!r} is not an IANA time zone, such as Asia/Seoul")


class DemoSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[demo]``"""

    seed: int = 1
    speed: Annotated[float, msgspec.Meta(gt=0, le=100)] = 1.0


def _sections() -> dict[str, type[msgspec.Struct]]:
    return {
        "market": universe.Settings,
        "binance": binance.Settings,
        "binance_futures": FuturesSettings,
        "upbit": upbit.Settings,
        "fx": exchange_rate.Settings,
        "tardis": TardisSettings,
        "record": recorder.Settings,
        **{kind: entry.settings for kind, entry in KINDS.items()},
        "gate": gate.Settings,
        "delivery": DeliverySettings,
        "schedule": ScheduleSettings,
        "bot": BotSettings,
        "pace": pace.Settings,
        "telegram": TelegramSettings,
        "discord": DiscordSettings,
        "ai": pricing.Settings,
        "web": WebSettings,
        "database": DatabaseSettings,
        "log": LogSettings,
        "demo": DemoSettings,
    }


SECTIONS = _sections()


class Settings(msgspec.Struct, frozen=True):
    """Every setting. ``detectors`` maps each kind to its own struct."""

    market: universe.Settings
    binance: binance.Settings
    binance_futures: FuturesSettings
    upbit: upbit.Settings
    fx: exchange_rate.Settings
    tardis: TardisSettings
    record: recorder.Settings
    detectors: Mapping[str, Any]
    gate: gate.Settings
    delivery: DeliverySettings
    schedule: ScheduleSettings
    bot: BotSettings
    pace: pace.Settings
    telegram: TelegramSettings
    discord: DiscordSettings
    ai: pricing.Settings
    web: WebSettings
    database: DatabaseSettings
    log: LogSettings
    demo: DemoSettings
    web_password: str | None = None
    telegram_token: str | None = None
    discord_token: str | None = None
    ai_key: str | None = None
    tardis_key: str | None = None
    proxy_passwords: tuple[str, ...] = ()

    @property
    def secrets(self) -> list[str]:
        """What must never be shown."""
        kept = (
            self.web_password,
            self.telegram_token,
            self.discord_token,
            self.ai_key,
            self.tardis_key,
        )
        addresses = (
            self.database.url,
            self.ai.base_url,
            self.telegram.api_url,
            self.discord.api_url,
            self.binance.ws_url,
            self.binance.rest_url,
            self.binance_futures.ws_url,
            self.binance_futures.rest_url,
            self.upbit.ws_url,
            self.upbit.rest_url,
            self.fx.url,
            self.tardis.api_url,
            self.tardis.machine_url,
        )
        inside = [password for address in addresses for password in passwords_of(address)]
        return [*filter(None, kept), *inside, *self.proxy_passwords]

    def __repr__(self) -> str:
        """Every setting but the secrets: whatever prints this object shows none."""
        named = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__struct_fields__)
        return Hider(self.secrets)(f"Settings({named})")

    @property
    def floors(self) -> dict[str, float]:
        """What alerts of a kind reach at least, in what its kind measures: see bot.command."""
        found = self.detectors
        jump = found["price_jump"]
        return {
            "large_trade": found["large_trade"].min_notional,
            "price_jump": min(jump.min_percent) if jump.method == "robust" else 0.1,
            "pump": found["pump"].min_percent,
            "spread": found["spread"].min_bp,
            "kimchi": found["kimchi"].high_percent,
        }

    @property
    def watch(self) -> watch.Settings:
        """What the watch loop needs."""
        return watch.Settings(gate=self.gate, detectors=self.detectors)


def _refuse_misspelt(beside: Iterable[str], lacking: Sequence[str]) -> None:
    """A token that is lacking was meant by another name in .env: its part would be off without a
    word. One that goes on after the token's name (DISCORD_BOT_TOKEN_OLD) was switched off."""
    for name in beside:
        meant = process.extractOne(name.upper(), lacking, scorer=fuzz.ratio, score_cutoff=ALIKE)
        if meant and not name.startswith(meant[0]):
            raise SettingsError(f"unknown variable {name}; did you mean {meant[0]}?")


def load(file: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Read settings. Without a file, ``config/goraebot.toml`` if there is one, else the defaults.

    Raises SettingsError naming the key, for a typo also the nearest known one.
    """
    path = file or (DEFAULT_FILE if DEFAULT_FILE.is_file() else None)
    values: dict[str, dict[str, Any]] = {section: {} for section in SECTIONS}
    if path is not None:
        _merge(values, _read(path), str(path))
    folder = path.parent if path is not None else Path()
    beside = _beside(folder / ".env")
    given = os.environ if environ is None else environ
    # Empty means not set: compose files pass variables on whether they are set or not.
    variables = {**beside, **{name: value for name, value in given.items() if value != ""}}
    for name, value in variables.items():
        if name.startswith("GORAEBOT_") and name not in (*SECRETS, *TESTS_ONLY):
            section, key = _place(name)
            values[section][key] = _typed(section, key, value)
    _refuse_misspelt(beside, lacking=[token for token in TOKENS if token not in variables])
    built = {section: _build(section, values[section]) for section in SECTIONS}
    for problem in built["ai"].problems():
        raise SettingsError(problem)
    for kind in built["gate"].cooldown_by_kind:
        if kind not in KINDS:
            raise SettingsError(f"[gate] cooldown_by_kind: unknown {kind}{_nearest(kind, KINDS)}")
    return Settings(
        detectors={kind: built.pop(kind) for kind in KINDS},
        web_password=variables.get("GORAEBOT_WEB_PASSWORD") or None,
        telegram_token=variables.get("TELEGRAM_BOT_TOKEN") or None,
        discord_token=variables.get("DISCORD_BOT_TOKEN") or None,
        ai_key=variables.get("HOLYSHEEP_API_KEY") or None,
        tardis_key=(variables.get("TARDIS_API_KEY") or "").strip() or None,
        proxy_passwords=tuple(
            password
            for name, value in variables.items()
            if name.lower().endswith("_proxy")
            for password in passwords_of(value)
        ),
        **built,
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SettingsError(f"{path}: no such file") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingsError(f"{path}: {error}") from error


def _beside(path: Path) -> dict[str, str]:
    """The variables that a .env file sets.

    An open quote takes the lines behind it along, tokens among them; dotenv only warns of it.
    """
    try:
        if path.is_file():
            with path.open(encoding="utf-8") as lines:
                for one in parse_stream(lines):
                    if one.error:  # never quoted: it may be a secret
                        text = one.original.string
                        blank = text[: len(text) - len(text.lstrip())]
                        line = one.original.line + blank.count("\n")
                        raise SettingsError(f"{path}: line {line} cannot be read; is a quote open?")
        return {name: value for name, value in dotenv_values(path).items() if value}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: {error}") from error


def _merge(values: dict[str, dict[str, Any]], read: dict[str, Any], where: str) -> None:
    for section, content in read.items():
        if section not in SECTIONS:
            raise SettingsError(
                f"{where}: unknown section [{section}]{_nearest(section, SECTIONS)}"
            )
        if not isinstance(content, dict):
            raise SettingsError(f"{where}: {section} must be a section, [{section}]")
        for key, value in content.items():
            if f"GORAEBOT_{section}_{key}".upper() in SECRETS:
                name = f"GORAEBOT_{section}_{key}".upper()
                raise SettingsError(f"{where}: [{section}] {key} is a secret: set {name} instead")
            if key not in _keys(section):
                hint = _nearest(key, _keys(section))
                raise SettingsError(f"{where}: unknown key [{section}] {key}{hint}")
            values[section][key] = value


def _place(name: str) -> tuple[str, str]:
    """The section and key that a variable names; the longest matching section wins."""
    if name in SHORT:
        return SHORT[name]
    rest = name.removeprefix("GORAEBOT_").lower()
    sections = sorted((s for s in SECTIONS if rest.startswith(f"{s}_")), key=len, reverse=True)
    for section in sections:
        key = rest.removeprefix(f"{section}_")
        if key in _keys(section):
            return section, key
    raise SettingsError(f"unknown variable {name}{_nearest(name, list(variable_names()))}")


def variable_names() -> Iterator[str]:
    """Every environment variable understood."""
    yield from SECRETS
    yield from SHORT
    for section in SECTIONS:
        for key in _keys(section):
            yield f"GORAEBOT_{section}_{key}".upper()


def _keys(section: str) -> tuple[str, ...]:
    return tuple(SECTIONS[section].__struct_fields__)


def _typed(section: str, key: str, text: str) -> Any:
    """A variable's text as the value TOML would give; a list may be comma-separated."""
    default = getattr(SECTIONS[section](), key)
    if isinstance(default, tuple) or (section, key) == ("market", "symbols"):
        if text.strip().startswith("["):
            return _literal(section, key, text)
        if isinstance(default, str) and text.strip() == default:
            return default
        return [part.strip() for part in text.split(",") if part.strip()]
    return _literal(section, key, text) if isinstance(default, dict) else text


def _literal(section: str, key: str, text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingsError(f"[{section}] {key}: {text[:80]!r}: {error}") from error


def _build(section: str, values: dict[str, Any]) -> Any:
    try:
        return msgspec.convert(values, SECTIONS[section], strict=False)
    except msgspec.ValidationError as error:
        text, _, place = str(error).partition(" - at `$.")
        if not place:  # of the section's own check, which says what it is about
            raise SettingsError(f"[{section}] {text}") from error
        key = place.rstrip("`").partition("[")[0]
        given = values.get(key)
        shown = without_password(repr(given))
        raise SettingsError(f"[{section}] {key} = {shown}: {text}") from error


def _nearest(name: str, known: Any) -> str:
    found = process.extractOne(name, list(known), scorer=fuzz.ratio, score_cutoff=50)
    return f"; did you mean {found[0]}?" if found else ""
