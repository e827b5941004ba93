"""The browser components and Python exchange exactly what the typedefs in component_data.js say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import coachroom.ui
from coachroom.app import current
from coachroom.app.container import Services
from coachroom.notifications.web_push import VapidKey
from coachroom.people.demo import seed_demo_people
from tests.notifications.push_house import PUSH_SUBSCRIPTION, PushBrowser
from tests.services import OIDC, delivery, opened, said, writer_of
from tests.ui.pages import ANA, data, see

TYPES = Path(coachroom.ui.__file__).parent / "assets" / "component_data.js"
COMMENT = re.compile(r"/\*\*(.*?)\*/", re.DOTALL)
TYPEDEF = re.compile(r"@typedef \{object\} (\w+)")
PROPERTY = re.compile(r"@property \{[^}]+\} (\w+)")


def typedefs() -> dict[str, set[str]]:
    """The keys of each object type, by the type's name."""
    comments = COMMENT.findall(TYPES.read_text(encoding="utf-8"))
    return {named[1]: set(PROPERTY.findall(text)) for text in comments if (named := TYPEDEF.search(text))}


def room_of_ana(services: Services) -> str:
    services.rooms.give_consent("demo-ana")
    room = services.rooms.create("demo-ana")
    session = services.rooms.enter(room.id, "demo-ana")
    services.tools.call(session, "call-1", "save_goal", {"title": "Sleep better"})
    services.intake.receive(session.id, delivery(said(1, "Hello Ana.", "agent")))
    return room.id


def test_the_room_hands_over_what_the_agents_box_the_controls_and_the_self_view_expect(services: Services) -> None:
    app = see(ANA, "Room.py", room=room_of_ana(services))
    agent_box = data(app, "agent_box")
    assert set(agent_box) == typedefs()["AgentBoxData"]
    assert {frozenset(note) for note in agent_box["notes"]} == {frozenset(typedefs()["Note"])}
    assert {frozenset(turn) for turn in agent_box["said_before"]} == {frozenset(typedefs()["SaidBefore"])}
    assert set(data(app, "controls")) == typedefs()["ControlsData"]
    assert set(data(app, "self_view_local")) == typedefs()["SelfViewData"]


def test_the_lobby_is_handed_what_it_expects_and_what_the_client_chose_the_last_time(services: Services) -> None:
    services.rooms.give_consent("demo-ana")
    room = services.rooms.create("demo-ana")
    assert data(see(ANA, "Room.py", room=room.id), "lobby") == {"hold_to_talk": False}
    services.coaching.profiles.keep_hold_to_talk("demo-ana", True)
    handed = data(see(ANA, "Room.py", room=room.id), "lobby")
    assert handed == {"hold_to_talk": True}
    assert set(handed) == typedefs()["LobbyData"]


@pytest.mark.usefixtures("services")
def test_a_button_hands_over_a_form_or_a_link() -> None:
    assert set(data(see(ANA), "create_room")) == typedefs()["PostFormData"]
    assert set(data(see(None), "sign_in")) == typedefs()["PostLinkData"]


@pytest.mark.usefixtures("services")
def test_the_frame_hands_over_the_page_and_where_help_is() -> None:
    app = see(ANA)
    assert set(data(app, "page_frame")) == typedefs()["FrameData"]
    help_now = data(app, "help_now")
    assert set(help_now) == typedefs()["HelpNowData"]
    assert {frozenset(line) for line in help_now["lines"]} == {frozenset(typedefs()["HelpLineData"])}


def test_the_profile_hands_over_the_key_and_which_browsers_are_known(tmp_path: Path) -> None:
    key = VapidKey.new()
    with opened(tmp_path, push_key=key.text, self_view="local", **OIDC) as services:
        seed_demo_people(writer_of(services), services.clock())
        current.install(services)
        keys = PushBrowser.new()
        services.push_subscriptions.subscribe(ANA, keys.subscription(PUSH_SUBSCRIPTION["endpoint"]))
        handed = data(see(ANA, "Profile.py"), "push_switch")
        assert set(handed) == typedefs()["PushSwitchData"]
        assert handed == {"public_key": key.public_text, "known": services.push_subscriptions.browsers_of(ANA)}


class ReadKeys(dict[str, Any]):
    """A mapping that remembers which of its keys were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.keys_read: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.keys_read.add(key)
        return super().get(key, default)

    def __getitem__(self, key: str) -> Any:
        self.keys_read.add(key)
        return super().__getitem__(key)


@pytest.mark.usefixtures("services")
def test_python_reads_every_key_that_the_lobby_sends_and_no_other() -> None:
    # Its import declares components, for which the app has to be known.
    from coachroom.ui.lobby import tab_state

    result = ReadKeys()
    tab_state(result)
    assert result.keys_read == typedefs()["LobbyResult"]


def test_every_type_of_component_data_is_compared() -> None:
    handed = {"AgentBoxData", "SaidBefore", "Note", "ControlsData", "SelfViewData", "PostFormData", "PostLinkData"}
    handed |= {"FrameData", "HelpNowData", "HelpLineData", "LobbyData", "PushSwitchData"}
    # By test_live_page.py.
    handed |= {"HumanCoachData", "JoinData", "JoinMessage", "LiveCoachData"}
    sent_back = {"LobbyResult"}
    assert set(typedefs()) == handed | sent_back
