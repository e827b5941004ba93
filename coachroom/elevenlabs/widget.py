"""How the real ElevenLabs widget is set up in the room: its attributes, as text."""

from __future__ import annotations

import json
from typing import Any

from coachroom.regions import region_of

# The bridge in ui/assets finds the widget's own buttons by these words.
TEXTS = {
    "start_call": "Start",
    "mute_microphone": "Mute microphone",
    "end_call": "End",
    "input_label": "Message to the coach",
    "input_placeholder": "Write to the coach…",
    "input_placeholder_text_only": "Write to the coach…",
    "chatting_status": "Typing with your coach",
    # Also said where a pause or a human coach ended the call.
    "user_ended_conversation": "The conversation stopped here",
}


def attributes(*, agent_id: str, user_id: str, avatar_url: str, api_url: str) -> dict[str, str]:
    """All widget attributes. `user_id` is our opaque client id: without one the widget fingerprints the browser.

    What the agent is told is none of them: the page asks for it when a call starts.
    """
    config: dict[str, Any] = {
        "language": "en",
        "avatar": {"type": "image", "url": avatar_url},
        "variant": "full",
        "placement": "bottom",
        "feedback_mode": "none",
        "end_feedback": None,
        "mic_muting_enabled": True,
        "transcript_enabled": True,
        "text_input_enabled": True,
        "supports_text_only": True,
        "default_expanded": True,
        "always_expanded": True,
        "dismissible": False,
        "disable_banner": True,
        "text_contents": TEXTS,
        "styles": {"overlay_padding": 8},
    }
    region = region_of(api_url)
    return {
        "agent-id": agent_id,
        **({} if region is None else {"server-location": region.location}),
        "user-id": user_id,
        "override-config": json.dumps(config),
        "text-contents": json.dumps(TEXTS),
        "always-expanded": "true",
        "placement": "bottom",
        "variant": "full",
        "mic-muting": "true",
        "transcript": "true",
        "text-input": "true",
        "use-rtc": "false",
        "collect-feedback": "false",
        "allow-events": "true",
    }
