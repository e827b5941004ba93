"""Writes THIRD_PARTY_NOTICES.md from the locks and the installed packages: python -m tools.write_notices"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NOTICES = ROOT / "THIRD_PARTY_NOTICES.md"
LICENSE_FILES = re.compile(r"(licen[cs]e|copying|notice|copyrightnotice)", re.IGNORECASE)
COPYRIGHT = re.compile(r"^\W*(copyright\b|©)", re.IGNORECASE)
PINNED = re.compile(r"^([\w.-]+)==(\S+)", re.MULTILINE)
# Types have no code, and esbuild is the tool that bundles.
NOT_BUNDLED = ("@types/", "@esbuild/", "esbuild")

HEAD = """# Third-party notices

coachroom is under the MIT license: see LICENSE. `python -m tools.write_notices` writes this page from the locks.

## Python packages

They are installed beside coachroom and are no part of its wheel. Some bring libraries of their own: the wheels of
`av` bring FFmpeg with x264 and x265, which are under the GPL. The practice coach's voice, `espeakng-loader`, brings
espeak-ng, which is under GPL-3.0-or-later; it is the extra `voice`, which production does without. `psycopg`, which
moves tables over from PostgreSQL, is under LGPL-3.0-only; it is the extra `postgres`.

| package | version | license |
|---|---|---|
"""

BUNDLED = """
## Browser scripts

The wheel holds them: `widget.js`, `rawAudioProcessor.js`, `audioConcatProcessor.js` and `libsamplerate.worklet.js` in
`coachroom/ui/assets` are bundled from these packages.
"""


@dataclass(frozen=True)
class ScriptPackage:
    """One npm package: what package-lock.json says of it, its copyright lines and its license's text without them."""

    name: str
    version: str
    license: str
    copyright: tuple[str, ...]
    text: str


def notices() -> str:
    """The whole page."""
    by_text: dict[str, list[ScriptPackage]] = defaultdict(list)
    for package in script_packages():
        by_text[_comparable(package.text)].append(package)
    groups = sorted(by_text.values(), key=lambda group: (-len(group), group[0].name))
    return HEAD + "\n".join(python_rows()) + "\n" + BUNDLED + "".join(_section(group) for group in groups)


def python_rows() -> list[str]:
    """One table row for each package of requirements.lock."""
    pinned = PINNED.findall((ROOT / "requirements.lock").read_text(encoding="utf-8"))
    return [f"| {name} | {version} | {_license_of(name)} |" for name, version in pinned]


def script_packages() -> list[ScriptPackage]:
    """The npm packages that the browser scripts are made of, by name."""
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    found = []
    for place, entry in lock["packages"].items():
        name = place.rpartition("node_modules/")[2]
        if not place or entry.get("dev") or entry.get("optional") or name.startswith(NOT_BUNDLED):
            continue
        copyright_lines, text = _license_text(ROOT / place)
        found.append(ScriptPackage(name, entry["version"], entry["license"].strip("()"), copyright_lines, text))
    return sorted(found, key=lambda package: (package.name, package.version))


def _license_of(name: str) -> str:
    about = metadata.metadata(name)
    classifiers = [line.rpartition(" :: ")[2] for line in about.get_all("Classifier") or [] if "License ::" in line]
    stated = about["License-Expression"] or about["License"] or ""
    # Some packages put the whole text where its name belongs.
    return stated if stated and "\n" not in stated and len(stated) < 100 else ", ".join(classifiers) or "see its page"


def _license_text(folder: Path) -> tuple[tuple[str, ...], str]:
    """Copyright lines, and the rest of all license files."""
    files = sorted(path for path in folder.iterdir() if path.is_file() and LICENSE_FILES.match(path.name))
    lines = [line.rstrip() for path in files for line in path.read_text(encoding="utf-8").splitlines()]
    holders = [line.strip(" *_") for line in lines if COPYRIGHT.match(line) and "{" not in line and "[" not in line]
    rest = "\n".join(line for line in lines if not COPYRIGHT.match(line))
    return tuple(dict.fromkeys(holders)), re.sub(r"\n{3,}", "\n\n", rest).strip()


def _comparable(text: str) -> str:
    """The same for license texts that differ only in how they are laid out."""
    words = re.sub(r"[^a-z0-9]+", " ", text.lower()).strip()
    return re.sub(r"^(the )?(mit )?license (mit )?", "", words)


def _section(group: list[ScriptPackage]) -> str:
    lines = [f"\n### {', '.join(sorted({package.license for package in group}))}\n\n"]
    for package in group:
        holders = "; ".join(package.copyright)
        lines.append(f"- {package.name} {package.version}{': ' if holders else ''}{holders}\n")
    if group[0].text:
        lines.append(f"\n```\n{group[0].text}\n```\n")
    return "".join(lines)


if __name__ == "__main__":
    NOTICES.write_text(notices(), encoding="utf-8")
