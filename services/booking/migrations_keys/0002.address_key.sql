-- The key of the digests that network addresses are counted by: without it they could be tried out.

CREATE TABLE address_key (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    key      bytea   NOT NULL CHECK (octet_length(key) = 32)
);
