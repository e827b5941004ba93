"""ElevenLabs' API through its SDK, against the practice agent on a real server: whatever happens is one sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from coachroom.elevenlabs import client as module
from coachroom.elevenlabs.client import NO_ANSWER, ElevenLabs
from coachroom.errors import AgentUnavailableError
from coachroom.rooms.states import Sender
from tests.server import free_port
from tests.simulator.serving import AGENT, API_KEY, TEXT_ONLY, RunningAgent, call, open_house, until

Make = Callable[..., ElevenLabs]

REFUSED = [(401, "unauthorized", None), (402, "quota", None), (403, "unauthorized", None)]
REFUSED += [(404, "agent_missing", None), (429, "busy", 5)]
REFUSED += [(status, "not_taken", None) for status in (400, 405, 409, 410, 422, 451)]
BROKEN = [(status, "no_answer", 3) for status in (408, 425, 500, 502, 503)]

# What is refused because of the id alone is never there, however often it is asked for.
OF_A_CALL = [
    (status, "unknown_call" if cause in ("agent_missing", "not_taken") else cause, retry_after)
    for status, cause, retry_after in REFUSED + BROKEN
]


@pytest.fixture(scope="module")
def running() -> Iterator[RunningAgent]:
    with open_house(agent_ids=[AGENT]) as services:
        yield services


@pytest.fixture
def practice(running: RunningAgent) -> Iterator[RunningAgent]:
    yield running
    faults = running.agent.faults
    faults.status.clear()
    faults.garbage.clear()
    faults.slow.clear()
    faults.slow_processing = 0
    faults.signed_host = None


@pytest.fixture
def provider(practice: RunningAgent) -> Iterator[Make]:
    """Makes providers that speak to the practice agent, and closes them."""
    made: list[ElevenLabs] = []

    def make(key: str = API_KEY, agent: str = AGENT, url: str = practice.url) -> ElevenLabs:
        made.append(ElevenLabs(api_key=key, base_url=url, agent_id=agent))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def finished(practice: RunningAgent) -> str:
    """The id of a call in which something was typed and answered."""
    with call(practice, **TEXT_ONLY) as caller:
        conversation_id = str(caller.hear("conversation_initiation_metadata")["conversation_id"])
        caller.hear("agent_response")
        caller.type("I want to sleep better")
        caller.hear("agent_response")
    return conversation_id


def test_a_signed_address_opens_a_call(practice: RunningAgent, provider: Make) -> None:
    address = provider().signed_url()
    assert address.startswith(f"ws://127.0.0.1:{practice.port}/practice/")
    with call(practice, url=address, **TEXT_ONLY) as caller:
        caller.hear("conversation_initiation_metadata")


def test_the_transcript_of_a_call_is_read_once_it_is_settled(
    practice: RunningAgent, provider: Make, finished: str
) -> None:
    asked = provider()
    record = until(lambda: (got := asked.record(finished)).settled and got)
    assert record.conversation_id == finished
    assert [turn.sender for turn in record.turns] == [Sender.AGENT, Sender.CLIENT, Sender.AGENT]
    assert record.turns[1].message == "I want to sleep better"
    assert [turn.seconds for turn in record.turns] == sorted(turn.seconds for turn in record.turns)
    assert record.started_at.tzinfo is None


def test_a_transcript_that_is_still_being_made_is_not_settled(
    practice: RunningAgent, provider: Make, finished: str
) -> None:
    practice.agent.faults.slow_processing = 15
    with call(practice, **TEXT_ONLY) as caller:
        going_on = str(caller.hear("conversation_initiation_metadata")["conversation_id"])
        assert not provider().record(going_on).settled
    assert not provider().record(going_on).settled


@pytest.mark.parametrize(
    ("endpoint", "refusal"),
    [("signed_url", refusal) for refusal in REFUSED + BROKEN] + [("conversation", refusal) for refusal in OF_A_CALL],
)
def test_every_refusal_is_a_sentence_for_the_client_and_a_cause_for_the_operator(
    practice: RunningAgent, provider: Make, endpoint: str, refusal: tuple[int, str, float | None]
) -> None:
    status, cause, retry_after = refusal
    practice.agent.faults.status[endpoint] = status  # type: ignore[index]
    with pytest.raises(AgentUnavailableError) as error:
        ask(provider(), endpoint)
    assert (error.value.cause, error.value.retry_after) == (cause, retry_after)
    fit_for_a_client(str(error.value))


@pytest.mark.parametrize("endpoint", ["signed_url", "conversation"])
def test_garbage_is_no_answer(practice: RunningAgent, provider: Make, endpoint: str) -> None:
    practice.agent.faults.garbage.add(endpoint)  # type: ignore[arg-type]
    with pytest.raises(AgentUnavailableError) as error:
        ask(provider(), endpoint)
    assert error.value.cause == "no_answer"
    fit_for_a_client(str(error.value))


@pytest.mark.parametrize("endpoint", ["signed_url", "conversation"])
def test_an_answer_that_takes_too_long_is_no_answer(
    practice: RunningAgent, provider: Make, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TIMEOUT_SECONDS", 0.2)
    practice.agent.faults.slow[endpoint] = 10  # type: ignore[index]
    with pytest.raises(AgentUnavailableError) as error:
        ask(provider(), endpoint)
    assert (error.value.cause, error.value.retry_after) == ("no_answer", 3)


def test_a_provider_that_is_not_there_is_no_answer(provider: Make) -> None:
    with pytest.raises(AgentUnavailableError) as error:
        provider(url=f"http://127.0.0.1:{free_port()}").signed_url()
    assert str(error.value) == NO_ANSWER[0]


def test_what_fails_again_and_again_is_logged_once_until_it_works(
    practice: RunningAgent, provider: Make, caplog: pytest.LogCaptureFixture
) -> None:
    asked, status = provider(), practice.agent.faults.status

    def fails(times: int) -> None:
        for _ in range(times):
            with pytest.raises(AgentUnavailableError):
                asked.signed_url()

    status["signed_url"] = 503
    fails(3)
    status["signed_url"] = 400
    fails(2)
    status.clear()
    asked.signed_url()
    status["signed_url"] = 400
    fails(2)
    causes = [record.getMessage().split()[2] for record in caplog.records if "agent provider" in record.getMessage()]
    assert causes == ["no_answer", "not_taken", "not_taken"]


def test_a_wrong_key_and_an_unknown_agent_are_told_apart(practice: RunningAgent, provider: Make) -> None:
    for asked, cause in (
        (provider(key="wrong"), "unauthorized"),
        (provider(agent="x"), "agent_missing"),
    ):
        with pytest.raises(AgentUnavailableError) as error:
            asked.signed_url()
        assert error.value.cause == cause


OTHER_HOSTS = ["api.eu.residency.elevenlabs.io", "127.0.0.1:1", "127.0.0.1", "localhost:{port}"]
OTHER_HOSTS += ["127.0.0.1:{port}@a.example"]


@pytest.mark.parametrize("host", OTHER_HOSTS)
def test_an_address_on_a_host_that_pages_may_not_reach_is_refused_and_says_the_way_out(
    practice: RunningAgent, provider: Make, caplog: pytest.LogCaptureFixture, host: str
) -> None:
    practice.agent.faults.signed_host = host.format(port=practice.port)
    with pytest.raises(AgentUnavailableError) as error:
        provider().signed_url()
    assert (error.value.cause, error.value.retry_after) == ("other_host", None)
    fit_for_a_client(str(error.value))
    assert "COACHROOM_ELEVENLABS_URL" in str(error.value.operator)
    assert str(error.value.operator) in caplog.text


def test_a_key_never_stands_in_a_sentence_or_in_the_log(
    practice: RunningAgent, provider: Make, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(AgentUnavailableError) as error:
        provider(key="sk_very_secret").signed_url()
    assert "sk_very_secret" not in str(error.value) + caplog.text
    assert "unauthorized" in caplog.text


def ask(asked: ElevenLabs, endpoint: str) -> None:
    asked.signed_url() if endpoint == "signed_url" else asked.record("conv_ofnobody")


def fit_for_a_client(sentence: str) -> None:
    assert sentence.endswith(".")
    assert len(sentence) < 160
    for jargon in ("HTTP", "40", "50", "API", "token", "Error", "None", "agent", "ElevenLabs"):
        assert jargon not in sentence
