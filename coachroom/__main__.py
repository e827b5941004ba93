"""`python -m coachroom`."""

import sys

from coachroom.cli.main import main

sys.exit(main())
