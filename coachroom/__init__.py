"""A private room where members of a coaching community talk with an AI voice coach."""
