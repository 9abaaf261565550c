-- One data key for each person who said something personal. Destroying it makes what it sealed unreadable for ever.

CREATE TABLE person_key (
    person_id text  PRIMARY KEY,
    data_key  bytea CHECK (octet_length(data_key) = 32)       -- NULL: destroyed, and never made again
);
