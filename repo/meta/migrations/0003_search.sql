-- What a search sees of a dead property. value is its text, cut to the first 200
-- characters. form tells of what: 0 value is the whole text, 1 the text goes on
-- in xml, 2 there are elements in it, so value is empty, 3 the row is from before
-- there were searches, and has to be read. language is the xml:lang.
ALTER TABLE property ADD COLUMN value TEXT NOT NULL DEFAULT '';
ALTER TABLE property ADD COLUMN form BIGINT NOT NULL DEFAULT 3;
ALTER TABLE property ADD COLUMN language TEXT NOT NULL DEFAULT '';

-- Which resources have this property, with this value?
CREATE INDEX property_value ON property (space, local, value, resource);
-- Which properties have to be read?
CREATE INDEX property_unread ON property (resource) WHERE form = 3;

-- Whether a body looks like text: then it is in fulltext, under its id, or waits
-- for that in unindexed. Of bodies from before there were searches all wait.
ALTER TABLE body ADD COLUMN text BIGINT NOT NULL DEFAULT 1;
CREATE TABLE unindexed (
	body BIGINT NOT NULL PRIMARY KEY
) {{CLUSTERED}};
INSERT INTO unindexed (body) SELECT id FROM body;

-- The words of bodies.
CREATE {{FULLTEXT}};
{{FULLTEXT INDEX}};
