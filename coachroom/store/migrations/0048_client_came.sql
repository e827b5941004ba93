-- When the client was first seen in a session at the time of the appointment, beside `coach_came_at`: the session may
-- be deleted before anybody looks whether the appointment was kept, and its begin is set to when the AI coach answers.
ALTER TABLE appointments ADD COLUMN client_came_at TIMESTAMP;
