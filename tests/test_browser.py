"""The browsers that tests drive are found or installed, or their absence is an error: never a skip."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import ensure_browser, ensure_engines, ensure_postgres

APT_LOG = "apt.log"
# Brings Firefox, PulseAudio and parec; from old lists, an old Firefox.
FAKE_APT = f"""#!/bin/sh
here="${{0%/*}}"
echo "$*" >> "$here/{APT_LOG}"
case "$*" in
  *update) touch "$here/fresh" ;;
  *install*) version=140; if [ -e "$here/fresh" ]; then version=153; fi
    for program in firefox-esr pulseaudio parec; do
      printf '#!/bin/sh\\necho Mozilla Firefox %s.8.0esr\\n' $version > "$here/$program"
      chmod +x "$here/$program"
    done ;;
esac
"""


@pytest.fixture
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Its folder of programs has a few of the shell's alone."""
    for program in ("touch", "chmod", "sh"):
        (tmp_path / program).symlink_to(f"/bin/{program}")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("TEST_FIREFOX", raising=False)
    return tmp_path


def _add_apt(machine: Path) -> None:
    (machine / "apt-get").write_text(FAKE_APT, encoding="ascii")
    (machine / "apt-get").chmod(0o755)


def _add_firefox(machine: Path, said: str | int) -> None:
    words = f"Mozilla Firefox {said}.0" if isinstance(said, int) else said
    (machine / "firefox").write_text(f"#!/bin/sh\necho {words}\n", encoding="ascii")
    (machine / "firefox").chmod(0o755)


def test_without_a_browser_the_tests_fail_with_the_way_out(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TEST_BROWSER", raising=False)
    with pytest.raises(SystemExit, match="need Chromium: install it"):
        ensure_browser.main()


def test_the_browser_that_is_named_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_BROWSER", "/opt/a-browser")
    monkeypatch.setenv("TEST_FIREFOX", "/opt/a-fox")
    assert ensure_browser.find_browser() == "/opt/a-browser"
    assert ensure_engines.FIREFOX.find() == "/opt/a-fox"


def test_what_an_engine_lacks_is_named_with_the_way_out(bare_machine: Path) -> None:
    _add_firefox(bare_machine, 153)
    way_out = "not: PulseAudio, PulseAudio's recorder parec.*apt-get install pulseaudio pulseaudio-utils"
    with pytest.raises(SystemExit, match=way_out):
        ensure_engines.main(["firefox"])


@pytest.mark.parametrize("said", ["Mozilla Firefox 140.12.0esr", "no version", ""])
def test_a_firefox_that_is_too_old_is_none(bare_machine: Path, said: str) -> None:
    _add_firefox(bare_machine, said)
    with pytest.raises(SystemExit, match="has not: Firefox 153, PulseAudio"):
        ensure_engines.main(["firefox"])


@pytest.mark.parametrize("fresh", [True, False])
def test_root_gets_debians_packages_and_fresh_lists_only_where_they_are_needed(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch, fresh: bool
) -> None:
    _add_apt(bare_machine)
    if fresh:
        (bare_machine / "fresh").touch()
    monkeypatch.setattr("os.geteuid", lambda: 0)
    ensure_engines.main(["firefox"])
    assert ensure_engines.FIREFOX.find() == str(bare_machine / "firefox-esr")
    commands = (bare_machine / APT_LOG).read_text(encoding="ascii").splitlines()
    expected = ["install"] if fresh else ["install", "update", "install"]
    assert [command.split()[3] for command in commands] == expected
    assert commands[-1].endswith("-y --no-install-recommends firefox-esr pulseaudio pulseaudio-utils")
    ensure_engines.main(["firefox"])
    assert (bare_machine / APT_LOG).read_text(encoding="ascii").splitlines() == commands


def test_nothing_is_installed_by_who_is_not_root(bare_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _add_apt(bare_machine)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(SystemExit):
        ensure_engines.main(["firefox"])
    assert not (bare_machine / APT_LOG).exists()


def test_without_postgresql_one_sentence_says_what_to_install(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ensure_postgres, "DEBIAN", bare_machine)
    with pytest.raises(SystemExit, match=r"install it \(Debian: apt-get install postgresql\)"):
        ensure_postgres.main()
    (bare_machine / "initdb").touch(mode=0o755)
    ensure_postgres.main()
