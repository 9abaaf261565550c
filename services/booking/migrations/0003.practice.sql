-- What becomes of a visit, and the agendas as they were heard of last, for staff who book without an offer.

ALTER TABLE appointment ADD COLUMN excused boolean NOT NULL DEFAULT false;
ALTER TABLE appointment DROP CONSTRAINT appointment_state_check;
ALTER TABLE appointment ADD CONSTRAINT appointment_state_check
    CHECK (state IN ('confirmed', 'cancelled', 'honoured', 'missed'));

-- The newest state of each agenda: `state` is `domain.agenda.Agenda` as JSON. `rebuild-view agendas` makes it anew.
CREATE TABLE agenda (
    agenda_id text    PRIMARY KEY,
    version   integer NOT NULL,
    state     jsonb   NOT NULL
);
