"""Exported ranges: whole, verified without a database, any changed byte found at its position, in constant memory."""

import gzip
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from embedded_parts.provision import ProvisionedDatabase
from event_store import GENESIS, Archive, Event, ExportRefused, SyncEventStore, export_range, verify_archive
from event_store.commands import main

COUNT = 12


@pytest.fixture(scope="module")
def log(shared: ProvisionedDatabase) -> Iterator[SyncEventStore]:
    with SyncEventStore(shared.service_url) as store:
        for n in range(COUNT):
            data = b'\x00"\xff\n' * n
            store.append([Event(f"Noted{n % 3}", data, ["a:1", "é\\"], version=n + 1, metadata={"by": 'é\n"'})])
        yield store


@pytest.mark.parametrize("name", ["range.jsonl", "range.jsonl.gz"])
@pytest.mark.parametrize(("first", "last"), [(1, COUNT), (1, 1), (4, 9), (COUNT, COUNT)])
def test_a_range_verifies_alone_and_says_the_hash_before_and_after_it(
    log: SyncEventStore, tmp_path: Path, name: str, first: int, last: int
) -> None:
    events = [event for portion in log.read_range() for event in portion]
    archive = export_range(log, tmp_path / name, first=first, last=last)
    assert archive == Archive(first, last, events[first - 1].previous_hash, events[last - 1].hash)
    assert (archive.before == GENESIS) == (first == 1)
    report = verify_archive(tmp_path / name)
    assert (report.intact, report.archive) == (True, archive)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_one_range_gives_one_file(log: SyncEventStore, tmp_path: Path) -> None:
    for name in ("a.gz", "b.gz", "plain"):
        export_range(log, tmp_path / name, first=2, last=5)
    packed = (tmp_path / "a.gz").read_bytes()
    assert packed == (tmp_path / "b.gz").read_bytes()
    assert gzip.decompress(packed) == (tmp_path / "plain").read_bytes()


def test_every_changed_byte_is_found_at_its_position(log: SyncEventStore, tmp_path: Path) -> None:
    path, changed = tmp_path / "range", tmp_path / "changed"
    export_range(log, path, first=3, last=6)
    whole = path.read_bytes()
    # A heading that still is one is judged by what does not hold of it; the last line is the word of the last event.
    found_at = ({0, 2, 3, 6, 7}, {3}, {4}, {5}, {6}, {6})
    line = 0
    for place, byte in enumerate(whole):
        for flip in (1, 32):
            changed.write_bytes(whole[:place] + bytes([byte ^ flip]) + whole[place + 1 :])
            report = verify_archive(changed)
            assert report.broken_at in found_at[line], (place, report)
            assert report.reason
        line += byte == 10
    assert line == 6


def test_bytes_that_are_missing_added_or_moved_are_found(log: SyncEventStore, tmp_path: Path) -> None:
    path, changed = tmp_path / "range", tmp_path / "changed"
    export_range(log, path, first=3, last=6)
    heading, three, four, five, six, end = path.read_bytes().splitlines(keepends=True)

    def broken_at(*lines: bytes) -> int | None:
        changed.write_bytes(b"".join(lines))
        return verify_archive(changed).broken_at

    assert broken_at(heading, three, four, five, six, end) is None
    assert broken_at() == 0
    assert broken_at(heading) == 3
    assert broken_at(heading, three, four, five, six) == 6
    assert broken_at(heading, three, four, five, six, end[:-1]) == 6
    assert broken_at(heading, three, four, five, six, end, b"\n") == 6
    assert broken_at(heading, three, five, four, six, end) == 4
    assert broken_at(heading, three, three, four, five, six, end) == 4
    assert broken_at(heading, three, four, six, end) == 5
    assert broken_at(heading, three, four, five.replace(b'":', b'": ', 1), six, end) == 5
    assert broken_at(b"\xff" * 100) == 0


def test_a_packed_file_that_was_changed_or_cut_is_found(log: SyncEventStore, tmp_path: Path) -> None:
    path, changed = tmp_path / "range.gz", tmp_path / "changed.gz"
    export_range(log, path, first=3, last=6)
    whole = path.read_bytes()
    for place in range(10, len(whole)):  # the ten octets before are gzip's own and say nothing of the range
        changed.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        # The last octet of the packed stream has bits that mean nothing.
        assert not verify_archive(changed).intact or gzip.decompress(changed.read_bytes()) == gzip.decompress(whole)
        changed.write_bytes(whole[:place])
        assert not verify_archive(changed).intact


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [(5, COUNT + 1, "the log ends at position 12"), (0, 3, "from 1 or later"), (5, 4, "from 1 or later")],
)
def test_a_range_that_is_not_closed_is_refused_and_leaves_no_file(
    log: SyncEventStore, tmp_path: Path, first: int, last: int, said: str
) -> None:
    with pytest.raises(ExportRefused, match=said):
        export_range(log, tmp_path / "range", first=first, last=last)
    assert list(tmp_path.iterdir()) == []


def test_an_archive_is_never_written_over(log: SyncEventStore, tmp_path: Path) -> None:
    (tmp_path / "range").write_text("an older one")
    with pytest.raises(ExportRefused, match="never written over"):
        export_range(log, tmp_path / "range", first=1, last=2)
    assert (tmp_path / "range").read_text() == "an older one"


@pytest.mark.parametrize("altered", ["UPDATE ledger.events SET data = 'x'", "DELETE FROM ledger.events"])
def test_a_log_that_was_altered_is_not_put_away(fresh: ProvisionedDatabase, tmp_path: Path, altered: str) -> None:
    with SyncEventStore(fresh.service_url) as store, psycopg.connect(fresh.owner_url) as owner:
        store.append([Event("Noted", b"")] * 6)
        owner.execute(f"{altered} WHERE position = 4")  # type: ignore[arg-type]
        owner.commit()
        for first in (1, 4):
            with pytest.raises(ExportRefused, match="broken at position 4"):
                export_range(store, tmp_path / "range", first=first, last=6)
        export_range(store, tmp_path / "later", first=5, last=6)
    assert [path.name for path in tmp_path.iterdir()] == ["later"]


def test_four_times_the_events_take_no_more_memory(fresh: ProvisionedDatabase, tmp_path: Path) -> None:
    def peak(last: int) -> int:
        tracemalloc.start()
        export_range(store, tmp_path / str(last), first=1, last=last)
        assert verify_archive(tmp_path / str(last)).intact
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    with SyncEventStore(fresh.service_url) as store:
        for _ in range(8):
            store.append([Event("Noted", bytes(1000))] * 1000)
        peak(10)
        assert peak(8_000) < 1.3 * peak(2_000)


def test_the_command_exports_and_verifies_files_in_a_row(
    log: SyncEventStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two = str(tmp_path / "one.gz"), str(tmp_path / "two.gz")
    there = {"EVENT_STORE_URL": log.database_url}
    for first, last, file in ((1, 5, one), (6, 10, two)):
        assert main(["export", "--from", str(first), "--to", str(last), file], there) == 0
    head = capsys.readouterr().out.splitlines()[1].split("head ")[1]
    assert main(["verify", one, two, "--head", head], {}) == 0
    assert [line.split(";")[0] for line in capsys.readouterr().out.splitlines()] == [
        "intact: positions 1 to 5", "intact: positions 6 to 10",
    ]  # fmt: skip
    assert main(["verify", two, one], {}) == 1
    assert "broken at position 1 of" in capsys.readouterr().out
    assert main(["verify", one, "--head", head], {}) == 1
    assert main(["verify", str(tmp_path / "none")], {}) == 1
    assert main(["export", "--from", "1", "--to", "99", str(tmp_path / "three")], there) == 1
    assert capsys.readouterr().err.endswith("the log ends at position 12, so the range 1 to 99 is not closed\n")
    away = {"EVENT_STORE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}
    assert main(["export", "--from", "1", "--to", "2", str(tmp_path / "three")], away) == 3
    for wrong in (["export", "--from", "1", "--to", "2", "f"], ["verify", one, "--head", "12"], []):
        with pytest.raises(SystemExit) as ended:
            main(wrong, {})
        assert ended.value.code == 2
