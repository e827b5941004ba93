"""Why a time is not free, and whom the client meets, in words."""

from __future__ import annotations

from datetime import timedelta

from coachroom.appointments.calendars import OpeningHours, WhyNot
from coachroom.appointments.states import AppointmentKind

_SENTENCES = {
    WhyNot.TOO_SOON: "This time is over or too soon{notice}.",
    WhyNot.TOO_FAR: "This time is too far ahead: times are open for the next {horizon} days.",
    WhyNot.DAY_OFF: "There are no appointments on this day.",
    WhyNot.OUTSIDE_HOURS: "An appointment of {minutes} minutes at this time lies outside of the hours of the day.",
    WhyNot.NO_BEGIN: "Appointments begin every {step} minutes, and not at this time.",
    WhyNot.TAKEN: "This time is taken.",
    WhyNot.BUSY_ELSEWHERE: "Your human coach is busy at this time.",
    WhyNot.TOO_CLOSE: "This time is too close to another appointment: some minutes stay free between two.",
    WhyNot.DAY_FULL: "This day is full: your human coach takes no more appointments on it.",
    WhyNot.CLIENT_BUSY: "You have another appointment at this time.",
}
# Where the coach asks about their own hours.
_FOR_COACHES = {
    WhyNot.TAKEN: "You have an appointment at this time.",
    WhyNot.BUSY_ELSEWHERE: "Your calendar says you are busy at this time.",
    WhyNot.DAY_FULL: "This day is full: you take no more appointments on it.",
    WhyNot.CLIENT_BUSY: "The client has another appointment at this time.",
}


def why_sentence(why: WhyNot, hours: OpeningHours, *, for_coach: bool = False) -> str:
    """One sentence, which names nobody."""
    notice = hours.notice // timedelta(hours=1)
    sentences = _SENTENCES | _FOR_COACHES if for_coach else _SENTENCES
    return sentences[why].format(
        notice=f": book at least {notice} hours ahead" if notice else "",
        horizon=hours.horizon_days,
        minutes=hours.minutes,
        step=hours.step_minutes,
    )


def whom_text(kind: AppointmentKind, coach: str) -> str:
    """Whom the client meets, such as "Carla Mendes and the AI coach". `coach`: the human coach's name there."""
    return {
        AppointmentKind.AI: "the AI coach",
        AppointmentKind.COACH: coach,
        AppointmentKind.BOTH: f"{coach} and the AI coach",
    }[kind]
