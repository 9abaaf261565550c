-- A room that is withdrawn stays known: visits of the past and to come were booked in it.

ALTER TABLE rooms ADD COLUMN withdrawn boolean NOT NULL DEFAULT false;
