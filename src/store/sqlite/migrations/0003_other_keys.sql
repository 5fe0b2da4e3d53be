-- Keys by which other APIs of the vendor know an account: a JSON object from the call that finds a key to the key. NULL: none is known.
ALTER TABLE accounts ADD COLUMN other_keys TEXT;
