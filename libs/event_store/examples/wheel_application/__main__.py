"""A session of three places, four patients who want one at the same time, and what the view says afterwards."""

import os
from concurrent.futures import ThreadPoolExecutor

from eventsourcing.persistence import IntegrityError
from eventsourcing.projection import ProjectionRunner
from eventsourcing.utils import resolve_topic
from wheel_application.sessions import Places, SessionFull, Vaccinations


def main() -> None:
    view_class = resolve_topic(os.environ.get("PLACES_VIEW", "wheel_application.sessions:PlacesInMemory"))
    with ProjectionRunner(
        application_class=Vaccinations, projection_class=Places, view_class=view_class, env=None
    ) as runner:
        session_id = runner.app.open(places=3)

        def join(patient_id: str) -> int | None:
            while True:
                try:
                    return runner.app.join(session_id, patient_id)
                except IntegrityError:
                    continue  # somebody else was faster: look again
                except SessionFull:
                    return None

        with ThreadPoolExecutor(4) as patients:
            positions = [each for each in patients.map(join, ("p-1", "p-2", "p-3", "p-4")) if each is not None]
        runner.wait(max(positions), timeout=10)
        print(f"joined: {len(positions)}, places taken: {runner.view.taken(session_id)}")


main()
