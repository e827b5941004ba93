"""The practice agent: an in-process stand-in that speaks ElevenLabs' protocol, with no key and no network.

It serves the part of the HTTP and WebSocket interface that the real widget and the official SDK use. It coaches by
simple rules, speaks with a synthesised voice, hears that somebody speaks but not the words, and says so.
"""

from coachroom.simulator.mood import AWKWARD, NORMAL, Mood
from coachroom.simulator.practice_agent import PracticeAgent
from coachroom.simulator.server.faults import Faults

__all__ = ["AWKWARD", "NORMAL", "Faults", "Mood", "PracticeAgent"]
