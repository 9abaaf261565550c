"""python -m demo.control: the control as a process of its own, set by CONTROL_HTTP_*, CLOCK_FILE and DEMO_FILE."""

import os
from pathlib import Path

import uvicorn

from demo.clock import DemoClock
from demo.control.http import control_app

if __name__ == "__main__":
    clock = DemoClock(Path(os.environ["CLOCK_FILE"]))
    clock.ensure_exists()
    uvicorn.run(
        control_app(clock, Path(os.environ["DEMO_FILE"])),
        host=os.environ.get("CONTROL_HTTP_HOST", "127.0.0.1"),
        port=int(os.environ["CONTROL_HTTP_PORT"]),
        log_level="warning",
        access_log=False,
    )
