-- Which version of the agent a call was with, and on which branch of it, as the provider's record says.
ALTER TABLE agent_conversations ADD COLUMN version_id TEXT;

ALTER TABLE agent_conversations ADD COLUMN branch_id TEXT;

ALTER TABLE session_facts ADD COLUMN agent_version TEXT;
