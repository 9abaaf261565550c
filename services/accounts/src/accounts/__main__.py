"""`python -m accounts` serves; `migrate`, `settings`, `make-key`, `add-staff`, `add-client`, `add-patients` do that."""

from service_kit.lifecycle import main

from accounts.bootstrap import BLUEPRINT

if __name__ == "__main__":
    main(BLUEPRINT)
