"""Parts of the Verify page."""
