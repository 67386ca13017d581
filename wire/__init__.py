"""What travels between devices, gateway and collector: topics, records and the hop."""
