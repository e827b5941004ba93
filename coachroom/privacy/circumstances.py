"""What a client may ask beside their rows: who works with the data, and for how long, in sentences."""

from __future__ import annotations

from coachroom.privacy.client_export import Circumstances
from coachroom.settings import AgentProvider, SelfView, Settings

PROCESSORS = {
    AgentProvider.PRACTICE: "a practice coach on this computer; nothing leaves it",
    AgentProvider.ELEVENLABS: "ElevenLabs, a company that provides the voice and the AI behind it",
}


def circumstances(settings: Settings, provider_days: int) -> Circumstances:
    """`provider_days`: after how many days the provider is asked to delete a conversation; below 0 never."""
    answered = f"What you say is turned into text and answered by {PROCESSORS[settings.provider]}."
    mails = " Mails to you go through the mail server of your community." if settings.smtp_host else ""
    return Circumstances(f"{answered} {_self_view(settings.self_view)}{mails}", _how_long(settings, provider_days))


def _self_view(kind: SelfView) -> str:
    if kind is SelfView.LOCAL:
        return "Your camera's picture stays in your browser."
    return "Your camera's picture goes to this server and back to you. It is not stored, and nobody else gets it."


def _how_long(settings: Settings, days: int) -> str:
    here = "What is stored here has no end date: it stays until you erase it, below on this page."
    if settings.backup_dir is not None:
        here += f" Backups by themselves are deleted after {settings.backup_keep_days:g} days, but for the latest."
    if settings.provider is AgentProvider.PRACTICE:
        return here
    there = f"is asked to delete a conversation after {days} days" if days >= 0 else "is not asked to delete anything"
    return f"{here} ElevenLabs {there}."
