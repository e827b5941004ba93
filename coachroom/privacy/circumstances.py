"""What a client may ask beside their rows: who works with the data, and for how long, in sentences."""

from __future__ import annotations

from coachroom.privacy.client_export import Circumstances
from coachroom.settings import AgentProvider, ErasedFacts, SelfView, Settings

PROCESSORS = {
    AgentProvider.PRACTICE: "a practice coach on this computer; nothing leaves it",
    AgentProvider.ELEVENLABS: "ElevenLabs, a company that provides the voice and the AI behind it",
}

# What becomes of a conversation off the record where it takes place.
AT_PROVIDER = {
    AgentProvider.PRACTICE: "The practice coach deletes the conversation as soon as it is over.",
    AgentProvider.ELEVENLABS: "ElevenLabs hears it to answer, and is asked to delete it as soon as the call is over; "
    "until it has, and in its own logs and backups, it keeps it by its own rules.",
}
# What becomes of the numbers that were made from it.
FACTS_OF_ERASED = {
    ErasedFacts.DELETE: "The community's numbers change accordingly.",
    ErasedFacts.KEEP: "The lengths and counts of sessions stay in the community's numbers: under a random number, "
    "with the day alone, and nothing says whose they were.",
}


def circumstances(settings: Settings, provider_days: int) -> Circumstances:
    """`provider_days`: after how many days the provider is asked to delete a conversation; below 0 never."""
    answered = f"What you say is turned into text and answered by {PROCESSORS[settings.provider]}."
    return Circumstances(f"{answered} {_self_view(settings)}{_sent_on(settings)}", _how_long(settings, provider_days))


def _self_view(settings: Settings) -> str:
    if settings.self_view is SelfView.LOCAL:
        stays = "Your camera's picture stays in your browser"
        return f"{stays}, unless you let a human coach in; it is not stored." if settings.live_coach else f"{stays}."
    nobody = "nobody else gets it" + (" unless you let a human coach in." if settings.live_coach else ".")
    return f"Your camera's picture goes to this server and back to you. It is not stored, and {nobody}"


def _sent_on(settings: Settings) -> str:
    """What leaves this server by mail, by notifications and by reports."""
    parts = []
    if settings.smtp_host:
        parts.append("Mails to you go through the mail server of your community.")
        if settings.monday_mail:
            parts.append(
                "So do mails on Monday that name you to your human coach and an administrator where a talk would do "
                "you good, with the stars or answers that say so."
            )
        if settings.appointments:
            parts.append(
                "So do mails that tell your human coach of your appointments with them: your name, the time, and the "
                "reason that you give where you cancel one."
            )
        parts.append(
            "The reminders that you choose hold your name and, of an appointment, its time and whom you meet, and no "
            "words of a session, a goal or a next step. Whoever has the link in a mail about a due next step can "
            "answer in your place, once, for seven days."
        )
    if settings.push_key is not None:
        parts.append(
            "Notifications that you switch on go through the push service of your browser's maker, sealed, so that "
            "it sees when one comes and not what it says."
        )
    if settings.hook_url:
        parts.append(
            "Another system of your community is told when a session of yours ends, how long it took and how it "
            "ended, and when a talk would do you good: with an id in place of your name, and without your words."
        )
        if settings.appointments:
            parts.append("So it is of your appointments: their times, and whether they were kept.")
    return "".join(f" {part}" for part in parts)


def _how_long(settings: Settings, days: int) -> str:
    here = _how_long_here(settings)
    if settings.backup_dir is not None:
        here += f" Backups by themselves are deleted after {settings.backup_keep_days:g} days, but for the latest."
    if settings.provider is AgentProvider.PRACTICE:
        return here
    there = f"is asked to delete a conversation after {days} days" if days >= 0 else "is not asked to delete anything"
    return f"{here} ElevenLabs {there}."


def _how_long_here(settings: Settings) -> str:
    words, told = settings.keep_transcripts_days, settings.keep_briefings_days
    parts = []
    if words is not None:
        parts.append(
            f"The words of a session are deleted {words:g} days after it, by the provider of the AI coach too. When "
            "it was, how long it took and how much was said stays, and so does what was noted or remembered."
        )
    if told is not None:
        parts.append(f"What the coach was told before a session is deleted {told:g} days after it.")
    rest = "What else is stored here" if parts else "What is stored here"
    parts.append(f"{rest} has no end date: it stays until you delete or erase it.")
    return " ".join(parts)
