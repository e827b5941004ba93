"""A coach's view ahead: who may not come back, what changed, and what to suggest; for their own clients only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from coachroom.app import current
from coachroom.app.container import Services
from coachroom.caseload.caseload import ClientNotFoundError, ensure_coach_of
from coachroom.caseload.coach_notes import NoteKind
from coachroom.caseload.handoffs import HandedParts
from coachroom.caseload.reasons import reason, what_to_do
from coachroom.charts.formatting import percent
from coachroom.clock import short_date
from coachroom.coaching.approach import Tone
from coachroom.coaching.goals import NewGoal
from coachroom.coaching.profiles import Profile
from coachroom.coaching.proposals import MAX_STEPS_WAITING, ProposalKind, ProposalStatus
from coachroom.coaching.validation import InvalidInputError
from coachroom.people.people import Person
from coachroom.ui.dashboard.clients import LIST_COLUMNS
from coachroom.ui.dashboard.suggestions import send
from tests.charts.community import NOW
from tests.coaching.reported import noted
from tests.services import OIDC, HandClock, opened, store_of
from tests.ui.community import put_community
from tests.ui.pages import ADMIN, ANA, ANALYST, COACH, alone, claims, see, titles, words
from tests.ui.test_dashboards import everything, opened_page

# What a link says of whom to see first, most urgent first.
RANKS = (" of 5 stars", " of 40 points", "** could not", "** is drifting", "** has not been", "** joined")
SHORT = {"field": "pace", "value": "short", "why": "You asked for it"}


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOW)


@pytest.fixture
def services(tmp_path: Path, clock: HandClock) -> Iterator[Services]:
    """A hundred and fifty invented clients; the coach has forty of them."""
    put_community(tmp_path, 150, 2000, NOW)
    with opened(tmp_path, clock, **OIDC) as services:
        current.install(services)
        yield services


def clients_of(services: Services, coach: str | None) -> list[str]:
    """Those with a session, the latest first."""
    rows = store_of(services).execute(
        "SELECT m.client_id FROM members m JOIN session_facts f ON f.client_id = m.client_id "
        "WHERE m.role = 'client' AND m.coach_email IS NOT DISTINCT FROM $1 AND f.status = 'completed' "
        "GROUP BY m.client_id ORDER BY max(f.start_time) DESC, m.client_id",
        [coach],
    )
    return [row[0] for row in rows]


def person(services: Services, email: str) -> Person:
    found = services.people.find(email)
    assert found is not None
    return found


def drifting_links(app: AppTest) -> list[str]:
    return [each.proto.label for each in app.get("page_link") if "likely to come back" in each.proto.label]


def test_the_list_says_who_is_likely_to_come_back(services: Services) -> None:
    app = opened_page(see(COACH), "Clients")
    table = app.dataframe[0].value
    model = services.metrics.return_model(NOW, min_valid_seconds=60)
    mine = store_of(services).execute(
        "SELECT display_name, client_id FROM members WHERE coach_email = $1 AND status = 'active'", [COACH]
    )
    known = services.metrics.return_forecasts(model, [client for _, client in mine], NOW, min_valid_seconds=60)
    assert known
    shown = {row.client: row.likely for row in table.itertuples() if not pd.isna(row.likely)}
    assert shown == {name: round(100 * known[client].now.value) for name, client in mine if client in known}
    (reason, *_) = table["rests_on"].dropna()
    assert reason.startswith("Last session ")
    assert "came back within 14 days" in reason
    for row in table.dropna(subset=["likely"]).itertuples():
        each = known[next(client for name, client in mine if name == row.client)].now
        if each.tally.times:
            assert f"this makes {percent(each.value)}, 95" in row.rests_on, "the chance follows from the count"


def test_who_is_drifting_is_named_with_the_reason_and_nobody_elses_clients(services: Services) -> None:
    app = opened_page(see(COACH), "Clients")
    model = services.metrics.return_model(NOW, min_valid_seconds=60)
    names: dict[str, str] = dict(
        store_of(services).execute(
            "SELECT client_id, display_name FROM members WHERE coach_email = $1 AND status = 'active'", [COACH]
        )
    )
    away = {
        client
        for client, each in services.metrics.return_forecasts(model, list(names), NOW, min_valid_seconds=60).items()
        if each.drifting
    }
    found = drifting_links(app)
    assert 0 < len(found) == min(len(away), 8)
    assert words(app).count("times such clients came back within 14 days (") == len(found)
    linked = {each.proto.query_string.partition("=")[2] for each in app.get("page_link") if each.proto.label in found}
    assert linked <= away


def test_the_estimate_shows_how_good_it_is(services: Services) -> None:
    app = opened_page(see(COACH), "Clients")
    assert "How good is this estimate?" in [each.label for each in app.expander]
    (chart,) = app.get("vega_lite_chart")
    assert "Mean squared error" in chart.proto.alt
    model = services.metrics.return_model(NOW, min_valid_seconds=60)
    assert len(app.table[0].value) == len(model.bands)


def test_a_young_community_is_told_what_is_missing(tmp_path: Path) -> None:
    put_community(tmp_path, 15, 90, NOW)
    with opened(tmp_path, HandClock(NOW), **OIDC) as services:
        current.install(services)
        app = opened_page(see(COACH), "Clients")
        assert "There is no estimate yet: it takes 30 clients seen 300 times" in words(app)
        assert list(app.dataframe[0].value.columns) == list(LIST_COLUMNS)
        assert list(app.dataframe[0].proto.column_order)[:3] == ["client", "need", "tier"]
        assert drifting_links(app) == []
        assert not app.get("vega_lite_chart")


def test_estimates_of_single_persons_are_in_no_download(services: Services) -> None:
    app = opened_page(see(COACH), "Clients")
    assert "likely" in app.dataframe[0].value
    app.button(key="clients_prepare").click().run()
    (link, *_) = [each.proto.url for each in app.get("link_button")]
    made = services.downloads.find(link.rstrip("/").split("/")[-1], person(services, COACH))
    assert made is not None
    assert made.path.read_text(encoding="utf-8-sig").splitlines()[0].split(",") == list(LIST_COLUMNS)


def test_days_on_a_coachs_pages_are_the_clients(services: Services, clock: HandClock) -> None:
    client = clients_of(services, COACH)[0]

    def last_session() -> datetime:
        load = services.caseload.load(person(services, COACH), NOW, min_valid_seconds=60)
        (shown,) = load.rows[load.rows["client_id"] == client]["last_session"]
        moment: datetime = shown.to_pydatetime()
        return moment

    began = last_session()
    services.coaching.profiles.keep_zone(client, "America/Los_Angeles")
    there = began.replace(tzinfo=UTC).astimezone(ZoneInfo("America/Los_Angeles"))
    assert last_session() == there.replace(tzinfo=None)
    # The last moment of that day there, and the first of the next.
    midnight = (there + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    for now, said, ago in (
        (midnight - timedelta(seconds=1), "was today", "Last session today after"),
        (midnight, "1 day without a session", "Last session 1 day ago after"),
    ):
        clock.now = now.astimezone(UTC).replace(tzinfo=None)
        page = words(opened_page(see(COACH), "Clients", client=client))
        assert said in page
        assert ago in page


def test_a_coach_reads_only_the_summaries_that_were_shared(services: Services) -> None:
    client = clients_of(services, COACH)[0]
    shared, kept = services.rooms.sessions_of(client)[:2]
    for session, words_of_it in ((shared, "Zz told"), (kept, "Zz secret")):
        noted(services, ProposalKind.GOAL, client=client, session=session.id, title=words_of_it)
        services.coaching.summaries.rename(client, session.id, f"{words_of_it} title")
    summary = services.coaching.summaries.of_session(client, shared.id)
    services.coaching.summaries.share(client, shared.id, [each.id for each in summary.sentences])
    seen = words(opened_page(see(COACH), "Clients", client=client))
    assert "**Zz told title**" in seen
    assert "You set a goal\\: “Zz told”" in seen
    assert "Zz secret title" not in seen
    assert "You set a goal\\: “Zz secret”" not in seen
    assert "Zz" not in everything(opened_page(see(ADMIN), "Clients", client=client))
    services.coaching.summaries.share(client, shared.id, None)
    assert "Zz told title" not in words(opened_page(see(COACH), "Clients", client=client))


def test_one_client_shows_the_estimate_and_what_changed(services: Services, clock: HandClock) -> None:
    client = clients_of(services, COACH)[0]
    goal = services.coaching.goals.add(client, NewGoal("Zz speak up"))
    services.coaching.goals.check_in(client, goal, -1, "Zz secret note")
    services.coaching.actions.add(client, "Zz ask Tom", due_on=NOW.date() - timedelta(days=1))
    dropped = services.coaching.actions.add(client, "Zz ask Eva")
    services.coaching.actions.drop(client, dropped, "Zz secret reason")
    services.coaching.memory.write(client, "Zz secret memory")
    clock.forward(1)
    app = opened_page(see(COACH), "Clients", client=client)
    seen = words(app)
    assert "likely to come back within 14 days" in seen
    assert "Goal “Zz speak up”: newly set, stands at −1" in seen
    assert "Late, still open: “Zz ask Tom”" in seen
    assert "Dropped: “Zz ask Eva”" in seen
    assert "secret" not in everything(app)
    assert "Zz" not in everything(opened_page(see(ADMIN), "Clients", client=client))


def test_the_page_of_one_client_says_why_they_need_somebody_as_home_does(services: Services) -> None:
    load = services.caseload.load(person(services, COACH), NOW, min_valid_seconds=60)
    needy = load.rows[load.rows["need"].notna()].drop_duplicates("need").to_dict("records")
    assert len(needy) >= 3
    for row in needy:
        said = words(opened_page(see(COACH), "Clients", client=row["client_id"]))
        assert f"**{row['client']}** {reason(row)}.\n" in said
        assert what_to_do(row) in said
        assert reason(row) not in words(opened_page(see(ADMIN), "Clients", client=row["client_id"]))
    content = load.rows[load.rows["need"].isna()].iloc[0]
    assert f"**{content['client']}**" not in words(opened_page(see(COACH), "Clients", client=content["client_id"]))


@pytest.mark.parametrize("who", [ANA, ANALYST])
def test_nobody_else_reads_it(services: Services, who: str) -> None:
    client = clients_of(services, COACH)[0]
    services.coaching.goals.add(client, NewGoal("Zz speak up"))
    app = alone("Clients.py", claims(who), client=client)
    assert titles(app) == ["This page is not for your role"]
    assert "Zz" not in everything(app)


def test_another_coachs_client_shows_nothing(services: Services) -> None:
    client = clients_of(services, None)[0]
    services.coaching.goals.add(client, NewGoal("Zz speak up"))
    app = opened_page(see(COACH), "Clients", client=client)
    assert titles(app) == ["This client is not here"]
    assert "likely" not in everything(app)
    assert not app.selectbox


def test_a_coach_suggests_and_reads_what_became_of_it(services: Services) -> None:
    client, proposals = clients_of(services, COACH)[0], services.coaching.proposals
    app = opened_page(see(COACH), "Clients", client=client)
    app.selectbox(key="own_choice_0").select(("tone", "gentle"))
    app.text_input(key="own_why_0").input("You said *so*")
    next(button for button in app.button if button.label == "Suggest").click().run()
    assert not app.exception
    (made,) = proposals.suggested_by_coaches(client)
    assert dict(made.content) == {"field": "tone", "value": "gentle", "why": "You said *so*"}
    assert [each.value for each in app.toast] == ["Sent\\. The client finds it on their page\\."]
    assert r"a gentle tone, because “You said \*so\*”: waits for the client's word" in words(app)
    proposals.accept(client, made.id)
    assert "taken" in words(app.run())
    proposals.undo(client, made.id)
    assert "taken back" in words(app.run())


def test_a_coach_suggests_a_next_step_and_the_client_takes_it(services: Services) -> None:
    app = opened_page(see(COACH), "Clients", client="demo-ana")
    app.text_input(key="step_title_0").input("Walk to work")
    app.text_input(key="step_why_0").input("You like mornings")
    next(button for button in app.button if button.label == "Suggest this step").click().run()
    assert "“Walk to work”, because “You like mornings”: waits for the client's word" in words(app)
    mine = see(ANA, "Goals.py")
    assert "**Your human coach suggests** (“You like mornings”)" in words(mine)
    (waiting,) = services.coaching.proposals.open_for("demo-ana")
    mine.button(key=f"yes_{waiting.id}").click().run()
    assert "Walk to work" in [step.title for step in services.coaching.actions.list_for("demo-ana")]
    for n in range(MAX_STEPS_WAITING):
        send(person(services, COACH), "demo-ana", ProposalKind.ACTION, {"title": f"Step {n}"})
    with pytest.raises(InvalidInputError, match="still wait"):
        send(person(services, COACH), "demo-ana", ProposalKind.ACTION, {"title": "One more"})


def test_a_hint_is_sent_as_it_stands_and_is_gone_then(services: Services) -> None:
    client = clients_of(services, COACH)[0]
    services.coaching.profiles.save(Profile(client, "", tone=Tone.DIRECT))
    last = store_of(services).execute(
        "SELECT session_id FROM session_facts WHERE client_id = $1 AND status <> 'failed' AND client_turns >= 1 "
        "AND duration_seconds >= 60 ORDER BY start_time DESC LIMIT 1",
        [client],
    )[0][0]
    store = store_of(services)
    store.execute("DELETE FROM feedback WHERE session_id = $1", [last])
    store_of(services).execute(
        "INSERT INTO feedback (session_id, rating, created_at) VALUES ($1, 1, $2)", [last, NOW]
    )
    app = opened_page(see(COACH), "Clients", client=client)
    app.button(key="suggest_tone_gentle").click().run()
    (made,) = services.coaching.proposals.suggested_by_coaches(client)
    assert made.content["why"] == "The last session was rated 1 of 5, and the AI coach is direct."
    assert "suggest_tone_gentle" not in [button.key for button in app.button]
    services.coaching.proposals.decline(client, made.id)
    app.run()
    assert "suggest_tone_gentle" not in [button.key for button in app.button]
    assert "not wanted" in words(app)


def test_suggestions_go_to_ones_own_clients_only(services: Services) -> None:
    mine, other = clients_of(services, COACH)[0], clients_of(services, None)[0]
    carla = person(services, COACH)
    for somebody, client in [
        (carla, other),
        (carla, "nobody"),
        *((person(services, w), mine) for w in (ADMIN, ANALYST, ANA)),
    ]:
        with pytest.raises(ClientNotFoundError):
            send(somebody, client, ProposalKind.TAILORING, SHORT)
    store_of(services).execute("UPDATE members SET coach_email = NULL WHERE client_id = $1", [mine])
    with pytest.raises(ClientNotFoundError):
        send(carla, mine, ProposalKind.TAILORING, SHORT)
    suggested = [services.coaching.proposals.suggested_by_coaches(client) for client in (mine, other)]
    assert suggested == [[], []]


def test_a_client_who_left_is_read_and_offered_nothing_that_is_refused(services: Services) -> None:
    carla, client = person(services, COACH), clients_of(services, COACH)[0]
    services.coach_notes.add(client, carla, NoteKind.NOTE, "Zz likes mornings", due_on=None, today=NOW.date())
    services.coach_messages.send(client, carla, "Zz see you")
    services.coaching.coach_questions.propose(client, COACH, "Zz what next?", ensure_may=ensure_coach_of)
    send(carla, client, ProposalKind.ACTION, {"title": "Zz walk"})
    assert "likely to come back" in words(opened_page(see(COACH), "Clients", client=client))
    store_of(services).execute("UPDATE members SET status = 'removed' WHERE client_id = $1", [client])
    app = opened_page(see(COACH), "Clients", client=client)
    assert [each.value.count("has left this community") for each in app.info] == [1]
    assert "likely to come back" not in words(app)
    assert "likely to come back" not in words(opened_page(see(ADMIN), "Clients", client=client))
    assert [
        each for each in ("likes mornings", "see you", "what next", "walk") if f"Zz {each}" not in words(app)
    ] == []
    assert "Remove" in [button.label for button in app.button]
    assert not {"Keep", "Send", "Suggest", "Suggest this step", "Suggest this question"}.intersection(
        button.label for button in app.button
    )
    assert not {"note_kind", "note_words_0", "message_words_0", "step_title_0", "question_words_0"}.intersection(
        str(field.key) for field in [*app.text_area, *app.text_input, *app.get("button_group")]
    )
    with pytest.raises(ClientNotFoundError):
        send(carla, client, ProposalKind.TAILORING, SHORT)


def test_a_step_without_words_is_refused_beside_its_button(services: Services) -> None:
    app = opened_page(see(COACH), "Clients", client=clients_of(services, COACH)[0])
    app.text_input(key="step_why_0").set_value("You asked for it")
    next(button for button in app.button if button.label == "Suggest this step").click().run()
    drawn = [each.label if each.type == "button" else each.type for each in app.main]
    assert drawn[drawn.index("Suggest this step") - 1] == "error"
    assert app.text_input(key="step_why_0").value == "You asked for it"


def test_of_a_client_who_left_no_first_session_is_expected(services: Services) -> None:
    client = "zz-new"
    services.members.add("new@example.com", name="Zz New", role="client", coach=COACH, by=person(services, ADMIN))
    store_of(services).execute("UPDATE members SET client_id = $1 WHERE email = 'new@example.com'", [client])
    assert "The first one appears here soon" in words(opened_page(see(COACH), "Clients", client=client))
    store_of(services).execute("UPDATE members SET status = 'removed' WHERE client_id = $1", [client])
    assert "There is no session to show." in words(opened_page(see(COACH), "Clients", client=client))


def test_a_press_on_the_page_of_a_client_who_left_meanwhile_is_answered(services: Services) -> None:
    client = clients_of(services, COACH)[0]
    app = opened_page(see(COACH), "Clients", client=client)
    store_of(services).execute("UPDATE members SET status = 'removed' WHERE client_id = $1", [client])
    app.text_area(key="message_words_0").input("Zz are you well?")
    next(button for button in app.button if button.label == "Send").click().run()
    assert [each.value for each in app.error] == [r"There is no client of yours at this address\."]
    assert len(app.info) == 1


def test_who_is_no_coach_any_more_cannot_suggest_from_an_old_page(services: Services) -> None:
    client, carla = clients_of(services, COACH)[0], person(services, COACH)
    store_of(services).execute("UPDATE members SET status = 'removed' WHERE email = $1", [COACH])
    with pytest.raises(ClientNotFoundError):
        send(carla, client, ProposalKind.TAILORING, SHORT)


def test_one_suggestion_of_a_kind_waits_at_a_time(services: Services) -> None:
    client, carla = clients_of(services, COACH)[0], person(services, COACH)
    send(carla, client, ProposalKind.TAILORING, SHORT)
    with pytest.raises(InvalidInputError, match="still waits"):
        send(carla, client, ProposalKind.TAILORING, {"field": "pace", "value": "exploring"})
    with pytest.raises(InvalidInputError):
        send(carla, client, ProposalKind.TAILORING, {"field": "tone", "value": "rude"})
    send(carla, client, ProposalKind.TAILORING, {"field": "tone", "value": "gentle", "why": "  "})
    newest = services.coaching.proposals.suggested_by_coaches(client)
    assert sorted(each.content["field"] for each in newest) == ["pace", "tone"]
    assert all(each.status is ProposalStatus.OPEN for each in newest)
    assert [each.content for each in newest if each.content["field"] == "tone"] == [
        {"field": "tone", "value": "gentle"}
    ]


def people_links(app: AppTest) -> list[tuple[str, str]]:
    """Id and label of the links that lead to one client."""
    links = [each.proto for each in app.get("page_link") if "client=" in each.proto.query_string]
    return [(link.query_string.partition("client=")[2], link.label) for link in links]


def test_a_coachs_home_names_seven_people_at_most_each_once_with_a_reason(services: Services) -> None:
    app = see(COACH)
    shown = people_links(app)
    assert len(shown) == len({client for client, _ in shown}) == 7
    mine = {
        row[0] for row in store_of(services).execute("SELECT client_id FROM members WHERE coach_email = $1", [COACH])
    }
    assert {client for client, _ in shown} <= mine
    for _, label in shown:
        assert re.search(r"\*\* (gave|answered|could not|is drifting|has not been|joined)", label)
    # One link leads to the list, and says how many more of it could use a look.
    (more,) = [
        each.proto for each in app.get("page_link") if each.proto.page == "Clients" and not each.proto.query_string
    ]
    assert more.label.startswith("All ")
    assert "more of them could use a look" in more.label
    places = [min(i for i, word in enumerate(RANKS) if word in label) for _, label in shown]
    assert places == sorted(places)
    load = services.caseload.load(person(services, COACH), NOW, min_valid_seconds=60)
    talks = list(load.to_talk_with["client_id"])
    model = services.metrics.return_model(NOW, min_valid_seconds=60)
    known = services.metrics.return_forecasts(model, talks, NOW, min_valid_seconds=60)
    assert any(each.drifting for each in known.values()), "some have two reasons"
    assert [client for client, _ in shown] == talks[:7], "and stand where the more urgent one does"


def test_a_coach_keeps_a_note_that_only_they_read(services: Services) -> None:
    client = clients_of(services, COACH)[0]
    app = opened_page(see(COACH), "Clients", client=client)
    app.text_area(key="note_words_0").input("Ask about *sleep*")
    next(button for button in app.button if button.label == "Keep").click().run()
    assert "Ask about \\*sleep\\*" in words(app)
    assert app.text_area(key="note_words_1").value == ""
    assert "Ask about" not in words(opened_page(see(ADMIN), "Clients", client=client))
    next(button for button in app.button if button.label == "Remove").click().run()
    assert "Ask about" not in words(app)


def test_who_was_contacted_leaves_the_home_and_a_reminder_comes_to_it(services: Services, clock: HandClock) -> None:
    links = [str(link.proto.label) for link in see(COACH).get("page_link") if " of 5 stars" in str(link.proto.label)]
    first = links[0].split("**")[1]
    carla = person(services, COACH)
    client = store_of(services).execute(
        "SELECT client_id FROM members WHERE display_name = $1 AND coach_email = $2", [first, COACH]
    )[0][0]
    today = clock().date()
    services.coach_notes.add(client, carla, NoteKind.CONTACTED, None, due_on=None, today=today)
    services.coach_notes.add(client, carla, NoteKind.REMINDER, "Send the book", due_on=today, today=today)
    home = see(COACH)
    labels = [str(link.proto.label) for link in home.get("page_link")]
    assert f"**{first}** Send the book" in labels
    assert not any(label.startswith(f"**{first}** gave") for label in labels)
    assert "1 left out: you were in touch" in words(home)
    next(button for button in home.button if button.label == "Done").click().run()
    assert "Send the book" not in str([link.proto.label for link in home.get("page_link")])


def test_a_client_reads_a_message_on_their_home(services: Services) -> None:
    app = opened_page(see(COACH), "Clients", client="demo-ana")
    app.text_area(key="message_words_0").input("Well done, *really*.")
    next(button for button in app.button if button.label == "Send").click().run()
    assert "not read yet" in words(app)
    home = see(ANA)
    assert "Well done, *really*." in [text.value for text in home.text]
    next(button for button in home.button if button.label == "I have read it").click().run()
    assert "I have read it" not in [button.label for button in home.button]
    assert "Well done, *really*." in [text.value for text in home.text], "among the earlier ones"
    assert "read on" in words(opened_page(see(COACH), "Clients", client="demo-ana"))


def test_a_client_hands_a_session_over_and_takes_it_back(services: Services) -> None:
    (session, said), *_ = store_of(services).execute(
        "SELECT session_id, message FROM conversations WHERE sender = 'client' AND session_id IN "
        "(SELECT id FROM sessions WHERE client_id = 'demo-ana' AND status = 'completed') "
        "ORDER BY timestamp DESC LIMIT 1"
    )
    mine = opened_page(see(ANA), "Session", session=session)
    assert "than they see anyway: its times, and your stars and answers as numbers" in words(mine)
    mine.checkbox(key="hand_transcript").check()
    mine.text_area(key="hand_comment").input("Could you *look* at the end?")
    next(button for button in mine.button if button.label == "Hand it over").click().run()
    assert "what was said, your comment." in words(mine)
    home = see(COACH)
    assert any("handed you a session" in str(link.proto.label) for link in home.get("page_link"))
    page = opened_page(home, "Clients", client="demo-ana")
    read = [text.value for text in page.text]
    assert "Could you *look* at the end?" in read
    assert said in read
    assert "No stars were given" not in words(page), "they were not ticked"
    assert said not in [text.value for text in opened_page(see(ADMIN), "Clients", client="demo-ana").text]
    next(button for button in mine.button if button.label == "Take it back").click().run()
    assert "Take it back" not in [button.label for button in mine.button]
    assert said not in [text.value for text in opened_page(see(COACH), "Clients", client="demo-ana").text]


def test_a_coach_reads_what_came_since_they_last_looked(services: Services, clock: HandClock) -> None:
    client = clients_of(services, COACH)[0]
    assert "You last looked" not in words(opened_page(see(COACH), "Clients", client=client))
    clock.forward(2 * 3600)
    assert "You last looked on" in words(opened_page(see(COACH), "Clients", client=client))
    latest = "UPDATE session_facts SET start_time = $2 WHERE client_id = $1"
    store_of(services).execute(latest, [client, clock() - timedelta(minutes=30)])
    clock.forward(60)
    assert ": 0 sessions since then" not in words(opened_page(see(COACH), "Clients", client=client))


def test_a_brief_holds_what_the_next_talk_needs(services: Services, clock: HandClock) -> None:
    today = clock().date()
    carla = person(services, COACH)
    services.coach_notes.add("demo-ana", carla, NoteKind.NOTE, "Starts her new job", due_on=None, today=today)
    week = today + timedelta(days=7)
    services.coach_notes.add("demo-ana", carla, NoteKind.REMINDER, "Send the book", due_on=week, today=today)
    session = (
        "SELECT id FROM sessions WHERE client_id = 'demo-ana' AND status = 'completed' "
        "ORDER BY start_time DESC LIMIT 1"
    )
    last = store_of(services).execute(session)[0][0]
    services.handoffs.hand_over("demo-ana", last, "Thursday\nplease", HandedParts())
    services.coaching.goals.add("demo-ana", NewGoal("Sleep *better*"))
    read = words(opened_page(see(COACH), "Clients", client="demo-ana", brief="1"))
    for said in ("Ana Silva: your next talk", "“Sleep \\*better\\*”, not checked yet", "Starts her new job"):
        assert said in read
    assert "“Thursday please”" in read
    assert f"For {short_date(week)}: Send the book" in read, "the day of which it reminds"
    assert "your next talk" not in "".join(titles(opened_page(see(ADMIN), "Clients", client="demo-ana", brief="1")))
    other = clients_of(services, None)[0]
    assert titles(opened_page(see(COACH), "Clients", client=other, brief="1")) == ["This client is not here"]


def test_a_client_reads_who_looked_at_their_page(services: Services) -> None:
    assert "Nobody yet." in words(opened_page(see(ANA), "Privacy"))
    for who in (COACH, ADMIN):
        opened_page(see(who), "Clients", client="demo-ana")
    read = words(opened_page(see(ANA), "Privacy"))
    assert "- Carla Mendes on " in read
    assert "- Amira Haddad, administrator, on " in read


def test_a_name_that_is_typed_at_home_leads_to_the_list(services: Services) -> None:
    name = store_of(services).execute("SELECT min(display_name) FROM members WHERE coach_email = $1", [COACH])[0][0]
    app = see(COACH)
    app.text_input(key="find_client").input(name).run()
    assert not app.exception
    assert titles(app) == ["Your clients"]
    assert set(app.dataframe[0].value["client"]) == {name}


def test_the_list_of_clients_does_not_repeat_the_home(services: Services) -> None:
    app = opened_page(see(COACH), "Clients")
    assert all("likely to come back" in label for _, label in people_links(app))
    assert app.text_input(key="find").label == "Find a client"


def test_what_a_client_wrote_for_their_coach_is_read_by_nobody_else(services: Services) -> None:
    client = clients_of(services, COACH)[0]
    sql = "SELECT session_id FROM session_facts WHERE client_id = $1 ORDER BY start_time DESC LIMIT 1"
    ((session,),) = store_of(services).execute(sql, [client])
    store_of(services).execute("DELETE FROM feedback WHERE session_id = $1", [session])
    row = (
        "INSERT INTO feedback (session_id, comment, comment_for, created_at) VALUES ($1, 'Zz *slower*', 'coach', $2)"
    )
    store_of(services).execute(row, [session, NOW])
    for query in ({}, {"client": client}):
        page = opened_page(see(COACH), "Clients", **query) if query else see(COACH)
        assert "Zz *slower*" in [each.value for each in page.text]
    for who in (ADMIN, ANALYST, ANA):
        assert "Zz" not in everything(see(who))
    assert "Zz" not in everything(opened_page(see(ADMIN), "Clients", client=client))
