package auth

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"unicode"
	"unicode/utf8"
)

// Users are people with passwords: some known in the clear, some from a
// htpasswd file, which is read again when it changes. It implements
// [Passwords], [Verified] and [Secrets].
type Users struct {
	key     []byte // of this process; what is remembered of passwords is keyed with it
	secrets map[string]*account
	path    string // of the htpasswd file; "" for none
	log     *slog.Logger

	table atomic.Pointer[table]
	mu    sync.Mutex // held while the file is read again
}

// table is the content of Users at one time; it doesn't change.
type table struct {
	byName map[string]*account
	all    []*account
	file   os.FileInfo // what the file was like when it was read
}

// account is one user.
type account struct {
	hash verifier
	text string // the hash as the file has it

	// right is the mark of the password that hash was last found to match. A
	// user has one password, so one mark is all there is to remember.
	right atomic.Pointer[mark]
}

// mark stands for a password within this process, and doesn't tell it.
type mark [sha256.Size]byte

// NewUsers makes users of NAME:PASSWORD strings and of a htpasswd file; path
// may be "". A nil log is silent.
func NewUsers(inClear []string, path string, log *slog.Logger) (*Users, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	u := &Users{key: make([]byte, 32), secrets: make(map[string]*account), path: path, log: log}
	rand.Read(u.key)
	for _, s := range inClear {
		name, password, ok := strings.Cut(s, ":")
		switch {
		case !ok || password == "":
			return nil, errors.New("a user is written NAME:PASSWORD")
		case checkName(name) != nil:
			return nil, fmt.Errorf("user %q: %w", name, checkName(name))
		case u.secrets[name] != nil:
			return nil, fmt.Errorf("user %q is there twice", name)
		}
		u.secrets[name] = &account{hash: secret(password)}
	}
	t, err := u.load(nil)
	if err != nil {
		return nil, err
	}
	u.table.Store(t)
	return u, nil
}

func checkName(name string) error {
	switch {
	case name == "":
		return errors.New("the name is empty")
	case len(name) > 255:
		return errors.New("the name is longer than 255 bytes")
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		return errors.New("the name is not plain UTF-8 text")
	}
	return nil
}

// Check implements [Passwords].
func (u *Users) Check(_ context.Context, user, password string) (bool, error) {
	t := u.current()
	a := t.byName[user]
	if a == nil {
		if len(t.all) > 0 {
			u.decoy(t, user).hash.matches(password)
		}
		return false, nil
	}
	m := u.markOf(password)
	if a.isRight(m) { // another request has found out meanwhile
		return true, nil
	}
	if !a.hash.matches(password) {
		return false, nil
	}
	a.right.Store(&m)
	return true, nil
}

// Verified implements the interface [Verified].
func (u *Users) Verified(user, password string) bool {
	a := u.current().byName[user]
	return a != nil && a.isRight(u.markOf(password))
}

// Secret implements [Secrets].
func (u *Users) Secret(user string) (string, bool) {
	a := u.secrets[user]
	if a == nil {
		return "", false
	}
	return string(a.hash.(secret)), true
}

// HasSecrets implements [Secrets].
func (u *Users) HasSecrets() bool { return len(u.secrets) > 0 }

func (a *account) isRight(m mark) bool {
	right := a.right.Load()
	return right != nil && hmac.Equal(right[:], m[:])
}

func (u *Users) markOf(text string) (m mark) {
	h := hmac.New(sha256.New, u.key)
	h.Write([]byte(text))
	h.Sum(m[:0])
	return m
}

// decoy is an account to spend time on for a user that isn't there, always the
// same for the same name.
func (u *Users) decoy(t *table, user string) *account {
	m := u.markOf(user)
	return t.all[binary.BigEndian.Uint64(m[:])%uint64(len(t.all))]
}

// current is the table of the file as it is now. A file that can't be read or
// understood is logged once, and the users stay what they were.
func (u *Users) current() *table {
	t := u.table.Load()
	if u.path == "" {
		return t
	}
	now, err := os.Stat(u.path)
	if err == nil && sameFile(now, t.file) || err != nil && t.file == nil {
		return t
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if loaded := u.table.Load(); loaded != t {
		return loaded
	}
	fresh, err := u.load(t)
	if err != nil {
		u.log.Error("the htpasswd file changed and can't be used; the users stay as they were", "error", err)
		fresh = &table{byName: t.byName, all: t.all, file: now}
	} else {
		u.log.Info("the htpasswd file was read again", "path", u.path, "users", len(fresh.all))
	}
	u.table.Store(fresh)
	return fresh
}

func sameFile(a, b os.FileInfo) bool {
	return b != nil && os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// load makes a table of secrets and file. Accounts whose hash is as in old are
// kept, with what is remembered of them.
func (u *Users) load(old *table) (*table, error) {
	t := &table{byName: make(map[string]*account)}
	for name, a := range u.secrets {
		t.add(name, a)
	}
	if u.path == "" {
		return t, nil
	}
	content, info, err := readFile(u.path)
	if err != nil {
		return nil, fmt.Errorf("the htpasswd file: %w", err)
	}
	t.file = info
	n := 0
	for line := range bytes.Lines(content) {
		n++
		text := strings.TrimSpace(string(line))
		if text == "" || text[0] == '#' {
			continue
		}
		name, a, err := parseLine(text)
		if err == nil && t.byName[name] != nil {
			err = fmt.Errorf("user %q is there twice", name)
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", u.path, n, err)
		}
		if old != nil && old.byName[name] != nil && old.byName[name].text == a.text {
			a = old.byName[name]
		}
		t.add(name, a)
	}
	return t, nil
}

func (t *table) add(name string, a *account) {
	t.byName[name] = a
	t.all = append(t.all, a)
}

// parseLine reads a line NAME:HASH. Its errors don't show the hash.
func parseLine(text string) (string, *account, error) {
	name, hashed, ok := strings.Cut(text, ":")
	if !ok {
		return "", nil, errors.New("a line is written NAME:HASH")
	}
	if err := checkName(name); err != nil {
		return "", nil, err
	}
	h, err := parseHash(hashed)
	if err != nil {
		return "", nil, fmt.Errorf("user %q: %w", name, err)
	}
	return name, &account{hash: h, text: hashed}, nil
}

// maxFile bounds the memory that a htpasswd file takes, in bytes.
const maxFile = 16 << 20

// readFile gives the content of a file and what it was like before the content
// was read, so that a change during the reading is seen as a change.
func readFile(path string) ([]byte, os.FileInfo, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, err
	}
	switch {
	case !info.Mode().IsRegular():
		return nil, nil, fmt.Errorf("%s is not a regular file", path)
	case info.Size() > maxFile:
		return nil, nil, fmt.Errorf("%s is larger than %d MiB", path, maxFile>>20)
	}
	content, err := os.ReadFile(path)
	return content, info, err
}
