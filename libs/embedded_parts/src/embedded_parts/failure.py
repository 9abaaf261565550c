"""The one way in which a part says that it cannot start: a sentence for the person at the terminal."""


class PartFailed(RuntimeError):
    """A part could not be prepared, started or reached; the message is one sentence and names what to look at."""
