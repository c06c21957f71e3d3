"""Faces of people who never lived: the morphable face, renders, gallery, sample clip, cohort."""
