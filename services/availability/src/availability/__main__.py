"""`python -m availability` serves; `migrate`, `settings` and `make-key` do that."""

from service_kit.lifecycle import main

from availability.bootstrap import BLUEPRINT

if __name__ == "__main__":
    main(BLUEPRINT)
