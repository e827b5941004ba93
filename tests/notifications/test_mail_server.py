"""The mail server: what it takes, what it refuses, and how a line to it may break."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from coachroom.notifications.mail_server import MailSender, MailServer
from coachroom.notifications.mail_text import MailText
from coachroom.notifications.message import Channel, MessageKind, NotSentError, OutgoingMessage
from coachroom.settings import MailSecurity
from tests.certificates import make_certificate
from tests.notifications.mail_house import MailFault, MailHouse, mail_house
from tests.services import NOON

ANA = "ana.silva@example.com"
TEXT = MailText("Your room is open", ("Hello Ana,", "come in."), "Open your room", "https://coach.example.com/")


def server(house: MailHouse, security: MailSecurity = MailSecurity.NONE, **more: object) -> MailServer:
    known = MailServer("127.0.0.1", house.port, security, "Coaching <coach@example.com>", timeout=5)
    return replace(known, **more)  # type: ignore[arg-type]


def to(recipient: str = ANA, text: MailText = TEXT) -> OutgoingMessage:
    return OutgoingMessage(
        f"invitation {recipient}", MessageKind.INVITATION, Channel.MAIL, text.payload(), recipient=recipient
    )


def send(server: MailServer, message: OutgoingMessage | None = None) -> None:
    MailSender(server).send(message or to(), NOON, NOON)


def test_a_mail_says_the_same_as_plain_text_and_as_html() -> None:
    with mail_house() as house:
        send(server(house))
    (mail,) = house.taken
    assert (mail["From"], mail["To"], mail["Subject"]) == ("Coaching <coach@example.com>", ANA, "Your room is open")
    assert mail["Message-ID"] == f"<{to().id}@example.com>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe"] is None
    plain, page = mail.iter_parts()
    assert plain.get_content().split("\n\n") == [
        "Hello Ana,",
        "come in.",
        "Open your room: https://coach.example.com/\n",
    ]
    assert '<p>come in.</p>\n<p><a href="https://coach.example.com/">Open your room</a></p>' in page.get_content()


def test_a_mail_that_may_be_stopped_says_where_on_one_line() -> None:
    address = "https://coach.example.com/unsubscribe?token=" + "A1b-_" * 60
    with mail_house() as house:
        send(server(house), to(text=replace(TEXT, unsubscribe=address)))
    (mail,) = house.taken
    assert f"\nList-Unsubscribe: <{address}>\n" in mail.as_string(policy=mail.policy.clone(max_line_length=2000))
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    plain, page = mail.iter_parts()
    assert address in plain.get_content()
    assert address in page.get_content()


def test_no_name_and_no_subject_adds_a_header_or_markup() -> None:
    evil = "Ana\r\nBcc: all@example.com\r\n\r\n<script>alert(1)</script>"
    with mail_house() as house:
        send(server(house), to(text=replace(TEXT, subject=evil, paragraphs=(evil,))))
    (mail,) = house.taken
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Ana Bcc: all@example.com <script>alert(1)</script>"
    _, page = mail.iter_parts()
    assert "<script>" not in page.get_content()


@pytest.mark.parametrize("address", ["ana@example.com\r\nBcc: x@example.com", "a..b@example.com", "ana", "", "@"])
def test_an_address_that_is_none_is_given_up_before_the_server_hears_of_it(address: str) -> None:
    with mail_house() as house, pytest.raises(NotSentError, match="none that a mail can be sent to") as refused:
        send(server(house), to(address))
    assert refused.value.final
    assert house.talks == 0


@pytest.mark.parametrize(
    ("fault", "sentence", "no_answer"),
    [
        (MailFault.PUT_OFF, "did not take the mail \\(451\\)", False),
        (MailFault.DROPPED_IN_DATA, "line to the mail server broke", True),
        (MailFault.DROPPED_AFTER_DATA, "line to the mail server broke", True),
        (MailFault.HANGS, "line to the mail server broke", True),
    ],
)
def test_what_goes_wrong_for_now_is_worth_another_try(fault: MailFault, sentence: str, no_answer: bool) -> None:
    with mail_house() as house:
        house.faults.append(fault)
        with pytest.raises(NotSentError, match=sentence) as failed:
            send(server(house, timeout=0.3))
    assert (failed.value.final, failed.value.no_answer) == (False, no_answer)


def test_an_address_that_the_server_refuses_is_final() -> None:
    with mail_house() as house:
        house.refused.add(ANA)
        with pytest.raises(NotSentError, match="does not take mail for this address \\(550\\)") as refused:
            send(server(house))
    assert refused.value.final


def test_nobody_there_is_said_so() -> None:
    with mail_house() as house:
        gone = server(house)
    with pytest.raises(NotSentError, match="cannot be reached") as failed:
        send(gone)
    assert failed.value.no_answer


def test_a_password_is_shown_to_a_server_whose_certificate_is_trusted(tmp_path: Path) -> None:
    tls = make_certificate(tmp_path)
    theirs, ours = tls.serving(), tls.context()
    with mail_house(user="ana", password="secret", tls=theirs) as house:
        known = server(house, MailSecurity.STARTTLS, user="ana", password="secret")
        MailSender(known, ours).send(to(), NOON, NOON)
        assert len(house.taken) == 1
        with pytest.raises(NotSentError, match="cannot be trusted"):
            MailSender(known).check()
        with pytest.raises(NotSentError, match="refuses our sign-in \\(535\\)"):
            MailSender(replace(known, password="wrong"), ours).check()


def test_a_server_without_encryption_gets_no_password() -> None:
    with mail_house(user="ana", password="secret") as house:
        known = server(house, MailSecurity.STARTTLS, user="ana", password="secret")
        with pytest.raises(NotSentError, match="cannot do what COACHROOM_SMTP_SECURITY"):
            send(known)


def test_a_password_stands_in_no_text_about_the_server() -> None:
    assert "secret" not in repr(MailServer("h", 25, MailSecurity.NONE, "a@b.c", user="u", password="secret"))
