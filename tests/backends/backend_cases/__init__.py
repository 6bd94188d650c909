"""Programs and helpers that the tests of the backends share."""
