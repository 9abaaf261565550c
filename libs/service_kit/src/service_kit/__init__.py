"""The chassis of a service: deciding, consuming, relaying, HTTP, telemetry, lifecycle."""
