-- The extension is trusted, and goes into any schema: an ordinary user who owns
-- the database installs it into a schema with an awkward name, and it goes
-- without a trace.

CREATE ROLE desk_owner LOGIN;
GRANT CREATE ON DATABASE objects TO desk_owner;
SET ROLE desk_owner;
CREATE SCHEMA "Help Desk";
CREATE EXTENSION ticket_priority SCHEMA "Help Desk";
DROP EXTENSION ticket_priority;
DROP SCHEMA "Help Desk";
RESET ROLE;
REVOKE CREATE ON DATABASE objects FROM desk_owner;
DROP ROLE desk_owner;
