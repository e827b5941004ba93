"""The administrator's pages: what they show, what their buttons do, and what they say to bad input."""

from __future__ import annotations

import ast
import re
from dataclasses import replace

import pytest
from pydantic import SecretStr
from streamlit.testing.v1 import AppTest

from coachroom.app import current
from coachroom.app.container import Services
from coachroom.app.setting_lines import setting_lines
from coachroom.people.audit import AuditEntry
from coachroom.people.people import Person, Role
from coachroom.recording.erased_calls import add_erased_calls
from coachroom.ui.administration.audit_sentences import ACTIONS, KINDS, sentence
from coachroom.ui.formatting import plain
from tests.server import ROOT
from tests.services import NOON, HandClock, enter, store_of
from tests.simulator.serving import AGENT, API_KEY, open_house
from tests.ui.pages import ADMIN, ANA, BEN, COACH, see, titles, words

AMIRA = Person(ADMIN, "Amira Haddad", Role.ADMIN, None, demo=True)
ADD_MANY = (
    "INSERT INTO members (email, display_name, role, status, tier, source, created_at, updated_at) "
    "SELECT 'm' || n || '@example.com', 'Member ' || lpad(CAST(n AS text), 4, '0'), 'client', 'active', "
    "CASE WHEN n % 2 = 0 THEN 'Premium' ELSE 'Standard' END, 'skool', $1, $1 FROM generate_series(0, 1999) AS r (n)"
)


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception, app.exception
    return app


def upload(app: AppTest, text: str, place: int = 0) -> AppTest:
    app.file_uploader[place].upload("members.csv", text.encode(), "text/csv").run()
    assert not app.exception, app.exception
    return app


def toasts(app: AppTest) -> str:
    return "\n".join(toast.value for toast in app.toast)


def roster(services: Services) -> dict[str, tuple[str, str, str | None]]:
    return {each.email: (each.role, each.status, each.coach_email) for each in services.members.all().values()}


# -- the list ------------------------------------------------------------------------------------------


def test_two_thousand_members_are_looked_through_page_by_page(services: Services, clock: HandClock) -> None:
    store_of(services).execute(ADD_MANY, [clock()])
    app = see(ADMIN, "Members.py")
    assert "1 to 25 of 2,006 members" in words(app)
    press(app, "Next")
    assert "26 to 50 of 2,006 members" in words(app)
    app.text_input(key="find_member").input("member 19").run()
    assert "1 to 25 of 100 members" in words(app), "a search begins at its first page"
    app.selectbox(key="filter_Tier").select("Premium").run()
    assert "1 to 25 of 50 members" in words(app)
    app.text_input(key="find_member").input("nobody of this name").run()
    assert "Nobody is found like this" in words(app)


@pytest.mark.usefixtures("services")
def test_what_was_looked_for_stays_while_a_card_is_looked_at() -> None:
    app = see(ADMIN, "Members.py")
    app.text_input(key="find_member").input("ana").run()
    app.query_params["member"] = ANA
    app.run()
    assert titles(app) == ["Ana Silva"]
    del app.query_params["member"]
    app.run()
    assert app.text_input(key="find_member").value == "ana"
    assert "1 to 1 of 1 member" in words(app)


def test_a_person_is_added_once_however_often_the_button_is_pressed(services: Services) -> None:
    app = see(ADMIN, "Members.py")
    app.text_input(key="member_email_0").input("new@example.com")
    app.selectbox(key="member_role_0").select("coach")
    press(app, "Add")
    press(app, "Add")
    assert not app.error
    assert roster(services)["new@example.com"] == ("coach", "active", None)
    assert len(store_of(services).execute("SELECT * FROM audit_log WHERE action = 'members.add'")) == 1


@pytest.mark.usefixtures("services")
@pytest.mark.parametrize(
    ("email", "error"), [("", "is not an e-mail address"), ("x", "is not an e-mail address"), (ANA, "member already")]
)
def test_who_cannot_be_added_is_said_in_one_sentence_and_the_field_keeps_what_was_typed(
    email: str, error: str
) -> None:
    app = see(ADMIN, "Members.py")
    app.text_input(key="member_email_0").input(email)
    press(app, "Add")
    (shown,) = app.error
    assert error in shown.value.replace("\\", "")
    assert app.text_input(key="member_email_0").value == email


def test_chosen_clients_and_all_that_are_found_are_given_to_a_coach(services: Services, clock: HandClock) -> None:
    store_of(services).execute(ADD_MANY, [clock()])
    app = see(ADMIN, "Members.py")
    app.text_input(key="find_member").input("member 000").run()
    app.checkbox(key="choose_m3@example.com").check().run()
    app.text_input(key="find_member").input("member 001").run()
    app.checkbox(key="choose_m11@example.com").check().run()
    assert app.radio(key="assign_whom").value == "chosen"
    app.selectbox(key="assign_coach").select(COACH)
    press(app, "Assign")
    assert "2 clients have Carla Mendes as their coach now." in toasts(app).replace("\\", "")
    app.text_input(key="find_member").input("").run()
    app.selectbox(key="filter_Tier").select("Premium").run()
    app.radio(key="assign_whom").set_value("found")
    app.selectbox(key="assign_coach").select(COACH)
    press(app, "Assign")
    with_coach = {email for email, (_, _, coach) in roster(services).items() if coach == COACH and email[0] == "m"}
    assert with_coach == {"m3@example.com", "m11@example.com"} | {f"m{n}@example.com" for n in range(0, 2000, 2)}


@pytest.mark.parametrize(("filtered", "value"), [("Role", "coach"), ("Status", "removed")])
def test_nobody_who_is_not_listed_is_given_to_a_coach(services: Services, filtered: str, value: str) -> None:
    services.members.add("cleo@example.com", name="Cleo", role="coach", coach=None, by=AMIRA)
    services.members.change(BEN, status="removed", by=AMIRA)
    before = roster(services)
    app = see(ADMIN, "Members.py")
    app.selectbox(key=f"filter_{filtered}").select(value).run()
    app.radio(key="assign_whom").set_value("found")
    app.selectbox(key="assign_coach").select("cleo@example.com")
    press(app, "Assign")
    assert roster(services) == before
    assert "choose or find active clients first" in toasts(app)


# -- the card ------------------------------------------------------------------------------------------


def test_a_card_shows_what_is_known_and_times_but_no_words(services: Services) -> None:
    session = enter(services)
    store_of(services).execute(
        "INSERT INTO conversations (session_id, seq, id, message, sender, timestamp, context) "
        "VALUES ($1, 1, 'x', 'I sleep badly', 'client', $2, CAST('{}' AS JSON))",
        [session.id, NOON],
    )
    app = see(ADMIN, "Members.py", member=ANA)
    assert "1 May 2026, 12:00: open" in words(app)
    assert "I sleep badly" not in words(app)
    assert "http" in app.code[0].value
    assert ANA in app.code[0].value


def test_a_card_changes_the_role_removes_and_brings_back(services: Services, clock: HandClock) -> None:
    ben = see(BEN)
    clock.forward(1)
    app = see(ADMIN, "Members.py", member=BEN)
    app.selectbox(key=f"role_of_{BEN}").select("analyst")
    press(app, "Change the role")
    assert roster(services)[BEN][0] == "analyst"
    assert "You are signed out" in words(ben.run())
    press(app, "Remove them")
    assert roster(services)[BEN][1] == "removed"
    press(app, "Bring back")
    assert roster(services)[BEN][1] == "active"


@pytest.mark.usefixtures("services")
def test_administrators_do_not_remove_themselves() -> None:
    app = see(ADMIN, "Members.py", member=ADMIN)
    assert not {"Remove them", "Change the role"} & {button.label for button in app.button}
    assert "ask another administrator" in words(app)


@pytest.mark.usefixtures("services")
def test_a_card_of_nobody_leads_back() -> None:
    assert titles(see(ADMIN, "Members.py", member="nobody@example.com")) == ["This member is not here"]


def test_a_client_is_erased_only_after_the_counts_and_the_name(services: Services) -> None:
    enter(services)
    app = see(ADMIN, "Members.py", member=ANA)
    press(app, "Count what would be erased")
    assert "Ana Silva: " in words(app)
    assert "sessions you" in app.dataframe[0].value.to_string() or len(app.dataframe[0].value) > 2
    app.text_input(key="erase_name").input("Ana")
    press(app, "Erase them")
    assert "type the name as it stands here, Ana Silva" in app.error[0].value.replace("\\", "")
    assert ANA in roster(services)
    app.text_input(key="erase_name").input("Ana Silva")
    press(app, "Erase them")
    assert titles(app) == ["Members"]
    assert ANA not in roster(services)
    assert store_of(services).execute("SELECT actor FROM audit_log WHERE action = 'client.erased'") == [(ADMIN,)]


def erase(app: AppTest, email: str, name: str) -> AppTest:
    app.query_params["member"] = email
    app.run()
    press(app, "Count what would be erased")
    app.text_input(key="erase_name").input(name)
    return press(app, "Erase them")


@pytest.mark.parametrize("was_here", [False, True])
def test_who_is_added_anew_after_an_erasure_is_erased_again(services: Services, was_here: bool) -> None:
    app = see(ADMIN, "Members.py")
    for _ in range(2):
        services.members.add("noor@example.com", name="Noor", role="client", coach=None, by=AMIRA)
        if was_here:
            services.people.find("noor@example.com")
        erase(app, "noor@example.com", "Noor")
        assert titles(app) == ["Members"]
        assert "noor@example.com" not in roster(services)
    assert len(store_of(services).execute("SELECT * FROM audit_log WHERE action = 'client.erased'")) == 2


def test_who_became_a_coach_after_the_counts_is_not_erased(services: Services) -> None:
    app = see(ADMIN, "Members.py", member=ANA)
    press(app, "Count what would be erased")
    services.members.change(ANA, role="coach", by=AMIRA)
    app.text_input(key="erase_name").input("Ana Silva")
    press(app, "Erase them")
    assert roster(services)[ANA][0] == "coach"
    assert store_of(services).execute("SELECT * FROM audit_log WHERE action = 'client.erased'") == []


# -- files ---------------------------------------------------------------------------------------------


def test_an_import_is_previewed_applied_and_undone(services: Services) -> None:
    before = roster(services)
    app = see(ADMIN, "Import.py")
    upload(app, "First Name,Email,Quux\nNoor,noor@example.com,1\n,no-address,2\n")
    text = words(app).replace("\\", "")
    assert "**1** added" in text
    assert "line 3: 'no-address' is not an e-mail address" in text
    assert "Columns that are not used: Quux." in text
    assert roster(services) == before, "nothing is changed before Apply"
    press(app, "Change 1 member")
    assert roster(services)["noor@example.com"] == ("client", "active", None)
    press(app, "Undo")
    assert roster(services) == before
    assert "Imports of the last day" not in [each.value for each in app.header]


def test_the_preview_of_an_import_says_what_changes(services: Services) -> None:
    store_of(services).execute("UPDATE members SET tier = 'free' WHERE email = 'ben.okafor@example.com'")
    app = see(ADMIN, "Import.py")
    upload(app, "Email,Tier\nben.okafor@example.com,standard\n")
    assert "), tier: free → standard" in words(app).replace("\\", "")


def test_whom_an_undo_leaves_alone_is_named(services: Services, clock: HandClock) -> None:
    app = see(ADMIN, "Import.py")
    upload(app, "First Name,Email\nNoor,noor@example.com\n")
    press(app, "Change 1 member")
    clock.forward(1)
    services.people.find("noor@example.com")
    press(app, "Undo")
    assert "noor@example.com: changed, or signed in for the first time, since" in words(app).replace(
        "\\", ""
    ).replace("\u2060", "")


def test_whom_an_undo_left_alone_is_named_until_the_next_import(services: Services, clock: HandClock) -> None:
    app = see(ADMIN, "Import.py")
    upload(app, "First Name,Email\nNoor,noor@example.com\n")
    press(app, "Change 1 member")
    clock.forward(1)
    services.people.find("noor@example.com")
    press(app, "Undo")
    upload(app, "First Name,Email\nOmar,omar@example.com\n")
    press(app, "Change 1 member")
    assert "who stay as they are" not in words(app)


def test_a_sync_that_removes_many_wants_their_number(services: Services) -> None:
    app = see(ADMIN, "Import.py")
    upload(app, "Email\na@example.com\nb@example.com\nc@example.com\n")
    press(app, "Change 3 members")
    upload(app, "Email\na@example.com\n")
    app.checkbox[0].check().run()
    press(app, "Change 2 members")
    assert "would remove 2 of 3 members" in app.error[0].value
    app.number_input[0].set_value(2)
    press(app, "Change 2 members")
    assert roster(services)["b@example.com"][1] == "removed"


@pytest.mark.usefixtures("services")
@pytest.mark.parametrize(
    ("place", "text", "error"),
    [
        (0, "Name\nx\n", "has no e-mail column"),
        (0, "", "is empty"),
        (1, "Name\nx\n", "two columns, client and coach"),
    ],
)
def test_a_file_that_cannot_be_taken_is_said_in_one_sentence(place: int, text: str, error: str) -> None:
    app = upload(see(ADMIN, "Import.py"), text, place)
    (shown,) = app.error
    assert error in shown.value.replace("\\", "")


def test_a_file_gives_clients_their_coaches(services: Services) -> None:
    app = upload(see(ADMIN, "Import.py"), f"Client,Coach\n{ANA},none\nx@example.com,{COACH}\n", place=1)
    assert "**1** assigned · **0** unchanged · **1** rejected" in words(app)
    press(app, "Assign 1 client")
    assert roster(services)[ANA][2] is None


# -- system --------------------------------------------------------------------------------------------


def test_a_stuck_session_is_ended_and_the_client_reads_by_whom(services: Services) -> None:
    session = enter(services)
    app = see(ADMIN, "System.py")
    press(app, "End")
    assert "Nobody is in a session right now." in words(app)
    ended = services.rooms.session(session.id)
    assert ended is not None
    assert (ended.status.over, ended.end_reason) == (True, "administrator")
    assert "ended a session of ana" in words(see(ADMIN, "Audit.py")).replace("\\", "")


def test_the_page_says_what_the_provider_still_has_of_erased_clients(services: Services, clock: HandClock) -> None:
    assert "The provider has deleted every call of which nothing is kept here." in words(see(ADMIN, "System.py"))
    with store_of(services).transaction() as transaction:
        add_erased_calls(transaction, ["c1", "c2"], clock())
    assert "2 calls of which nothing is kept here still to be deleted at the provider." in words(
        see(ADMIN, "System.py")
    )


def test_the_settings_are_shown_and_no_secret(services: Services) -> None:
    app = see(ADMIN, "System.py")
    assert "No call is on record." in words(app)
    table = app.dataframe[-1].value
    assert list(table["setting"]) == [line.variable for line in setting_lines(services.settings)]
    shown = table.to_string()
    assert services.settings.cookie_secret.get_secret_value() not in shown
    assert "a-secret-between-us-and-the-provider" not in shown


def test_without_a_key_comparing_the_agent_says_so_in_one_sentence(services: Services) -> None:
    app = press(see(ADMIN, "System.py"), "Compare now")
    assert [error.value for error in app.error] == [
        plain("There is no key for ElevenLabs: set ELEVENLABS_API_KEY in the environment or in .env.")
    ]
    assert not app.code


def test_the_agent_is_compared_with_its_file_and_no_secret_is_shown(
    services: Services,
) -> None:
    with open_house(agent_ids=[AGENT]) as practice:
        there = {"elevenlabs_api_key": SecretStr(API_KEY), "elevenlabs_url": practice.url, "agent_id": AGENT}
        current.install(replace(services, settings=services.settings.model_copy(update=there)))
        app = press(see(ADMIN, "System.py"), "Compare now")
    assert "As of 1 May 2026" in words(app)
    (shown,) = app.code
    assert 'name: "Practice coach" → "Coach"' in shown.value
    assert any("Anybody who knows" in error.value for error in app.error)
    assert API_KEY not in words(app) + shown.value


# -- the audit log -------------------------------------------------------------------------------------


def test_the_audit_log_is_found_by_person_kind_and_day(services: Services, clock: HandClock) -> None:
    services.audit.add(ADMIN, "members.set", ANA, {"status": "removed"})
    services.audit.add(COACH, "export", "csat", {"format": "csv"})
    clock.forward(24 * 3600)
    services.audit.add(ADMIN, "sign_out.everywhere", BEN, {})
    app = see(ADMIN, "Audit.py")
    text = words(app).replace("\\", "").replace("\u2060", "")
    assert text.index("signed ben.okafor@example.com out everywhere") < text.index(f"{ADMIN} removed {ANA}.")
    app.text_input(key="audit_person").input("ANA.S").run()
    assert "1 to 1 of 1 entry" in words(app)
    app.text_input(key="audit_person").input("").run()
    app.selectbox(key="audit_kind").select("Downloads").run()
    assert "downloaded csat as csv" in words(app)
    assert "1 to 1 of 1 entry" in words(app)
    app.selectbox(key="audit_kind").set_value(None).run()
    app.date_input(key="audit_day").set_value(NOON.date()).run()
    assert "1 to 2 of 2 entries" in words(app)


def test_a_page_of_the_audit_log_whose_rows_went_leads_to_the_last_one(services: Services) -> None:
    for number in range(101):
        services.audit.add(ADMIN, "export", f"page {number}", {"format": "csv"})
    app = see(ADMIN, "Audit.py")
    press(app, "Earlier ones")
    press(app, "Earlier ones")
    assert "101 to 101 of 101 entries" in words(app)
    store_of(services).execute("DELETE FROM audit_log WHERE subject <> 'page 7'")
    assert "1 to 1 of 1 entry" in words(app.run())
    assert app.button(key="back_audit_page").disabled


def test_every_action_that_is_written_has_a_kind_and_a_sentence() -> None:
    written = set()
    for path in (ROOT / "coachroom").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "action" and isinstance(node.value, ast.Constant):
                written.add(node.value.value)
        beginnings = "sign_out|identity|own_data|day_note|live|comparison"
        called = re.findall(rf"\"((?:{beginnings})\.[a-z_]+)\"", path.read_text("utf-8"))
        written |= set(called)
    for path in (ROOT / "coachroom").rglob("*.sql"):
        insert = re.search(r"INTO audit_log [^;]*?VALUES ([^;]*)", path.read_text("utf-8"))
        written |= set(re.findall(r"'([a-z_]+\.[a-z_]+)'", insert[1])) if insert else set()
    written = {action for action in written if "." in action}
    assert {"members.set", "client.erased", "sign_out.everywhere", "demo.generate", "live.ended"} <= written
    assert written <= ACTIONS
    for action in ACTIONS:
        assert sum(action.startswith(beginnings) for beginnings in KINDS.values()) == 1, action
        said = sentence(AuditEntry(NOON, ADMIN, action, ANA, {}))
        assert said.endswith("."), said
        assert action not in said


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("coach", f"{ADMIN} left a session of {ANA}."),
        ("client", f"{ADMIN} asked carla@example.com to leave their session."),
        (
            "lost",
            f"The visit of carla@example.com to a session of {ANA} ended, as one of the two was away for too long.",
        ),
    ],
)
def test_why_a_coachs_visit_ended_is_said(why: str, said: str) -> None:
    detail = {"why": why, "coach": "carla@example.com"}
    assert sentence(AuditEntry(NOON, ADMIN, "live.ended", ANA, detail)) == said


def test_an_action_of_a_later_version_is_still_said() -> None:
    assert sentence(AuditEntry(NOON, "operator", "x.y", ANA, {})) == f"The operator of the server did “x.y” to {ANA}."
