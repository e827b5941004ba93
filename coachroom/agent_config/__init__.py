"""The ElevenLabs agent as a file: read it, compare it with theirs, apply it, check what they have."""
