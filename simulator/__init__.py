"""An office that is not there: visitors, buttons, printers, for the demo, load and faults."""
