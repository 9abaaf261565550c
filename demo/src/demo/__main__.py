"""python -m demo: the whole demonstration, set by DATA (its folder, default ./data) and CHECK=1 (play, then exit)."""

import os
import sys
from pathlib import Path

from demo.terminal import run

if __name__ == "__main__":
    data = Path(os.environ.get("DATA") or "data").absolute()
    sys.exit(run(data, check=os.environ.get("CHECK") == "1"))
