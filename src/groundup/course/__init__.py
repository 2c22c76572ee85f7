"""The course engine: lessons, graph, grading, progress. It knows nothing of the web."""
