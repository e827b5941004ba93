-- When the words of a report of safety were last changed; nothing where they stand as they were reported.
ALTER TABLE safety_reports ADD COLUMN changed_at TIMESTAMP;
ALTER TABLE coach_safety_reports ADD COLUMN changed_at TIMESTAMP;
