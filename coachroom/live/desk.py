"""What happens as the two pages of a visit speak: who is told what, what is kept, and when it is over."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from coachroom.clock import Clock, new_secret_id, to_iso
from coachroom.errors import CoachroomError
from coachroom.live.hub import LiveClose, LiveHub, LiveSocket
from coachroom.live.ice import IcePlan, relayed_candidate, relayed_sdp
from coachroom.live.joins import ActOutOfOrderError, JoinNotFoundError, Joins, TooManyActsError
from coachroom.live.messages import (
    Admission,
    Candidate,
    Desc,
    Done,
    Enter,
    Lapsed,
    Leave,
    LiveMessage,
    LiveMessageError,
    Order,
    Side,
    State,
)
from coachroom.live.states import (
    HOLD_GRACE,
    MAX_HOLD,
    MAX_UNLINKED,
    MODE_AFTER,
    WORDS_OF,
    Act,
    Join,
    JoinAct,
    JoinEnd,
    JoinStatus,
    held_since,
    latest_mode_change,
    mode_after,
)
from coachroom.recording.session_states import SessionBusyError

log = logging.getLogger(__name__)

# So many of the latest acts are told to a coach's page that comes back: each may have hundreds of characters.
MAX_ACTS_TOLD = 100
# Keeps the coach's words as turns of the session. The same act may come again, and must then change nothing.
KeepWords = Callable[[Join, JoinAct], None]
# Is told the id of a session whose page has something new to show.
SessionChanged = Callable[[str], None]


class LiveDesk:
    """Safe to use from many threads. Calls that write block until that is committed."""

    def __init__(self, joins: Joins, clock: Clock, ice: IcePlan, *, keep_words: KeepWords) -> None:
        self.hub = LiveHub()
        self._joins = joins
        self._clock = clock
        self._ice = ice
        self._keep_words = keep_words
        self._changed: SessionChanged = lambda _: None

    def on_change(self, changed: SessionChanged) -> None:
        """From now on `changed` is told of sessions into which a coach asks to come, or which one has left."""
        self._changed = changed

    def asked(self, join: Join) -> None:
        """A coach has asked to join."""
        self._changed(join.session_id)

    def enter(self, join: Join, side: Side, socket: LiveSocket) -> None:
        """Takes a socket in: it is told how things stand, and the other side that it is there."""
        self.hub.enter(join, side, socket, self._hello(join, side))
        self.hub.tell(join.id, side.other, {"type": "peer", "here": True})
        found = self._joins.find(join.id)
        if found is not None and found.status is not join.status:
            # Somebody was faster, before this socket could be told.
            self._tell_status(found)

    def leave(self, join_id: str, side: Side, socket: LiveSocket) -> None:
        """A socket is gone."""
        if self.hub.leave(join_id, side, socket):
            self.hub.tell(join_id, side.other, {"type": "peer", "here": False})

    def take(self, join: Join, side: Side, message: LiveMessage) -> None:
        """Does what a page sent. Raises LiveMessageError for what does not come at this place."""
        match message:
            case Desc() | Candidate() | State():
                self._relay(join, side, message)
            case Done():
                sent = {"type": "done", "id": message.id, "done": message.done, "why": message.why}
                self.hub.keep_done(join.id, message.id, sent)
                self.hub.tell(join.id, Side.COACH, sent)
                if not message.done:
                    self._only_listen_after(join, message.id)
            case Admission():
                self._answer(join, message)
            case Leave():
                self.end(join.id, JoinEnd.CLIENT if side is Side.CLIENT else JoinEnd.COACH)
            case Order():
                self._order(join, message)
            case Lapsed():
                self._let_go(join)
            case Enter():
                raise LiveMessageError

    def end(self, join_id: str, why: JoinEnd) -> Join | None:
        """Ends a join and closes its sockets; None where it was over already."""
        ended = self._joins.end(join_id, why)
        if ended is not None:
            self._close(ended)
        return ended

    def end_in(self, session_id: str) -> None:
        """Ends the join of this session, if one is open, as the session is no place for it any more."""
        join = self._joins.open_in(session_id)
        if join is not None:
            self.end(join.id, JoinEnd.SESSION)

    def sweep(self) -> None:
        """Ends what is due, and closes the sockets of what has ended otherwise."""
        now = self._clock()
        going_on = {join.id: join for join in self._joins.all_open()}
        for join, why in self._joins.due(list(going_on.values())):
            del going_on[join.id]
            if why is not None:
                self.end(join.id, why)
            elif (expired := self._joins.expire(join.id)) is not None:
                self._close(expired)
        admitted = {join.id for join in going_on.values() if join.status is JoinStatus.ADMITTED}
        for join_id in admitted:
            self._end_long_hold(going_on[join_id], now)
        for join_id, since in self.hub.apart_since(admitted, now).items():
            if now - since >= MAX_UNLINKED:
                del going_on[join_id]
                self.end(join_id, JoinEnd.LOST)
        for known in self.hub.joins():
            if known.id in going_on:
                continue
            found = self._joins.find(known.id)
            if found is None:
                # Its session is deleted, or off the record.
                self.hub.close(known.id, LiveClose.OVER, JoinEnd.SESSION)
                self._changed(known.session_id)
            elif not found.status.open:
                self._close(found)

    def _hello(self, join: Join, side: Side) -> dict[str, Any]:
        acts, now = self._joins.acts(join.id), self._clock()
        hello: dict[str, Any] = {
            "type": "hello",
            "join": join.id,
            "status": join.status,
            "until": to_iso(join.expires_at) if join.expires_at else None,
            "mode": mode_after(acts),
            "rtc": self._ice.rtc(f"{join.id}:{side}", now),
            "server_time": to_iso(now),
        }
        if side is Side.CLIENT:
            return hello | {"coach": self._joins.names(join.id).coach, "reason": join.reason}
        return hello | {"acts": [_shown(each) for each in acts[-MAX_ACTS_TOLD:]]}

    def _relay(self, join: Join, side: Side, message: Desc | Candidate | State) -> None:
        if join.status is not JoinStatus.ADMITTED:
            return
        match message:
            case State():
                sent: dict[str, Any] = {"type": "state", **message.fields}
                if message.linked and self.hub.first_linked(join.id):
                    self._joins.note_linked(join.id)
                if side is Side.COACH:
                    # The client's page knows of the link what it must.
                    self.hub.note_echo(join.id, cancelled=message.cancels_echo)
                    return
            case Desc():
                desc = dict(message.desc)
                if self._ice.relay_only:
                    desc["sdp"] = relayed_sdp(desc["sdp"])
                sent = {"type": "desc", "desc": desc}
                if side is Side.CLIENT:
                    sent["names"] = message.names
            case Candidate():
                candidate = self._told(message.candidate)
                if candidate is None and message.candidate is not None:
                    return
                sent = {"type": "ice", "candidate": candidate}
        self.hub.tell(join.id, side.other, sent)

    def _told(self, candidate: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        """The candidate as the other side may know it; None where it may not."""
        if candidate is None or not self._ice.relay_only:
            return candidate
        relayed = relayed_candidate(candidate["candidate"])
        return None if relayed is None else {**candidate, "candidate": relayed}

    def _answer(self, join: Join, answer: Admission) -> None:
        answered = self._joins.answer(join.id, join.client_id, admit=answer.admit)
        # Where the time to answer is over, the next sweep writes it down.
        if answered.status is not JoinStatus.ASKED:
            self._tell_status(answered)

    def _tell_status(self, join: Join) -> None:
        if not join.status.open:
            self._close(join)
            return
        self.hub.note(join)
        self.hub.tell_both(join.id, {"type": "status", "status": join.status})

    def _order(self, join: Join, order: Order) -> None:
        known = self.hub.done(join.id, order.id)
        if known is not None:
            self.hub.tell(join.id, Side.COACH, known)
            return
        refusal = self._refusal(join, order.act)
        act = None
        if refusal is None:
            try:
                act = self._joins.act(join.id, order.id, order.act, order.text)
            except JoinNotFoundError:
                refusal = "status"
            except ActOutOfOrderError:
                refusal = "order"
            except TooManyActsError:
                refusal = "full"
            except CoachroomError:
                refusal = "text"
        if act is None:
            self._refuse(join, order.id, refusal)
        elif self._is_outdated(act):
            self._refuse(join, order.id, "late")
        else:
            self._pass_on(join, act)

    def _refuse(self, join: Join, order_id: str, why: str | None) -> None:
        self.hub.tell(join.id, Side.COACH, {"type": "done", "id": order_id, "done": False, "why": why})

    def _refusal(self, join: Join, act: Act) -> str | None:
        if join.status is not JoinStatus.ADMITTED:
            return "status"
        if act is Act.BOTH and not self.hub.cancels_echo(join.id):
            return "echo"
        return None if self.hub.here(join.id, Side.CLIENT) else "client"

    def _is_outdated(self, act: JoinAct) -> bool:
        """Whether an order that comes again decided a mode which is in force no more."""
        return act.act in MODE_AFTER and latest_mode_change(self._joins.acts(act.join_id)) != act

    def _pass_on(self, join: Join, act: JoinAct) -> None:
        if act.act in WORDS_OF:
            try:
                self._keep_words(join, act)
            except SessionBusyError:
                # They stay among what the coach did; whom they are for reads them now.
                log.warning("the record of session %s lacks words of its human coach", join.session_id)
        if not self.hub.tell(join.id, Side.CLIENT, {"type": "order", **_sent(act)}):
            # It went just now; sent again under its id, the order is passed on.
            self._refuse(join, act.id, "client")
        self._tell_mode(join, act)

    def _only_listen_after(self, join: Join, order_id: str) -> None:
        """The client's page could not pass the coach's voice on: then the coach does not talk to both."""
        change = latest_mode_change(self._joins.acts(join.id))
        if change is None or change.id != order_id or change.act is not Act.BOTH:
            return
        self._tell_mode(join, self._joins.act(join.id, new_secret_id(), Act.LISTENING))

    def _end_long_hold(self, join: Join, now: datetime) -> None:
        """A page that does not end a hold in time is told to."""
        longest = MAX_HOLD + HOLD_GRACE
        since = held_since(self._joins.acts(join.id))
        if since is None or now - since < longest:
            return
        act = self._let_go(join, held=longest)
        if act is not None:
            self.hub.tell(join.id, Side.CLIENT, {"type": "order", **_sent(act)})

    def _let_go(self, join: Join, *, held: timedelta = timedelta()) -> JoinAct | None:
        act = self._joins.let_go(join.id, held=held)
        if act is not None:
            self._tell_mode(join, act)
        return act

    def _tell_mode(self, join: Join, act: JoinAct) -> None:
        if act.act in MODE_AFTER:
            self.hub.tell_both(join.id, {"type": "mode", "mode": MODE_AFTER[act.act]})

    def _close(self, join: Join) -> None:
        self.hub.tell_both(join.id, {"type": "status", "status": join.status, "why": join.outcome})
        self.hub.close(join.id, LiveClose.OVER, join.outcome)
        self._changed(join.session_id)


def _sent(act: JoinAct) -> dict[str, Any]:
    return {"id": act.id, "n": act.n, "act": act.act, "text": act.text}


def _shown(act: JoinAct) -> dict[str, Any]:
    return {**_sent(act), "at": to_iso(act.at)}
