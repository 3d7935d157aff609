package meta

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestSplitScript(t *testing.T) {
	for script, want := range map[string][]string{
		"":                                      nil,
		" \n-- only; a comment\n/* ; */":        nil,
		"A;B":                                   {"A", "B"},
		"A;\n ;; B ;\n":                         {"A", "B"},
		"-- says; what\nA ('x;''y;') -- z;\n;B": {"-- says; what\nA ('x;''y;') -- z;", "B"},
		`A "na;me" /* ;' */ 'it;s'; B`:          {`A "na;me" /* ;' */ 'it;s'`, "B"},
		"A 'open; B":                            {"A 'open; B"},
		"A - B / C; D":                          {"A - B / C", "D"},
		"A -- no end;":                          {"A -- no end;"},
	} {
		if got := splitScript(script); !slices.Equal(got, want) {
			t.Errorf("%q is split into %q, want %q", script, got, want)
		}
	}
}

func TestExpand(t *testing.T) {
	got, err := SQLite.Expand(`a {{ID}} b {{BYTES}}{{CLUSTERED}} } {`)
	if want := `a INTEGER PRIMARY KEY b BLOBWITHOUT ROWID } {`; got != want || err != nil {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
	for _, sql := range []string{"{{NOTHING}}", "{{ID", "{{}}", "{{ID}} {{"} {
		if got, err := SQLite.Expand(sql); err == nil {
			t.Errorf("%q became %q, want an error", sql, got)
		}
	}
}

func TestDialectsKnowTheSameWords(t *testing.T) {
	for word := range SQLite.Words {
		if _, ok := PostgreSQL.Words[word]; !ok {
			t.Errorf("%s has no word %s", PostgreSQL.Name, word)
		}
	}
	if len(SQLite.Words) != len(PostgreSQL.Words) {
		t.Errorf("%d words and %d", len(SQLite.Words), len(PostgreSQL.Words))
	}
}

func TestOurMigrationsLoad(t *testing.T) {
	all, err := loadMigrations(Migrations())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		for _, d := range []*Dialect{SQLite, PostgreSQL} {
			for _, sql := range m.statements {
				if _, err := d.Expand(sql); err != nil {
					t.Errorf("%s: %v", m.name, err)
				}
			}
		}
	}
}

// PostgreSQL takes the words that it reserves for names of nothing.
func TestOurNamesAreFree(t *testing.T) {
	const reserved = ` all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create
		current_catalog current_date current_role current_time current_timestamp current_user default deferrable desc distinct do
		else end except false fetch for foreign from grant group having in initially intersect into lateral leading limit localtime
		localtimestamp not null offset on only or order placing primary references returning select session_user some symmetric
		system_user table then to trailing true union unique user using variadic when where window with `
	all, err := loadMigrations(Migrations())
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`(?m)^CREATE TABLE (\w+)|^\s+(\w+)\s+(?:BIGINT|TEXT|REAL|{{\w+}})|ADD COLUMN (\w+)`)
	n := 0
	for _, m := range all {
		for _, sql := range m.statements {
			for _, names := range named.FindAllStringSubmatch(sql, -1) {
				n++
				if name := strings.Join(names[1:], ""); slices.Contains(strings.Fields(reserved), name) {
					t.Errorf("%s: %s is a reserved word", m.name, name)
				}
			}
		}
	}
	if n < 70 {
		t.Errorf("%d names found: the test does not test", n)
	}
}

func TestLoadMigrationsRefuses(t *testing.T) {
	for names, why := range map[string]string{
		"":                            "no migrations",
		"0001_a.sql 0003_c.sql":       "should be 2",
		"0001_a.sql 0001_b.sql":       "should be 2",
		"0002_a.sql":                  "should be 1",
		"0001_a.sql readme.txt":       "form",
		"0001_a.sql 002_b.sql":        "form",
		"0001_a.sql 0002_b.sql.orig":  "form",
		"0000_a.sql 0001_b.sql":       "should be 1",
		"0001_a.sql 0002_Zapped.sql ": "form",
	} {
		dir := fstest.MapFS{}
		for _, name := range strings.Fields(names) {
			dir[name] = &fstest.MapFile{Data: []byte("SELECT 1")}
		}
		if _, err := loadMigrations(dir); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %v, want an error about %q", names, err, why)
		}
	}
}
