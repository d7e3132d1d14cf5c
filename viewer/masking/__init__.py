"""Masking: what may be kept of a file. The one way in is `viewer.masking.applying.apply`.

Nothing is imported here: the render path needs `viewer.masking.image` only, and must not load DICOM with it.
"""
