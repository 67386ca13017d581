"""Where tallies are read for an analysis: a `collector.source.Source` per store."""
