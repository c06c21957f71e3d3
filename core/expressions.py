"""The seven expressions that are told apart, in the order of FER2013's labels."""

EXPRESSIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""Class names in the order of FER2013's labels 0..6."""
