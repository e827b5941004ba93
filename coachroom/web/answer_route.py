"""Where a client says, without signing in, how next steps that were due went: a link from a mail or a notification.

Looking changes nothing, as programs look at links before people do. No word of a step stands here.
"""

from __future__ import annotations

import html
from datetime import datetime
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from coachroom.app.container import Services
from coachroom.app.current import get_services
from coachroom.clock import day_there, short_date
from coachroom.coaching.step_answers import DueStep, StepAnswer
from coachroom.coaching.validation import InvalidInputError
from coachroom.people.signed_tokens import ANSWER_PATH, AnswerPass
from coachroom.web.bodies import body_up_to
from coachroom.web.plain_page import link_part, plain_page

MAX_FORM_BYTES = 4096
NOT_OURS = "This link is not whole, or older than seven days: sign in to your coaching room and open your page Goals."
TITLE = "How did it go?"
LABELS = {StepAnswer.DONE: "Done", StepAnswer.PARTLY: "Partly", StepAnswer.NOT_YET: "Not yet"}


async def look(request: Request) -> Response:
    """GET: asks, and changes nothing."""
    return await run_in_threadpool(_look, request, None)


async def answer(request: Request) -> Response:
    """POST step=…&answer=done|partly|not_yet: the answer counts, once."""
    form = parse_qs((await body_up_to(MAX_FORM_BYTES, request)).decode("utf-8", "replace"))
    return await run_in_threadpool(_answer, request, form.get("step", [""])[0], form.get("answer", [""])[0])


def _look(request: Request, said: str | None) -> Response:
    services = get_services()
    asked = _asked(services, request)
    if asked is None:
        return _not_found()
    return _page(services, asked, said)


def _answer(request: Request, step: str, given: str) -> Response:
    services = get_services()
    asked = _asked(services, request)
    if asked is None:
        return _not_found()
    try:
        chosen = StepAnswer(given)
    except ValueError:
        return _page(services, asked, "Choose one of the three answers.", status=400)
    try:
        services.coaching.step_answers.answer(asked.client_id, step, asked.day, chosen)
    except InvalidInputError as error:
        return _page(services, asked, str(error), status=409)
    return _page(services, asked, "Thank you. The AI coach begins with your answer when you meet next.")


def _asked(services: Services, request: Request) -> AnswerPass | None:
    """Whose steps of which day the link is for; None for one that is none of ours, too old, or of no member."""
    token = request.query_params.get("token", "")
    asked = services.tokens.verify_answer(token, services.clock())
    return asked if asked is not None and services.people.email_of(asked.client_id) is not None else None


def _not_found() -> Response:
    return plain_page(TITLE, f"<p>{NOT_OURS}</p>", link_part("Open Goals", "/Goals"), status=404)


def _page(services: Services, asked: AnswerPass, said: str | None, *, status: int = 200) -> Response:
    zone = services.coaching.profiles.zone(asked.client_id)
    steps = services.coaching.step_answers.due_on(asked.client_id, asked.day)
    lines = [f"<p role='status'><strong>{html.escape(said)}</strong></p>"] if said else []
    if not steps:
        lines.append("<p>There is nothing to answer: this next step is not on your list any more.</p>")
    elif any(step.may_be_answered for step in steps):
        lines.append("<p>One press is your answer, and counts once. No words of your next steps stand here.</p>")
    lines += [_step(step, zone) for step in steps]
    lines.append("<p><a href='/Goals'>Sign in to see your goals and next steps</a></p>")
    return plain_page(TITLE, *lines, status=status)


def _step(step: DueStep, zone: ZoneInfo) -> str:
    about = f"Your next step from {_day(step.created_at, zone)}, due on {short_date(step.due_on)}"
    if step.answer is not None and step.answered_at is not None:
        return f"<p>{about}: on {_day(step.answered_at, zone)} you said: {step.answer.words}.</p>"
    if not step.may_be_answered:
        return f"<p>{about}: it is settled already.</p>"
    buttons = "".join(f"<button name='answer' value='{each}'>{label}</button>" for each, label in LABELS.items())
    return (
        f"<form method='post'><fieldset><legend>{about}</legend>"
        f"<input type='hidden' name='step' value='{html.escape(step.action_id)}'>{buttons}</fieldset></form>"
    )


def _day(moment: datetime, zone: ZoneInfo) -> str:
    return short_date(day_there(moment, zone))


def answer_routes() -> list[Route]:
    return [
        Route(ANSWER_PATH, look, methods=["GET"]),
        Route(ANSWER_PATH, answer, methods=["POST"]),
    ]
