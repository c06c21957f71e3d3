"""Data sets, losses and loops: everything that makes a checkpoint.  ``python -m core.training -h``."""
