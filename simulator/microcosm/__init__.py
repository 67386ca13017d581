"""A whole city in one process: devices, gateways, collector, brokers and InfluxDB, in virtual time.

The programs are the real ones; what is around them (clock, network, cards, kills) is made here,
from one seed, so that the same seed is the same run, message by message.
"""
