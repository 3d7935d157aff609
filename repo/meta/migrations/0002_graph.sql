-- Where the repository stands, in its one row. step counts the changes of
-- members that sync-collection tells of (RFC 6578): a transaction takes two
-- numbers, the lower one for what it removes, the higher one for what it adds
-- or changes. Of removals up to forgotten nothing is known any more. bytes are
-- the lengths of all resources together, quotas the rows in quota and owner_quota.
CREATE TABLE tally (
	id        BIGINT NOT NULL PRIMARY KEY,
	step      BIGINT NOT NULL,
	forgotten BIGINT NOT NULL,
	bytes     BIGINT NOT NULL,
	quotas    BIGINT NOT NULL
) {{CLUSTERED}};
INSERT INTO tally (id, step, forgotten, bytes, quotas) SELECT 1, 1, 0, coalesce(sum(length), 0), 0 FROM resource;

-- A history begins when a repository that was just opened makes its first change
-- or gives out its first sync token. The steps after since, up to the since of
-- the next row, belong to it. So what a client learned from a repository after a
-- backup of it was taken is known for a stranger once that backup is in use.
CREATE TABLE history (
	uid   TEXT NOT NULL PRIMARY KEY,
	since BIGINT NOT NULL
) {{CLUSTERED}};
CREATE UNIQUE INDEX history_since ON history (since);

-- changed is the step at which the binding was made or, if it leads to a file,
-- the file's body last changed. position is the place of a member in an ordered
-- collection (RFC 3648), NULL elsewhere; gaps between positions leave room.
ALTER TABLE binding ADD COLUMN changed BIGINT NOT NULL DEFAULT 1;
ALTER TABLE binding ADD COLUMN position BIGINT;

-- What changed since?
CREATE INDEX binding_changed ON binding (changed, parent, name);
-- What changed in this collection since?
CREATE INDEX binding_changed_in ON binding (parent, changed, name);
-- In which order are the members?
CREATE INDEX binding_position ON binding (parent, position) WHERE position IS NOT NULL;

-- Bindings that were removed, and when. Where the name is bound again, and
-- spelled the same, this is past. below tells whether anything ever hung below
-- what was bound there.
CREATE TABLE removed (
	parent  BIGINT NOT NULL REFERENCES resource (id),
	name    TEXT NOT NULL,
	segment TEXT NOT NULL, -- as in binding, but '' if it is the name
	kind    BIGINT NOT NULL,
	below   BIGINT NOT NULL,
	changed BIGINT NOT NULL,
	PRIMARY KEY (parent, name, segment)
) {{CLUSTERED}};
CREATE INDEX removed_changed ON removed (changed, parent, name, segment);
CREATE INDEX removed_changed_in ON removed (parent, changed, name, segment);

-- Of a collection: its ordering-type, NULL if it is unordered, and a number that
-- grows when members that it has change places. Of a redirect reference, kind 2:
-- where it leads (RFC 4437). owner is the principal that
-- made the resource, on whose account its bytes go.
ALTER TABLE resource ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE resource ADD COLUMN ordering TEXT;
ALTER TABLE resource ADD COLUMN arranged BIGINT NOT NULL DEFAULT 0;
ALTER TABLE resource ADD COLUMN reftarget TEXT;
ALTER TABLE resource ADD COLUMN permanent BIGINT NOT NULL DEFAULT 0;

-- The bytes of all resources of an owner; of those without one no row.
CREATE TABLE usage (
	owner TEXT NOT NULL PRIMARY KEY,
	bytes BIGINT NOT NULL
) {{CLUSTERED}};

-- How many bytes may be below a collection (RFC 4331), and how many are; NULL:
-- to be counted.
CREATE TABLE quota (
	resource BIGINT NOT NULL PRIMARY KEY REFERENCES resource (id),
	bytes    BIGINT NOT NULL,
	used     BIGINT
) {{CLUSTERED}};

-- Which are to be counted?
CREATE INDEX quota_uncounted ON quota (resource) WHERE used IS NULL;

-- How many bytes a principal may own; '' stands for all without a row.
CREATE TABLE owner_quota (
	owner TEXT NOT NULL PRIMARY KEY,
	bytes BIGINT NOT NULL
) {{CLUSTERED}};

-- The bindings that the URL of a lock's root leads through. Removing any of
-- them, through whichever URL, unmaps the root, and so ends the lock. A lock on
-- the root of the share has none.
CREATE TABLE lock_trail (
	token  TEXT NOT NULL REFERENCES lock (token) ON DELETE CASCADE,
	parent BIGINT NOT NULL,
	name   TEXT NOT NULL,
	PRIMARY KEY (token, parent, name)
) {{CLUSTERED}};

-- Which locks are rooted at or below this binding?
CREATE INDEX lock_trail_binding ON lock_trail (parent, name);

-- Locks from before have no trail yet: they are given theirs when the
-- repository is opened.
INSERT INTO repository (name, value) SELECT 'lock_trail', 'missing' WHERE EXISTS (SELECT 1 FROM lock);
DROP INDEX lock_root;

-- shared is 1 where a resource has several bindings, or once had; the root
-- counts as bound once more. Every loop has a shared collection in it.
ALTER TABLE resource ADD COLUMN shared BIGINT NOT NULL DEFAULT 0;

-- Which resources are shared?
CREATE INDEX resource_shared ON resource (kind) WHERE shared = 1;
