"""Sequence classifiers with folds by person."""
