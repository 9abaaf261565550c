"""The `eventsourcing` wheel's recorder test case, unchanged, against our recorder."""

import pytest
from embedded_parts.provision import ProvisionedDatabase
from event_store import DCBAppendCondition, PostgresDCBRecorder
from eventsourcing.dcb.api import DCBEvent
from eventsourcing.dcb.tests import DCBRecorderTestCase
from eventsourcing.persistence import IntegrityError, ProgrammingError


class Wheel(DCBRecorderTestCase):
    """Gives access to the wheel's checks; it has no test of its own."""

    __test__ = False


@pytest.fixture
def recorder(fresh: ProvisionedDatabase) -> PostgresDCBRecorder:
    return PostgresDCBRecorder(fresh.service_url)


def test_appending_and_reading_pass_the_wheels_own_case(recorder: PostgresDCBRecorder) -> None:
    with recorder:
        Wheel()._test_append_read(recorder)


def test_appending_and_reading_pass_it_on_a_log_that_is_not_empty(recorder: PostgresDCBRecorder) -> None:
    with recorder:
        # The case writes after=1 and after=3 as they stand, so nothing earlier may match what it asks for.
        recorder.append([DCBEvent("earlier", b"", ["elsewhere"])])
        Wheel()._test_append_read(recorder, initial_position=1)


def test_subscribing_passes_the_wheels_own_case(recorder: PostgresDCBRecorder) -> None:
    with recorder:
        Wheel()._test_append_subscribe(recorder)


def test_an_append_of_nothing_is_the_callers_mistake(recorder: PostgresDCBRecorder) -> None:
    with recorder, pytest.raises(ProgrammingError):
        recorder.append([])


def test_a_conflict_names_the_position_it_met(recorder: PostgresDCBRecorder) -> None:
    with recorder:
        recorder.append([DCBEvent("type", b"", ["tag"])])
        with pytest.raises(IntegrityError, match="position 1 "):
            recorder.append([DCBEvent("type", b"", ["tag"])], DCBAppendCondition())
