"""Parts of the Loss weights page."""
