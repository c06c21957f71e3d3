"""Claims of the papers and of our own, each judged by the shipped tables."""
