"""What a client agrees to before anything starts. A changed text is a new version and is asked for again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

# The day on which the text was changed last.
VERSION = "2026-11-30"


@dataclass(frozen=True)
class Notice:
    """The words of one consent: short paragraphs, and the sentence that is agreed to."""

    version: str
    paragraphs: tuple[str, ...]
    agreement: str

    @property
    def dated(self) -> date:
        """The day that its version names."""
        return date.fromisoformat(self.version)


def notice(*, processor: str) -> Notice:
    """The current notice; `processor` names who processes voice and words, in plain words."""
    return Notice(
        VERSION,
        (
            "Your coach here is an AI, not a person. It can be wrong, and it is no replacement for a doctor "
            "or a therapist.",
            f"What you say is turned into text and answered by {processor}. The conversation is written down "
            "so that you can read it again and the coach knows where you left off.",
            "Your camera's picture is never stored. You see yourself, and nobody else does unless you let a human "
            "coach in.",
            "A human coach of your community sees the titles of your goals and next steps, your ratings, and when "
            "you were here, but not what was said. The page Privacy says it in full.",
            "Your human coach may ask to join a session, if your community offers that. They see and hear nothing "
            "until you let them in, each time anew. Then they see and hear you, hear the AI coach, may talk with you "
            "and may tell the AI coach what to look at; that is written down too. You can ask them to leave at any "
            "time.",
            "Sometimes two versions of the coach are compared. Which one you meet is drawn; you can say no at any "
            "time, and nothing else changes.",
            "You can stop at any time, and type instead of talking.",
        ),
        "I understand that I talk with an AI and that the conversation is recorded as text.",
    )
