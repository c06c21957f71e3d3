"""Can a person read it?  Faces at many rates, a person's answers, the curve through them, a shared file."""
