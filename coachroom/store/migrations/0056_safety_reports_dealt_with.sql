-- When an administrator marked a report of safety as dealt with, and who; nothing while it is open.
ALTER TABLE safety_reports ADD COLUMN dealt_with_at TIMESTAMP;
ALTER TABLE safety_reports ADD COLUMN dealt_with_by TEXT;
ALTER TABLE coach_safety_reports ADD COLUMN dealt_with_at TIMESTAMP;
ALTER TABLE coach_safety_reports ADD COLUMN dealt_with_by TEXT;
