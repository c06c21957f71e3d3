"""One value a person: tests, intervals, features, curves over time, structure."""
