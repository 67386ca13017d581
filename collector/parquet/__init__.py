"""Closed months as Parquet: written out of the ledger, read by DuckDB (the extra `country`).

docs/country.md says how the tree is laid out. `tree` and `manifest` are what it is made of,
`writer` and `export` fill it, `verify` checks it, `catalog` says what it holds, and
`collector.sources.parquet` reads it. Only `engine` knows how DuckDB is started.
"""
