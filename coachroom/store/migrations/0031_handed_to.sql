-- The human coach to whom the session was handed: nobody who is the client's coach later reads it.
ALTER TABLE handoffs ADD COLUMN coach_email TEXT;
UPDATE handoffs SET coach_email = (SELECT m.coach_email FROM members m WHERE m.client_id = handoffs.client_id);
