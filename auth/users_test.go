package auth

import (
	"encoding/base64"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
)

func bcryptOf(t *testing.T, password string) string {
	t.Helper()
	b, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return "$2y$" + strings.TrimPrefix(string(b), "$2a$")
}

func argonOf(password string) string {
	salt := []byte("saltsaltsaltsalt")
	key := argon2.IDKey([]byte(password), salt, 1, 64, 2, 32)
	enc := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=19$m=64,t=1,p=2$%s$%s", enc(salt), enc(key))
}

func writeFile(t *testing.T, path string, lines ...string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

func check(t *testing.T, u *Users, user, password string) bool {
	t.Helper()
	ok, err := u.Check(t.Context(), user, password)
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

func TestHtpasswd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "users")
	writeFile(t, path, "# people", "", "ann:"+bcryptOf(t, "one")+"\r", "bob:"+argonOf("two"))
	u, err := NewUsers([]string{"cyd:three:four"}, path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for user, password := range map[string]string{"ann": "one", "bob": "two", "cyd": "three:four"} {
		if u.Verified(user, password) {
			t.Errorf("%s is verified without a check", user)
		}
		if check(t, u, user, password+"x") || u.Verified(user, password+"x") {
			t.Errorf("%s: a wrong password passes", user)
		}
		if !check(t, u, user, password) || !u.Verified(user, password) {
			t.Errorf("%s: the right password fails", user)
		}
		if u.Verified(user, password+"x") || u.Verified(user+"x", password) {
			t.Errorf("%s: something else is verified too", user)
		}
	}
	if check(t, u, "dan", "one") || check(t, u, "", "") {
		t.Error("an unknown user passes")
	}
	if p, ok := u.Secret("cyd"); !ok || p != "three:four" {
		t.Errorf("Secret(cyd) = %q, %v", p, ok)
	}
	if _, ok := u.Secret("ann"); ok {
		t.Error("a hashed password is known in the clear")
	}
}

func TestHtpasswdRefused(t *testing.T) {
	good := "ann:" + bcryptOf(t, "one")
	for line, want := range map[string]string{
		"bob:$apr1$abc$def":      `user "bob": this is an MD5 hash; only bcrypt`,
		"bob:{SHA}abcdef":        "a SHA-1 hash",
		"bob:$6$abc$def":         "a SHA-512 crypt hash",
		"bob:secret":             "in the clear",
		"bob:":                   "there is no password",
		"bob":                    "NAME:HASH",
		":" + bcryptOf(t, "x"):   "the name is empty",
		good:                     `user "ann" is there twice`,
		"bob:$2y$05$short":       "the bcrypt hash is malformed",
		"bob:$argon2id$v=19$zzz": "the argon2id hash is malformed",
		"bob:" + bcryptOf(t, "x")[:4] + "31" + bcryptOf(t, "x")[6:]:    "the bcrypt cost is 31",
		"bob:" + strings.Replace(argonOf("x"), "m=64", "m=1048576", 1): "out of bounds",
		"bob:" + strings.Replace(argonOf("x"), "m=64", "m=064", 1):     "malformed",
		"b\x01b:" + bcryptOf(t, "x"):                                   "not plain UTF-8",
	} {
		path := filepath.Join(t.TempDir(), "users")
		writeFile(t, path, good, line)
		_, err := NewUsers(nil, path, nil)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path+":2:") {
			t.Errorf("%q: %v, want %q with the line number", line, err, want)
			continue
		}
		if _, hashed, ok := strings.Cut(line, ":"); ok && len(hashed) > 4 && strings.Contains(err.Error(), hashed) {
			t.Errorf("%v: shows the hash", err)
		}
	}
	for _, bad := range []string{"ann", "ann:", ":secret"} {
		if _, err := NewUsers([]string{bad}, "", nil); err == nil {
			t.Errorf("user %q is taken", bad)
		}
	}
	if _, err := NewUsers([]string{"ann:a", "ann:b"}, "", nil); err == nil {
		t.Error("one user twice is taken")
	}
	if _, err := NewUsers(nil, filepath.Join(t.TempDir(), "none"), nil); err == nil {
		t.Error("a missing file is taken")
	}
	if _, err := NewUsers(nil, t.TempDir(), nil); err == nil {
		t.Error("a directory is taken")
	}
}

func TestHtpasswdReadAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "users")
	stamp := time.Now()
	write := func(lines ...string) {
		writeFile(t, path, lines...)
		stamp = stamp.Add(time.Minute)
		if err := os.Chtimes(path, stamp, stamp); err != nil {
			t.Fatal(err)
		}
	}
	bob := "bob:" + argonOf("two")
	write("ann:"+bcryptOf(t, "one"), bob)
	var log strings.Builder
	u, err := NewUsers(nil, path, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	if !check(t, u, "ann", "one") || !check(t, u, "bob", "two") {
		t.Fatal("the first passwords fail")
	}

	write("ann:"+bcryptOf(t, "new"), bob)
	if u.Verified("ann", "one") || check(t, u, "ann", "one") {
		t.Error("the old password still passes")
	}
	if !check(t, u, "ann", "new") {
		t.Error("the new password fails")
	}
	if !u.Verified("bob", "two") {
		t.Error("what did not change was forgotten")
	}

	write("ann:broken")
	for range 3 {
		if !check(t, u, "ann", "new") {
			t.Error("a broken file threw out the users")
		}
	}
	if n := strings.Count(log.String(), "level=ERROR"); n != 1 || !strings.Contains(log.String(), path+":1:") {
		t.Errorf("logged %d errors, want one with the line: %s", n, log.String())
	}

	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if !check(t, u, "ann", "new") {
		t.Error("a missing file threw out the users")
	}
	write(bob)
	if check(t, u, "ann", "new") || !check(t, u, "bob", "two") {
		t.Error("the file that came back is not used")
	}
}

// counting is a hash that counts how often it is computed.
type counting struct{ n *int }

func (c counting) matches(string) bool { *c.n++; return false }

// TestUnknownUserCostsTheSame: one hash is computed for any wrong guess.
func TestUnknownUserCostsTheSame(t *testing.T) {
	n := 0
	u := users(t)
	a := &account{hash: counting{&n}}
	u.table.Store(&table{byName: map[string]*account{"ann": a}, all: []*account{a}})
	for i, user := range []string{"ann", "bob", ""} {
		if check(t, u, user, "x"); n != i+1 {
			t.Errorf("%q: %d hashes computed, want 1", user, n-i)
		}
	}
}
