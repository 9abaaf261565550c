"""The ceiling beside it: pgbench, in C, calling the same two statements, one command a call."""

import os
import re
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from embedded_parts.postgres_cluster import program

# What a command's two statements look like from here: the boundary of one tag read, then one event on its condition.
_SCRIPT = """
\\set n random(1, 1000000000)
SELECT coalesce(max(m.at), 0) AS head FROM ledger.matching(ARRAY['hold:' || :n::bigint], '{}', 0, NULL) AS m \\gset
SELECT outcome FROM ledger.append_batch(
    jsonb_build_array(jsonb_build_object(
        'id', gen_random_uuid(), 'blobs', 3, 'after', :head::bigint,
        'items', jsonb_build_array(jsonb_build_object('types', '{}'::text[], 'tags', ARRAY['hold:' || :n::bigint])),
        'events', jsonb_build_array(jsonb_build_object(
            'id', gen_random_uuid(), 'type', 'SlotHeld', 'version', 1, 'metadata', '',
            'tags', ARRAY['hold:' || :n::bigint, 'account:' || :n::bigint, 'agenda:' || :n::bigint % 2000,
                          'hour:' || :n::bigint / 4])))),
    ARRAY[decode(repeat('ab', 32), 'hex'), decode(repeat('ab', 250), 'hex'), decode(repeat('ab', 440), 'hex')]);
"""


def pgbench(service_url: str, clients: int, seconds: float, folder: Path) -> float:
    """Commands per second."""
    script = folder / "pgbench.sql"
    script.write_text(_SCRIPT)
    address = urlsplit(service_url)
    words = [
        "-n",
        "-M",
        "prepared",
        "-f",
        str(script),
        "-c",
        str(clients),
        "-j",
        "2",
        "-T",
        str(max(1, round(seconds))),
    ]
    words += ["-h", str(address.hostname), "-p", str(address.port), "-U", str(address.username)]
    told = subprocess.run(  # noqa: S603 - our own script, a program of the wheel
        [str(program("pgbench")), *words, address.path.strip("/")],
        env={**os.environ, "PGPASSWORD": str(address.password)},
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"tps = ([\d.]+)", told.stdout)
    if told.returncode or found is None:
        raise RuntimeError(f"pgbench failed: {told.stderr[-500:]}")
    return float(found[1])
