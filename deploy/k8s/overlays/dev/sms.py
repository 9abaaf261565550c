"""A gateway for SMS that delivers into the mailbox: NUMBER@sms.example."""

import json
import smtplib
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Gateway(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._answer(200, {"ready": True})

    def do_POST(self) -> None:
        sms = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        message = EmailMessage()
        message["From"] = f"{sms['sender']}@sms.example"
        message["To"] = f"{sms['to'].removeprefix('+')}@sms.example"
        message["Subject"] = "SMS"
        message.set_content(sms["text"])
        with smtplib.SMTP("mailpit", 1025, timeout=5) as mail:
            mail.send_message(message)
        receipt = {"provider": "dev", "provider_id": sms["idempotency_key"], "segments": 1, "status": "sent"}
        self._answer(202, receipt)

    def _answer(self, status: int, body: dict[str, object]) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        """Nothing: a number and a text are nobody's business."""


ThreadingHTTPServer(("0.0.0.0", 8000), Gateway).serve_forever()  # noqa: S104 (in a pod)
