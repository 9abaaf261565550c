"""python measure.py IMAGE SERVICE: an image's size, and how long a container of it takes until it is alive.

Nothing that it needs is there, so it will not be ready; a service opens its ports all the same. Exit code 1 when the
image is not what deploy relies on, each fault in a line.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

_MEGABYTES_MAX, _SECONDS_MAX = 200, 3
_LABELS = {f"org.opencontainers.image.{name}" for name in ("title", "version", "revision", "licenses")}
_TOOLS = ("apt-get", "cc", "dpkg", "gcc", "make", "perl", "pip", "pip3", "uv")
# What it can run, whether its list of parts can be read, and where it can write.
_INSIDE = f"""
import json, os, shutil
json.load(open("/app/sbom.cdx.json"))["components"]
print(json.dumps({{
    "user": [os.getuid(), os.getgid()],
    "tools": [name for name in {_TOOLS!r} if shutil.which(name)],
    "writable": [name for name in ("/", "/app", "/etc", "/home", "/usr", "/var") if os.access(name, os.W_OK)],
}}))
"""
_ALIVE = """
import socket, time
end = time.monotonic() + 60
while time.monotonic() < end:
    try:
        socket.create_connection(("127.0.0.1", 8001), 1).close()
        break
    except OSError:
        time.sleep(0.02)
else:
    raise SystemExit("it did not start")
print(time.time())
"""
_DATABASE = "postgresql://nobody:none@127.0.0.1:9/none"
_NOWHERE = {
    **{f"{name}_URL": "http://127.0.0.1:9" for name in ("ACCOUNTS", "AVAILABILITY", "BOOKING", "DIRECTORY", "PORTAL")},
    **{f"{name}_DATABASE_URL": _DATABASE for name in ("ACCOUNTS", "AVAILABILITY", "BOOKING", "BOOKING_KEYS")},
    **{f"{name}_DATABASE_URL": _DATABASE for name in ("DIRECTORY", "NOTIFICATION")},
    "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9",
    "MAIL_FROM": "measure@rendezvous.example",
    "NOTIFICATION_CLIENT_ID": "measure",
    "NOTIFICATION_CLIENT_SECRET": "measure",
    "PORTAL_SESSION_KEY": "bWVhc3VyZW1lYXN1cmVtZWFzdXJlbWVhc3VyZW1lYXM",
    "SMS_URL": "http://127.0.0.1:9",
    "SMTP_URL": "smtp://127.0.0.1:9",
}
_HARD = ["--network=none", "--read-only", "--tmpfs=/tmp", "--cap-drop=ALL", "--security-opt=no-new-privileges"]


def docker(*words: str) -> str:
    """What the command said; CalledProcessError when it failed."""
    done = subprocess.run(["docker", *words], check=True, text=True, capture_output=True)  # noqa: S603, S607
    return (done.stdout or done.stderr).strip()


def wrong(image: dict[str, Any], inside: dict[str, Any]) -> Iterator[str]:
    """What `docker image inspect` says of the image, and a process in it of itself, held against what it must be."""
    if image["Size"] >= _MEGABYTES_MAX * 1e6:
        yield f"{image['Size'] / 1e6:.0f} MB are too much: {_MEGABYTES_MAX} at most"
    if image["Config"]["User"] != "65532:65532" or inside["user"] != [65532, 65532]:
        yield "it does not run as 65532:65532"
    if missing := _LABELS - (image["Config"]["Labels"] or {}).keys():
        yield f"it has no label {', '.join(sorted(missing))}"
    if inside["tools"]:
        yield f"it has {', '.join(inside['tools'])}"
    if inside["writable"]:
        yield f"it may write to {', '.join(inside['writable'])}"
    if inside["seconds"] >= _SECONDS_MAX:
        yield f"{inside['seconds']:.1f} s to start are too much: {_SECONDS_MAX} at most"


def seconds_to_start(image: str, service: str) -> float:
    """From `docker run` to the open second port; SystemExit with its last words when it ended instead."""
    settings = dict(_NOWHERE)
    for key in ("ACCOUNTS_TOKEN_KEY", "AVAILABILITY_OFFER_KEY"):
        if key.startswith(service.upper()):
            settings[key] = json.dumps(json.loads(docker("run", "--rm", image, "make-key")))
    given = [word for name, value in settings.items() for word in ("-e", f"{name}={value}")]
    began = time.time()
    container = docker("run", "--detach", *_HARD, *given, image)
    try:
        return float(docker("exec", container, "python", "-c", _ALIVE)) - began
    except subprocess.CalledProcessError:
        raise SystemExit(f"{image} did not start: {docker('logs', '--tail', '3', container)}") from None
    finally:
        docker("rm", "--force", container)


def main(name: str, service: str) -> int:
    image: dict[str, Any] = json.loads(docker("image", "inspect", name))[0]
    # Not read-only here: what the user may not write to is the question.
    inside = json.loads(docker("run", "--rm", "--network", "none", "--entrypoint", "python", name, "-c", _INSIDE))
    line = f"{name}: {image['Size'] / 1e6:.0f} MB"
    inside["seconds"] = 0
    if service != "demo":  # a set of tools rather than a service
        inside["seconds"] = seconds_to_start(name, service)
        line += f", alive {inside['seconds']:.1f} s after docker run"
    print(line)
    faults = list(wrong(image, inside))
    for fault in faults:
        print(f"{name}: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
