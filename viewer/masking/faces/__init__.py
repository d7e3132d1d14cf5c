"""Faces: in photographs, and as surfaces of head volumes (CT, MR)."""
