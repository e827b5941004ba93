"""Settings: a mistake is one sentence that names the variable, and no secret ever shows."""

from __future__ import annotations

import codecs
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from coachroom.errors import SettingsError
from coachroom.regions import REGIONS
from coachroom.settings import AgentProvider, Settings, load, variable

SECRET = "s3cret-" * 6
PRODUCTION = {
    "COACHROOM_ENV": "production",
    "COACHROOM_PUBLIC_URL": "https://coach.example.com",
    "COACHROOM_COOKIE_SECRET": SECRET,
    "COACHROOM_OIDC_CLIENT_ID": "client",
    "COACHROOM_OIDC_CLIENT_SECRET": SECRET + "oidc",
    "COACHROOM_OIDC_METADATA_URL": "https://id.example.com/.well-known/openid-configuration",
}

MAIL = {
    "COACHROOM_SMTP_HOST": "mail.example.com",
    "COACHROOM_SMTP_USER": "coach",
    "COACHROOM_SMTP_PASSWORD": SECRET,
    "COACHROOM_MAIL_FROM": "Coaching <coach@example.com>",
}


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings from the shell or from the folder the tests run in."""
    for name in list(os.environ):
        if name.startswith("COACHROOM_") or name == "ELEVENLABS_API_KEY":
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def with_environment(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> Settings:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return load()


def refusal(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as caught:
        with_environment(monkeypatch, variables)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.endswith((".", "?"))
    assert SECRET not in sentence
    return sentence


def test_nothing_set_is_a_working_development() -> None:
    settings = load()
    assert settings.demo_sign_in
    assert settings.provider is AgentProvider.PRACTICE
    assert settings.origin == "http://localhost:8501"
    assert load().cookie_secret.get_secret_value() != settings.cookie_secret.get_secret_value()


def test_a_database_that_processes_share_needs_a_secret_that_they_share(monkeypatch: pytest.MonkeyPatch) -> None:
    database = {"COACHROOM_DATABASE": "postgresql://coach@db.example.com/coachroom"}
    assert "COACHROOM_COOKIE_SECRET must be set with a PostgreSQL database" in refusal(monkeypatch, database)
    secret = "x" * 32
    assert with_environment(monkeypatch, database | {"COACHROOM_COOKIE_SECRET": secret}).database


@pytest.mark.parametrize("name", ["a:b", "", "a b", "x" * 65, ".", "..", ".a"])
def test_a_replicas_name_is_one_that_stands_beside_a_tabs(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    if name:
        assert "COACHROOM_REPLICA" in refusal(monkeypatch, {"COACHROOM_REPLICA": name})
    else:
        assert with_environment(monkeypatch, {"COACHROOM_REPLICA": name}).replica is None


def test_a_complete_production_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = with_environment(monkeypatch, PRODUCTION)
    assert not settings.demo_sign_in
    assert settings.provider is AgentProvider.ELEVENLABS


LIMITS = ("MAX_TURN_CHARS", "MAX_SESSION_BYTES", "MAX_SESSION_TURNS")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("COACHROOM_ENV", "staging"),
        ("COACHROOM_PORT", "http"),
        ("COACHROOM_PORT", "0"),
        ("COACHROOM_PORT", "65536"),
        ("COACHROOM_AGENT_PROVIDER", "openai"),
        ("COACHROOM_PRACTICE_MOOD", "grumpy"),
        ("COACHROOM_SELF_VIEW", "mirror"),
        ("COACHROOM_SESSION_MINUTES", "0"),
        ("COACHROOM_SESSION_MINUTES", "241"),
        ("COACHROOM_WRAP_UP_SECONDS", "-1"),
        ("COACHROOM_GRACE_SECONDS", "soon"),
        ("COACHROOM_ROOM_HOURS", "0"),
        ("COACHROOM_MAX_WEBRTC_ROOMS", "-1"),
        *((f"COACHROOM_{name}", value) for name in LIMITS for value in ("0", "-1", "many", "nan", "1.5")),
        ("COACHROOM_DEVELOPMENT_SIGN_IN", "perhaps"),
        ("COACHROOM_PUBLIC_URL", "coach.example.com"),
        ("COACHROOM_COOKIE_SECRET", "short"),
        ("COACHROOM_OIDC_CLIENT_ID", "alone"),
        ("COACHROOM_SIGN_INS_A_MINUTE", "0"),
        ("COACHROOM_SIGN_IN_IDLE_HOURS", "0"),
        ("COACHROOM_SIGN_IN_IDLE_HOURS", "-12"),
        ("COACHROOM_SIGN_IN_IDLE_HOURS", "nan"),
        ("COACHROOM_SIGN_IN_IDLE_HOURS", "inf"),
        ("COACHROOM_SIGN_IN_IDLE_HOURS", "all night"),
        ("COACHROOM_SIGN_IN_IDLE_HOURS", "720.1"),
        ("COACHROOM_SIGN_IN_MAX_DAYS", "0"),
        ("COACHROOM_SIGN_IN_MAX_DAYS", "-1"),
        ("COACHROOM_SIGN_IN_MAX_DAYS", "nan"),
        ("COACHROOM_SIGN_IN_MAX_DAYS", "31"),
        ("COACHROOM_SIGN_IN_MAX_DAYS", "0.4"),
        ("COACHROOM_ANONYMOUS_PAGES_A_MINUTE", "-1"),
        ("COACHROOM_MAX_ANONYMOUS_PAGES", "many"),
        ("COACHROOM_TRUSTED_PROXIES", "cloudflare"),
        ("COACHROOM_TRUSTED_PROXIES", "10.0.0.1/8"),
        ("COACHROOM_TRUSTED_PROXIES", "10.0.0.1,"),
        ("COACHROOM_TRUSTED_PROXIES", "10.0.0.1 10.0.0.2"),
        ("COACHROOM_TRUSTED_PROXIES", "0.0.0.0/0"),
        ("COACHROOM_TRUSTED_PROXIES", "::/0"),
        ("COACHROOM_SMTP_HOST", "mail.example.com"),
        ("COACHROOM_MEMBERS_HOOK_SECRET", "short"),
        ("COACHROOM_HOOK_URL", "https://crm.example.com"),
        ("COACHROOM_SMTP_USER", "alone"),
        ("COACHROOM_SMTP_PORT", "0"),
        ("COACHROOM_SMTP_SECURITY", "ssl"),
        ("COACHROOM_MAIL_FROM", "the coach"),
        ("COACHROOM_MAIL_FROM", "a@example.com, b@example.com"),
        ("COACHROOM_MAIL_FROM", "coach@localhost"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    assert name in refusal(monkeypatch, {name: value})


def test_a_sign_in_is_idle_before_it_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    sentence = refusal(monkeypatch, {"COACHROOM_SIGN_IN_IDLE_HOURS": "25", "COACHROOM_SIGN_IN_MAX_DAYS": "1"})
    assert "COACHROOM_SIGN_IN_IDLE_HOURS must not be longer than COACHROOM_SIGN_IN_MAX_DAYS" in sentence
    as_long = {"COACHROOM_SIGN_IN_IDLE_HOURS": "24", "COACHROOM_SIGN_IN_MAX_DAYS": "1"}
    assert with_environment(monkeypatch, as_long).sign_in_idle_hours == 24


QUOTAS = [name for name in Settings.model_fields if name.endswith(("_per_day", "_per_month"))]


@pytest.mark.parametrize("name", QUOTAS)
@pytest.mark.parametrize("value", ["0", "-1", "1.5", "none", "off", "1e3", "9" * 10])
def test_a_quota_is_a_whole_number_of_1_or_more(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    sentence = refusal(monkeypatch, {variable(name): value})
    assert sentence.startswith(f"{variable(name)} cannot be used: give a whole number, 1 or more, or unlimited")


@pytest.mark.parametrize("name", QUOTAS)
def test_every_quota_can_be_unlimited(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    assert len(QUOTAS) == 9
    assert getattr(with_environment(monkeypatch, {variable(name): " Unlimited "}), name) == "unlimited"


@pytest.mark.parametrize(
    ("part", "whole"),
    [
        ("CLIENT_MINUTES_PER_DAY", "COMMUNITY_MINUTES_PER_DAY"),
        ("CLIENT_CALLS_PER_DAY", "COMMUNITY_CALLS_PER_DAY"),
        ("COMMUNITY_ADDRESSES_PER_DAY", "COMMUNITY_ADDRESSES_PER_MONTH"),
    ],
)
def test_a_quota_is_no_more_than_that_of_which_it_is_part(
    monkeypatch: pytest.MonkeyPatch, part: str, whole: str
) -> None:
    sentence = refusal(monkeypatch, {f"COACHROOM_{part}": "200000", f"COACHROOM_{whole}": "199999"})
    assert sentence == (
        f"COACHROOM_{part} is 200000, which is more than the 199999 of COACHROOM_{whole}: "
        "lower the one or raise the other."
    )


def test_a_client_has_no_more_than_a_month_of_the_community_where_its_day_is_unlimited(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = {"COACHROOM_COMMUNITY_CALLS_PER_DAY": "unlimited", "COACHROOM_COMMUNITY_CALLS_PER_MONTH": "5"}
    assert "COACHROOM_CLIENT_CALLS_PER_DAY is 24" in refusal(monkeypatch, given)


def test_ice_servers_must_be_json(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "ice_servers" in refusal(monkeypatch, {"COACHROOM_ICE_SERVERS": "stun:example.com"}).lower()


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("COACHROOM_PROT", "COACHROOM_PORT"),
        ("COACHROOM_DATABSE", "COACHROOM_DATABASE"),
        ("COACHROOM_QQQQQQQQQQQQ", "doctor"),
    ],
)
def test_an_unknown_variable_is_refused_with_a_suggestion(
    monkeypatch: pytest.MonkeyPatch, name: str, suggestion: str
) -> None:
    sentence = refusal(monkeypatch, {name: "1"})
    assert name in sentence
    assert suggestion in sentence


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"COACHROOM_COOKIE_SECRET": None}, "COACHROOM_COOKIE_SECRET"),
        ({"COACHROOM_PUBLIC_URL": None}, "COACHROOM_PUBLIC_URL"),
        ({"COACHROOM_PUBLIC_URL": "http://coach.example.com"}, "COACHROOM_PUBLIC_URL"),
        ({"COACHROOM_OIDC_METADATA_URL": None}, "COACHROOM_OIDC_METADATA_URL"),
        (dict.fromkeys([name for name in PRODUCTION if "OIDC" in name]), "COACHROOM_OIDC_CLIENT_ID"),
        ({"COACHROOM_DEVELOPMENT_SIGN_IN": "true"}, "COACHROOM_DEVELOPMENT_SIGN_IN"),
        ({"COACHROOM_AGENT_PROVIDER": "practice"}, "COACHROOM_AGENT_PROVIDER"),
        (MAIL | {"COACHROOM_SMTP_SECURITY": "none"}, "COACHROOM_SMTP_SECURITY"),
    ],
)
def test_production_refuses_what_is_unsafe(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, str | None], named: str
) -> None:
    variables = {name: value for name, value in (PRODUCTION | changes).items() if value is not None}
    assert named in refusal(monkeypatch, variables)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"COACHROOM_SMTP_SECURITY": "tls"},
        {"COACHROOM_SMTP_SECURITY": "none", "COACHROOM_SMTP_HOST": "127.0.0.1"},
        {"COACHROOM_SMTP_SECURITY": "none", "COACHROOM_SMTP_USER": "", "COACHROOM_SMTP_PASSWORD": ""},
    ],
)
def test_production_sends_mail_without_showing_a_password(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, str]
) -> None:
    assert with_environment(monkeypatch, PRODUCTION | MAIL | changes).mail_from == "Coaching <coach@example.com>"


@pytest.mark.parametrize(
    ("address", "where"),
    [
        ("https://crm.example.com/hooks?x=1", "both"),
        ("http://127.0.0.1:9000/", "development"),
        ("http://localhost:9000", "development"),
        ("http://crm.example.com/hooks", "neither"),
        ("http://192.168.1.4/", "neither"),
        ("https://me:secret@crm.example.com", "neither"),
        ("https:///hooks", "neither"),
        ("https://[::1", "neither"),
        ("ftp://crm.example.com", "neither"),
    ],
)
def test_reports_go_to_an_https_address_or_in_development_to_this_computer(
    monkeypatch: pytest.MonkeyPatch, address: str, where: str
) -> None:
    hook = {"COACHROOM_HOOK_URL": address, "COACHROOM_HOOK_SECRET": SECRET}
    if where == "neither":
        assert "COACHROOM_HOOK_URL" in refusal(monkeypatch, hook)
        return
    assert with_environment(monkeypatch, hook).hook_url == address
    if where == "development":
        assert "COACHROOM_HOOK_URL" in refusal(monkeypatch, PRODUCTION | hook)
    else:
        with_environment(monkeypatch, PRODUCTION | hook)


@pytest.mark.parametrize("address", ["0.0.0.0", "192.168.1.4", "::"])
def test_demo_sign_in_stays_on_loopback(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    assert "COACHROOM_DEVELOPMENT_SIGN_IN" in refusal(monkeypatch, {"COACHROOM_ADDRESS": address})


def test_the_dotenv_file_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "COACHROOM_PORT=9001\nCOACHROOM_AGENT_ID=other\nELEVENLABS_API_KEY=key\n", encoding="utf-8"
    )
    settings = with_environment(monkeypatch, {"COACHROOM_PORT": "9002"})
    assert (settings.port, settings.agent_id) == (9002, "other")
    assert settings.elevenlabs_api_key is not None
    assert load(port=9003).port == 9003


@pytest.mark.parametrize(
    "saved",
    [
        codecs.BOM_UTF8 + b"COACHROOM_PORT=9001\r\nCOACHROOM_AGENT_ID=other\r\n",
        b"COACHROOM_PORT = 9001 \t\nCOACHROOM_AGENT_ID='other'  \n\n",
        b'COACHROOM_PORT="9001"\rexport COACHROOM_AGENT_ID=other\r\x1a',
    ],
    ids=["Notepad", "blanks and quotes", "an old Mac"],
)
def test_the_dotenv_file_is_read_however_an_editor_saved_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, saved: bytes
) -> None:
    (tmp_path / ".env").write_bytes(saved)
    settings = with_environment(monkeypatch, {})
    assert (settings.port, settings.agent_id) == (9001, "other")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("COACHROOM_SMTP_USER=José".encode("latin-1"), "line 2: this is no UTF-8 text; save the file as UTF-8"),
        ("COACHROOM_PORT=9001".encode("utf-16-le"), "line 2: this is no UTF-8 text"),
        ("COACHROOM_SMTP_USER=“ana”".encode(), "line 2: write straight quotes in place of “"),
        (b"COACHROOM_PORT", "line 2: this is no NAME=value"),
        (b"COACHROOM_PORT 9001", "line 2: this is no NAME=value"),
        (b"COACHROOM_PORT: 9001", "line 2: this is no NAME=value"),
        (b'COACHROOM_SMTP_USER="ana', "line 2: this is no NAME=value"),
        (b"\n \nCOACHROOM_PORT", "line 4: this is no NAME=value"),
        (
            "\u200bCOACHROOM_MIN_GROUP=9".encode(),
            r"line 2: there is no setting '\\u200bCOACHROOM_MIN_GROUP'; did you mean COACHROOM_MIN_GROUP\?",
        ),
        ("COACH\u00adROOM_MIN_GROUP=9".encode(), r"line 2: there is no setting 'COACH\\xadROOM_MIN_GROUP'; did you"),
        ("“COACHROOM_MIN_GROUP”=9".encode(), "line 2: there is no setting '“COACHROOM_MIN_GROUP”'; did you mean"),
        ("“COACHROOM_MIN_GROUP=9”".encode(), "line 2: there is no setting"),
        (codecs.BOM_UTF8 + b"COACHROOM_MIN_GROUP=9", r"line 2: there is no setting '\\ufeffCOACHROOM_MIN_GROUP'"),
        # Cyrillic letters.
        (
            "\u0421OACHROOM_MIN_GROUP=9".encode(),
            "line 2: there is no setting '\u0421OACHROOM_MIN_GROUP'; did you mean COACH",
        ),
        ("COACHROOM_MIN_GR\u041eUP=9".encode(), "line 2: there is no setting"),
        (
            b"coachroom_min_grup=9",
            "line 2: there is no setting 'coachroom_min_grup'; did you mean COACHROOM_MIN_GROUP",
        ),
        (
            b"export=COACHROOM_MIN_GROUP=9\nELEVENLABS_API_KY=k",
            "line 3: there is no setting 'ELEVENLABS_API_KY'; did",
        ),
    ],
)
def test_a_line_of_the_dotenv_file_that_an_editor_spoilt_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, line: bytes, sentence: str
) -> None:
    (tmp_path / ".env").write_bytes(b"COACHROOM_PORT=9000\n" + line + b"\nCOACHROOM_AGENT_ID=other\n")
    with pytest.raises(SettingsError, match=rf"^\.env, {sentence}"):
        with_environment(monkeypatch, {})


def test_secrets_never_print(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = {"ELEVENLABS_API_KEY": SECRET + "key", "COACHROOM_METRICS_TOKEN": SECRET + "metrics"}
    settings = with_environment(monkeypatch, PRODUCTION | tokens)
    assert SECRET not in f"{settings!r} {settings!s} {settings.model_dump()} {settings.model_dump_json()}"
    sentence = refusal(monkeypatch, {"COACHROOM_PORT": "none"})
    assert "COACHROOM_PORT" in sentence


def test_settings_cannot_be_changed_afterwards() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load().port = 1  # type: ignore[misc]


def test_every_setting_is_described_and_has_its_variable() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description
        assert variable(name) in {f"COACHROOM_{name.upper()}", "ELEVENLABS_API_KEY"}


ELSEWHERE = {"COACHROOM_AGENT_PROVIDER": "elevenlabs", "COACHROOM_ELEVENLABS_URL": "https://eleven.example.com"}


def test_an_unknown_address_of_elevenlabs_needs_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    sentence = refusal(monkeypatch, ELSEWHERE)
    assert "COACHROOM_ELEVENLABS_URL" in sentence
    assert "https://api.eu.residency.elevenlabs.io" in sentence
    assert "ELEVENLABS_API_KEY" in sentence
    assert with_environment(monkeypatch, {"ELEVENLABS_API_KEY": "key"}).elevenlabs_url == "https://eleven.example.com"


@pytest.mark.parametrize("address", list(REGIONS))
def test_the_addresses_of_elevenlabs_regions_need_no_key(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    given = {**ELSEWHERE, "COACHROOM_ELEVENLABS_URL": address + "/"}
    assert with_environment(monkeypatch, given).elevenlabs_api_key is None


@pytest.mark.parametrize(
    "address", ["", "api.us.elevenlabs.io", "wss://api.us.elevenlabs.io", "https://", "https://a:x"]
)
def test_elevenlabs_address_is_a_web_address(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    assert "https://" in refusal(monkeypatch, {"COACHROOM_ELEVENLABS_URL": address})


ENDS = st.text(st.sampled_from(" \t\r\n\u00a0\u200b\ufeff"), min_size=1, max_size=4)
TEXT_SETTINGS = {
    "COACHROOM_PUBLIC_URL": "https://coach.example.com",
    "COACHROOM_COOKIE_SECRET": SECRET,
    "COACHROOM_OIDC_CLIENT_ID": "client",
    "COACHROOM_OIDC_CLIENT_SECRET": SECRET + "oidc",
    "COACHROOM_OIDC_METADATA_URL": "https://id.example.com/.well-known/openid-configuration",
    "COACHROOM_ADDRESS": "127.0.0.1",
    "COACHROOM_AGENT_ID": "agent_x",
    "COACHROOM_ELEVENLABS_URL": "https://api.elevenlabs.io",
    "ELEVENLABS_API_KEY": "sk_secret",
    "COACHROOM_WEBHOOK_SECRET": "wsec_secret",
    "COACHROOM_METRICS_TOKEN": "token",
    "COACHROOM_PUSH_KEY": "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94",
    "COACHROOM_REPORTING_TIMEZONE": "Europe/Berlin",
    **MAIL,
    "COACHROOM_MEMBERS_HOOK_SECRET": SECRET,
    "COACHROOM_HOOK_URL": "https://crm.example.com/hooks",
    "COACHROOM_HOOK_SECRET": SECRET,
    "COACHROOM_TURN_SECRET": "shared with the servers",
}


def plain(value: object) -> object:
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def test_the_table_here_names_every_secret_and_address() -> None:
    named = {name for name in Settings.model_fields if variable(name) in TEXT_SETTINGS}
    texts = {name for name, each in Settings.model_fields.items() if "SecretStr" in str(each.annotation)}
    assert texts | {name for name in Settings.model_fields if name.endswith(("url", "address", "_id"))} <= named


@given(before=ENDS, after=ENDS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=20)
def test_white_space_at_the_ends_of_a_secret_or_an_address_is_not_part_of_it(
    monkeypatch: pytest.MonkeyPatch, before: str, after: str
) -> None:
    clean = with_environment(monkeypatch, TEXT_SETTINGS)
    padded = with_environment(monkeypatch, {name: before + value + after for name, value in TEXT_SETTINGS.items()})
    for name in Settings.model_fields:
        assert plain(getattr(padded, name)) == plain(getattr(clean, name)), name


@pytest.mark.parametrize("nothing", ["", " ", "\n", "\u200b"])
def test_an_empty_secret_is_none_and_never_one_that_everybody_knows(
    monkeypatch: pytest.MonkeyPatch, nothing: str
) -> None:
    for name in ("COACHROOM_WEBHOOK_SECRET", "ELEVENLABS_API_KEY", "COACHROOM_METRICS_TOKEN"):
        monkeypatch.setenv(name, nothing)
    found = load()
    assert (found.webhook_secret, found.elevenlabs_api_key, found.metrics_token) == (None, None, None)
    for name in ("COACHROOM_COOKIE_SECRET", "COACHROOM_ADDRESS", "COACHROOM_AGENT_ID", "COACHROOM_ELEVENLABS_URL"):
        with monkeypatch.context() as alone:
            assert name in refusal(alone, {name: nothing})


@pytest.mark.parametrize("name", TEXT_SETTINGS)
def test_a_line_break_within_a_secret_or_an_address_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    assert name in refusal(monkeypatch, {name: f"{SECRET}\n{SECRET}"})


@pytest.mark.parametrize("name", ["COACHROOM_OIDC_METADATA_URL", "COACHROOM_ELEVENLABS_URL"])
def test_in_production_addresses_outside_of_this_machine_are_https(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    given = PRODUCTION | {"COACHROOM_AGENT_PROVIDER": "elevenlabs", "ELEVENLABS_API_KEY": "key"}
    assert name in refusal(monkeypatch, given | {name: "http://id.example.com/x"})
    assert "https://" in refusal(monkeypatch, given | {name: "http://id.example.com/x"})
    with_environment(monkeypatch, given | {name: "http://127.0.0.1:9000/x"})
    with_environment(monkeypatch, given | {name: "https://id.example.com/x"})


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"COACHROOM_PUSH_KEY": "short"}, "COACHROOM_PUSH_KEY"),
        (
            {"COACHROOM_PUSH_KEY": TEXT_SETTINGS["COACHROOM_PUSH_KEY"], "COACHROOM_SERVICE_WORKER": "false"},
            "COACHROOM_SERVICE_WORKER",
        ),
    ],
)
def test_notifications_need_a_key_and_the_worker(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], named: str
) -> None:
    assert named in refusal(monkeypatch, given)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"COACHROOM_TURN_URLS": '["turn:turn.example.com"]'}, "COACHROOM_TURN_SECRET"),
        ({"COACHROOM_LIVE_RELAY_ONLY": "true"}, "COACHROOM_TURN_URLS"),
        ({"COACHROOM_TURN_URLS": '["stun:turn.example.com"]', "COACHROOM_TURN_SECRET": "x"}, "stun:turn.example.com"),
        ({"COACHROOM_TURN_URLS": '["turn:a b"]', "COACHROOM_TURN_SECRET": "x"}, "turn:a b"),
    ],
)
def test_relays_between_client_and_coach_are_whole_or_refused(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], named: str
) -> None:
    assert named in refusal(monkeypatch, given)


def test_relays_may_be_named_by_name_and_address_with_port_and_transport(monkeypatch: pytest.MonkeyPatch) -> None:
    urls = '["turn:turn.example.com:3478?transport=udp", "turns:[2001:db8::1]:5349", "TURN:192.0.2.1"]'
    found = with_environment(
        monkeypatch,
        {
            "COACHROOM_TURN_URLS": urls,
            "COACHROOM_TURN_SECRET": "shared",
            "COACHROOM_LIVE_RELAY_ONLY": "true",
        },
    )
    assert len(found.turn_urls) == 3


@pytest.mark.parametrize("nothing", [".", "/", "./"])
def test_a_database_needs_a_name(nothing: str) -> None:
    with pytest.raises(SettingsError, match="COACHROOM_DATABASE cannot be used: it names no file"):
        load(database=nothing)
