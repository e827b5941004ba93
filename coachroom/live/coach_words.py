"""What a human coach writes in a session, as turns of its record."""

from __future__ import annotations

from coachroom.live.states import WORDS_OF, Join, JoinAct
from coachroom.recording.events import COACH_EPOCH, Delivery, TurnReported
from coachroom.recording.intake import Intake
from coachroom.rooms.states import Sender


def keep_coach_words(intake: Intake, join: Join, act: JoinAct) -> None:
    """Keeps the words of an act that has some, and returns once they are committed; the same act again adds nothing.

    Raises RoomNotFoundError, SessionBusyError.
    """
    if act.text is None or act.act not in WORDS_OF:
        return
    turn = TurnReported(
        n=act.n,
        at_time=act.at,
        conversation_id=None,
        sender=Sender.COACH,
        text=act.text,
        event_id=None,
        typed=True,
        latency_ms=None,
        written=WORDS_OF[act.act].kind,
    )
    intake.receive(join.session_id, Delivery(token="", epoch=COACH_EPOCH + join.id, sent_at=None, events=(turn,)))
