"""How fast a chain is verified, beside reading the same rows and doing nothing with them."""

import resource
import time
from collections.abc import Callable

import psycopg
from event_store import verify_log, wire


def verification(service_url: str, say: Callable[[str], None]) -> dict[str, float]:
    """Events per second: verified by one process and by two, and only read (the portions of `read_range`, psycopg)."""
    rates: dict[str, float] = {}
    for processes in (1, 2):
        began = time.perf_counter()
        report = verify_log(service_url, processes=processes, told=lambda n: say(f"verifying: {n:,} events hold"))
        if not report.intact:
            raise RuntimeError(f"the chain is broken at {report.broken_at}: {report.reason}")
        rates[f"verified_per_s_{processes}"] = round(report.verified / (time.perf_counter() - began))
    rates["read_per_s"] = round(_read(service_url))
    rates["peak_mb"] = round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
    return rates


def _read(service_url: str) -> float:
    began, after = time.perf_counter(), 0
    with psycopg.connect(service_url, autocommit=True) as connection:
        while rows := (
            connection.cursor(binary=True)
            .execute(wire.READ_RANGE, wire.range_parameters(after, None, 1000), prepare=True)
            .fetchall()
        ):
            after = rows[-1][0]
    return after / (time.perf_counter() - began)
