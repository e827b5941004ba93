"""What of the agent's voice was heard: its sound as it arrived, and as it left the widget's output."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field

from playwright.sync_api import Page, WebSocket

BYTES_A_SECOND = 2 * 16_000
# Runs before anything else: listens to what the widget plays, beside the page's own work, notes when there is sound
# and when the output is closed.
WATCH = """
(() => {
  const worklet = `registerProcessor("loud", class extends AudioWorkletProcessor {
    process([[samples]]) {
      if (samples?.some((sample) => Math.abs(sample) > 0.003)) this.port.postMessage(currentTime * 1000);
      return true;
    }
  })`;
  window.loudAt = [];
  window.closedAt = [];
  const own = AudioContext.prototype;
  const listen = async (stream) => {
    const context = new AudioContext();
    await context.audioWorklet.addModule(URL.createObjectURL(new Blob([worklet], { type: "text/javascript" })));
    const node = new AudioWorkletNode(context, "loud");
    node.port.onmessage = ({ data }) => window.loudAt.push(data);
    context.createMediaStreamSource(stream).connect(node).connect(context.destination);
  };
  const destination = own.createMediaStreamDestination;
  own.createMediaStreamDestination = function () {
    const target = destination.call(this);
    this.isOutput = true;
    listen(target.stream);
    return target;
  };
  const closing = own.close;
  own.close = function () {
    if (this.isOutput) window.closedAt.push(performance.now());
    return closing.call(this);
  };
})()
"""


@dataclass
class Loudspeaker:
    """Listens to one page, from before it is opened. Its browser context was made with `bypass_csp`."""

    page: Page
    arrived: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.page.add_init_script(WATCH)
        self.page.on("websocket", self._watch)

    def forget(self) -> None:
        """What was heard until now does not count."""
        self.arrived.clear()
        self.page.evaluate("() => { window.loudAt = []; window.closedAt = []; }")

    @property
    def arrived_seconds(self) -> float:
        """How much of the agent's voice came over the line."""
        return sum(self.arrived.values()) / BYTES_A_SECOND

    @property
    def heard_seconds(self) -> float:
        """From the first sound to the last that the output played."""
        loud: list[float] = self.page.evaluate("window.loudAt")
        return (loud[-1] - loud[0]) / 1000 if loud else 0.0

    @property
    def closed(self) -> bool:
        return bool(self.page.evaluate("window.closedAt.length"))

    def _watch(self, socket: WebSocket) -> None:
        if "/convai/conversation" in socket.url:
            socket.on("framereceived", self._take)

    def _take(self, frame: str | bytes) -> None:
        message = json.loads(frame)
        if message.get("type") == "audio":
            event = message["audio_event"]
            size = len(base64.b64decode(event["audio_base_64"]))
            self.arrived[event["event_id"]] = self.arrived.get(event["event_id"], 0) + size
