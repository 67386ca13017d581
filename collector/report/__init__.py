"""The month's report: what is said (`model`), and how it looks in each format."""
