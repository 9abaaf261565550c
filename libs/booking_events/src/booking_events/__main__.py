"""`python -m booking_events`: write the golden examples and the JSON Schemas anew."""

from booking_events.golden import write

for changed in write():
    print(changed)
