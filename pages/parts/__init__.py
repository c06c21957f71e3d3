"""Parts that pages share: the frame, the pictures, the viewer, the tables."""
