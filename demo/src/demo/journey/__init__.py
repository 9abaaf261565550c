"""The path of one appointment, from the national directory to the auditor, over real HTTP, mail and Kafka."""
