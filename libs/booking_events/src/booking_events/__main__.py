"""`python -m booking_events [check | topics [--json]]`: write what is made from the models, check it, show topics."""

import sys

from booking_events import golden, topics
from booking_events.catalogue import MODELS
from booking_events.compatibility import breaches


def main(words: list[str]) -> int:
    match words:
        case []:
            for changed in golden.write():
                print(changed)
        case ["check"]:
            for line in (found := breaches(MODELS, golden.SCHEMAS_FOLDER)):
                print(line)
            return 1 if found else 0
        case ["topics"]:
            print(topics.as_table())
        case ["topics", "--json"]:
            print(topics.as_json())
        case _:
            print(
                f"booking_events: unknown command {' '.join(words)!r}; there are: check, topics [--json]",
                file=sys.stderr,
            )
            return 2
    return 0


raise SystemExit(main(sys.argv[1:]))
