-- Who moved an appointment, and from when; null where no move was heard of. A cancellation goes before it.
ALTER TABLE appointments
    ADD COLUMN moved_by text CHECK (moved_by IN ('patient', 'practice')),
    ADD COLUMN previous_start timestamptz,
    ADD CHECK ((moved_by IS NULL) = (previous_start IS NULL));
