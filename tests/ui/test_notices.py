"""Mails about what happens to a client's own: their data taken away, a device that was not there before."""

from __future__ import annotations

from typing import Any

import pytest

from coachroom.app.container import Services
from coachroom.notifications.web_push import VapidKey
from coachroom.privacy.circumstances import circumstances
from coachroom.settings import Settings
from tests.notifications.mail_house import MailHouse
from tests.services import store_of
from tests.ui.pages import ANA, see, words
from tests.ui.test_privacy import press

WISH = "tell_of_devices"


def test_whoever_takes_their_data_away_is_told_by_mail_and_it_can_not_be_unsubscribed(
    mailing: Services, house: MailHouse
) -> None:
    press(see(ANA, "Privacy.py"), "own_data")
    assert mailing.outbox.send_due() == 1
    (mail,) = house.mails_to(ANA)
    plain, _ = mail.iter_parts()
    assert mail["Subject"] == "Your data was prepared for download"
    assert plain.get_content().rstrip().endswith("https://coach.example.com/Profile")
    assert mail["List-Unsubscribe"] is None
    ((actions,),) = store_of(mailing).execute("SELECT count(*) FROM audit_log WHERE action = 'own_data.export'")
    assert actions == 1


def test_a_client_says_that_they_want_to_be_told_of_new_devices_and_that_they_do_not(mailing: Services) -> None:
    app = see(ANA, "Profile.py")
    assert not app.checkbox(key=WISH).value
    app.checkbox(key=WISH).check().run()
    assert not app.exception
    assert mailing.devices.wished("demo-ana")
    assert see(ANA, "Profile.py").checkbox(key=WISH).value
    app.checkbox(key=WISH).uncheck().run()
    assert not mailing.devices.wished("demo-ana")


def test_without_a_mail_server_nobody_is_asked(services: Services) -> None:
    assert services.settings.smtp_host is None
    assert WISH not in [box.key for box in see(ANA, "Profile.py").checkbox]


def test_a_client_reads_that_mails_go_through_a_mail_server(mailing: Services) -> None:
    assert mailing.settings.smtp_host is not None
    read = words(see(ANA, "Privacy.py"))
    assert "mail server of your community" in read
    assert "mails on Monday that name you to your human coach" in read
    assert "Another system of your community" not in read


@pytest.mark.parametrize(
    ("settings", "told", "untold"),
    [
        ({"hook_url": "https://hooks.example/x", "hook_secret": "s" * 32}, "Another system", "ails"),
        ({"push_key": VapidKey.new().text}, "the push service of your browser's maker", "ails"),
        ({"smtp_host": "127.0.0.1", "mail_from": "a@b.example", "monday_mail": False}, "Mails to you", "Monday"),
        ({"smtp_host": "127.0.0.1", "mail_from": "a@b.example"}, "Mails to you", "appointments"),
        ({"smtp_host": "127.0.0.1", "mail_from": "a@b.example"}, "Mails to you", "Notifications"),
        (
            {"smtp_host": "127.0.0.1", "mail_from": "a@b.example", "appointments": True},
            "your appointments",
            "Another",
        ),
    ],
)
def test_a_client_reads_what_is_sent_on_and_no_more(settings: dict[str, Any], told: str, untold: str) -> None:
    read = circumstances(Settings(_env_file=None, **settings), -1).processors
    assert told in read
    assert untold not in read
