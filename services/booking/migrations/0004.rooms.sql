-- The room of the practice that an appointment takes beside the practitioner; null: none.
ALTER TABLE appointment ADD COLUMN room_id text;
