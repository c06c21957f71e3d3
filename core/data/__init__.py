"""The material: labelled faces, FER+ votes, photographs, and the crops made of them."""
