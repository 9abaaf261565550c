-- A request that waits for the practice's answer is told to the patient, as of a visit that was asked for; of one that
-- was withdrawn, nothing more.
ALTER TABLE appointments
    ADD COLUMN request_waits boolean NOT NULL DEFAULT false,
    DROP CONSTRAINT appointments_request_ended_check,
    ADD CONSTRAINT appointments_request_ended_check CHECK (request_ended IN ('declined', 'lapsed', 'withdrawn'));
