"""Narrative text made anonymous: known values, patterns, labels, a recogniser, and last each word that no list allows."""
