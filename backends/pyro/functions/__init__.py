"""Functions that torch lacks, which generated programs carry."""
