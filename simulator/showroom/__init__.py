"""The demo's showroom: one page in a browser on which a newcomer plays a visitor's whole way.

Every lamp, picture and figure on it is the state of the real programs: the devices' of the live
demo, the city's ledger, and, in frames, the pages of the office's own gateway.
"""
