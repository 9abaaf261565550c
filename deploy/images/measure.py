"""python measure.py IMAGE SERVICE: an image's size, and how long a container of it takes until it is alive.

Nothing that it needs is there, so it will not be ready; a service opens its ports all the same.
"""

import json
import subprocess
import sys
import time

_SECONDS_MAX = 60
_ALIVE = """
import socket, time
end = time.monotonic() + 60
while time.monotonic() < end:
    try:
        socket.create_connection(("127.0.0.1", 8001), 1).close()
        break
    except OSError:
        time.sleep(0.05)
else:
    raise SystemExit("it did not start")
"""
_NOWHERE = {
    "DATABASE_URL": "postgresql://nobody:none@127.0.0.1:9/none",
    "KEYS_DATABASE_URL": "postgresql://nobody:none@127.0.0.1:9/none",
    "CLIENT_ID": "measure",
    "CLIENT_SECRET": "measure",
    "SESSION_KEY": "bWVhc3VyZW1lYXN1cmVtZWFzdXJlbWVhc3VyZW1lYXM",
}


def docker(*words: str) -> str:
    """What the command said; CalledProcessError when it failed."""
    return subprocess.run(["docker", *words], check=True, text=True, capture_output=True).stdout.strip()  # noqa: S603, S607


def seconds_to_start(image: str, service: str) -> float:
    """From `docker run` to the open second port."""
    prefix = service.upper()
    settings = {f"{prefix}_{name}": value for name, value in _NOWHERE.items()}
    for name in ("ACCOUNTS", "AVAILABILITY", "BOOKING", "DIRECTORY", "PORTAL"):
        settings[f"{name}_URL"] = "http://127.0.0.1:9"
    settings |= {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9", "SMTP_URL": "smtp://127.0.0.1:9"}
    settings |= {"SMS_URL": "http://127.0.0.1:9", "MAIL_FROM": "measure@rendezvous.example"}
    for key in ("ACCOUNTS_TOKEN_KEY", "AVAILABILITY_OFFER_KEY"):
        if key.startswith(prefix):
            settings[key] = json.dumps(json.loads(docker("run", "--rm", image, "make-key")))
    given = [word for name, value in settings.items() for word in ("-e", f"{name}={value}")]
    hard = ["--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"]  # noqa: S108
    began = time.monotonic()
    container = docker("run", "--detach", "--network", "none", *hard, *given, image)
    try:
        docker("exec", container, "python", "-c", _ALIVE)
        return time.monotonic() - began
    finally:
        docker("rm", "--force", container)


if __name__ == "__main__":
    name, service = sys.argv[1:]
    line = f"{name}: {int(docker('image', 'inspect', '--format', '{{.Size}}', name)) / 1e6:.0f} MB"
    if service != "demo":  # a set of tools rather than a service
        line += f", alive {seconds_to_start(name, service):.1f} s after docker run"
    print(line)
