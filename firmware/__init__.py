"""What visitors touch: ticket dispensers and rating boxes."""
