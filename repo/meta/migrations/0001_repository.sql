-- Facts about the repository as a whole: its identity, its root resource.
CREATE TABLE repository (
	name  TEXT NOT NULL PRIMARY KEY,
	value TEXT NOT NULL
) {{CLUSTERED}};

-- What was sent as a resource's content. A body never changes; resources that
-- were copied from each other share one. data holds a small body, blob names a
-- big one in the blob store; just one of them is set.
CREATE TABLE body (
	id     {{ID}},
	length BIGINT NOT NULL,
	sha256 {{BYTES}} NOT NULL,
	blob   TEXT,
	data   {{BYTES}}
);

-- Which body is this blob?
CREATE UNIQUE INDEX body_blob ON body (blob) WHERE blob IS NOT NULL;

-- A resource has an identity and state; where it is mapped is the business of
-- binding. Times, here and below, are microseconds since 1970 UTC, so that
-- the year 1601 has one as well as 9999. uid is the DAV:resource-id.
-- etag and length repeat the body's, and dead counts its rows in property, so
-- that a listing reads one row per member.
CREATE TABLE resource (
	id         {{ID}},
	uid        {{BYTES}} NOT NULL,
	kind       BIGINT NOT NULL, -- 0 file, 1 collection; never changes
	created    BIGINT NOT NULL,
	modified   BIGINT NOT NULL,
	media_type TEXT NOT NULL,
	language   TEXT NOT NULL,
	length     BIGINT NOT NULL,
	etag       TEXT NOT NULL,  -- without quotes; '' on collections
	body       BIGINT REFERENCES body (id), -- NULL: no bytes
	dead       BIGINT NOT NULL DEFAULT 0
);

-- Who else needs this body?
CREATE INDEX resource_body ON resource (body) WHERE body IS NOT NULL;

-- A collection's members. name is the segment in Unicode normal form C, the key
-- under which it is found whichever form is asked for; segment is what the
-- client sent, NULL if that is the same. A resource may have many bindings.
CREATE TABLE binding (
	parent  BIGINT NOT NULL REFERENCES resource (id),
	name    TEXT NOT NULL,
	segment TEXT,
	child   BIGINT NOT NULL REFERENCES resource (id),
	PRIMARY KEY (parent, name)
) {{CLUSTERED}};

-- Where is this resource bound?
CREATE INDEX binding_child ON binding (child);

-- Dead properties. xml is the whole element, self-contained.
CREATE TABLE property (
	resource BIGINT NOT NULL REFERENCES resource (id),
	space    TEXT NOT NULL,
	local    TEXT NOT NULL,
	xml      TEXT NOT NULL,
	PRIMARY KEY (resource, space, local)
) {{CLUSTERED}};

-- Locks. resource is what is locked, root the URL it was locked at, which is
-- what ends the lock when it becomes unmapped (RFC 5842 section 9). A lock's
-- root is never moved: MOVE ends locks.
CREATE TABLE lock (
	token      TEXT NOT NULL PRIMARY KEY,
	resource   BIGINT NOT NULL REFERENCES resource (id),
	root       TEXT NOT NULL,
	collection BIGINT NOT NULL,
	depth      BIGINT NOT NULL, -- 0 or 2 (infinity)
	scope      BIGINT NOT NULL, -- 0 exclusive, 1 shared
	owner      TEXT NOT NULL,
	principal  TEXT NOT NULL,
	timeout    BIGINT NOT NULL, -- nanoseconds; 0 never
	expires    BIGINT NOT NULL  -- 0 never
) {{CLUSTERED}};

-- Which locks guard this resource?
CREATE INDEX lock_resource ON lock (resource);
-- Which locks are rooted below this URL?
CREATE INDEX lock_root ON lock (root);
-- How many locks has this principal?
CREATE INDEX lock_principal ON lock (principal);
-- Which locks have run out?
CREATE INDEX lock_expires ON lock (expires);

-- Resources that lost a binding and may have none left; reclaimed later.
CREATE TABLE orphan (
	resource BIGINT NOT NULL PRIMARY KEY
) {{CLUSTERED}};

-- Bodies in the blob store that no resource may need any more; reclaimed later.
CREATE TABLE released (
	body BIGINT NOT NULL PRIMARY KEY
) {{CLUSTERED}};

-- While a hold is in force nothing is reclaimed: a backup is reading blobs.
CREATE TABLE hold (
	name    TEXT NOT NULL PRIMARY KEY,
	expires BIGINT NOT NULL
) {{CLUSTERED}};

-- The plan of a COPY, within its transaction: which resource becomes which.
CREATE TABLE copying (
	old BIGINT NOT NULL PRIMARY KEY,
	new BIGINT NOT NULL
) {{CLUSTERED}};
