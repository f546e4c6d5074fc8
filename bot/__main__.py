"""`python -m bot` runs the `parley` command."""

import sys

from bot.cli import main

sys.exit(main())
