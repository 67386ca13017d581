"""One office: receives from its devices, decides what counts, gives numbers."""
