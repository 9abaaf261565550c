"""`python -m notification [migrate | settings]`; without a word it serves."""

from service_kit.lifecycle import main

from notification.bootstrap import BLUEPRINT

if __name__ == "__main__":
    main(BLUEPRINT)
