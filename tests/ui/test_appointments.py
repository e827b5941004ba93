"""The pages of appointments: what each of the two sees and does there, and that nothing shows where they are off."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Expander

from coachroom.app import current
from coachroom.app.container import Services
from coachroom.appointments.page_links import booking_query
from coachroom.appointments.series import SeriesRule
from coachroom.appointments.states import AppointmentKind, AppointmentStatus
from coachroom.rooms.states import EndReason
from tests.appointments.houses import ANA_MAIL, BOTH, CARLA, MONDAY, book, busy_at, minutes, set_hours, weekly
from tests.live.visits import talking
from tests.services import ANA as ANA_ID
from tests.services import BEN as BEN_ID
from tests.services import HandClock, opened, store_of
from tests.ui.pages import ADMIN, ANA, COACH, buttons, components, see, titles, words

ON = {"appointments": True, "live_coach": True}


@pytest.fixture
def services(tmp_path: Path, clock: HandClock) -> Iterator[Services]:
    with opened(tmp_path, clock, **ON) as running:
        store_of(running).execute("UPDATE members SET coach_email = $1 WHERE role = 'client'", [CARLA])
        for client in (ANA_ID, BEN_ID):
            running.coaching.profiles.keep_zone(client, "America/New_York")
        current.install(running)
        yield running


def menu(app: AppTest) -> str:
    return " ".join(link.proto.label for link in app.get("page_link"))


def press(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception, app.exception
    return app


def test_nothing_of_appointments_shows_where_they_are_off(tmp_path: Path, clock: HandClock) -> None:
    with opened(tmp_path, clock) as running:
        current.install(running)
        for person in (ANA, COACH):
            assert "ppointment" not in words(see(person)) + menu(see(person))


@pytest.mark.usefixtures("services")
def test_a_client_books_with_the_ai_coach_as_long_as_the_human_coach_has_no_hours() -> None:
    app = see(ANA, "Appointments.py")
    assert titles(app) == ["Appointments"]
    assert not app.radio
    press(app, "book_0")
    (made,) = current.get_services().appointments.of_client(ANA_ID)
    assert made.coach_email is None
    assert f"appointment_{made.id}" not in words(app)
    assert "With the AI coach." in words(app)


def test_a_client_books_with_the_human_coach_and_reads_both_clocks(services: Services) -> None:
    set_hours(services)
    app = see(ANA, "Appointments.py")
    app.radio[0].set_value(BOTH).run()
    day, time = list(app.selectbox)[:2]
    assert day.options[0] == "Monday, 4 May 2026"
    assert time.options[:2] == ["03:00 (09:00 for Carla Mendes)", "03:30 (09:30 for Carla Mendes)"]
    time.set_value(MONDAY).run()
    press(app, "book_0")
    (made,) = services.appointments.of_client(ANA_ID)
    assert (made.begins_at, made.coach_email, made.made_by) == (MONDAY, CARLA, ANA_MAIL)
    shown = app.subheader[0].value.replace("\\", "")
    assert shown == "Monday, 4 May 2026, 04:00 (10:00 for Carla Mendes)"


def test_a_page_that_is_late_offers_the_nearest_times(services: Services) -> None:
    set_hours(services)
    app = see(ANA, "Appointments.py")
    app.radio[0].set_value(BOTH).run()
    app.selectbox[1].set_value(MONDAY).run()
    book(services, client=BEN_ID)
    press(app, "book_0")
    assert "This time is taken" in words(app)
    near = [key for key in buttons(app) if key.startswith("near_")]
    assert len(near) == 3
    press(app, near[0])
    (made,) = services.appointments.of_client(ANA_ID)
    assert made.begins_at == MONDAY - timedelta(hours=1)
    assert not [key for key in buttons(app) if key.startswith("near_")]


def test_a_client_moves_and_cancels(services: Services) -> None:
    set_hours(services)
    made = book(services)
    app = press(see(ANA, "Appointments.py"), f"to_{made.id}_0")
    (moved,) = services.appointments.of_client(ANA_ID)
    assert (moved.id, moved.sequence) == (made.id, 1)
    app.text_input(key=f"why_{made.id}").set_value("I am ill").run()
    press(app, f"drop_{made.id}")
    found = services.appointments.find(made.id)
    assert found is not None
    assert (found.status, found.cancelled_why) == (AppointmentStatus.CANCELLED, "I am ill")


def test_a_time_that_is_not_offered_has_its_reason(services: Services) -> None:
    app = see(ANA, "Appointments.py")
    assert "over or too soon" in words(app)
    app.selectbox(key="why_not_time").set_value(18 * 60).run()
    assert "This time is free" in words(app)
    app.selectbox(key="why_not_day").set_value(services.clock().date() + timedelta(days=99)).run()
    assert "too far ahead" in words(app)


def test_home_shows_the_next_date_and_opens_the_room_at_its_time(services: Services, clock: HandClock) -> None:
    set_hours(services)
    book(services)
    assert "from 03:50 on" in words(see(ANA))
    clock.now = MONDAY - minutes(10)
    app = see(ANA)
    assert "It is time: open your room." in words(app)
    assert "create_room" in components(app)
    assert len(components(see(ANA, "Appointments.py"))) == 1


def test_a_series_shows_the_clock_of_each_of_the_two_where_clocks_change_between_booking_and_date(
    services: Services, clock: HandClock
) -> None:
    set_hours(services)
    clock.now = datetime(2026, 10, 9, 12)
    rule = SeriesRule(datetime(2026, 10, 19, 12), 1, 3)
    free = [each.begins_at for each in services.series.plan(ANA_ID, BOTH, rule)]
    services.series.book(ANA_ID, BOTH, rule, free, by=ANA_MAIL)

    def shown() -> list[str]:
        return [each.value.replace("\\", "").partition(", ")[2] for each in see(ANA, "Appointments.py").subheader]

    # In Berlin clocks change on 25 October, in New York a week later.
    assert shown() == [
        "19 October 2026, 08:00 (14:00 for Carla Mendes)",
        "26 October 2026, 09:00 (14:00 for Carla Mendes)",
        "2 November 2026, 08:00 (14:00 for Carla Mendes)",
    ]
    clock.now = datetime(2026, 10, 26, 12, 50)
    assert "It is time: open your room." in words(see(ANA))
    assert shown()[0] == "26 October 2026, 09:00 (14:00 for Carla Mendes)"


def test_a_coach_sets_hours_and_single_days(services: Services) -> None:
    app = see(COACH, "Calendar.py")
    assert "Nothing is booked." in words(app)
    app.selectbox(key="hours_zone").set_value("Europe/Berlin")
    app.text_input(key="hours_0").set_value("9:00-12:00")
    press(app, "FormSubmitter:coach_hours-Save these hours")
    hours = services.coach_calendars.of(CARLA)
    assert hours is not None
    assert (hours.zone.key, sorted(hours.week)) == ("Europe/Berlin", [0])
    assert services.appointments.free_for(ANA_ID, BOTH)[0] == MONDAY - timedelta(hours=1)
    app.selectbox(key="other_day_0").set_value(MONDAY.date())
    press(app, "FormSubmitter:coach_day_0-Save this day")
    assert "Monday, 4 May 2026: off" in words(app)
    assert app.selectbox(key="other_day_1").value is None, "what was saved empties the form"
    assert services.appointments.free_for(ANA_ID, BOTH)[0].date() == MONDAY.date() + timedelta(days=7)
    press(app, f"clear_{MONDAY.date()}")
    assert services.appointments.free_for(ANA_ID, BOTH)[0].date() == MONDAY.date()


@pytest.mark.usefixtures("services")
def test_hours_that_are_none_say_what_to_write() -> None:
    app = see(COACH, "Calendar.py")
    app.text_input(key="hours_0").set_value("morning")
    app.text_input(key="hours_4").set_value("14:00-12:00")
    press(app, "FormSubmitter:coach_hours-Save these hours")
    (error,) = folded_form(app, "The hours of your week").error
    said = error.value.replace("\\", "")
    assert "Monday: “morning” is no stretch of hours" in said
    assert "Friday: “14:00-12:00” ends before it begins" in said
    assert [app.text_input(key=f"hours_{day}").value for day in (0, 4)] == ["morning", "14:00-12:00"]


def test_a_mistake_in_a_single_day_keeps_what_was_chosen_and_typed(services: Services) -> None:
    set_hours(services)
    app = see(COACH, "Calendar.py")
    app.selectbox(key="other_day_0").set_value(MONDAY.date())
    app.text_input(key="other_hours_0").set_value("ten to twelve")
    press(app, "FormSubmitter:coach_day_0-Save this day")
    assert folded_form(app, "Days that differ").error
    assert app.selectbox(key="other_day_0").value == MONDAY.date()
    app.text_input(key="other_hours_0").set_value("10:00-12:00")
    press(app, "FormSubmitter:coach_day_0-Save this day")
    assert "Monday, 4 May 2026: 10:00–12:00" in words(app)


def test_a_mistake_in_the_address_of_a_calendar_keeps_it(services: Services) -> None:
    set_hours(services)
    app = see(COACH, "Calendar.py")
    app.text_input(key="busy_address_text_0").set_value("calendar.example.com")
    press(app, "FormSubmitter:busy_address_0-Read this calendar")
    assert folded_form(app, "When you are busy elsewhere").error
    assert app.text_input(key="busy_address_text_0").value == "calendar.example.com"


def test_a_coach_sees_the_week_cancels_and_comes(services: Services, clock: HandClock) -> None:
    set_hours(services)
    made, other = book(services), book(services, MONDAY + minutes(60), client=BEN_ID)
    headers = [header.value for header in see(COACH).header]
    assert headers.index("This week") == headers.index("Your appointments this week") + 1
    app = see(COACH, "Calendar.py")
    assert "Ana Silva" in words(app)
    press(app, f"drop_{other.id}")
    assert services.appointments.of_coach(CARLA) == [made]
    clock.now = MONDAY
    app = see(COACH, "Calendar.py")
    press(app, f"come_{made.id}")
    assert "The client is not in the room yet" in words(app)
    session = talking(services)
    press(app, f"come_{made.id}")
    join = services.joins.open_in(session.id)
    assert join is not None
    assert join.reason == "Your appointment at 04:00"
    assert titles(app) == titles(see(COACH, "Join.py", join=join.id))


MAIL = {"smtp_host": "127.0.0.1", "mail_from": "room@example.com"}


@pytest.mark.parametrize("mail", [{}, MAIL], ids=["without a mail server", "with one"])
def test_a_coach_reads_that_the_client_is_told_where_mail_goes_out_alone(
    tmp_path: Path, clock: HandClock, mail: dict[str, str]
) -> None:
    with opened(tmp_path, clock, **ON, **mail) as services:
        store_of(services).execute("UPDATE members SET coach_email = $1 WHERE role = 'client'", [CARLA])
        current.install(services)
        set_hours(services)
        made = book(services)
        said = words(see(COACH, "Calendar.py", client=ANA_ID)).replace("\\", "")
        assert said.count("told by mail at once") == (2 if mail else 0)
        assert ("finds it on their page Appointments" in said) == (not mail)
        assert ("Tell them yourself." in said) == (not mail)
        app = press(see(COACH, "Calendar.py"), f"drop_{made.id}")
        (toast,) = app.toast
        assert ("is told" in toast.value) == bool(mail)


def test_what_is_wrong_with_booking_for_a_client_stands_where_it_is_pressed(services: Services) -> None:
    set_hours(services)
    app = see(COACH, "Calendar.py", client=ANA_ID)
    store_of(services).execute("UPDATE members SET coach_email = NULL WHERE client_id = $1", [ANA_ID])
    press(app, "book_0")
    assert folded_form(app, "Book for a client").error


def folded(app: AppTest) -> dict[str, bool]:
    """What the page can fold, and whether it is."""
    return {each.label: not each.proto.expanded for each in app.expander}


def test_a_coachs_calendar_shows_what_is_next_and_folds_the_rest(services: Services) -> None:
    forms = ["The hours of your week", "Days that differ", "When you are busy elsewhere"]
    assert not folded(see(COACH, "Calendar.py"))[forms[0]], "without hours, they are what is to be done"
    set_hours(services)
    made = weekly(services, 5)
    app = see(COACH, "Calendar.py")
    assert all(folded(app)[form] for form in [*forms, "Book for a client"])
    assert [f"drop_{each.id}" in buttons(app) for each in made] == [True] * 3 + [False] * 2
    press(app, "more_booked")
    assert [f"drop_{each.id}" in buttons(app) for each in made] == [True] * 5
    assert "more_booked" not in buttons(app)
    assert not folded(see(COACH, "Calendar.py", client=ANA_ID))["Book for a client"]


def folded_form(app: AppTest, label: str) -> Expander:
    (found,) = (each for each in app.expander if each.label == label)
    return found


def test_a_calendar_that_cannot_be_read_is_unfolded(services: Services) -> None:
    set_hours(services)
    services.busy_calendars.set_address(CARLA, "https://calendar.example.com/basic.ics")
    assert folded(see(COACH, "Calendar.py"))["When you are busy elsewhere"]
    store_of(services).execute("UPDATE busy_calendars SET tried_at = now(), problem = 'It does not answer.'")
    app = see(COACH, "Calendar.py")
    assert not folded(app)["When you are busy elsewhere"]


@pytest.mark.parametrize("change", ["status = 'removed'", "coach_email = NULL"])
def test_a_coach_is_offered_nothing_for_an_appointment_with_somebody_elses_client(
    services: Services, clock: HandClock, change: str
) -> None:
    set_hours(services)
    made = book(services)
    store_of(services).execute(f"UPDATE members SET {change} WHERE client_id = $1", [ANA_ID])
    for now in (clock.now, MONDAY):
        clock.now = now
        app = see(COACH, "Calendar.py")
        assert "you can neither come nor cancel it" in words(app)
        assert "you can neither come nor cancel it" in words(see(COACH)), "on Home too"
        assert not {f"come_{made.id}", f"drop_{made.id}"}.intersection(buttons(app))


def test_a_calendar_address_is_shown_once_and_made_anew(services: Services) -> None:
    app = press(see(ANA, "Appointments.py"), "make_feed")
    address = app.code[0].value
    key = address.rpartition("/")[2].removesuffix(".ics")
    assert services.calendar_feeds.email_of(key) == ANA_MAIL
    app = see(ANA, "Appointments.py")
    assert not app.code
    press(app, "make_feed")
    assert services.calendar_feeds.email_of(key) is None
    press(app, "forget_feed")
    assert services.calendar_feeds.made_at(ANA_MAIL) is None


@pytest.mark.parametrize(
    ("missed_by", "client_reads", "coach_reads"),
    [
        ("client", "you were not there", "the client was not there"),
        ("coach", "your human coach was not there", "you were not there"),
        ("both", "neither of you was there", "neither of you was there"),
    ],
)
def test_both_read_who_missed_an_appointment_for_four_weeks(
    services: Services, clock: HandClock, missed_by: str, client_reads: str, coach_reads: str
) -> None:
    set_hours(services)
    made = book(services)
    assert "Missed" not in words(see(ANA, "Appointments.py"))
    sql = "UPDATE appointments SET status = 'missed', missed_by = $1"
    store_of(services).execute(sql, [missed_by])
    clock.now = made.ends_at
    assert f"(10:00 for Carla Mendes): {client_reads}" in words(see(ANA, "Appointments.py")).replace("\\", "")
    assert f", Ana Silva: {coach_reads}" in words(see(COACH, "Calendar.py"))
    clock.forward(timedelta(days=28).total_seconds())
    assert "Missed" not in words(see(ANA, "Appointments.py"))
    assert "Missed" not in words(see(COACH, "Calendar.py"))


def test_a_client_books_a_series_and_sees_before_which_dates_are_not_free(services: Services) -> None:
    set_hours(services)
    book(services, MONDAY + timedelta(weeks=1), client=BEN_ID)
    app = see(ANA, "Appointments.py")
    app.radio[0].set_value(BOTH).run()
    app.selectbox[1].set_value(MONDAY).run()
    app.selectbox(key=f"every_repeat_{BOTH}_0").set_value(1).run()
    app.selectbox(key=f"count_repeat_{BOTH}_0").set_value(3).run()
    assert "not free. This time is taken" in words(app).replace("\\", "")
    press(app, "book_series_0")
    made = services.appointments.of_client(ANA_ID)
    assert [each.begins_at for each in made] == [MONDAY, MONDAY + timedelta(weeks=2)]


def test_a_client_moves_and_cancels_a_date_and_all_later_ones(services: Services) -> None:
    set_hours(services)
    first, _ = weekly(services, 2)
    app = see(ANA, "Appointments.py")
    app.radio(key=f"moves_{first.id}_0").set_value(True).run()
    press(app, f"to_{first.id}_0")
    moved = services.appointments.of_client(ANA_ID)
    assert [each.sequence for each in moved] == [1, 1]
    assert moved[1].begins_at - moved[0].begins_at == timedelta(weeks=1)
    app = see(ANA, "Appointments.py")
    app.radio(key=f"cancels_{first.id}").set_value(True).run()
    press(app, f"drop_{first.id}")
    assert services.appointments.of_client(ANA_ID) == []


@pytest.mark.parametrize(("does", "opened"), [("move", [True, False]), ("cancel", [False, True])])
def test_a_link_in_a_mail_leads_to_its_appointment_and_opens_what_it_names(
    services: Services, does: str, opened: list[bool]
) -> None:
    set_hours(services)
    _, second = weekly(services, 2)
    app = see(ANA, "Appointments.py", appointment=second.id, do=does)
    assert app.subheader[0].value.replace("\\", "").startswith("Monday, 11 May 2026")
    assert [each.proto.expanded for each in app.expander[:2]] == opened


def test_a_link_to_an_appointment_that_is_gone_says_so(services: Services) -> None:
    set_hours(services)
    made = book(services)
    services.appointments.cancel_own(made.id, ANA_ID, None, by=ANA_MAIL)
    assert "over or cancelled" in words(see(ANA, "Appointments.py", appointment=made.id, do="move"))


def test_a_coach_books_for_a_client_who_can_move_and_cancel_it(services: Services) -> None:
    set_hours(services)
    app = see(COACH, "Calendar.py", client=ANA_ID)
    assert app.selectbox(key="for_client_0").value == ANA_ID
    press(app, "book_0")
    (made,) = services.appointments.of_client(ANA_ID)
    assert (made.made_by, made.coach_email, made.kind) == (CARLA, CARLA, "coach")
    app = see(COACH, "Calendar.py", client=BEN_ID)
    app.selectbox(key=f"every_coach_{BEN_ID}_0").set_value(2).run()
    press(app, "book_series_0")
    assert len(services.appointments.of_client(BEN_ID)) == 6
    press(see(ANA, "Appointments.py"), f"drop_{made.id}")
    assert services.appointments.of_client(ANA_ID) == []


def test_a_coach_reads_why_a_time_is_not_offered(services: Services) -> None:
    set_hours(services)
    busy_at(services, MONDAY)
    app = see(COACH, "Calendar.py", client=ANA_ID)
    app.selectbox(key="coach_why_not_day").set_value(MONDAY.date()).run()
    app.selectbox(key="coach_why_not_time").set_value(10 * 60).run()
    assert "Your calendar says you are busy at this time." in words(app)


def test_a_coach_names_another_calendar_and_its_address_is_never_shown(services: Services) -> None:
    set_hours(services)
    app = see(COACH, "Calendar.py")
    app.text_input(key="busy_address_text_0").set_value("https://calendar.example.com/private-0a1b/basic.ics")
    press(app, "FormSubmitter:busy_address_0-Read this calendar")
    app = see(COACH, "Calendar.py")
    assert "calendar.example.com" in words(app).replace("\\", "")
    assert "private-0a1b" not in str(app.main)
    store_of(services).execute("UPDATE busy_calendars SET tried_at = now(), problem = 'It does not answer.'")
    app = see(COACH, "Calendar.py")
    assert "It does not answer." in words(app).replace("\\", "")
    press(app, "forget_busy")
    assert services.busy_calendars.of(CARLA) is None


def test_an_administrator_gives_what_a_coach_left_to_another(services: Services) -> None:
    set_hours(services)
    made, other = book(services), book(services, MONDAY + minutes(60), client=BEN_ID)
    store_of(services).execute("UPDATE members SET status = 'removed' WHERE email = $1", [CARLA])
    assert "whose human coach has left" in words(see(ADMIN))
    assert "no mail server is set up, so tell the client yourself" in words(see(ADMIN))
    store_of(services).execute(
        """INSERT INTO members (email, display_name, role, status, source, created_at, updated_at)
        VALUES ('dora@example.com', 'Dora', 'coach', 'active', 'manual', now(), now())"""
    )
    store_of(services).execute("UPDATE members SET coach_email = 'dora@example.com' WHERE role = 'client'")
    set_hours(services, "dora@example.com")
    app = see(ADMIN)
    press(app, f"give_{made.id}")
    press(app, f"cancel_left_{other.id}")
    assert [each.id for each in services.appointments.of_coach("dora@example.com")] == [made.id]
    assert "whose human coach has left" not in words(see(ADMIN))


def with_time(at: datetime, kind: AppointmentKind = AppointmentKind.AI) -> AppTest:
    """The page that a link in a mail leads to."""
    return see(ANA, "Appointments.py", **booking_query(at, kind))


def test_a_link_of_a_mail_books_its_time_by_one_press(services: Services) -> None:
    at = MONDAY + timedelta(hours=5)
    app = with_time(at)
    press(app, "book_offered_0")
    (made,) = services.appointments.of_client(ANA_ID)
    assert (made.begins_at, made.made_by) == (at, ANA_MAIL)
    assert not [key for key in buttons(app) if "offered" in key]


def test_a_link_whose_time_is_taken_offers_the_nearest_three(services: Services) -> None:
    set_hours(services)
    book(services, client=BEN_ID)
    app = with_time(MONDAY, BOTH)
    assert "is not free any more" in words(app)
    near = [key for key in buttons(app) if key.startswith("offered_")]
    assert len(near) == 3
    press(app, near[0])
    (made,) = services.appointments.of_client(ANA_ID)
    assert made.kind is BOTH
    assert made.begins_at != MONDAY


@pytest.mark.usefixtures("services")
@pytest.mark.parametrize(
    "query", [{"time": "soon", "with": "ai"}, {"time": "20260504T0800Z", "with": "x"}, {"with": "ai"}, {"time": "\0"}]
)
def test_a_link_that_says_no_time_is_the_page_itself(query: dict[str, str]) -> None:
    app = see(ANA, "Appointments.py", **query)
    assert not [key for key in buttons(app) if "offered" in key]


@pytest.mark.usefixtures("services")
def test_a_link_to_a_human_coach_without_hours_is_the_page_itself() -> None:
    assert not [key for key in buttons(with_time(MONDAY, BOTH)) if "offered" in key]


def had_sessions(services: Services, clock: HandClock, count: int) -> None:
    for _ in range(count):
        session = talking(services)
        clock.forward(600)
        services.sessions.end(session.id, EndReason.CLIENT)
        clock.forward(600)


def test_after_three_sessions_home_says_that_nothing_is_planned_until_it_is_put_away(
    services: Services, clock: HandClock
) -> None:
    had_sessions(services, clock, 2)
    assert "Nothing is planned" not in words(see(ANA))
    had_sessions(services, clock, 1)
    app = see(ANA)
    assert "Nothing is planned" in words(app)
    assert len([link for link in app.get("page_link") if "time=" in link.proto.query_string]) == 3
    press(app, "put_hint_away")
    assert "Nothing is planned" not in words(app)
    assert "Nothing is planned" not in words(see(ANA))
    assert services.reminders.planning_hint_is_away(ANA_ID)


def test_who_has_something_planned_is_not_told_so(services: Services, clock: HandClock) -> None:
    had_sessions(services, clock, 3)
    book(services, MONDAY + timedelta(hours=5), AppointmentKind.AI)
    assert "Nothing is planned" not in words(see(ANA))
