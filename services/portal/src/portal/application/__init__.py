"""What a visit to the site is made of: who comes, what is held, weeks, refusals. No I/O."""
