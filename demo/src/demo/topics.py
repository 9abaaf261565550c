"""The topics of the demo's broker: what is missing is made, what exists is left as it is."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, for_code
from embedded_parts import PartFailed

_TOPIC_ALREADY_EXISTS = 36


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic to have: its name, partitions and settings (`cleanup.policy` and the like)."""

    name: str
    partitions: int = 12
    settings: Mapping[str, str] = field(default_factory=dict)


def ensure_topics(bootstrap: str, topics: Sequence[Topic]) -> None:
    """Make the topics that are not there yet; PartFailed names one that cannot be made."""
    asyncio.run(_ensure(bootstrap, topics))


async def _ensure(bootstrap: str, topics: Sequence[Topic]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        present = set(await admin.list_topics())
        missing = [topic for topic in topics if topic.name not in present]
        if not missing:
            return
        wanted = [NewTopic(topic.name, topic.partitions, 1, topic_configs=dict(topic.settings)) for topic in missing]
        answer = await admin.create_topics(wanted)
        for name, code, *_ in answer.topic_errors:
            if code not in (0, _TOPIC_ALREADY_EXISTS):
                raise PartFailed(f"The topic {name} could not be made: {for_code(code).__name__}.")
    except KafkaError as failure:
        raise PartFailed(f"The topics could not be made: {failure}.") from failure
    finally:
        await admin.close()
