"""What compression costs: metrics, the table of results, curves, Bjontegaard deltas, intervals."""
