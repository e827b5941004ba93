"""Taking over the seed's tables: all of a folder, or nothing and a list of faults."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachroom.errors import ImportFileError
from coachroom.store.seed_import import SeedReport, goal_titles, import_directory
from coachroom.store.store import Store

NOW = datetime(2026, 5, 1, 12)
PROFILES = (
    'id,skoolUserId,preferences,goals,history\nc1,u1,"{""tone"":""calm""}","[""Sleep"", ""Run""]",Came in May\n'
)
SESSIONS = (
    "id,roomId,clientId,startTime,endTime,status\ns1,r1,c1,2026-01-02T10:00:00Z,2026-01-02T10:20:00Z,Completed\n"
)
TURNS = (
    "id,sessionId,message,sender,timestamp,context\n"
    't2,s1,"Hi, Ana",ai,2026-01-02T10:00:05Z,"{""topic"": ""hello""}"\n'
    "t1,s1,Hello,user,2026-01-02T12:00:02+02:00,\n"
    't3,s1,"two\nlines",client,2026-01-02 10:00:05,not json\n'
)
FEEDBACK = "sessionId,rating,nps,comment,createdAt\ns1,5,9,Good,2026-01-02T10:21:00Z\n"
GOALS = "id,clientId,title,weight,createdAt\ng1,c1,Read more,2,2026-01-01\n"
CHECKINS = "goalId,score,createdAt\ng1,-1,2026-01-05\nc1:goal:1,2,2026-01-06\n"
EVERYTHING = {
    "ClientProfiles.csv": PROFILES,
    "Sessions.csv": SESSIONS,
    "Conversations.csv": TURNS,
    "Feedback.csv": FEEDBACK,
    "Goals.csv": GOALS,
    "GoalCheckins.csv": CHECKINS,
}
TABLES = ("client_profiles", "rooms", "sessions", "conversations", "feedback", "goals", "goal_checkins")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "seed's tables"
    folder.mkdir()
    return folder


def fill(folder: Path, **changes: str) -> None:
    for name, text in EVERYTHING.items():
        (folder / name).write_text(changes.get(name.removesuffix(".csv"), text), encoding="utf-8", newline="")


def load(store: Store, folder: Path) -> SeedReport:
    with store.transaction() as transaction:
        return import_directory(transaction, folder, NOW)


def content(store: Store) -> dict[str, list[Any]]:
    return {table: store.execute(f"SELECT * FROM {table} ORDER BY ALL") for table in TABLES}


def refused(store: Store, folder: Path) -> str:
    before = content(store)
    with pytest.raises(ImportFileError) as caught:
        load(store, folder)
    assert content(store) == before
    return str(caught.value)


def test_everything_arrives_with_its_ids(store: Store, folder: Path) -> None:
    fill(folder)
    report = load(store, folder)
    assert report.new == {
        "client_profiles": 1,
        "rooms": 1,
        "sessions": 1,
        "conversations": 3,
        "feedback": 1,
        "goals": 3,
        "goal_checkins": 2,
    }
    start, end = datetime(2026, 1, 2, 10), datetime(2026, 1, 2, 10, 20)
    assert store.execute("SELECT id, skool_user_id, preferences, history, created_at FROM client_profiles") == [
        ("c1", "u1", '{"tone":"calm"}', "Came in May", start)
    ]
    assert store.execute("SELECT * FROM rooms") == [("r1", "c1", "closed", start, end, end)]
    assert store.execute(
        "SELECT id, room_id, client_id, start_time, end_time, status, end_reason, last_seen_at FROM sessions"
    ) == [("s1", "r1", "c1", start, end, "completed", None, end)]
    assert store.execute("SELECT session_id, rating, nps, comment, created_at FROM feedback") == [
        ("s1", 5, 9, "Good", datetime(2026, 1, 2, 10, 21))
    ]
    assert store.execute("SELECT id, client_id, title, weight, created_at FROM goals ORDER BY id") == [
        ("c1:goal:1", "c1", "Sleep", 1.0, start),
        ("c1:goal:2", "c1", "Run", 1.0, start),
        ("g1", "c1", "Read more", 2.0, datetime(2026, 1, 1)),
    ]
    assert store.execute("SELECT goal_id, score, created_at FROM goal_checkins ORDER BY created_at") == [
        ("g1", -1, datetime(2026, 1, 5)),
        ("c1:goal:1", 2, datetime(2026, 1, 6)),
    ]


def test_turns_are_numbered_by_time_then_by_their_place_in_the_file(store: Store, folder: Path) -> None:
    fill(folder)
    load(store, folder)
    rows = store.execute("SELECT seq, id, message, sender, context FROM conversations ORDER BY seq")
    assert [(seq, turn, message, sender) for seq, turn, message, sender, _ in rows] == [
        (1, "t1", "Hello", "client"),
        (2, "t2", "Hi, Ana", "agent"),
        (3, "t3", "two\nlines", "client"),
    ]
    assert [json.loads(row[4]) for row in rows] == [
        {"source": "import"},
        {"topic": "hello", "source": "import"},
        {"note": "not json", "source": "import"},
    ]


def test_importing_again_is_nothing_new(store: Store, folder: Path) -> None:
    fill(folder)
    load(store, folder)
    before = content(store)
    assert load(store, folder).nothing_new
    assert content(store) == before


def test_a_larger_export_adds_only_what_is_new(store: Store, folder: Path) -> None:
    fill(folder)
    load(store, folder)
    fill(folder, Conversations=TURNS + "t4,s1,Bye,client,2026-01-02T10:19:00Z,\n")
    assert {name: count for name, count in load(store, folder).new.items() if count} == {"conversations": 1}
    assert store.execute("SELECT seq FROM conversations WHERE id = 't4'") == [(4,)]


@pytest.mark.parametrize(
    ("file", "old", "new", "part"),
    [
        (
            "ClientProfiles",
            "Came in May",
            "Came in June",
            "ClientProfiles.csv, line 2: client 'c1' is in the database",
        ),
        ("Sessions", "Completed", "failed", "Sessions.csv, line 2: session 's1' is in the database"),
        ("Conversations", "Hello", "Hullo", "Conversations.csv, line 3: conversation 't1' is in the database"),
        ("Feedback", ",5,", ",4,", "Feedback.csv, line 2: feedback on session 's1' is in the database"),
        ("Goals", "Read more", "Read less", "Goals.csv, line 2: goal 'g1' is in the database"),
        ("GoalCheckins", "-1", "1", "GoalCheckins.csv, line 2: check-in"),
    ],
)
def test_known_ids_with_other_content_are_refused(
    store: Store, folder: Path, *, file: str, old: str, new: str, part: str
) -> None:
    fill(folder)
    load(store, folder)
    fill(folder, **{file: EVERYTHING[f"{file}.csv"].replace(old, new)})
    assert part in refused(store, folder)


@pytest.mark.parametrize(
    ("file", "old", "new", "part"),
    [
        ("ClientProfiles", "c1,u1", ",u1", "line 2: the id is missing"),
        ("Sessions", "c1,2026", "c9,2026", "Sessions.csv, line 2: client 'c9' is unknown"),
        ("Sessions", "T10:00:00Z", "T25:00:00Z", "line 2: startTime '2026-01-02T25:00:00Z' is not an ISO 8601 time"),
        ("Sessions", "2026-01-02T10:00:00Z", "infinity", "startTime 'infinity' is not"),
        ("Sessions", "2026-01-02T10:00:00Z", "17672256", "startTime '17672256' is not"),
        ("Sessions", "10:20:00Z", "09:59:59Z", "line 2: endTime '2026-01-02T09:59:59Z' lies before startTime"),
        ("Sessions", "Completed", "Paused", "line 2: the status 'Paused' is unknown"),
        ("Sessions", "Completed", "", "line 2: the status (empty) is unknown"),
        ("Conversations", "t1,s1", "t1,s9", "Conversations.csv, line 3: session 's9' is unknown"),
        ("Conversations", "t3,", "t1,", "Conversations.csv, line 4: the id 't1' stands there twice"),
        ("Conversations", ",user,", ",robot,", "line 3: the sender 'robot' is unknown"),
        ("Conversations", "2026-01-02 10:00:05", "noon", "line 4: the timestamp 'noon' is not an ISO 8601 time"),
        ("Feedback", ",5,", ",6,", "line 2: the rating '6' is not one of 1 to 5"),
        ("Feedback", ",5,", ",4.5,", "line 2: the rating '4.5' is not one of 1 to 5"),
        ("Feedback", ",9,", ",11,", "line 2: nps '11' is not one of 0 to 10"),
        ("Feedback", "s1,", "s9,", "Feedback.csv, line 2: session 's9' is unknown"),
        ("Goals", ",2,", ",heavy,", "line 2: the weight 'heavy' is not a number of 0 or more"),
        ("Goals", ",2,", ",inf,", "line 2: the weight 'inf' is not"),
        ("Goals", "g1,c1", "g1,c9", "Goals.csv, line 2: client 'c9' is unknown"),
        ("Goals", "g1,", "c1:goal:1,", "Goals.csv, line 2: the goal id 'c1:goal:1' stands there twice"),
        ("GoalCheckins", "-1", "3", "line 2: the score '3' is not one of -2 to 2"),
        ("GoalCheckins", "g1", "g9", "GoalCheckins.csv, line 2: goal 'g9' is unknown"),
    ],
)
def test_a_fault_refuses_everything_and_is_named(
    store: Store, folder: Path, *, file: str, old: str, new: str, part: str
) -> None:
    fill(folder, **{file: EVERYTHING[f"{file}.csv"].replace(old, new, 1)})
    report = refused(store, folder)
    assert report.startswith("Nothing was imported")
    assert part in report


def test_the_first_twenty_faults_are_listed_and_the_rest_counted(store: Store, folder: Path) -> None:
    bad = "".join(f'b{n},s1,"a\nb",nobody,2026-01-02T10:00:00Z,\n' for n in range(50))
    fill(folder, Conversations=TURNS + bad)
    lines = refused(store, folder).splitlines()
    assert "(faults: 50)" in lines[0]
    assert lines[1] == "  Conversations.csv, line 6: the sender 'nobody' is unknown"
    assert lines[2].startswith("  Conversations.csv, line 8: ")
    assert len(lines) == 22
    assert lines[-1] == "  … and 30 more"


@pytest.mark.parametrize(
    ("status", "end", "stored", "end_time"),
    [
        ("ACTIVE", "", "abandoned", datetime(2026, 1, 2, 10, 0, 5)),
        ("waiting", "", "abandoned", datetime(2026, 1, 2, 10, 0, 5)),
        ("Finished", "", "completed", datetime(2026, 1, 2, 10, 0, 5)),
        ("closed", "2026-01-02T10:20:00", "completed", datetime(2026, 1, 2, 10, 20)),
        ("Left", "2026-01-02T10:20:00", "abandoned", datetime(2026, 1, 2, 10, 20)),
        ("error", "2026-01-02T10:20:00", "failed", datetime(2026, 1, 2, 10, 20)),
    ],
)
def test_statuses_are_mapped(
    store: Store, folder: Path, *, status: str, end: str, stored: str, end_time: datetime
) -> None:
    fill(
        folder, Sessions=f"id,roomId,clientId,startTime,endTime,status\ns1,,c1,2026-01-02T10:00:00Z,{end},{status}\n"
    )
    load(store, folder)
    assert store.execute("SELECT status, end_time, room_id FROM sessions") == [(stored, end_time, None)]
    assert load(store, folder).nothing_new


def test_a_session_without_turns_ends_where_it_began(store: Store, folder: Path) -> None:
    (folder / "client_profile.csv").write_text("ID\nc1\n")
    (folder / "SESSIONS.CSV").write_text(
        "ID;CLIENT_ID;START_TIME;END_TIME;STATUS\ns1;c1;2026-01-02T10:00:00Z;;open\n"
    )
    load(store, folder)
    assert store.execute("SELECT end_time FROM sessions") == [(datetime(2026, 1, 2, 10),)]


def test_parquet_with_its_own_types_is_read(store: Store, folder: Path) -> None:
    start = datetime(2026, 1, 2, 10)
    pq.write_table(pa.table({"Id": [7], "goals": [["Sleep", "Run"]]}), folder / "ClientProfiles.parquet")
    pq.write_table(
        pa.table(
            {
                "id": ["s1"],
                "room_id": pa.array([None], pa.string()),
                "client_id": [7],
                "start_time": pa.array([start], pa.timestamp("ms", tz="UTC")),
                "end_time": pa.array([None], pa.timestamp("ns")),
                "status": ["active"],
            }
        ),
        folder / "sessions.parquet",
    )
    pq.write_table(
        pa.table(
            {
                "id": [1, 2],
                "sessionId": ["s1", "s1"],
                "message": pa.array([b"hello", None], pa.binary()),
                "sender": ["USER", "Agent"],
                "timestamp": [start, start],
                "context": [{"lang": "pt"}, {"lang": None}],
            }
        ),
        folder / "conversations.parquet",
    )
    load(store, folder)
    assert store.execute("SELECT id, client_id, start_time FROM sessions") == [("s1", "7", start)]
    assert store.execute("SELECT id, message, sender, context ->> 'lang' FROM conversations ORDER BY seq") == [
        ("1", "hello", "client", "pt"),
        ("2", "", "agent", None),
    ]
    assert [row[0] for row in store.execute("SELECT title FROM goals ORDER BY id")] == ["Sleep", "Run"]


def test_a_parquet_fault_is_named_by_its_row(store: Store, folder: Path) -> None:
    pq.write_table(pa.table({"id": ["c1", "c1"]}), folder / "client_profiles.parquet")
    assert "client_profiles.parquet, row 2: the id 'c1' stands there twice" in refused(store, folder)


@pytest.mark.parametrize(
    ("name", "data", "part"),
    [
        ("Sessions.csv", b"", "lacks the columns id, client_id"),
        ("Sessions.csv", b"name,age\nAna,3\n", "lacks the columns id, client_id, start_time, end_time, status"),
        ("Sessions.csv", b"\x89PNG\r\n\0\0\0", "is not CSV text in UTF-8"),
        ("Sessions.csv", SESSIONS.encode("utf-16"), "is not CSV text in UTF-8"),
        ("Sessions.csv", SESSIONS.encode() + b"s2,r1,c1\n", r"at line 3 \(3 fields where the heading has 6\)"),
        ("Sessions.csv", SESSIONS.encode() + b's2,"r1,c1\n', "at line 3 .*quote is not closed"),
        ("Sessions.csv", SESSIONS.encode() + b"s\xff,r1,c1,,,\n", "it is not UTF-8|is not CSV text in UTF-8"),
        ("Sessions.parquet", b"", "is not a Parquet file or was cut off"),
        ("Sessions.parquet", b"PAR1" + b"\0" * 50 + b"PAR1", "is not a Parquet file or was cut off"),
    ],
)
def test_a_foreign_or_broken_file_is_one_sentence(
    store: Store, folder: Path, name: str, data: bytes, part: str
) -> None:
    (folder / "ClientProfiles.csv").write_text(PROFILES)
    (folder / name).write_bytes(data)
    before = content(store)
    with pytest.raises(ImportFileError, match=part) as caught:
        load(store, folder)
    assert "\n" not in str(caught.value)
    assert name in str(caught.value)
    assert content(store) == before


def test_a_parquet_file_cut_in_half_is_one_sentence(store: Store, folder: Path) -> None:
    path = folder / "sessions.parquet"
    pq.write_table(pa.table({"id": [str(n) for n in range(5000)]}), path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert refused(store, folder) == "sessions.parquet is not a Parquet file or was cut off: export it again."


def test_two_files_for_one_table_are_refused(store: Store, folder: Path) -> None:
    (folder / "sessions.csv").write_text(SESSIONS)
    (folder / "Session.parquet").write_bytes(b"")
    assert "both hold sessions" in refused(store, folder)


def test_a_folder_without_tables_is_refused(store: Store, folder: Path) -> None:
    (folder / "notes.txt").write_text("nothing")
    assert "holds none of" in refused(store, folder)
    assert "cannot be read as a folder" in refused(store, folder / "missing")
    assert "cannot be read as a folder" in refused(store, folder / "notes.txt")


def test_an_erased_client_does_not_come_back(store: Store, folder: Path) -> None:
    fill(folder)
    load(store, folder)
    store.execute("UPDATE client_profiles SET erased_at = $1", [NOW])
    assert "client 'c1' is in the database already" in refused(store, folder)


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("Sleep more", ["Sleep more"]),
        ("- Sleep\n* Run\n\n• Rest", ["Sleep", "Run", "Rest"]),
        ('["Sleep", "", 5, null]', ["Sleep", "5"]),
        ('[{"title": "Sleep"}, {"text": "Run"}]', ["Sleep", "Run"]),
        ('{"title": "Sleep", "done": false}', ["Sleep"]),
        ("{}", []),
        ('{"goals": ["Sleep", "Rest"], "old": null}', ["Sleep", "Rest"]),
        ('{"shortTerm": ["Sleep"], "longTerm": [{"name": "Rest"}]}', ["Sleep", "Rest"]),
        (" {} ", []),
        ('{"Sleep earlier","Say no, kindly"}', ["Sleep earlier", "Say no, kindly"]),
        ("{Rest,NULL, Sleep more }", ["Rest", "Sleep more"]),
        ('{"a \\"quoted\\" goal","NULL","back\\\\slash"}', ['a "quoted" goal', "NULL", "back\\slash"]),
        ('"Sleep"', ["Sleep"]),
        ("null", []),
        ("[]", []),
        ('["\\ud800"]', ["?"]),
    ],
)
def test_goals_of_a_profile_become_titles(text: str, titles: list[str]) -> None:
    assert goal_titles(text) == titles


@pytest.mark.parametrize(
    "text",
    ['{"x": 1}', '[{"x": 1}]', "[[1]]", '{"goals": "Sleep"}', "{Rest", '{"a}', "{a,,b}", "{{a},{b}}", "[" * 100_000],
)
def test_goals_that_are_no_list_are_a_fault_that_names_the_line(store: Store, folder: Path, text: str) -> None:
    with pytest.raises(ValueError, match=r"[a-z]+ "):
        goal_titles(text)
    quoted = text.replace('"', '""')
    fill(folder, ClientProfiles=f'id,goals\nc1,[]\nc2,"{quoted}"\n')
    assert "ClientProfiles.csv, line 3: the goals" in refused(store, folder)


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1)))
def test_any_array_that_postgresql_writes_is_read_as_it_was(elements: list[str]) -> None:
    quoted = ('"' + element.replace("\\", "\\\\").replace('"', '\\"') + '"' for element in elements)
    array = "{" + ",".join(quoted) + "}"
    try:
        json.loads(array)
    except ValueError:
        expected = [re.sub(r"^[-*•]\s+", "", element.strip()) for element in elements]
        assert goal_titles(array) == [title for title in expected if title]


OPTIONAL = {
    "ClientProfiles": ("skoolUserId", "preferences", "goals", "history", "displayName", "challenges", "createdAt"),
    "Sessions": ("roomId", "endTime"),
    "Conversations": ("context",),
    "Feedback": ("rating", "nps", "comment"),
    "Goals": ("weight",),
    "GoalCheckins": ("id",),
}


@pytest.mark.parametrize("spelling", ["NULL", "null", "\\N", "(null)", "[NULL]", "<null>", "None", "undefined", " "])
def test_every_spelling_of_no_value_is_none(store: Store, folder: Path, spelling: str) -> None:
    for name, columns in OPTIONAL.items():
        (heading, *records) = csv.reader(io.StringIO(EVERYTHING[f"{name}.csv"]))
        record = dict(zip(heading, records[0], strict=True)) | dict.fromkeys(columns, spelling)
        if name == "GoalCheckins":
            record["goalId"] = "g1"
        rows = io.StringIO(newline="")
        writer = csv.DictWriter(rows, list(record))
        writer.writeheader()
        writer.writerow(record)
        (folder / f"{name}.csv").write_text(rows.getvalue(), encoding="utf-8", newline="")
    load(store, folder)
    optional = "skool_user_id, preferences, history, display_name, challenges"
    assert store.execute(f"SELECT {optional} FROM client_profiles") == [(None,) * 5]
    assert store.execute("SELECT title FROM goals") == [("Read more",)]
    assert store.execute("SELECT room_id, end_time > start_time FROM sessions") == [(None, True)]
    assert store.execute("SELECT context FROM conversations") == [('{"source":"import"}',)]
    assert store.execute("SELECT rating, nps, comment FROM feedback") == [(None, None, None)]


@pytest.mark.parametrize("word", ["null", "None", "undefined"])
def test_what_was_said_is_kept_as_it_was_said(store: Store, folder: Path, word: str) -> None:
    fill(folder, Conversations=f"id,sessionId,message,sender,timestamp\nt1,s1,{word},ai,2026-01-02T10:00:05Z\n")
    load(store, folder)
    assert store.execute("SELECT message FROM conversations") == [(word,)]


def test_times_in_milliseconds_since_1970_are_read(store: Store, folder: Path) -> None:
    sessions = "id,roomId,clientId,startTime,endTime,status\ns1,r1,c1,1767348000000,1767349200000,completed\n"
    fill(folder, Sessions=sessions)
    load(store, folder)
    assert store.execute("SELECT start_time, end_time FROM sessions") == [
        (datetime(2026, 1, 2, 10), datetime(2026, 1, 2, 10, 20))
    ]


@pytest.mark.parametrize(
    "name",
    [
        *(
            "Conversations_rows.csv",
            "conversations_rows (1).csv",
            "Conversation_202603011000.csv",
            "public.Conversation.csv",
        ),
        *("Conversations-2026-03-01.csv", "conversation_export.csv", "public_Conversation_rows.CSV"),
    ],
)
def test_files_are_known_by_the_names_that_databases_give_them(store: Store, folder: Path, name: str) -> None:
    fill(folder)
    (folder / "Conversations.csv").rename(folder / name)
    (folder / "Conversationalists.csv").write_text("id\n")
    (folder / "readme.txt").write_text("Exported in May.")
    report = load(store, folder)
    assert report.new["conversations"] == 3
    assert report.passed_over == ("Conversationalists.csv", "readme.txt")


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("within", ["\r", "\n", "\r\n", "\r\r\n"])
def test_line_ends_within_quotes_are_part_of_the_words(
    store: Store, folder: Path, line_end: str, within: str
) -> None:
    records = [
        "id,sessionId,message,sender,timestamp",
        f't1,s1,"Hi{within}there",ai,2026-01-02T10:00:05Z',
        "t2,s1,Hello,user,2026-01-02T10:00:06Z",
    ]
    fill(folder, Conversations="".join(record + line_end for record in records))
    load(store, folder)
    messages = [message for (message,) in store.execute("SELECT message FROM conversations ORDER BY seq")]
    assert messages == [f"Hi{within}there", "Hello"]
