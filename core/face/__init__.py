"""Faces in pictures and videos: found, measured, followed, cut out."""
