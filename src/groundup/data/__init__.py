"""What is learned from and how it is judged: metrics, splits, and what a score says about new data."""
