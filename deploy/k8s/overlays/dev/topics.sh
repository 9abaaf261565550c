#!/bin/bash
# Written by generate.py: what the broker must have.
set -euo pipefail
tool=/opt/kafka/bin/kafka-topics.sh
topic() { "$tool" --bootstrap-server kafka:9092 --create --if-not-exists --topic "$@"; }
topic directory.practitioners.v1 --partitions 12 --replication-factor 1 --config cleanup.policy=compact --config retention.ms=-1
topic directory.practitioners.v1-dlq --partitions 1 --replication-factor 1 --config retention.ms=-1
topic availability.agendas.v1 --partitions 12 --replication-factor 1 --config cleanup.policy=delete --config retention.ms=-1
topic availability.agendas.v1-dlq --partitions 1 --replication-factor 1 --config retention.ms=-1
topic availability.next.v1 --partitions 12 --replication-factor 1 --config cleanup.policy=compact --config retention.ms=-1
topic availability.next.v1-dlq --partitions 1 --replication-factor 1 --config retention.ms=-1
topic booking.appointments.v1 --partitions 12 --replication-factor 1 --config cleanup.policy=delete --config retention.ms=31536000000
topic booking.appointments.v1-dlq --partitions 1 --replication-factor 1 --config retention.ms=-1
topic notification.deliveries.v1 --partitions 12 --replication-factor 1 --config cleanup.policy=delete --config retention.ms=31536000000
topic notification.deliveries.v1-dlq --partitions 1 --replication-factor 1 --config retention.ms=-1
topic accounts.people.v1 --partitions 12 --replication-factor 1 --config cleanup.policy=delete --config retention.ms=-1
topic accounts.people.v1-dlq --partitions 1 --replication-factor 1 --config retention.ms=-1
