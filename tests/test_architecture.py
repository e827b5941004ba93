"""What holds for the whole tree: which way imports go, and what is written nowhere."""

from __future__ import annotations

import ast
import io
import pkgutil
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

import coachroom

ROOT = Path(__file__).resolve().parents[1]
ASSETS = ROOT / "coachroom" / "ui" / "assets"
SOURCES = sorted([ROOT / "Home.py", *(ROOT / "pages").rglob("*.py"), *(ROOT / "coachroom").rglob("*.py")])
ALL_PYTHON = sorted([*SOURCES, *(ROOT / "tests").rglob("*.py"), *(ROOT / "tools").rglob("*.py")])
# Made by tools/build_assets.py from the provider's package, not written by us.
BUILT = {"widget.js", "audioConcatProcessor.js", "rawAudioProcessor.js", "libsamplerate.worklet.js"}
SCRIPTS = sorted(path for path in ASSETS.glob("*.js") if path.name not in BUILT)
UNSAFE = {"unsafe_allow_html", "unsafe_allow_javascript"}
# Whoever leaves a note to come back does not come back.
NOTES = tuple(head + tail for head, tail in (("TO", "DO"), ("FIX", "ME"), ("XX", "X"), ("HA", "CK")))
MARKUP = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "srcdoc")
ASKS_THE_TIME = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "pd.Timestamp.now", "time.time"}
STATEMENTS = sorted((ROOT / "coachroom").rglob("*.sql"))
ABOVE = ("coachroom.ui", "coachroom.web", "coachroom.launch", "coachroom.cli", "coachroom.asgi", "coachroom.__main__")


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tree(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def test_there_are_files_of_every_kind_to_look_at() -> None:
    assert len(SOURCES) > 100
    assert len(ALL_PYTHON) > len(SOURCES) + 100
    assert len(SCRIPTS) > 20
    assert len(STATEMENTS) > 10
    assert list(ASSETS.glob("*.css"))


def test_imports_go_one_way() -> None:
    # In a process of its own: the linter's set-up of logging disables every logger there is.
    program = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_class_name_has_two_meanings() -> None:
    places: dict[str, list[str]] = {}
    for path in SOURCES:
        for node in tree(path):
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name, []).append(name(path))
    assert {cls: where for cls, where in places.items() if len(where) > 1} == {}


def test_nothing_below_the_pages_loads_streamlit() -> None:
    modules = [
        module.name
        for module in pkgutil.walk_packages(coachroom.__path__, "coachroom.")
        if not module.name.startswith(ABOVE)
    ]
    assert "coachroom.app.container" in modules
    assert "coachroom.simulator.practice_agent" in modules
    program = (
        "import importlib, sys\n"
        f"for module in {modules!r}: importlib.import_module(module)\n"
        "print(sorted(name for name in sys.modules if name.partition('.')[0] in ('streamlit', 'streamlit_webrtc')))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_command_line_begins_without_what_few_commands_need() -> None:
    slow = ("httpx", "pandas", "psycopg", "smtplib", "starlette", "streamlit", "uvicorn")
    program = f"import sys, coachroom.cli.main\nprint([name for name in {slow!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_nothing_is_handed_to_a_page_as_raw_html() -> None:
    for path in SOURCES:
        for node in tree(path):
            if isinstance(node, ast.keyword):
                assert node.arg not in UNSAFE, f"{name(path)}:{node.value.lineno}"


# A link that stays in its tab, and words with their language: what Streamlit has no element for.
WRITE_ESCAPED_HTML = ["coachroom/ui/dashboard/saved_views.py", "coachroom/ui/transcript.py"]


def test_no_page_writes_html_but_two_that_escape_it() -> None:
    calls = [
        (name(path), ast.unparse(node))
        for path in SOURCES
        for node in tree(path)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"st.html", "st.iframe"}
    ]
    assert sorted(place for place, _ in calls) == WRITE_ESCAPED_HTML
    assert all("escape(" in (ROOT / place).read_text() for place in WRITE_ESCAPED_HTML)


def test_scripts_of_ours_put_text_not_markup_into_the_page() -> None:
    for path in SCRIPTS:
        script = path.read_text(encoding="utf-8")
        for way in MARKUP:
            assert way not in script, f"{path.name} uses {way}"


def test_no_error_is_caught_without_a_name() -> None:
    for path in ALL_PYTHON:
        for node in tree(path):
            if isinstance(node, ast.ExceptHandler):
                assert node.type is not None, f"{name(path)}:{node.lineno}"


def test_nobody_left_a_note_to_come_back() -> None:
    for path in ALL_PYTHON:
        for token in tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline):
            if token.type == tokenize.COMMENT:
                assert not any(note in token.string for note in NOTES), f"{name(path)}:{token.start[0]}"
    for path in (*SCRIPTS, *ASSETS.glob("*.css"), *STATEMENTS):
        assert not any(note in path.read_text(encoding="utf-8") for note in NOTES), name(path)


def test_nobody_but_the_clock_asks_what_time_it_is() -> None:
    for path in SOURCES:
        if path.name in {"clock.py", "timing.py"}:
            continue
        for node in tree(path):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ASKS_THE_TIME:
                raise AssertionError(f"{name(path)}:{node.lineno} asks for the time: take a clock")
    for path in STATEMENTS:
        # Where processes compare what others wrote, the database's clock is the one that they have in common.
        if path.name == "seats.sql":
            continue
        text = path.read_text(encoding="utf-8").lower()
        assert not any(word in text for word in ("now()", "current_timestamp", "current_date")), name(path)
