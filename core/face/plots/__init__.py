"""Measured faces as Plotly figures, and as marks on their pictures."""
