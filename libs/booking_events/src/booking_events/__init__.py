"""The published language of Rendezvous: the events that services say to each other and to everybody else."""

from booking_events import accounts, availability, booking, directory, notification
from booking_events.base import PublicEvent
from booking_events.catalogue import EVENTS, POSITION_REACHED, TOPICS, Topic
from booking_events.cloudevents import Envelope, Record, Undecodable, decode, encode, load, record_of

__all__ = [
    "EVENTS",
    "POSITION_REACHED",
    "TOPICS",
    "Envelope",
    "PublicEvent",
    "Record",
    "Topic",
    "Undecodable",
    "accounts",
    "availability",
    "booking",
    "decode",
    "directory",
    "encode",
    "load",
    "notification",
    "record_of",
]
