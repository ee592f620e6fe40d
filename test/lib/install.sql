-- The extension is trusted, and can be in any schema. An ordinary user who may
-- create schemas installs it into one with an awkward name, and drops it
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
