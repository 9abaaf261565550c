"""`python -m service_kit.topics [REPLICAS]` makes what the brokers lack of the catalogue, where no operator does."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, for_code
from booking_events.topics import BrokerTopic, topics

from service_kit.broker import reaching
from service_kit.settings import KafkaSettings, WrongSetting, fail, load

_TOPIC_ALREADY_EXISTS = 36


class TopicsNotMade(Exception):
    """The message is one line: which topic, if it was one, and why."""


def ensure_topics(bootstrap: str, wanted: Sequence[BrokerTopic], replicas: int = 1) -> list[str]:
    """Make the topics that are not there yet; their names. What exists is left as it is, settings included.

    Raises `TopicsNotMade`.
    """
    return asyncio.run(_ensure(bootstrap, wanted, replicas))


async def _ensure(bootstrap: str, wanted: Sequence[BrokerTopic], replicas: int) -> list[str]:
    admin = AIOKafkaAdminClient(**reaching(bootstrap))
    try:
        await admin.start()
        present = set(await admin.list_topics())
        missing = [topic for topic in wanted if topic.name not in present]
        if not missing:
            return []
        new = [NewTopic(topic.name, topic.partitions, replicas, topic_configs=dict(topic.config)) for topic in missing]
        answer = await admin.create_topics(new)
        for name, code, *_ in answer.topic_errors:
            if code not in (0, _TOPIC_ALREADY_EXISTS):
                raise TopicsNotMade(f"The topic {name} could not be made: {for_code(code).__name__}.")
        return [topic.name for topic in missing]
    except KafkaError as failure:
        raise TopicsNotMade(f"The topics could not be made: {failure}.") from failure
    finally:
        await admin.close()


def main(arguments: Sequence[str]) -> None:
    """Exit code 1 when a topic could not be made, 2 when a word or a setting is wrong."""
    if len(arguments) > 1 or not all(word.isdigit() and int(word) > 0 for word in arguments):
        raise SystemExit("usage: python -m service_kit.topics [REPLICAS], 1 unless told")
    try:
        bootstrap = load(KafkaSettings).brokers
        made = ensure_topics(bootstrap, topics(), *map(int, arguments))
    except WrongSetting as error:
        fail(error)
    except TopicsNotMade as error:
        raise SystemExit(str(error)) from None
    else:
        print(f"topics: {len(made)} made: {', '.join(made)}" if made else "topics: nothing to make")


if __name__ == "__main__":
    main(sys.argv[1:])
