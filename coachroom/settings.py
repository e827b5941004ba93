"""Every setting there is: typed, read once from the environment or `.env`, prefix COACHROOM_.

`doctor` and docs/settings.md list them from here.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from email.errors import MessageError
from email.policy import SMTP
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_network
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from dotenv.parser import parse_stream
from pydantic import (
    AliasChoices,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings.exceptions import SettingsError as SourceError

from coachroom import project_files
from coachroom.did_you_mean import did_you_mean
from coachroom.errors import SettingsError
from coachroom.postgres_address import PostgresAddress, is_postgres_address
from coachroom.regions import REGIONS, origin, region_of

PREFIX = "COACHROOM_"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
MIN_SECRET_CHARS = 32
ENV_FILE = Path(".env")
Network = IPv4Network | IPv6Network
TURN_URL = re.compile(r"turns?:([a-z0-9.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?(\?transport=(udp|tcp))?", re.IGNORECASE)
# 32 bytes as base64url.
PUSH_KEY = re.compile(r"[A-Za-z0-9_-]{43}")
# Those that word processors write, at both ends.
CURLY_QUOTES = frozenset("\u201c\u201d\u201e\u201f\u2018\u2019\u201a\u201b\u00ab\u00bb")
# What copying brings along at the ends of a value, beside white space.
INVISIBLE = "\ufeff\u200b\u2060"

UNLIMITED = "unlimited"
# How much there is of something in a day or a month.
Quota = int | Literal["unlimited"]
MAX_QUOTA_DIGITS = 9
QUOTA_KINDS = ("minutes", "calls", "addresses")
# Each is part of the next.
QUOTA_PERIODS = (("client", "day"), ("community", "day"), ("community", "month"))


class Environment(StrEnum):
    DEVELOPMENT = "development"
    PRODUCTION = "production"


class AgentProvider(StrEnum):
    PRACTICE = "practice"
    ELEVENLABS = "elevenlabs"


class PracticeMood(StrEnum):
    NORMAL = "normal"
    AWKWARD = "awkward"


class ErasedFacts(StrEnum):
    """What becomes of the lengths and counts of sessions that are erased: they go, or stay as nobody's."""

    DELETE = "delete"
    KEEP = "keep"


class SelfView(StrEnum):
    WEBRTC = "webrtc"
    LOCAL = "local"


class MailSecurity(StrEnum):
    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


def database_of(text: str) -> Path | PostgresAddress:
    """The database that somebody names. Raises ValueError with what is wrong, without the subject."""
    if is_postgres_address(text):
        return PostgresAddress.read(text)
    if not Path(text).name:
        raise ValueError("it names no file: give a path such as data/coachroom.duckdb")
    return Path(text)


class Settings(BaseSettings):
    """The app's settings; construct through `load()` so that a mistake becomes one sentence."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=ENV_FILE, env_file_encoding="utf-8", extra="ignore", frozen=True
    )

    env: Environment = Field(
        Environment.DEVELOPMENT,
        description="development (loopback, demo sign-in, practice coach) or production",
    )
    address: str = Field("127.0.0.1", description="address the server listens on")
    port: int = Field(8501, ge=1, le=65535, description="port the server listens on")
    replica: str | None = Field(
        None,
        # It names a folder too, which is emptied at the start: not the one above.
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$",
        description="name of this process among several that share a PostgreSQL database; without one, host and "
        "process number",
    )
    drain_seconds: float = Field(
        0,
        ge=0,
        le=600,
        description="after SIGTERM /healthz says 503 for so long before the server ends, and pages move to another "
        "replica meanwhile; 0 behind no proxy",
    )
    public_url: str | None = Field(None, description="address people type, e.g. https://coach.example.com")
    database: Path | PostgresAddress = Field(
        Path("data/coachroom.duckdb"),
        description="the DuckDB file, or the address of a PostgreSQL database: "
        "postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with ?schema=NAME for one of its schemas",
    )
    data_dir: Path = Field(
        Path("data"),
        description="folder for what lies beside a PostgreSQL database: the list of erasures, downloads that wait, "
        "the sockets for commands; beside a DuckDB file it is the file's own folder",
    )
    backup_dir: Path | None = Field(None, description="folder for backups by itself; without one there are none")
    backup_hours: float = Field(1, ge=0.1, le=720, description="hours between two backups")
    backup_keep_days: float = Field(
        30, gt=0, description="backups older than so many days are deleted, but for the latest"
    )
    backup_test_days: float = Field(
        30, gt=0, description="once in so many days a backup is restored into a database that is thrown away"
    )
    backup_key: str | None = Field(
        None, description="public age key, age1…: backups are encrypted so that only its secret key opens them"
    )
    erased_facts: ErasedFacts = Field(
        ErasedFacts.DELETE,
        description="delete, or keep lengths and counts of erased sessions under a random id, with the day alone",
    )
    keep_transcripts_days: float | None = Field(
        None, ge=1, description="the words of a session are deleted so many days after it; not set: never"
    )
    keep_briefings_days: float | None = Field(
        None, ge=1, description="what the coach was told before a session is deleted so many days after it"
    )
    cookie_secret: SecretStr = Field(
        default_factory=lambda: SecretStr(secrets.token_urlsafe(MIN_SECRET_CHARS)),
        description="signs cookies and room tokens, 32 characters or more; generated at each start if not set",
    )
    development_sign_in: bool | None = Field(
        None, description="sign in as a demo person without a password; only in development on loopback"
    )
    demo_community: bool | None = Field(
        None, description="fill a new database with a small invented community; development's default"
    )
    sign_in_idle_hours: float = Field(
        12, gt=0, le=720, description="a sign-in that nobody uses for so long is over, in hours"
    )
    sign_in_max_days: float = Field(
        30, gt=0, le=30, description="longest sign-in, in days; Streamlit's cookie lasts for 30"
    )
    oidc_client_id: str | None = Field(None, description="client id at your OpenID Connect provider")
    oidc_client_secret: SecretStr | None = Field(None, description="client secret at that provider")
    oidc_metadata_url: str | None = Field(
        None, description="the provider's /.well-known/openid-configuration address"
    )
    agent_provider: AgentProvider | None = Field(
        None, description="who coaches: practice (development's default) or elevenlabs"
    )
    agent_id: str = Field("agent_01jy88zv6zfe1a9v9zdxt69abd", description="the agent at ElevenLabs")
    elevenlabs_api_key: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("ELEVENLABS_API_KEY", "COACHROOM_ELEVENLABS_API_KEY"),
        description="ELEVENLABS_API_KEY: signed addresses for private agents, and transcripts after the call",
    )
    elevenlabs_url: str = Field(
        "https://api.us.elevenlabs.io",
        description="ElevenLabs' API for the region of your workspace; any other address needs the key",
    )
    agent_file: Path = Field(
        Path("data/agent.toml"),
        description="the file that describes the agent; `agent apply` carries it to ElevenLabs",
    )
    danger_phrases: Path = Field(
        Path("data/danger_phrases.toml"),
        description="words of a client after which the room shows the help lines at once",
    )
    help_lines: Path = Field(
        Path("data/help_lines.toml"),
        description="crisis lines by country, for Home, the privacy page and the room",
    )
    webhook_secret: SecretStr | None = Field(
        None,
        description="signing secret of ElevenLabs' post-call webhook to /webhooks/elevenlabs; without one that "
        "address does not exist and transcripts are asked for",
    )
    smtp_host: str | None = Field(
        None, description="mail server for invitations and notices; without one no mail is sent"
    )
    smtp_port: int = Field(587, ge=1, le=65535, description="its port: mostly 587 for starttls, 465 for tls")
    smtp_security: MailSecurity = Field(
        MailSecurity.STARTTLS, description="starttls, tls, or none for a mail server on this computer"
    )
    smtp_user: str | None = Field(None, description="name to sign in with at the mail server, if it asks for one")
    smtp_password: SecretStr | None = Field(None, description="password that belongs to it")
    mail_from: str | None = Field(None, description="what mails say they come from: Coaching <coach@example.com>")
    monday_mail: bool = Field(
        True,
        description="on Monday morning each coach gets a mail that names at most seven of their clients who need a "
        "talk; an administrator gets one about all clients",
    )
    appointments: bool = Field(
        False, description="clients book appointments with the AI coach, and with their human coach by their calendar"
    )
    members_hook_secret: SecretStr | None = Field(
        None,
        description="token of those who report members to /hooks/members, 32 characters or more; without one that "
        "address does not exist",
    )
    hook_url: str | None = Field(
        None,
        description="https address of another system to which ended sessions and clients who need a talk are "
        "reported, by ids alone",
    )
    hook_secret: SecretStr | None = Field(
        None, description="signs these reports by Standard Webhooks, 32 characters or more"
    )
    push_key: SecretStr | None = Field(
        None,
        description="key by which push services know this server, from `python -m coachroom push-key`; without one "
        "no notifications are sent",
    )
    session_questions: bool = Field(
        True,
        description="after a session, beside the stars, ask the client whether the way of working suits them, and by "
        "turns at most two questions more: check-in, confidence, whether they would recommend the coaching",
    )
    session_minutes: float = Field(30, gt=0, le=240, description="longest session, in minutes")
    extra_minutes: float = Field(
        5, ge=0, le=60, description="how much longer a client may make a session near its end; 0 offers nothing"
    )
    extra_times: int = Field(
        1,
        ge=1,
        le=10,
        description="how often a client may do so in a session; 10 is what WCAG's criterion 2.2.1 asks for",
    )
    wrap_up_seconds: float = Field(180, ge=0, description="the coach is asked to wrap up so long before the end")
    grace_seconds: float = Field(60, gt=0, description="a client who was cut off may come back within this time")
    pause_minutes: float = Field(30, gt=0, le=240, description="a session that its client paused waits so long")
    room_hours: float = Field(24, gt=0, description="a room that nobody enters closes after this time")
    max_turn_chars: int = Field(
        20_000,
        ge=1_000,
        le=200_000,
        description="characters of one message that are kept; the rest is cut off, marked",
    )
    max_session_bytes: int = Field(
        4_000_000, ge=100_000, le=64_000_000, description="bytes of one session that are kept; the client is told"
    )
    max_session_turns: int = Field(
        5_000, ge=100, le=100_000, description="messages of one session that are kept; the client is told"
    )
    client_minutes_per_day: Quota = Field(
        120, description="minutes of calls a client may have in a day, 1 or more; unlimited for no limit"
    )
    client_calls_per_day: Quota = Field(24, description="calls a client may start in a day, 1 or more; or unlimited")
    client_addresses_per_day: Quota = Field(
        48,
        description="signed addresses a client may get in a day, 1 or more; or unlimited; each call needs one, and a "
        "page that waits gets a new one every 10 minutes",
    )
    community_minutes_per_day: Quota = Field(
        6_000, description="minutes of calls the whole community may have in a day; or unlimited"
    )
    community_calls_per_day: Quota = Field(
        3_000, description="calls the whole community may start in a day; or unlimited"
    )
    community_addresses_per_day: Quota = Field(
        6_000, description="signed addresses the whole community may get in a day; or unlimited"
    )
    community_minutes_per_month: Quota = Field(
        60_000, description="minutes of calls the whole community may have in a month; or unlimited"
    )
    community_calls_per_month: Quota = Field(
        30_000, description="calls the whole community may start in a month; or unlimited"
    )
    community_addresses_per_month: Quota = Field(
        60_000, description="signed addresses the whole community may get in a month; or unlimited"
    )
    self_view: SelfView = Field(
        SelfView.WEBRTC,
        description="webrtc (picture goes to this server and back) or local (picture stays in the browser)",
    )
    max_webrtc_rooms: int = Field(6, ge=0, description="more rooms at once than this use the local self-view")
    ice_servers: list[dict[str, Any]] = Field(
        default_factory=list, description="STUN and TURN servers for the webrtc self-view, as a JSON list"
    )
    live_coach: bool = Field(
        False, description="human coaches may ask to join the sessions of their own clients, who let them in or not"
    )
    comparisons: bool = Field(
        False,
        description="administrators may compare two versions of the agent: new clients are drawn into one of them, "
        "and can say no (`docs/learning.md`)",
    )
    turn_urls: list[str] = Field(
        default_factory=list,
        description="TURN servers for the link between a client and a human coach, as a JSON list: "
        '["turn:turn.example.com:3478", "turns:turn.example.com:5349?transport=tcp"]',
    )
    turn_secret: SecretStr | None = Field(
        None,
        description="their shared secret, coturn's static-auth-secret: passwords are made from it for each visit",
    )
    turn_hours: float = Field(12, ge=1, le=168, description="how long such a password is good")
    live_relay_only: bool = Field(
        False,
        description="client and human coach reach each other through the TURN servers alone, so that neither learns "
        "the other's network address",
    )
    service_worker: bool = Field(
        True,
        description="browsers keep a small program of ours that shows a page where the server cannot be reached, and "
        "notifications; false takes it out of every browser that comes by",
    )
    reporting_timezone: str = Field(
        "UTC", description="time zone of the days, weeks and months of metrics and budgets, e.g. Europe/Berlin"
    )
    min_valid_seconds: float = Field(60, ge=0, description="a session counts in metrics if it lasts so long")
    min_group: int = Field(5, ge=0, description="analysts see no numbers about fewer people than this")
    metrics_token: SecretStr | None = Field(
        None, description="bearer token for /metrics; without one only loopback may read it"
    )
    log_json: bool = Field(
        False, description="each line of the log is one JSON object, for programs that collect logs"
    )
    otlp_endpoint: str | None = Field(
        None,
        validation_alias=AliasChoices("COACHROOM_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"),
        description="OpenTelemetry collector that takes spans by HTTP, e.g. http://127.0.0.1:4318; needs the extra "
        "`traces`; OTEL_EXPORTER_OTLP_ENDPOINT is read too",
    )
    trusted_proxies: str = Field(
        "127.0.0.1, ::1",
        description="addresses and networks of your reverse proxies, e.g. 10.0.0.0/24, whose X-Forwarded-For says "
        "who asks",
    )
    sign_ins_a_minute: int = Field(30, ge=1, description="tries to sign in from one address, a minute")
    anonymous_pages_a_minute: int = Field(
        60, ge=1, description="pages that people who are not signed in open from one address, a minute"
    )
    max_anonymous_pages: int = Field(
        60, ge=1, description="pages that people who are not signed in have open from one address at once"
    )
    practice_keeps_audio: bool = Field(
        False, description="the practice coach keeps what it hears in memory, so that tests can measure it"
    )

    practice_mood: PracticeMood = Field(
        PracticeMood.NORMAL,
        description="normal, or awkward: the practice coach is as late, incomplete and unreliable as a real service "
        "can be",
    )

    @property
    def production(self) -> bool:
        return self.env is Environment.PRODUCTION

    @property
    def provider(self) -> AgentProvider:
        """The provider in force: the practice agent in development unless another is named."""
        if self.agent_provider is not None:
            return self.agent_provider
        return AgentProvider.ELEVENLABS if self.production else AgentProvider.PRACTICE

    @property
    def beside(self) -> Path:
        """The database's file, or what stands in its place: files of its name with an ending lie beside it."""
        return self.database if isinstance(self.database, Path) else self.data_dir / "coachroom.postgresql"

    @property
    def oidc_configured(self) -> bool:
        return bool(self.oidc_client_id and self.oidc_client_secret and self.oidc_metadata_url)

    @property
    def demo_sign_in(self) -> bool:
        """Whether anybody may sign in as a demo person: development's default where no OIDC is set up."""
        if self.development_sign_in is not None:
            return self.development_sign_in
        return not self.production and not self.oidc_configured

    def project_file(self, setting: str) -> Path:
        """The file of this setting; where it is not set and not in this folder, the one that coachroom brings."""
        path: Path = getattr(self, setting)
        chosen = setting in self.model_fields_set
        return path if chosen or path.exists() else project_files.FOLDER / path

    @property
    def longest_sign_in(self) -> timedelta:
        return timedelta(days=self.sign_in_max_days)

    @property
    def starts_with_demo(self) -> bool:
        """Whether a new database begins with an invented community; never in production, and only in a file."""
        if isinstance(self.database, PostgresAddress):
            return False
        return self.demo_sign_in if self.demo_community is None else self.demo_community

    @property
    def proxy_networks(self) -> tuple[Network, ...]:
        """Where our reverse proxies are."""
        return _networks(self.trusted_proxies)

    @property
    def origin(self) -> str:
        """Scheme, host and port people reach us at, without a trailing slash."""
        return (self.public_url or f"http://localhost:{self.port}").rstrip("/")

    # Before validators run last one first: white space is gone by then.
    @field_validator(
        *(f"{whose}_{kind}_per_{span}" for whose, span in QUOTA_PERIODS for kind in QUOTA_KINDS), mode="before"
    )
    @classmethod
    def _quota(cls, value: Any) -> Quota:
        text = str(value)
        if text.lower() == UNLIMITED:
            return "unlimited"
        if not (text.isascii() and text.isdecimal() and len(text) <= MAX_QUOTA_DIGITS and int(text) > 0):
            raise ValueError(f"give a whole number, 1 or more, or {UNLIMITED} for no limit")
        return int(text)

    @field_validator("*", mode="before")
    @classmethod
    def _without_white_space_at_its_ends(cls, value: Any, info: ValidationInfo) -> Any:
        """A value that is empty then is not set, so that no secret is ever an empty one."""
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if not isinstance(text, str):
            return value
        text = _stripped(text)
        field = cls.model_fields[info.field_name or ""]
        if not text and field.default is None:
            return None
        if not text:
            raise ValueError(
                "it is empty" + ("" if field.default_factory else f", leave it out to have {field.default}")
            )
        if not text.isprintable():
            raise ValueError("it holds a line break or another invisible sign: copy it again")
        return SecretStr(text) if isinstance(value, SecretStr) else text

    @field_validator("database", mode="before")
    @classmethod
    def _file_or_address(cls, value: Any) -> Any:
        return database_of(value) if isinstance(value, str) else value

    @field_validator("reporting_timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"there is no time zone {name!r}, give an IANA name such as Europe/Berlin") from None
        return name

    @field_validator("trusted_proxies")
    @classmethod
    def _known_proxies(cls, addresses: str) -> str:
        if any(network.prefixlen == 0 for network in _networks(addresses)):
            raise ValueError("a network of every address would let anybody say who they are")
        return addresses

    @field_validator("elevenlabs_url")
    @classmethod
    def _web_address(cls, address: str) -> str:
        try:
            scheme = origin(address).partition(":")[0]
        except ValueError:
            scheme = ""
        if scheme not in {"http", "https"}:
            raise ValueError("it must be an address that begins with https://")
        return address

    @field_validator("otlp_endpoint")
    @classmethod
    def _collector_address(cls, address: str | None) -> str | None:
        if address is None:
            return None
        try:
            url = urlsplit(address)
            fits = url.scheme in {"http", "https"} and url.hostname and not url.username and not url.query
        except ValueError:
            fits = False
        if not fits:
            raise ValueError("it must be an address such as http://127.0.0.1:4318, without a name or a password")
        return address

    @field_validator("mail_from")
    @classmethod
    def _one_mail_address(cls, sender: str | None) -> str | None:
        if sender is None:
            return None
        try:
            (address,) = SMTP.header_factory("From", sender).addresses
            well_formed = address.username and "." in address.domain
        except (ValueError, IndexError, AttributeError, MessageError):
            well_formed = False
        if not well_formed:
            raise ValueError("give one address, as in Coaching <coach@example.com>")
        return sender

    @model_validator(mode="after")
    def _safe_together(self) -> Self:
        given = [self.oidc_client_id, self.oidc_client_secret, self.oidc_metadata_url]
        if any(given) and not all(given):
            raise ValueError(
                "COACHROOM_OIDC_CLIENT_ID, COACHROOM_OIDC_CLIENT_SECRET and COACHROOM_OIDC_METADATA_URL "
                "belong together: set all three or none"
            )
        if self.sign_in_idle_hours > self.sign_in_max_days * 24:
            raise ValueError(
                "COACHROOM_SIGN_IN_IDLE_HOURS must not be longer than COACHROOM_SIGN_IN_MAX_DAYS: make it shorter"
            )
        if self.demo_sign_in and (self.production or self.address not in LOOPBACK):
            raise ValueError(
                "COACHROOM_DEVELOPMENT_SIGN_IN lets anybody in without a password, so it works only with "
                "COACHROOM_ENV=development and a loopback COACHROOM_ADDRESS: set it to false and set up OIDC"
            )
        if self.public_url is not None and urlsplit(self.public_url).scheme not in {"http", "https"}:
            raise ValueError("COACHROOM_PUBLIC_URL must begin with https:// (or http:// in development)")
        if self.public_url is not None and urlsplit(self.public_url).path not in {"", "/"}:
            raise ValueError("COACHROOM_PUBLIC_URL must have no path: coachroom lives at the root of its address")
        if self.provider is AgentProvider.PRACTICE and self.address not in LOOPBACK:
            raise ValueError(
                "COACHROOM_AGENT_PROVIDER=practice talks to anybody, so it works only on a loopback COACHROOM_ADDRESS"
            )
        if (
            self.provider is AgentProvider.ELEVENLABS
            and self.elevenlabs_api_key is None
            and region_of(self.elevenlabs_url) is None
        ):
            raise ValueError(
                "COACHROOM_ELEVENLABS_URL is none of ElevenLabs' regions, and without ELEVENLABS_API_KEY calls begin "
                f"only there: set it to {', '.join(list(REGIONS)[:-1])} or {list(REGIONS)[-1]}, or set the key"
            )
        self._pairs_are_whole()
        self._secrets_are_long()
        self._quotas_fit()
        self._mail_fits()
        self._hook_fits()
        self._push_fits()
        self._turn_fits()
        self._database_fits()
        if self.production:
            self._fit_for_production()
        return self

    def _pairs_are_whole(self) -> None:
        for one, other in (("smtp_host", "mail_from"), ("smtp_user", "smtp_password"), ("hook_url", "hook_secret")):
            if (getattr(self, one) is None) != (getattr(self, other) is None):
                raise ValueError(f"{variable(one)} and {variable(other)} belong together: set both or none")

    def _secrets_are_long(self) -> None:
        for name in ("cookie_secret", "members_hook_secret", "hook_secret"):
            secret: SecretStr | None = getattr(self, name)
            if secret is not None and len(secret.get_secret_value()) < MIN_SECRET_CHARS:
                raise ValueError(f"{variable(name)} must have at least {MIN_SECRET_CHARS} characters")

    def _hook_fits(self) -> None:
        if self.hook_url is None:
            return
        try:
            url = urlsplit(self.hook_url)
            plain = (
                url.hostname and not url.username and not url.password and url.port != 0 and " " not in self.hook_url
            )
        except ValueError:
            plain = None
        here = not self.production and url.hostname in LOOPBACK if plain else False
        if not plain or (url.scheme != "https" and not (here and url.scheme == "http")):
            raise ValueError(
                "COACHROOM_HOOK_URL must be an address that begins with https:// and names nobody (in development, "
                "http:// on this computer is one too)"
            )

    def _push_fits(self) -> None:
        if self.push_key is None:
            return
        if not PUSH_KEY.fullmatch(self.push_key.get_secret_value()):
            raise ValueError("COACHROOM_PUSH_KEY is no such key: `python -m coachroom push-key` prints one")
        if not self.service_worker:
            raise ValueError(
                "COACHROOM_PUSH_KEY needs the service worker, which shows notifications: leave "
                "COACHROOM_SERVICE_WORKER out, or this key"
            )

    def _turn_fits(self) -> None:
        if self.turn_urls and self.turn_secret is None:
            raise ValueError("COACHROOM_TURN_URLS needs COACHROOM_TURN_SECRET: the secret that the servers share")
        for url in self.turn_urls:
            if not TURN_URL.fullmatch(url):
                raise ValueError(
                    f"COACHROOM_TURN_URLS holds {url!r}: give each as turn:turn.example.com:3478 or "
                    "turns:turn.example.com:5349?transport=tcp"
                )
        if self.live_relay_only and not self.turn_urls:
            raise ValueError(
                "COACHROOM_LIVE_RELAY_ONLY needs a relay: set COACHROOM_TURN_URLS and COACHROOM_TURN_SECRET"
            )

    def _database_fits(self) -> None:
        if isinstance(self.database, PostgresAddress) and "cookie_secret" not in self.model_fields_set:
            raise ValueError(
                "COACHROOM_COOKIE_SECRET must be set with a PostgreSQL database, the same in all processes on it: 32 "
                "random characters or more"
            )
        if isinstance(self.database, PostgresAddress) and self.backup_dir is not None:
            raise ValueError(
                "COACHROOM_BACKUP_DIR is for a DuckDB file: leave it out, and back PostgreSQL up with pg_dump or "
                "pgBackRest"
            )
        if isinstance(self.database, PostgresAddress) and self.demo_community:
            raise ValueError(
                "COACHROOM_DEMO_COMMUNITY is for a DuckDB file: make it there by `python -m coachroom demo`, and "
                "carry it over by `migrate-to`"
            )

    def _mail_fits(self) -> None:
        if (
            self.production
            and self.smtp_password is not None
            and self.smtp_security is MailSecurity.NONE
            and self.smtp_host not in LOOPBACK
        ):
            raise ValueError(
                "COACHROOM_SMTP_SECURITY=none would send the password in plain text over the network: set it to "
                "starttls or tls"
            )

    def _quotas_fit(self) -> None:
        for kind in QUOTA_KINDS:
            names = [f"{whose}_{kind}_per_{span}" for whose, span in QUOTA_PERIODS]
            limited = [(name, getattr(self, name)) for name in names if getattr(self, name) != UNLIMITED]
            for (part, less), (whole, more) in pairwise(limited):
                if less > more:
                    raise ValueError(
                        f"{variable(part)} is {less}, which is more than the {more} of {variable(whole)}: "
                        "lower the one or raise the other"
                    )

    def _fit_for_production(self) -> None:
        if "cookie_secret" not in self.model_fields_set:
            raise ValueError("COACHROOM_COOKIE_SECRET must be set in production: 32 random characters or more")
        if not self.oidc_configured:
            raise ValueError("COACHROOM_OIDC_CLIENT_ID and its companions must be set in production")
        if self.public_url is None or urlsplit(self.public_url).scheme != "https":
            raise ValueError(
                "COACHROOM_PUBLIC_URL must be set in production and begin with https://: "
                "browsers give no camera to other pages"
            )
        for name in ("oidc_metadata_url", "elevenlabs_url"):
            address = urlsplit(getattr(self, name))
            if address.scheme != "https" and address.hostname not in LOOPBACK:
                raise ValueError(f"{variable(name)} must begin with https:// in production: others could read along")
        if self.demo_community:
            raise ValueError("COACHROOM_DEMO_COMMUNITY is for development only: leave it out in production")
        if self.provider is AgentProvider.PRACTICE:
            raise ValueError(
                "COACHROOM_AGENT_PROVIDER=practice is for development only: set it to elevenlabs in production"
            )


def load(environ: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """The settings from the environment and `.env`; `overrides` win. Raises SettingsError: one sentence."""
    _refuse_unknown(os.environ if environ is None else environ)
    try:
        _refuse_unknown(_names_in(ENV_FILE))
        return Settings(**overrides)
    except ValidationError as error:
        raise SettingsError(_sentence(error)) from None
    except SourceError as error:
        name = re.search(r'field "(\w+)"', str(error))
        what = variable(name[1]) if name else "A setting"
        raise SettingsError(
            f"{what} cannot be used: it must be JSON. Change it in the environment or in .env."
        ) from None
    except UnicodeDecodeError as error:
        raise _no_text(ENV_FILE, error.object[: error.start].count(b"\n") + 1) from error
    except OSError as error:
        raise SettingsError(f"{ENV_FILE} cannot be read ({error.strerror}): write it again or delete it.") from error


def variable(name: str) -> str:
    """The environment variable of the field `name`."""
    return "ELEVENLABS_API_KEY" if name == "elevenlabs_api_key" else PREFIX + name.upper()


def as_markdown() -> str:
    """The table in docs/settings.md: variable, default, meaning."""
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = "" if field.default_factory is not None or field.default is None else f"`{field.default}`"
        rows.append(f"| `{variable(name)}` | {default} | {field.description} |")
    return "\n".join(rows) + "\n"


def _networks(addresses: str) -> tuple[Network, ...]:
    """The networks in a list with commas. Raises ValueError: a sentence that names the one that is none."""
    return tuple(_network(part.strip()) for part in addresses.split(","))


def _network(text: str) -> Network:
    try:
        return ip_network(text)
    except ValueError:
        raise ValueError(
            f"{text!r} is no address or network, give each as 10.0.0.5 or 10.0.0.0/24 with commas between them"
        ) from None


def _stripped(text: str) -> str:
    before = None
    while before != text:
        before, text = text, text.strip().strip(INVISIBLE)
    return text


_NAMES = frozenset({variable("elevenlabs_api_key"), *(PREFIX + name.upper() for name in Settings.model_fields)})


def _names_in(path: Path) -> Iterator[str]:
    """The names a .env file sets. A line that cannot be read would silently leave its setting out."""
    if not path.is_file():
        return
    with path.open(encoding="utf-8-sig") as file:
        for binding in parse_stream(file):
            text = binding.original.string
            # Empty lines before a name are part of what is read with it.
            line = binding.original.line + text[: len(text) - len(text.lstrip())].count("\n")
            name = binding.key or ""
            if "\0" in text:
                # Every second byte of what some editors call Unicode.
                raise _no_text(path, line)
            ours = name.isascii() and (name.startswith(PREFIX) or name.upper() in _NAMES)
            if binding.error or (ours and binding.value is None):
                raise SettingsError(f"{path}, line {line}: this is no NAME=value; look for a missing quote.")
            if ours and binding.value and {binding.value[0], binding.value[-1]} <= CURLY_QUOTES:
                raise SettingsError(f"{path}, line {line}: write straight quotes in place of {binding.value[0]}.")
            # Without quotes and invisible marks.
            plain = re.sub(r"\W", "", name).upper()
            if not ours and (not plain.isascii() or "COACHROOM" in plain or "ELEVENLABS" in plain):
                raise SettingsError(
                    f"{path}, line {line}: there is no setting {name!r}; {_hint(plain)} Type its name again."
                )
            if name:
                yield name


def _no_text(path: Path, line: int) -> SettingsError:
    return SettingsError(f"{path}, line {line}: this is no UTF-8 text; save the file as UTF-8.")


def _refuse_unknown(names: Iterable[str]) -> None:
    for name in names:
        if name.startswith(PREFIX) and name not in _NAMES:
            raise SettingsError(f"There is no setting {name}; {_hint(name)}")


def _hint(name: str) -> str:
    return did_you_mean(name, _NAMES, "`python -m coachroom doctor` lists the settings.")


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False)[0]
    message = first["msg"].removeprefix("Value error, ").rstrip(".")
    if not first["loc"]:
        return message + "."
    name = str(first["loc"][0])
    name = name if name.startswith(PREFIX) or name.isupper() else variable(name)
    return f"{name} cannot be used: {message[:1].lower()}{message[1:]}. Change it in the environment or in .env."
