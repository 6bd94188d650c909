"""Diagnostics as data: codes, spans, labels, help and their rendering."""
