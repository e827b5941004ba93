"""Files beside the package in a checkout: Home.py, pages/, .streamlit/, data/*.toml, pyproject.toml.

A wheel carries them inside the package (tools/build_hook.py), so that whoever installs coachroom has them too.
"""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
# The folder they are in.
FOLDER = PACKAGE if (PACKAGE / "Home.py").is_file() else PACKAGE.parent
