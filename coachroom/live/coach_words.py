"""What a human coach writes in a session, as turns of its record."""

from __future__ import annotations

from coachroom.live.states import Act, Join, JoinAct
from coachroom.recording.events import COACH_EPOCH, Delivery, TurnReported
from coachroom.recording.intake import Intake
from coachroom.recording.turn import CoachWords
from coachroom.rooms.states import Sender

KINDS = {Act.HINT: CoachWords.HINT, Act.SAY: CoachWords.MESSAGE, Act.HAND_BACK: CoachWords.SUMMARY}


def keep_coach_words(intake: Intake, join: Join, act: JoinAct) -> None:
    """Keeps the words of an act that has some, and returns once they are committed; the same act again adds nothing.

    Raises RoomNotFoundError, SessionBusyError.
    """
    if act.text is None or act.act not in KINDS:
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
        written=KINDS[act.act],
    )
    intake.receive(join.session_id, Delivery(token="", epoch=COACH_EPOCH + join.id, sent_at=None, events=(turn,)))
