"""Parts of the Bridge page."""
