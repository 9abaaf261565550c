"""What must hold when clients race, processes die and parts are away: tried on the whole demo, on real parts."""
