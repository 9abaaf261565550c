"""A package of its own name: as plain files of `demo/tests`, pytest would name them `demo.tests...` and hide `demo`."""
