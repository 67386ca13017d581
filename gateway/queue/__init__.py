"""The queue of one office: what happens to visits, who is next, how long it takes. Pure."""
