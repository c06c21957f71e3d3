"""From rows to results: curves, equal rate, equal accuracy, whose gain it is."""
