"""Each entry of the audit log as a plain sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from coachroom.charts.formatting import some
from coachroom.people.audit import AuditEntry

# Who is no member.
OTHERS = {
    "operator": "The operator of the server",
    "client": "A client",
    "list of erasures": "The list of erasures",
    "coachroom": "coachroom",
    "hook": "The members' hook",
    "somebody": "Somebody",
}
# A kind of entry, and how its actions begin.
KINDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Members": ("members.",),
        "Sign-ins": ("sign_out", "identity."),
        "Refused access": (
            "sign_in_refused",
            "page_refused",
            "room_refused",
            "download_refused",
            "live_refused",
            "access_refused",
        ),
        "Downloads": ("export", "own_data.export"),
        "Clients' pages": ("client.viewed",),
        "Human coaches in sessions": ("live.",),
        "Appointments": ("appointment.",),
        "Versions side by side": ("comparison.",),
        "Erasures": ("client.erased",),
        "Sessions": ("session.",),
        "Reports of safety": ("safety_report.",),
        "Days with notes": ("day_note.",),
        "Messages": ("message.",),
        "Demo": ("demo.",),
    }
)


def sentence(entry: AuditEntry) -> str:
    """What happened, such as "amira@example.com removed ana@example.com."."""
    say = _SENTENCES.get(entry.action)
    who = OTHERS.get(entry.actor, entry.actor)
    if say is None:
        return f"{who} did “{entry.action}” to {entry.subject}."
    return say(who, entry)


def _added(who: str, entry: AuditEntry) -> str:
    coach = entry.detail.get("coach")
    with_coach = f", coached by {coach}" if coach else ""
    return f"{who} added {entry.subject} as {entry.detail.get('role', 'member')}{with_coach}."


def _set(who: str, entry: AuditEntry) -> str:
    detail = entry.detail
    parts = []
    if "role" in detail:
        parts.append(f"gave {entry.subject} the role {detail['role']}")
    if "status" in detail:
        verb = "removed" if detail["status"] == "removed" else "brought back"
        parts.append(f"{verb} {entry.subject}")
    if "coach" in detail:
        coach = detail["coach"]
        parts.append(f"gave {entry.subject} {coach} as coach" if coach else f"left {entry.subject} without a coach")
    if len(parts) == len(("role", "status", "coach")):
        # Older entries say how everything stands, not what was changed.
        return f"{who} changed {entry.subject}, who is {detail['role']}, {detail['status']} since then."
    return f"{who} {' and '.join(parts) or f'changed {entry.subject}'}."


def _imported(who: str, entry: AuditEntry) -> str:
    counts = [f"{number} {name}" for name, number in entry.detail.items() if name != "sync" and number]
    removing = ", removing who was not in it" if entry.detail.get("sync") else ""
    return f"{who} imported members from a file{removing}: {', '.join(counts) or 'nothing changed'}."


def _undone(who: str, entry: AuditEntry) -> str:
    left = entry.detail.get("left alone", 0)
    but = f"; {some(left, 'member')} changed since then stayed as they were" if left else ""
    return f"{who} undid an import: {some(entry.detail.get('restored', 0), 'member')} as before{but}."


def _erased(who: str, entry: AuditEntry) -> str:
    whom = "themself" if entry.actor == "client" else "a client"
    rows, calls = (some(entry.detail.get(name, 0), name[:-1]) for name in ("rows", "calls"))
    return f"{who} erased {whom}: {rows}, {calls}."


def _account(entry: AuditEntry) -> str:
    return f"account {entry.detail.get('subject')} at {entry.detail.get('issuer')}"


def _not_written(_: str, entry: AuditEntry) -> str:
    return f"{some(entry.detail.get('times', 0), 'more refusal')} within an hour were only counted."


def _session_ended(who: str, entry: AuditEntry) -> str:
    return f"{who} ended a session of {entry.subject}."


# Why a human coach's visit to a session ended, where neither of the two wanted it.
_LIVE_ENDS = {
    "session": "as the session was over, or went off the record",
    "lost": "as one of the two was away for too long",
    "not_allowed": "as one of the two may not take part any more",
}


def _appointment(verb: str) -> Callable[[str, AuditEntry], str]:
    def say(who: str, entry: AuditEntry) -> str:
        coach = entry.detail.get("coach")
        through = " in a session with the AI coach" if entry.detail.get("through") else ""
        return f"{who} {verb} an appointment of {entry.subject} with {coach or 'the AI coach'}{through}."

    return say


def _given(who: str, entry: AuditEntry) -> str:
    return (
        f"{who} gave an appointment of {entry.subject} to {entry.detail.get('coach')}, as its human coach has left."
    )


def _live_ended(who: str, entry: AuditEntry) -> str:
    why, coach = str(entry.detail.get("why")), entry.detail.get("coach")
    if why == "coach":
        return f"{who} left a session of {entry.subject}."
    if why == "client":
        return f"{who} asked {coach} to leave their session."
    return f"The visit of {coach} to a session of {entry.subject} ended, {_LIVE_ENDS.get(why, why)}."


_SENTENCES: Mapping[str, Callable[[str, AuditEntry], str]] = MappingProxyType(
    {
        "members.add": _added,
        "members.set": _set,
        "members.invite": lambda who, entry: f"{who} invited {entry.subject} by mail.",
        "members.import": _imported,
        "members.hook": lambda who, entry: (
            f"{who} reported {entry.detail.get('event')} of {entry.subject}: {entry.detail.get('change')}."
        ),
        "members.hook_refused": lambda who, entry: (
            f"{who} reported {entry.detail.get('event')} of {entry.subject}, which was not taken."
        ),
        "members.import_undone": _undone,
        "members.address": lambda _, entry: (
            f"{entry.subject} has another address now, {entry.detail.get('new')}: the member ID is the same."
        ),
        "sign_out": lambda who, _: f"{who} signed out.",
        "sign_out.everywhere": lambda who, entry: f"{who} signed {entry.subject} out everywhere.",
        "identity.waiting": lambda _, entry: f"Somebody came as {entry.subject} with another account, and waits.",
        "identity.accepted": lambda who, entry: f"{who} accepted the {_account(entry)} for {entry.subject}.",
        "identity.refused": lambda who, entry: f"{who} keeps out the {_account(entry)} for {entry.subject}.",
        "identity.forgotten": lambda who, entry: f"{who} had the account of {entry.subject} forgotten.",
        "client.erased": _erased,
        "client.viewed": lambda who, entry: f"{who} looked at the page of the client {entry.subject}.",
        "session.ended": _session_ended,
        "safety_report.dealt_with": lambda who, entry: (
            f"{who} marked a report that a session of {entry.subject} was not safe as dealt with."
        ),
        "safety_report.opened_again": lambda who, entry: (
            f"{who} opened again a report that a session of {entry.subject} was not safe."
        ),
        "session.deleted": lambda who, _: f"{who} deleted one of their own sessions.",
        "live.asked": lambda who, entry: f"{who} asked to join a session of {entry.subject}.",
        "live.admitted": lambda who, entry: f"{who} let {entry.detail.get('coach')} into their session.",
        "live.declined": lambda who, entry: f"{who} did not let {entry.detail.get('coach')} into their session.",
        "live.expired": lambda _, entry: (
            f"{entry.subject} did not answer {entry.detail.get('coach')}, who asked to join their session."
        ),
        "live.ended": _live_ended,
        "appointment.booked": _appointment("booked"),
        "appointment.given": _given,
        "appointment.moved": _appointment("moved"),
        "appointment.cancelled": _appointment("cancelled"),
        "comparison.started": lambda who, entry: f"{who} started the comparison “{entry.subject}”.",
        "comparison.stopped": lambda who, entry: (
            f"{who} stopped the comparison “{entry.subject}”: “{entry.detail.get('because')}”."
        ),
        "comparison.finished": lambda _, entry: f"The comparison “{entry.subject}” reached its planned size.",
        "comparison.decided": lambda who, entry: (
            f"{who} decided the comparison “{entry.subject}” for the {entry.detail.get('version')} version: "
            f"“{entry.detail.get('words')}”."
        ),
        "message.again": lambda who, entry: (
            f"{who} had a message to {entry.subject} sent again ({entry.detail.get('kind', 'of some kind')})."
        ),
        "demo.generate": lambda who, _: f"{who} invented the demo community.",
        "own_data.export": lambda who, _: f"{who} took their own data away.",
        "export": lambda who, entry: f"{who} downloaded {entry.subject} as {entry.detail.get('format', 'a file')}.",
        "day_note.add": lambda who, entry: f"{who} noted at {entry.subject}: “{entry.detail.get('words')}”.",
        "day_note.remove": lambda who, entry: f"{who} took the note at {entry.subject} away.",
        "sign_in_refused": lambda who, entry: f"{who} could not sign in ({entry.subject}).",
        "page_refused": lambda who, entry: f"{who} was refused the page {entry.subject}.",
        "room_refused": lambda who, _: f"{who} was refused a room that is not theirs.",
        "download_refused": lambda who, _: f"{who} was refused a download that is not theirs.",
        "live_refused": lambda who, _: f"{who} was refused a visit to a session that is not theirs.",
        "access_refused_more": _not_written,
    }
)
ACTIONS = frozenset(_SENTENCES)
