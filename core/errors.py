"""The one error that is shown to a user word for word."""


class InputError(ValueError):
    """Something a user gave us cannot be used; the message says what was found and what to do."""
