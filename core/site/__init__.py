"""Pages to hand round: self-contained HTML, and the generated page of results."""
