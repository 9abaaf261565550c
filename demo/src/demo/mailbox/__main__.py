"""python -m demo.mailbox: the mailbox as a process of its own, set by MAILBOX_* and CLOCK_FILE."""

import asyncio
import os
from pathlib import Path

import uvicorn

from demo.clock import DemoClock
from demo.mailbox.http import mailbox_app
from demo.mailbox.smtp import smtp_protocol
from demo.mailbox.store import MailboxStore


async def serve(file: Path, host: str, smtp_port: int, http_port: int, clock: DemoClock) -> None:
    """Take mail and SMS until SIGTERM or SIGINT."""
    store = MailboxStore(file)
    loop = asyncio.get_running_loop()
    smtp = await loop.create_server(lambda: smtp_protocol(store, clock), host, smtp_port)
    app = mailbox_app(store, clock)
    config = uvicorn.Config(app, host=host, port=http_port, log_level="warning", access_log=False)
    try:
        await uvicorn.Server(config).serve()
    finally:
        smtp.close()
        store.close()


if __name__ == "__main__":
    clock = DemoClock(Path(os.environ["CLOCK_FILE"]))
    clock.ensure_exists()
    asyncio.run(
        serve(
            Path(os.environ["MAILBOX_DATA"]),
            os.environ.get("MAILBOX_HTTP_HOST", "127.0.0.1"),
            int(os.environ["MAILBOX_SMTP_PORT"]),
            int(os.environ["MAILBOX_HTTP_PORT"]),
            clock,
        )
    )
