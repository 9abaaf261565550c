"""`python -m directory` serves; `migrate`, `settings` and `import FILE` do that."""

from service_kit.lifecycle import main

from directory.bootstrap import BLUEPRINT

if __name__ == "__main__":
    main(BLUEPRINT)
