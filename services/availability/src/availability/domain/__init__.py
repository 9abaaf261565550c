"""The rules of agendas and free slots: pure calculation, no clock, no I/O."""
