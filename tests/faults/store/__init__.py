"""The event store, proved: killed, paused and restored under load, then judged by what its clients wrote down."""
