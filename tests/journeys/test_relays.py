"""Two browsers reach each other through a real TURN server, by what our server tells them of each other."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from coachroom.clock import utc_now
from coachroom.live.ice import IcePlan, TurnServers, relayed_candidate, relayed_sdp
from tests.live.turn_house import coturn
from tests.open_server import OpenServer

SECRET = "shared with the servers"
# Each side learns of the other what `relayedSdp` and `relayedCandidate` let through.
LINK = """async ([ours, theirs, milliseconds]) => {
  const sides = [new RTCPeerConnection(ours), new RTCPeerConnection(theirs)];
  const queued = [[], []];
  sides.forEach((side, place) => {
    side.onicecandidate = async (event) => {
      if (!event.candidate) return;
      const sent = await window.relayedCandidate(event.candidate.candidate);
      window.told.push(sent);
      if (sent === null) return;
      const candidate = { ...event.candidate.toJSON(), candidate: sent };
      if (sides[1 - place].remoteDescription) await sides[1 - place].addIceCandidate(candidate);
      else queued[1 - place].push(candidate);
    };
  });
  window.told = [];
  const describe = async (place, description) => {
    const sdp = await window.relayedSdp(description.sdp);
    window.told.push(sdp);
    await sides[place].setRemoteDescription({ type: description.type, sdp });
    for (const candidate of queued[place].splice(0)) await sides[place].addIceCandidate(candidate);
  };
  const heard = new Promise((resolve) => {
    sides[1].ondatachannel = (event) => { event.channel.onmessage = (message) => resolve(message.data); };
  });
  const channel = sides[0].createDataChannel("words");
  const sound = new AudioContext().createMediaStreamDestination().stream;
  sides[0].addTransceiver(sound.getAudioTracks()[0], { direction: "sendrecv" });
  sides[0].addTransceiver("video", { direction: "sendrecv" });
  channel.onopen = () => channel.send("hello");
  await sides[0].setLocalDescription();
  await describe(1, sides[0].localDescription);
  await sides[1].setLocalDescription();
  await describe(0, sides[1].localDescription);
  const patience = new Promise((resolve) => setTimeout(() => resolve("nothing"), milliseconds));
  const answer = { heard: await Promise.race([heard, patience]), told: window.told };
  sides.forEach((side) => side.close());
  return answer;
}"""


def linked(page: Page, server: OpenServer, plan: IcePlan, seconds: float) -> dict[str, Any]:
    """What the second heard of the first within this time, and what each was told of the other."""
    page.goto(f"{server.url}/healthz")
    page.expose_function("relayedSdp", relayed_sdp)
    page.expose_function("relayedCandidate", relayed_candidate)
    now = utc_now()
    answer: dict[str, Any] = page.evaluate(
        LINK, [plan.rtc("join:client", now), plan.rtc("join:coach", now), seconds * 1000]
    )
    return answer


def test_they_hear_each_other_through_the_relay_alone(page: Page, server: OpenServer, tmp_path: Path) -> None:
    with coturn(tmp_path, SECRET) as port:
        turn = TurnServers((f"turn:127.0.0.1:{port}",), SECRET, timedelta(hours=1))
        answer = linked(page, server, IcePlan((), turn, relay_only=True), seconds=20)
    assert answer["heard"] == "hello"
    told = [each for each in answer["told"] if each]
    candidates = [line for each in told for line in each.splitlines() if "candidate:" in line]
    assert candidates
    assert all(" typ relay raddr 0.0.0.0 rport 0" in line for line in candidates)
    assert set(re.findall(r"\d+\.\d+\.\d+\.\d+", "\n".join(told))) <= {"127.0.0.1", "0.0.0.0"}


def test_pages_that_do_not_use_the_relay_learn_nothing_by_which_they_could_link(
    page: Page, server: OpenServer
) -> None:
    answer = linked(page, server, IcePlan((), None, relay_only=False), seconds=4)
    assert answer["heard"] == "nothing"
    assert [each for each in answer["told"] if each and each.startswith("candidate:")] == []
