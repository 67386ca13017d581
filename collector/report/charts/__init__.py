"""Charts as SVG, drawn by hand: the same bytes each time, no font of their own, no script."""
