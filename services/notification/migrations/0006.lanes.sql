-- E-mails and SMS are taken up each for themselves: those of one whose server is away do not stand before the other's.
CREATE INDEX messages_of_channel ON messages (channel, try_at) WHERE state = 'planned';
CREATE INDEX messages_late ON messages (channel, due_at) WHERE state = 'planned';
-- Almost always empty: what waits for news of its practitioner.
CREATE INDEX messages_waiting ON messages (appointment_id)
    WHERE state = 'planned' AND reason = 'practitioner_not_heard_of';
DROP INDEX messages_due;
