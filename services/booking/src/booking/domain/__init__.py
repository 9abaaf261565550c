"""What booking decides and why: facts, commands, states and refusals, without I/O, clock or framework."""
