"""`python -m coachroom`."""

import sys

from coachroom.cli import main

sys.exit(main())
