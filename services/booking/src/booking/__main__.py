"""`python -m booking` serves; `migrate`, `settings`, `audit`, `import` and `rebuild-view` do that."""

from service_kit.lifecycle import main

from booking.bootstrap import BLUEPRINT

if __name__ == "__main__":
    main(BLUEPRINT)
