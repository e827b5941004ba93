"""What may stand in an address that we ask the provider for: ids of its own form, never other text.

The SDK puts an id into the path as it is, so that "../user" would ask for something else with our key.
"""

from __future__ import annotations

import re

# "conv_" and letters and digits, as the provider makes them; 26 at present.
_CONVERSATION_ID = re.compile(r"conv_[A-Za-z0-9]{1,64}", re.ASCII)
_PATH_PART = re.compile(r"[A-Za-z0-9_-]{1,200}", re.ASCII)


def is_conversation_id(text: str) -> bool:
    """Whether the text has the form of the provider's conversation ids."""
    return bool(_CONVERSATION_ID.fullmatch(text))


def path_part(text: str) -> str:
    """The text, if it is one part of a path and nothing else. Raises ValueError."""
    if not _PATH_PART.fullmatch(text):
        raise ValueError(f"{text[:60]!r} is no id of ElevenLabs")
    return text
