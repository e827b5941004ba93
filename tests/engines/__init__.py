"""The main visit in other browser engines than Chromium: `make test-engines`."""
