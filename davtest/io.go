package davtest

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// What clients need in practice: their request sequences, parallel change, and
// survival of a crash.
var casesIO = []Case{
	{ID: "IO-01", Section: "client: Windows redirector", Level: Practice,
		Title: "OPTIONS and PROPFIND of the server's root and of collections without a slash, no redirects; prefixed elements; MS-Author-Via",
		Run: func(t *T) {
			windows := H{"Translate": {"f"}, "User-Agent": {"Microsoft-WebDAV-MiniRedir/10.0.19045"}, "Depth": {"0"}}
			t.Mkcol("c/")
			if r := t.Do("OPTIONS", "c", windows, ""); t.CheckStatus(r, 200, 204) && r.Header.Get("Ms-Author-Via") != "DAV" {
				t.Errorf("OPTIONS: MS-Author-Via is %q", r.Header.Get("Ms-Author-Via"))
			}
			t.CheckStatus(t.Do("OPTIONS", "/", windows, ""), 200, 204, 401)
			t.CheckStatus(t.Do("PROPFIND", "/", windows, ""), 207, 401, 404)
			for _, path := range []string{"c", "c/"} {
				for _, e := range t.Do("PROPFIND", path, windows, "").Multistatus().Element.Descendants() {
					if e.Name.Space == "DAV:" && e.Prefix == "" {
						t.Fatalf("%s has no prefix", nameString(e.Name))
					}
				}
			}
			t.CheckStatus(t.Do("MKCOL", "n", windows, ""), 201)
			t.CheckStatus(t.Do("MOVE", "n", t.to("m", windows, H{"Depth": nil}), ""), 201)
			t.CheckStatus(t.Do("DELETE", "m", nil, ""), 204)
		}},

	{ID: "IO-02", Section: "client: Windows redirector", Level: Practice,
		Title: "A file is copied in: LOCK, empty PUT, PUT, PROPPATCH of Win32 properties, UNLOCK; LOCK, PUT, DELETE, PUT without token",
		Run: func(t *T) {
			t.NeedLocks()
			token := t.Lock("f", "exclusive", "0")
			t.Status(t.Do("PUT", "f", submitted(token), ""), 204, 200)
			t.Status(t.Do("PUT", "f", submitted(token), "content"), 204, 200)
			win32 := func(local string) Name { return Name{Space: "urn:schemas-microsoft-com:", Local: local} }
			const date = "Thu, 09 Oct 2025 17:54:43 GMT"
			values := map[string]string{"Win32CreationTime": date, "Win32LastAccessTime": date, "Win32LastModifiedTime": date, "Win32FileAttributes": "00000020"}
			var set []string
			for name, value := range values {
				set = append(set, Set(win32(name), value))
			}
			r := t.Do("PROPPATCH", "f", submitted(token), propertyupdate(set...)).Multistatus()
			for name, value := range values {
				if code := r.At(t.Path("f")).PropStatus(win32(name)); code != 200 {
					t.Errorf("PROPPATCH of %s: %d", name, code)
				}
				if got := t.Prop("f", win32(name)); got.Text() != value {
					t.Errorf("%s is %q, want %q", name, got.Text(), value)
				}
			}
			t.Unlock("f", token)
			t.CheckBody("f", "content")

			token = t.Lock("g", "exclusive", "0")
			t.CheckStatus(t.Do("PUT", "g", submitted(token), "x"), 204, 200)
			t.CheckStatus(t.Do("DELETE", "g", submitted(token), ""), 204)
			t.CheckStatus(t.Do("PUT", "g", nil, "again"), 201)
		}},

	{ID: "IO-03", Section: "client: macOS Finder", Level: Practice,
		Title: "Class 2; PUT chunked without a length and with Expect: 100-continue; quota questions; ._ names",
		Run: func(t *T) {
			if !t.HasLocks() {
				t.Errorf("no class 2: Finder mounts it read-only")
			}
			body := strings.Repeat("0123456789abcdef", 10_000)
			r, err := t.Stream("PUT", "chunked", H{"X-Expected-Entity-Length": {"160000"}}, strings.NewReader(body))
			if err != nil {
				t.Fatalf("chunked PUT: %v", err)
			}
			t.CheckStatus(r, 201)
			t.CheckBody("chunked", body)
			t.expectContinue("waited")
			t.CheckStatus(t.Do("PUT", "._chunked", nil, "apple double"), 201)
			t.CheckMembers("", "chunked", "waited", "._chunked")
			quota := t.Propfind("", "0", D("quota-available-bytes"), D("quota-used-bytes"), D("quota"), D("quotaused"))
			for _, name := range quota.Responses[0].Names(200) {
				if e, _ := quota.Responses[0].Prop(name); strings.Trim(e.Trimmed(), "0123456789") != "" {
					t.Errorf("%s is %q, which is no number", nameString(name), e.Text())
				}
			}
		}},

	{ID: "IO-04", Section: "clients: davfs2, gvfs, neon, Office", Level: Practice,
		Title: "LOCK of a new name before PUT; refresh under way; PUT answers with an ETag; If with token and tag",
		Run: func(t *T) {
			t.NeedLocks()
			token := t.Lock("f", "exclusive", "0")
			empty := t.etag("f")
			h := t.submittedAt("f", token)
			h["If-Match"] = []string{empty}
			put := t.Status(t.Do("PUT", "f", h, "one"), 204, 200)
			tag := put.Header.Get("Etag")
			if tag == "" || tag == empty || tag != t.etag("f") {
				t.Errorf("PUT answers with ETag %q, it was %q, HEAD says %q", tag, empty, t.etag("f"))
			}
			t.Status(t.Do("LOCK", "f", submitted(token), ""), 200)
			t.CheckStatus(t.If("PUT", "f", "<%s> (<%s> [%s])", t.URL("f"), token, tag), 204, 200)
			t.CheckStatus(t.If("PUT", "f", "<%s> (<%s> [%s])", t.URL("f"), token, tag), 412)
			t.Unlock("f", token)
			t.CheckStatus(t.Do("MOVE", "f", t.to("g", H{"Overwrite": {"F"}}), ""), 201)
		}},

	{ID: "IO-05", Section: "suite: litmus", Level: Practice,
		Title: "litmus passes without a failure or warning",
		Run:   func(t *T) { t.Skipf("litmus is a program of its own") }},

	{ID: "IO-06", Section: "any", Level: Practice,
		Title: "Parallel change is safe: no lost update, no half tree, no deadlock between opposing MOVEs",
		Run: func(t *T) {
			t.racingCreates()
			t.racingUpdates()
			t.opposingMoves()
			if t.HasLocks() {
				t.racingLocks()
			}
		}, Timeout: 2 * time.Minute},

	{ID: "IO-07", Section: "any", Level: Practice,
		Title: "Content, dead properties, bindings, identity, order, sync history and locks survive a crash",
		Run: func(t *T) {
			t.Mkcol("c/", "c/d/")
			t.Put("c/f", "small")
			t.Put("c/d/big", strings.Repeat("0123456789abcdef", 1<<16))
			t.Store("c/f", Set(X("p"), "<x:a x:b='1'>kept</x:a>"), Set(D("displayname"), "Ä &lt;x&gt;"))
			t.Store("c/d/", Set(Name{Local: "bare"}, " white  space "))
			t.Status(t.Do("MOVE", "c/f", t.to("c/moved"), ""), 201)
			if t.HasLocks() {
				t.Lock("c/moved", "exclusive", "0")
				t.Lock("c/d/", "shared", "infinity")
			}
			before := t.Snapshot
			if t.Claims("bind") {
				t.Bind("", "twin", "c/moved")
				t.tryCycle("", "loop", "")
				before = t.Graph
			}
			tag := t.etag("c/moved")
			checks := []func(){t.orderOutlives(), t.syncOutlives()}
			was := before()
			t.Restart()
			t.CheckUnchanged(was)
			if now := t.etag("c/moved"); now != tag {
				t.Errorf("ETag was %s, is %s", tag, now)
			}
			for _, check := range checks {
				check()
			}
			if t.HasLocks() {
				t.CheckStatus(t.Do("PUT", "c/moved", nil, "x"), 423)
				t.CheckStatus(t.Do("PUT", "c/d/big", nil, "x"), 423)
			}
		}, Timeout: 2 * time.Minute},
}

// orderOutlives makes an ordered collection, where there are such, and checks
// the order later.
func (t *T) orderOutlives() (check func()) {
	if !t.HasOrder() {
		return func() {}
	}
	t.MkOrdered("ordered/", "b", "c", "a")
	return func() { t.CheckOrder("ordered/", "b c a") }
}

// syncOutlives changes a collection, where changes can be asked for, and asks
// later.
func (t *T) syncOutlives() (check func()) {
	t.Mkcol("synced/")
	if !t.supportsReport("synced/", "sync-collection") {
		return func() {}
	}
	t.Put("synced/changed", "old")
	t.Put("synced/removed", "old")
	t.Put("synced/kept", "old")
	token := t.Sync("synced/", "", "1").token
	t.Put("synced/changed", "new")
	t.Put("synced/new", "new")
	t.Status(t.Do("DELETE", "synced/removed", nil, ""), 200, 204)
	return func() {
		t.CheckChanges("changes before the crash", t.Sync("synced/", token, "1"), "synced/changed synced/new", "synced/removed")
		next := t.Sync("synced/", token, "1").token
		t.Put("synced/after", "new")
		t.CheckChanges("a change after the crash", t.Sync("synced/", next, "1"), "synced/after", "")
	}
}

// expectContinue sends a PUT that waits for 100 Continue before its body.
func (t *T) expectContinue(path string) {
	c := t.Dial()
	defer c.Close()
	c.Write(t.Head("PUT", path, H{"Expect": {"100-continue"}, "Content-Length": {"4"}}))
	if status := c.ReadInterim("PUT"); status != 100 {
		t.Errorf("PUT with Expect: 100-continue: %d instead of 100", status)
		return
	}
	c.Write("body")
	if r, err := c.Read("PUT", path); err != nil {
		t.Errorf("PUT with Expect: 100-continue: %v", err)
	} else {
		t.CheckStatus(r, 201)
	}
	t.CheckBody(path, "body")
}

const racers = 20 // clients at once in IO-06

// racingCreates: of many PUTs with If-None-Match: * exactly one makes the file.
func (t *T) racingCreates() {
	for round := range 5 {
		path := fmt.Sprintf("created-%d", round)
		var made atomic.Int32
		var winner atomic.Value
		t.Parallel(racers, func(i int) {
			body := fmt.Sprintf("by %d", i)
			r := t.Do("PUT", path, H{"If-None-Match": {"*"}}, body)
			if t.CheckStatus(r, 201, 412) && r.Status == 201 {
				made.Add(1)
				winner.Store(body)
			}
		})
		if n := made.Load(); n != 1 {
			t.Fatalf("%d of %d racing PUTs with If-None-Match: * made the file", n, racers)
		}
		t.CheckBody(path, winner.Load().(string))
	}
}

// racingUpdates: a counter behind If-Match never loses an update.
func (t *T) racingUpdates() {
	t.Put("counter", "0")
	var added atomic.Int32
	t.Parallel(racers, func(int) {
		for range 10 {
			r := t.Get("counter")
			var n int
			fmt.Sscan(string(r.Body), &n)
			put := t.Do("PUT", "counter", H{"If-Match": {r.Header.Get("Etag")}}, fmt.Sprint(n+1))
			if t.CheckStatus(put, 204, 200, 412) && put.Status < 300 {
				added.Add(1)
			}
		}
	})
	t.CheckBody("counter", fmt.Sprint(added.Load()))
}

// opposingMoves moves a tree to and fro while others look: it is always whole,
// in exactly one of the two places, and all requests end.
func (t *T) opposingMoves() {
	t.Mkcol("a/", "b/", "a/tree/")
	members := []string{"one", "two", "three"}
	for _, m := range members {
		t.Put("a/tree/"+m, m)
	}
	t.Parallel(8, func(i int) {
		from, to := "a/tree/", "b/tree/"
		if i%2 == 1 {
			from, to = to, from
		}
		for range 15 {
			if i < 4 {
				t.CheckStatus(t.Do("MOVE", from, t.to(to, H{"Overwrite": {"F"}}), ""), 201, 404, 412)
				continue
			}
			r := t.Do("PROPFIND", from, H{"Depth": {"1"}}, propfindBody(D("resourcetype")))
			if t.CheckStatus(r, 207, 404) && r.Status == 207 {
				if n := len(r.Multistatus().Responses); n != len(members)+1 {
					t.Errorf("a tree of %d members that is being moved shows %d resources", len(members), n)
				}
			}
		}
	})
	homes := slices.DeleteFunc([]string{"a/tree/", "b/tree/"}, func(path string) bool { return !t.Exists(path) })
	if len(homes) != 1 {
		t.Fatalf("after all MOVEs the tree is at %d places", len(homes))
	}
	t.CheckMembers(homes[0], members...)
}

// racingLocks: an exclusive lock is never held twice.
func (t *T) racingLocks() {
	t.Put("contested", "file")
	var holders, granted atomic.Int32
	t.Parallel(racers, func(int) {
		for range 25 {
			r := t.TryLock("contested", "exclusive", "0", nil)
			if !t.CheckStatus(r, 200, 423) || r.Status != 200 {
				continue
			}
			granted.Add(1)
			if n := holders.Add(1); n != 1 {
				t.Errorf("%d exclusive locks at once", n)
			}
			holders.Add(-1)
			t.Unlock("contested", strings.Trim(r.Header.Get("Lock-Token"), "<>"))
		}
	})
	if granted.Load() == 0 {
		t.Errorf("of %d racing LOCKs none was granted", racers*25)
	}
	t.CheckLocked("contested")
}
