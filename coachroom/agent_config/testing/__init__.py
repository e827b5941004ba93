"""Talks with an agent as scripted clients do, and looks whether it keeps what it must."""
