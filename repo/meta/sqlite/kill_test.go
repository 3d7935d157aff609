package sqlite

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/quiredav/quire/repo/meta"
)

const killEnv = "QUIRE_TEST_KILL_DATABASE"

func TestMain(m *testing.M) {
	if path := os.Getenv(killEnv); path != "" {
		if err := writeUntilKilled(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// writeUntilKilled commits pairs of rows from several goroutines and prints
// the number of each pair once it is acknowledged.
func writeUntilKilled(path string) error {
	s, err := Open(context.Background(), path, Options{})
	if err != nil {
		return err
	}
	var next, failed = make(chan int64), make(chan error)
	for range 8 {
		go func() {
			for n := range next {
				err := s.Update(context.Background(), func(tx meta.Tx) error { return insertPair(tx, n) })
				if err == nil {
					_, err = fmt.Println(n)
				}
				if err != nil {
					failed <- err
					return
				}
			}
		}()
	}
	var first int64
	if err := s.View(context.Background(), func(tx meta.Tx) (err error) {
		first, err = meta.Int(tx, `SELECT coalesce(max(n), 0) + 1 FROM pair`)
		return err
	}); err != nil {
		return err
	}
	for n := first; ; n++ {
		select {
		case next <- n:
		case err := <-failed:
			return err
		}
	}
}

func insertPair(tx meta.Tx, n int64) error {
	for half := range 2 {
		if _, err := tx.Exec(`INSERT INTO pair (n, half) VALUES ($1, $2)`, n, half); err != nil {
			return err
		}
	}
	return nil
}

// A process is killed at a random moment, twenty times. What it acknowledged is
// there, nothing is there by half, and the database is sound.
func TestKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "quire.db")
	s := openStore(t, path)
	mustExec(t, s, `CREATE TABLE pair (n BIGINT NOT NULL, half BIGINT NOT NULL, PRIMARY KEY (n, half)) {{CLUSTERED}}`)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	var acknowledged []int64
	for range 20 {
		acknowledged = append(acknowledged, runAndKill(t, path, 1+rand.IntN(200))...)
		checkPairs(t, path, acknowledged)
	}
}

// runAndKill lets a child write until it has acknowledged count numbers or
// more, kills it, and returns them all.
func runAndKill(t *testing.T, path string, count int) []int64 {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(exe)
	child.Env = append(os.Environ(), killEnv+"="+path)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var numbers []int64
	var once sync.Once
	for lines := bufio.NewScanner(out); lines.Scan(); {
		n, err := strconv.ParseInt(lines.Text(), 10, 64)
		if err != nil {
			t.Errorf("the child said %q", lines.Text())
		}
		if numbers = append(numbers, n); len(numbers) >= count {
			once.Do(func() { child.Process.Kill() })
		}
	}
	if err := child.Wait(); child.ProcessState.Exited() {
		t.Fatalf("the child ended by itself: %v", err)
	}
	return numbers
}

func checkPairs(t *testing.T, path string, acknowledged []int64) {
	t.Helper()
	s := openStore(t, path)
	defer s.Close()
	for _, n := range acknowledged {
		if count(t, s, `SELECT count(*) FROM pair WHERE n = $1`, n) != 2 {
			t.Errorf("pair %d was acknowledged and is lost", n)
		}
	}
	if n := count(t, s, `SELECT count(*) FROM (SELECT n FROM pair GROUP BY n HAVING count(*) <> 2) AS torn`); n != 0 {
		t.Errorf("%d pairs are there by half", n)
	}
	wantSound(t, s)
}

func wantSound(t *testing.T, s *Store) {
	t.Helper()
	problems, err := s.Check(context.Background())
	if err != nil || len(problems) > 0 {
		t.Errorf("Check: %q, %v", problems, err)
	}
}
