"""A cohort's answers as JSON, figures and one self-contained HTML file."""
