"""The sections of a report, each made of facts by a module of its own. Pure."""
