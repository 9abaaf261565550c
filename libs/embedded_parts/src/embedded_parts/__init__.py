"""Real PostgreSQL and Apache Kafka from wheels, for the demo and the tests."""
