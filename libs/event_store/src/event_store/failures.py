"""What may go wrong between a caller and the store."""

from uuid import UUID

from event_store.events import AlreadySeen


class StoreUnavailable(Exception):
    """The store cannot be reached, or did not answer in time.

    `request_id` is set when an append was sent and its outcome is not known: `find_request` tells it later, and an
    append with the same id is harmless. Without it, nothing was recorded.
    """

    def __init__(self, message: str, *, request_id: UUID | None = None) -> None:
        super().__init__(message)
        self.request_id = request_id


class TooBusy(Exception):
    """So many calls wait already that this one was refused at once; nothing was recorded."""


class RequestSeen(Exception):
    """An append inside the caller's transaction names a request that was answered before: roll back, and replay it."""

    def __init__(self, seen: AlreadySeen) -> None:
        super().__init__(f"the request was answered before, at position {seen.position}")
        self.seen = seen
