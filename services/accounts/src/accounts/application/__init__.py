"""What the service says with what it knows: token claims, messages, public facts. Plain functions, and the ports."""
