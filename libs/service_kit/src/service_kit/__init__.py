"""The chassis of a service: deciding, consuming, relaying, HTTP, telemetry, lifecycle. It knows no domain word."""
