"""Clients are reminded of due next steps and of coming back: as they chose, once, at a good time, without words."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from coachroom.app.container import Services
from coachroom.coaching.step_answers import StepAnswer
from coachroom.coaching.validation import InvalidInputError
from coachroom.notifications.message import MessageKind
from coachroom.people.signed_tokens import AnswerPass
from coachroom.reminders.choices import SPARING, Reminder
from coachroom.reminders.quiet_hours import QuietHours
from tests.appointments.houses import AMIRA
from tests.live.visits import person
from tests.notifications.mail_house import MailFault, MailHouse
from tests.notifications.push_house import push_house
from tests.reminders.houses import (
    ANA_MAIL,
    at,
    due_today,
    pushing,
    reminding,
    shown,
    states,
    takes_notifications,
    wants_steps,
)
from tests.services import ANA, HandClock, enter, store_of

STEP, BACK = MessageKind.STEP_DUE, MessageKind.COME_BACK


def remind(services: Services) -> int:
    given = services.due_reminders.write_due()
    services.outbox.send_due()
    return given


def subjects(house: MailHouse) -> list[str]:
    return [str(mail["Subject"]) for mail in house.mails_to(ANA_MAIL)]


def test_nobody_is_reminded_of_a_step_who_did_not_choose_so(services: Services, house: MailHouse) -> None:
    due_today(services)
    assert remind(services) == 0
    assert house.taken == []


def test_all_steps_of_a_day_make_one_mail_that_holds_no_word_of_them(services: Services, house: MailHouse) -> None:
    wants_steps(services)
    for title in ("Write the letter", "Call the notary"):
        due_today(services, title)
    assert [remind(services), remind(services)] == [1, 0]
    (mail,) = house.mails_to(ANA_MAIL)
    text = mail.as_string()
    assert mail["Subject"] == "Next steps of yours are due today"
    assert "https://coach.example.com/answer?token=" in text.replace("=\n", "").replace("=3D", "=")
    assert not any(word in text for word in ("letter", "notary"))
    assert mail["List-Unsubscribe"]


def test_a_notification_holds_no_word_and_leads_to_the_same_page(services: Services) -> None:
    takes_notifications(services)
    wants_steps(services, mail=False, push=True)
    due_today(services)
    services.due_reminders.write_due()
    ((channel, payload),) = store_of(services).execute("SELECT channel, CAST(payload AS text) FROM outbox")
    assert channel == "push"
    assert "letter" not in payload
    # The link is made as it goes out: what waits in the database is no key to anything.
    assert "token" not in payload


def test_a_tap_on_it_answers_without_a_sign_in(services: Services, clock: HandClock) -> None:
    with push_house() as pushes:
        browser = pushing(services, pushes)
        wants_steps(services, mail=False, push=True)
        due_today(services)
        remind(services)
        (note,) = shown(pushes, browser)
    assert (note["title"], note["body"]) == ("A next step of yours is due today", "Say how it went, with one tap.")
    token = str(note["url"]).removeprefix("/answer?token=")
    assert services.tokens.verify_answer(token, clock.now) == AnswerPass(ANA, clock.now.date())


def test_one_reminder_by_two_ways_counts_once_for_the_week(services: Services, clock: HandClock) -> None:
    takes_notifications(services)
    wants_steps(services, push=True, most_a_week=1)
    due_today(services)
    assert services.due_reminders.write_due() == 1
    assert [channel for _, channel, _ in states(services, STEP)] == ["mail", "push"]
    clock.forward(24 * 3600)
    due_today(services)
    assert services.due_reminders.write_due() == 0


def test_a_mail_that_was_stopped_does_not_count_for_the_week(services: Services, house: MailHouse) -> None:
    wants_steps(services, most_a_week=1)
    services.outbox.unsubscribe(ANA_MAIL, STEP)
    due_today(services)
    assert remind(services) == 0
    assert store_of(services).execute("SELECT count(*) FROM given_reminders") == [(0,)]


def test_what_was_given_long_ago_is_forgotten(services: Services, clock: HandClock) -> None:
    wants_steps(services)
    due_today(services)
    remind(services)
    for days, left in ((89, 1), (2, 0)):
        clock.forward(days * 24 * 3600)
        services.due_reminders.sweep()
        assert store_of(services).execute("SELECT count(*) FROM given_reminders") == [(left,)]


def test_before_nine_in_the_morning_and_after_the_day_nothing_is_said(
    services: Services, house: MailHouse, clock: HandClock
) -> None:
    wants_steps(services)
    due_today(services)
    for moment in ("2026-05-06 08:59", "2026-05-07 00:01"):
        clock.now = at(moment)
        assert remind(services) == 0
    clock.now = at("2026-05-06 09:00")
    assert remind(services) == 1
    assert len(house.taken) == 1


def test_what_was_agreed_on_the_same_morning_needs_no_reminder(services: Services) -> None:
    wants_steps(services)
    services.coaching.actions.add(ANA, "Write the letter", due_on=services.clock().date())
    assert remind(services) == 0


def test_in_quiet_hours_it_waits_for_their_end(services: Services, house: MailHouse, clock: HandClock) -> None:
    wants_steps(services, quiet=QuietHours(9, 14))
    due_today(services)
    assert remind(services) == 1
    assert states(services, STEP) == [("step_due", "mail", "waiting")]
    clock.now = at("2026-05-06 13:59")
    remind(services)
    assert house.taken == []
    clock.now = at("2026-05-06 14:00")
    remind(services)
    assert len(house.taken) == 1


def test_what_is_of_no_use_after_quiet_hours_never_goes(
    services: Services, house: MailHouse, clock: HandClock
) -> None:
    # Quiet from nine in the morning until eight: what waits would come on the next day.
    wants_steps(services, quiet=QuietHours(9, 8))
    due_today(services)
    for moment in ("2026-05-06 10:30", "2026-05-07 08:30"):
        clock.now = at(moment)
        remind(services)
    assert house.taken == []
    assert states(services, STEP) == [("step_due", "mail", "dropped")]


@pytest.mark.parametrize("moot", ["done", "dropped", "answered", "chosen", "removed", "unsubscribed", "erased"])
def test_it_is_dropped_once_it_is_moot(services: Services, house: MailHouse, clock: HandClock, moot: str) -> None:
    wants_steps(services)
    id = due_today(services)
    services.due_reminders.write_due()
    day = clock.now.date()
    match moot:
        case "done":
            services.coaching.actions.done(ANA, id)
        case "dropped":
            services.coaching.actions.drop(ANA, id, None)
        case "answered":
            services.coaching.step_answers.answer(ANA, id, day, StepAnswer.PARTLY)
        case "chosen":
            services.reminders.choose(ANA, SPARING)
        case "removed":
            services.members.change(ANA_MAIL, status="removed", by=person(services, AMIRA))
        case "unsubscribed":
            services.outbox.unsubscribe(ANA_MAIL, STEP)
        case "erased":
            services.own_data.erase(ANA, ANA_MAIL)
    services.outbox.send_due()
    assert [mail for mail in house.taken if "due" in str(mail["Subject"])] == []
    assert all(state == "dropped" for _, _, state in states(services, STEP))


def test_no_more_than_chosen_go_out_in_a_week(services: Services, house: MailHouse, clock: HandClock) -> None:
    wants_steps(services, most_a_week=2)
    for _ in range(4):
        due_today(services)
        remind(services)
        clock.forward(24 * 3600)
    assert len(house.taken) == 2
    clock.forward(4 * 24 * 3600)
    due_today(services)
    remind(services)
    assert len(house.taken) == 3


def test_a_server_that_fails_twice_and_drops_the_line_gets_each_mail_once(
    services: Services, house: MailHouse, clock: HandClock
) -> None:
    wants_steps(services)
    due_today(services)
    house.faults.extend([MailFault.PUT_OFF, MailFault.DROPPED_IN_DATA, None])
    for _ in range(6):
        remind(services)
        clock.forward(300)
    assert len(house.mails_to(ANA_MAIL)) == 1


def test_an_address_that_the_server_refuses_is_given_up(services: Services, house: MailHouse) -> None:
    wants_steps(services)
    due_today(services)
    house.refused.add(ANA_MAIL)
    remind(services)
    assert states(services, STEP) == [("step_due", "mail", "given_up")]


def test_after_a_restart_nothing_comes_twice(tmp_path: Path, clock: HandClock, house: MailHouse) -> None:
    with reminding(tmp_path, clock, house) as first:
        wants_steps(first)
        due_today(first)
        remind(first)
    with reminding(tmp_path, clock, house) as second:
        assert remind(second) == 0
    assert len(house.taken) == 1


def test_who_wanted_to_come_back_is_reminded_on_that_day(
    services: Services, house: MailHouse, clock: HandClock
) -> None:
    day = services.come_back.choose(ANA, "session-1", 3, by=ANA_MAIL)
    assert day == clock.now.date() + timedelta(days=3)
    assert remind(services) == 0
    clock.forward(3 * 24 * 3600)
    assert [remind(services), remind(services)] == [1, 0]
    assert subjects(house) == ["You wanted to come back today"]


def test_who_came_sooner_is_not_reminded(services: Services, house: MailHouse, clock: HandClock) -> None:
    services.come_back.choose(ANA, "session-1", 3, by=ANA_MAIL)
    clock.forward(24 * 3600)
    enter(services, ANA)
    assert services.come_back.of(ANA) is None
    services.come_back.sweep()
    assert store_of(services).execute("SELECT count(*) FROM come_back_days") == [(0,)]
    clock.forward(2 * 24 * 3600)
    assert remind(services) == 0
    assert house.taken == []


def test_who_took_it_back_is_not_reminded(services: Services, house: MailHouse, clock: HandClock) -> None:
    services.come_back.choose(ANA, "session-1", 1, by=ANA_MAIL)
    clock.forward(24 * 3600)
    services.due_reminders.write_due()
    services.come_back.choose_none(ANA)
    services.outbox.send_due()
    assert house.taken == []
    assert states(services, BACK) == [("come_back", "mail", "dropped")]


def test_choices_are_kept_as_they_are_made(services: Services) -> None:
    assert services.reminders.choices(ANA) == SPARING
    chosen = replace(SPARING, by_mail=frozenset({Reminder.STEP}), by_push=frozenset(), quiet=QuietHours(0, 0))
    services.reminders.choose(ANA, chosen)
    assert services.reminders.choices(ANA) == chosen
    with pytest.raises(InvalidInputError):
        services.reminders.choose(ANA, replace(chosen, most_a_week=100))
    assert services.reminders.choices(ANA) == chosen
