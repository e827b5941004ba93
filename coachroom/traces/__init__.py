"""What a line of the log, a span and a histogram say of the app's work: ids and times, and nobody's words."""
