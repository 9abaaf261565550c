"""From what was heard to what is planned, and from what is planned to a message ready to send."""
