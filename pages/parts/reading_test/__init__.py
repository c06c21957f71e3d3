"""Parts of the page Read it yourself."""
