"""The subscriber kit: typed events of one topic, each once and in order, from Kafka and the HTTP feed.

Comes with `pip install "booking-events[subscriber]"`; everything else of `booking_events` needs pydantic only.
"""

from booking_events.subscriber.feed import ClientCredentials, Feed
from booking_events.subscriber.following import HistoryGone, Subscriber
from booking_events.subscriber.stores import Overtaken, Place, SqliteStore, Store

__all__ = [
    "ClientCredentials",
    "Feed",
    "HistoryGone",
    "Overtaken",
    "Place",
    "SqliteStore",
    "Store",
    "Subscriber",
]
