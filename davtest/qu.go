package davtest

import (
	"fmt"
	"slices"
	"strings"
)

// RFC 4331: quota.
var casesQU = []Case{
	{ID: "QU-01", Section: "RFC 4331 3, 4", Level: Must,
		Title: "quota-used-bytes and quota-available-bytes are on collections, whole octets, and follow what is stored",
		Run: func(t *T) {
			t.NeedQuota()
			t.Mkcol("c/", "c/d/")
			for _, path := range []string{"", "c/", "c/d/"} {
				used, available := t.Quota(path)
				if used < 0 {
					t.Errorf("%s has no quota-used-bytes", t.Path(path))
				}
				names := t.Status(t.Do("PROPFIND", path, H{"Depth": {"0"}}, dav("propfind", "<D:propname/>")), 207).Multistatus()
				told := names.Responses[0].Names(200)
				if has := slices.Contains(told, D("quota-available-bytes")); has != (available >= 0) {
					t.Errorf("%s: quota-available-bytes is %d, in propname: %t", t.Path(path), available, has)
				}
				if !slices.Contains(told, D("quota-used-bytes")) {
					t.Errorf("%s: propname has no quota-used-bytes", t.Path(path))
				}
			}
			for _, path := range []string{"", "c/", "c/d/"} {
				t.usedChanges(path, +1000, t.Errorf, func(i int) { t.Put(fmt.Sprint("c/d/f", i), noise(1000)) })
			}
			if !t.HasSmallQuota() {
				return // what is free on a disk also changes by others
			}
			t.InSmallQuota(func(c string) {
				used, available := t.Quota(c)
				t.Put(c+"f", noise(1000))
				if u, a := t.Quota(c); u < used+1000 || a > available-1000 {
					t.Errorf("1000 bytes more: used was %d, is %d; available was %d, is %d", used, u, available, a)
				}
			})
		}},

	{ID: "QU-02", Section: "RFC 4331 3, 4", Level: Should,
		Title: "Both are protected",
		Run: func(t *T) {
			t.NeedQuota()
			t.Mkcol("c/")
			used, available := t.Quota("c/")
			if used >= 0 {
				t.checkProtected("c/", D("quota-used-bytes"))
			}
			if available >= 0 {
				t.checkComputed("c/", D("quota-available-bytes"))
			}
		}},

	{ID: "QU-03", Section: "RFC 4331 6", Level: Should,
		Title: "Going over the quota is 507 with quota-not-exceeded, and leaves nothing half-written",
		Run: func(t *T) {
			t.NeedQuota()
			t.InSmallQuota(t.overQuota)
		}},

	{ID: "QU-04", Section: "RFC 4331 4", Level: Must,
		Title: "quota-used-bytes counts what lies below; freed space comes back; a full quota lets equal sizes be overwritten",
		Run: func(t *T) {
			t.NeedQuota()
			t.Mkcol("c/", "c/d/", "c/d/e/")
			t.usedChanges("c/", +8000, t.Errorf, func(i int) {
				t.Put(fmt.Sprint("c/d/e/f", i), noise(5000))
				t.Put(fmt.Sprint("c/g", i), noise(3000))
			})
			for i := range 3 {
				t.Mkcol(fmt.Sprint("c/gone", i))
				t.Put(fmt.Sprint("c/gone", i, "/f"), noise(5000))
			}
			t.usedChanges("c/", -5000, t.Shouldf, func(i int) { t.Status(t.Do("DELETE", fmt.Sprint("c/gone", i), nil, ""), 204) })
			t.Put("c/h", noise(9000))
			t.usedChanges("c/", -2000, t.Shouldf, func(i int) { t.Put("c/h", noise(int64(7000-2000*i))) })
			if t.HasSmallQuota() {
				t.InSmallQuota(t.overwriteFull)
			}
		}},
}

// usedChanges does something until quota-used-bytes of a collection goes up by
// at least some bytes or, if they are negative, goes down by them, for others
// may store and free at the same time. If it never does that is told.
func (t *T) usedChanges(path string, by int64, complain errorf, do func(i int)) {
	for i := range 3 {
		before, _ := t.Quota(path)
		do(i)
		now, _ := t.Quota(path)
		if by > 0 && now >= before+by || by < 0 && now <= before+by {
			return
		}
		if i == 2 {
			complain("%+d bytes in %s: quota-used-bytes was %d, is %d", by, t.Path(path), before, now)
		}
	}
}

// checkComputed is [T.checkProtected] for a property whose value changes by
// itself.
func (t *T) checkComputed(path string, name Name) {
	for _, instruction := range []string{Set(name, "1"), Remove(name)} {
		ms := t.Proppatch(path, instruction).Multistatus()
		if code := ms.At(t.Path(path)).PropStatus(name); code != 403 {
			t.Errorf("%s of %s: status %d, want 403", instruction, t.Path(path), code)
		}
		propstatError(t, ms, t.Path(path), "cannot-modify-protected-property")
	}
	if value := t.Prop(path, name); value == nil || value.Text() == "1" {
		t.Errorf("PROPPATCH changed %s of %s", nameString(name), t.Path(path))
	}
}

// overQuota goes over the quota of a collection by every method that stores.
func (t *T) overQuota(c string) {
	t.Put(c+"old", "old content")
	t.Mkcol(c + "d/")
	_, available := t.Quota(c)
	half := noise(available * 2 / 3)
	t.Put(c+"d/half", half)
	used, available := t.Quota(c)
	much := noise(available + 4096)
	before := t.SnapshotOf(c)

	t.checkOverQuota(t.Do("PUT", c+"new", nil, much))
	t.checkOverQuota(t.Do("PUT", c+"old", nil, much))
	if r, err := t.Stream("PUT", c+"new", nil, strings.NewReader(much)); err == nil {
		t.checkOverQuota(r)
	} else {
		t.Errorf("PUT of unknown length: %v", err)
	}
	if add := t.addMember(c); add != "" {
		t.checkOverQuota(t.Do("POST", add, nil, much))
	}
	t.CheckUnchanged(before)
	if now, _ := t.Quota(c); now != used {
		t.Errorf("requests that went over the quota changed quota-used-bytes from %d to %d", used, now)
	}

	if t.Do("PUT", "outside", nil, much).Status == 201 { // elsewhere there is room
		outside := t.SnapshotOf("outside")
		t.checkOverQuota(t.Do("COPY", "outside", t.to(c+"new"), ""))
		t.checkOverQuota(t.Do("COPY", "outside", t.to(c+"old"), ""))
		t.checkOverQuota(t.Do("MOVE", "outside", t.to(c+"new"), ""))
		t.CheckUnchanged(before)
		t.CheckUnchanged(outside)
	}

	// A server that stores copies once may have room for them.
	if r := t.Do("COPY", c+"d/half", t.to(c+"copy"), ""); r.Status != 201 {
		t.checkOverQuota(r)
		t.CheckUnchanged(before)
	} else {
		t.Status(t.Do("DELETE", c+"copy", nil, ""), 204)
	}
	switch r := t.Do("COPY", c+"d/", t.to(c+"copy/"), ""); r.Status {
	case 201:
		t.Status(t.Do("DELETE", c+"copy/", nil, ""), 204)
	case 207:
		if member := r.Multistatus().At(t.Path(c + "copy/half")); member.ErrorCode() != 507 || !member.Condition(D("quota-not-exceeded")) {
			t.Errorf("COPY of a collection: the 207 does not give 507 with quota-not-exceeded to what does not fit")
		}
	default:
		t.checkOverQuota(r)
		t.CheckUnchanged(before)
	}
	t.fillUp(c)
	if r := t.Do("MKCOL", c+"e/", nil, ""); r.Status != 201 {
		t.checkOverQuota(r)
		t.CheckUnmapped(c + "e/")
	}
	t.checkOverQuota(t.Do("PUT", c+"new", nil, noise(4096)))
	t.CheckUnmapped(c + "new")
	t.CheckBody(c+"d/half", half)
}

// fillUp stores files in a collection until not much is available.
func (t *T) fillUp(c string) {
	for i := range 20 {
		_, available := t.Quota(c)
		size := available - int64(i)*available/20 // what else it counts may not leave room for all of it
		if size <= 16 {
			return
		}
		t.Status(t.Do("PUT", fmt.Sprint(c, "fill", i), nil, noise(size)), 201, 507)
	}
}

// overwriteFull uses up a quota and overwrites what is there.
func (t *T) overwriteFull(c string) {
	t.Put(c+"f", noise(2000))
	t.fillUp(c)
	same := noise(2000)
	r := t.Do("PUT", c+"f", nil, same)
	if r.Status != 200 && r.Status != 204 {
		t.Shouldf("an overwrite by a body of equal size in a full quota: status %d", r.Status)
		return
	}
	t.CheckBody(c+"f", same)
	t.Status(t.Do("DELETE", c+"f", nil, ""), 204)
	t.CheckStatus(t.Do("PUT", c+"g", nil, same), 201)
}
