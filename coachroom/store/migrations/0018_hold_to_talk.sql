-- Whether the client holds a button to talk; empty: never chosen.
ALTER TABLE coaching_preferences ADD COLUMN hold_to_talk BOOLEAN;
