"""Rows: pictures through every codec, what it cost in bytes, and what a classifier read."""
