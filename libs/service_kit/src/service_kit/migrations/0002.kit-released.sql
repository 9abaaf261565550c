-- A parked key that an operator released: the running consumer takes its messages up again, in order.
ALTER TABLE parked ADD COLUMN released boolean NOT NULL DEFAULT false;
CREATE INDEX parked_released ON parked (consumer) WHERE released;
