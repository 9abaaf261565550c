"""`python -m portal` serves the site; `python -m portal settings` prints its settings."""

from service_kit.lifecycle import main

from portal.bootstrap import BLUEPRINT

if __name__ == "__main__":
    main(BLUEPRINT)
