"""The viewer: one face on two sides at every quality, as a component for pages, ours and those handed
round.  Everything it shows is in its buffer, so that nothing is asked of anybody while one moves.
"""
