"""Topics are declared once: what the broker must have, who may do what, and the command that tells it."""

import json
import subprocess
import sys

from booking_events import TOPICS
from booking_events.topics import grants, topics


def test_each_topic_has_its_settings_and_its_dead_letters_beside_it() -> None:
    made = {topic.name: topic for topic in topics()}
    assert made.keys() == {name for topic in TOPICS.values() for name in (topic.name, f"{topic.name}-dlq")}
    appointments = made["booking.appointments.v1"]
    assert appointments.config == {"cleanup.policy": "delete", "retention.ms": str(365 * 86_400_000)}
    assert (appointments.partitions, appointments.writers) == (12, ("booking",))
    dead = made["booking.appointments.v1-dlq"]
    assert (dead.partitions, dead.writers) == (1, ("availability", "notification"))
    assert [topic.name for topic in topics(["accounts.people.v1"])] == ["accounts.people.v1", "accounts.people.v1-dlq"]


def test_owners_write_readers_read_and_nobody_else_may_do_anything() -> None:
    given = {(grant.service, grant.resource, grant.name) for grant in grants() if "Write" in grant.operations}
    assert ("booking", "topic", "booking.appointments.v1") in given
    assert ("booking", "transactional-id", "booking-relay") in given
    assert {service for service, _, name in given if name == "booking.appointments.v1"} == {"booking"}
    reading = {
        grant.service for grant in grants() if grant.name == "booking.appointments.v1" and "Read" in grant.operations
    }
    assert reading == {"availability", "booking", "notification"}
    groups = [(grant.name, grant.pattern) for grant in grants() if grant.resource == "group"]
    assert ("notification.", "prefixed") in groups
    assert all(
        name == f"{service}."
        for service, (name, _) in zip([g.service for g in grants() if g.resource == "group"], groups, strict=True)
    )


def said(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "booking_events", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_the_command_tells_them_to_humans_and_machines() -> None:
    machine = json.loads(said("topics", "--json").stdout)
    assert len(machine["topics"]) == 2 * len(TOPICS)
    assert len(machine["grants"]) == len(grants())
    table = said("topics").stdout.splitlines()
    assert len(table) == 1 + 2 * len(TOPICS)
    assert said("check").returncode == 0
    wrong = said("topic")
    assert wrong.returncode == 2
    assert "there are: check, topics [--json]" in wrong.stderr
