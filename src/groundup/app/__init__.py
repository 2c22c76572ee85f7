"""The course in the browser."""
