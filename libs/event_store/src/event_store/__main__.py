"""`python -m event_store`: see commands."""

import os
import sys

from event_store.commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
