-- Rooms that the practitioners of a place share, and the room that a visit takes beside its agenda's time.

CREATE TABLE rooms (
    id       text PRIMARY KEY,
    place_id text NOT NULL,
    name     text NOT NULL
);
CREATE INDEX rooms_place ON rooms (place_id);
CREATE INDEX agendas_place ON agendas (place_id);

ALTER TABLE busy ADD COLUMN room_id text;
CREATE INDEX busy_room_live ON busy (room_id, end_minute) WHERE until IS NULL AND room_id IS NOT NULL;
CREATE INDEX busy_room_past ON busy (room_id, first_minute) WHERE room_id IS NOT NULL;
