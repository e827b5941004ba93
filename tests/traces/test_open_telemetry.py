from __future__ import annotations

import subprocess
import sys

import pytest

from coachroom.errors import SettingsError
from coachroom.store.duck import DuckStore
from coachroom.store.writer import Writer
from coachroom.traces import spans
from coachroom.traces.context import about
from coachroom.traces.open_telemetry import OpenTelemetry
from coachroom.traces.spans import measured, present_trace_id, trace_by
from coachroom.traces.work import Work
from tests.open_server import until
from tests.server import free_port
from tests.traces.collector import Collector, collecting

WORDS = "my mother drinks again"


def sent_by(collector: Collector, work) -> list[dict]:
    """The spans that reach the collector from `work`, done by a process that traces."""
    tracer = OpenTelemetry(collector.address + "/", replica="here")
    trace_by(tracer)
    try:
        work()
    finally:
        trace_by(None)
        tracer.close()
    return collector.spans()


def test_a_span_has_the_name_of_its_work_and_the_ids_it_was_about() -> None:
    def work() -> None:
        with (
            about(session="s-1"),
            measured(Work.INTAKE, events=3, page=None),
            about(call="c-1"),
            measured(Work.PROVIDER, asks="record") as span,
        ):
            span.note({"tries": 2})

    with collecting() as collector:
        inner, outer = sent_by(collector, work)
    assert outer["name"] == "intake"
    assert {name: value for name, value in outer.items() if name.startswith("coachroom.")} == {
        "coachroom.session": "s-1",
        "coachroom.events": 3,
    }
    assert (inner["name"], inner["coachroom.call"], inner["coachroom.session"]) == ("provider", "c-1", "s-1")
    assert inner["coachroom.tries"] == 2
    assert inner["trace"] == outer["trace"]
    assert outer["resource"]["service.name"] == "coachroom"
    assert outer["resource"]["service.instance.id"] == "here"


def test_a_span_that_fails_says_of_what_class_the_error_is_and_not_what_it_says() -> None:
    def work() -> None:
        with pytest.raises(ValueError), measured(Work.FILING):
            raise ValueError(WORDS)

    with collecting() as collector:
        (span,) = sent_by(collector, work)
    assert (span["failed"], span["error.type"], span["events"]) == (True, "ValueError", 0)
    assert not any(WORDS.encode() in body for body in collector.bodies)


def test_a_commit_is_linked_with_all_that_asked_for_it() -> None:
    def work() -> None:
        store = DuckStore(None)
        writer = Writer(store)
        try:
            with measured(Work.INTAKE):
                writer.submit(lambda transaction: transaction.execute("SELECT 1")).result(10)
        finally:
            writer.close()
            store.close()

    with collecting() as collector:
        by_name = {span["name"]: span for span in sent_by(collector, work)}
    assert by_name["commit"]["links"] == [by_name["intake"]["id"]]
    assert by_name["commit"]["coachroom.writes"] == 1


def test_a_line_of_the_log_can_be_found_among_the_traces() -> None:
    seen = []

    def work() -> None:
        assert present_trace_id() is None
        with measured(Work.INTAKE):
            seen.append(present_trace_id())

    with collecting() as collector:
        (span,) = sent_by(collector, work)
    assert seen == [span["trace"]]
    assert present_trace_id() is None


def test_a_collector_that_is_away_fails_no_work_and_is_named_once(caplog: pytest.LogCaptureFixture) -> None:
    tracer = OpenTelemetry(f"http://127.0.0.1:{free_port()}", replica="here")
    trace_by(tracer)
    for _ in range(3):
        with measured(Work.INTAKE):
            pass
    trace_by(None)
    tracer.close()

    def said() -> list[str]:
        return [record.getMessage() for record in caplog.records if record.name.startswith("coachroom")]

    # It tries for a while before it gives the spans up.
    until(said)
    assert said() == ["the collector of COACHROOM_OTLP_ENDPOINT takes no spans: they are dropped until it does"]


def test_where_nobody_takes_spans_nothing_of_opentelemetry_is_loaded() -> None:
    code = (
        "import sys, coachroom.launch\n"
        "from coachroom.traces.spans import measured\n"
        "from coachroom.traces.work import Work\n"
        "with measured(Work.PAGE, page='Home'): pass\n"
        "assert not [name for name in sys.modules if name.startswith('opentelemetry')]"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True)


def test_without_the_extra_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(SettingsError, match="install coachroom with its extra `traces`"):
        OpenTelemetry("http://127.0.0.1:9", replica="here")


def test_the_time_of_work_is_counted_whether_it_is_traced_or_not() -> None:
    before = spans.durations.histograms()[Work.CALENDAR].up_to[-1]
    with measured(Work.CALENDAR):
        pass
    assert spans.durations.histograms()[Work.CALENDAR].up_to[-1] == before + 1
