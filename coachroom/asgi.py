"""The app for other servers: `uvicorn coachroom.asgi:app`, or `streamlit run coachroom/asgi.py`.

Importing it opens the database. One process has the database file, so there can be one worker.
"""

import sys
from pathlib import Path

# `streamlit run` puts this folder first, where our `elevenlabs` hides the SDK of that name.
sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != Path(__file__).resolve().parent]

import streamlit as st  # noqa: E402

from coachroom.cli.control.server import serve_commands  # noqa: E402
from coachroom.launch import opened_app  # noqa: E402
from coachroom.web.app import HOME  # noqa: E402

# Streamlit reads this file for a call of `st.App`, without running it.
app = st.App(HOME, **opened_app(serve_commands))
