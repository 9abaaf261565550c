"""The ledger: a PostgreSQL event store with dynamic consistency boundaries."""
