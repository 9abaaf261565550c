"""From the store to Kafka and into tables, proved: every process on the way killed under load, judged from outside."""
