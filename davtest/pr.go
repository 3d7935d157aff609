package davtest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// RFC 7240 and RFC 8144: preferences.
var casesPR = slices.Concat(casesPreferLess, casesPreferMore)

// The cases on answers that say less: return=minimal, depth-noroot.
var casesPreferLess = []Case{
	{ID: "PR-01", Section: "RFC 8144 2.1", Level: Should,
		Title: "return=minimal drops every propstat with 404 from PROPFIND and from reports",
		Run: func(t *T) {
			t.NeedMinimal()
			t.Mkcol("c/")
			t.Put("c/f", "x")
			t.Store("c/f", Set(X("known"), "1"))
			minimal := t.With(prefer("return=minimal"))
			ms := minimal.Propfind("", "1", D("resourcetype"), X("none"))
			t.checkMinimal("PROPFIND", ms)
			if e, _ := minimal.Propfind("c/f", "0", X("known"), X("none")).Responses[0].Prop(X("known")); e.Text() != "1" {
				t.Errorf("the property that is there: %s", e.Inner())
			}
			full := t.Propfind("", "1", D("resourcetype"), X("none"))
			for _, r := range full.Responses {
				if r.PropStatus(X("none")) != 404 {
					t.Errorf("without the preference %s lacks the propstat with 404", r.at())
				}
			}
			t.minimalReports(minimal)
		}},

	{ID: "PR-02", Section: "RFC 8144 2.1", Level: Must,
		Title: "If nothing would remain of a response it has an empty prop with 200, or status 200",
		Run: func(t *T) {
			t.NeedMinimal()
			t.Mkcol("c/")
			t.Put("f", "x")
			ms := t.With(prefer("return=minimal")).Propfind("", "1", X("none"), X("nil"))
			t.CheckListed("PROPFIND", ms, "", "c", "f")
			for _, r := range ms.Responses {
				switch {
				case len(r.Propstats) == 0 && r.Code == 200:
				case len(r.Propstats) == 1 && r.Propstats[0].Code == 200 && len(r.Propstats[0].Props) == 0:
				default:
					t.Errorf("%s has status %q and %d propstats", r.at(), r.Status, len(r.Propstats))
				}
			}
		}},

	{ID: "PR-03", Section: "RFC 8144 2.2, 2.3", Level: Should,
		Title: "A minimal success of PROPPATCH is 204 or an empty 200, of extended MKCOL an empty 201; failures stay complete",
		Run: func(t *T) {
			t.NeedMinimal()
			t.Put("f", "x")
			minimal := t.With(prefer("return=minimal"))
			r := minimal.Proppatch("f", Set(X("p"), "stored"))
			if t.CheckStatus(r, 200, 204) && len(r.Body) > 0 {
				t.Errorf("PROPPATCH: %d with a body of %d bytes", r.Status, len(r.Body))
			}
			if got := t.Prop("f", X("p")).Text(); got != "stored" {
				t.Errorf("PROPPATCH stored %q", got)
			}
			failed := minimal.Proppatch("f", Set(X("q"), "1"), Set(D("getetag"), "1")).Multistatus().At(t.Path("f"))
			if a, b := failed.PropStatus(X("q")), failed.PropStatus(D("getetag")); a != 424 || b != 403 {
				t.Errorf("a failing PROPPATCH tells %d and %d, want 424 and 403", a, b)
			}
			t.minimalMkcol(minimal)
		}},

	{ID: "PR-06", Section: "RFC 8144 4", Level: Should,
		Title: "depth-noroot leaves out the target for Depth 1 and infinity, stated or implied, but not for 0",
		Run: func(t *T) {
			t.Mkcol("c/", "c/d/")
			t.Put("c/f", "x")
			t.Put("c/d/g", "x")
			noroot := t.With(prefer("depth-noroot"))
			first := noroot.Do("PROPFIND", "c/", H{"Depth": {"1"}}, propfindBody(D("resourcetype")))
			if !applied(first, "depth-noroot") && first.Multistatus().At(t.Path("c/")) != nil {
				t.Skipf("needs depth-noroot (RFC 8144), which the server does not do")
			}
			t.CheckListed("Depth 1", first.Multistatus(), "c/d", "c/f")
			t.CheckListed("Depth infinity", noroot.PropfindTree("c/", D("resourcetype")), "c/d", "c/f", "c/d/g")
			t.CheckListed("no Depth", noroot.Do("PROPFIND", "c/", nil, propfindBody(D("resourcetype"))).Multistatus(), "c/d", "c/f", "c/d/g")
			t.CheckListed("Depth 0", noroot.Propfind("c/", "0", D("resourcetype")), "c")
			t.CheckListed("Depth 0 on a file", noroot.Propfind("c/f", "0", D("resourcetype")), "c/f")
			both := t.With(prefer("return=minimal, depth-noroot")).Propfind("c/", "1", D("resourcetype"), X("none"))
			t.CheckListed("with return=minimal", both, "c/d", "c/f")
			if t.honoursMinimal() {
				t.checkMinimal("PROPFIND with both", both)
			}
		}},

	{ID: "PR-07", Section: "RFC 7240 2, 3, 4.2", Level: Must,
		Title: "Unknown preferences are ignored, the first of several counts, names ignore case; what is told as applied was",
		Run: func(t *T) {
			t.Put("f", "x")
			t.preferencesIgnored()
			if t.honoursMinimal() {
				t.preferencesParsed()
			}
			t.preferencesCached()
		},
		Scan: judgeApplied},

	{ID: "PR-08", Section: "RFC 8144 Appendix A", Level: Practice,
		Title: "Brief: t acts as return=minimal, but is ignored when Prefer is there",
		Run: func(t *T) {
			t.NeedMinimal()
			t.Put("f", "x")
			if !t.isMinimal(H{"Brief": {"t"}}) {
				t.Skipf("the server does not know Brief")
			}
			if t.isMinimal(H{"Brief": {"f"}}) {
				t.Errorf("Brief: f acts as Brief: t")
			}
			if t.isMinimal(H{"Brief": {"t"}, "Prefer": {"x-davtest"}}) {
				t.Errorf("Brief: t acts although there is Prefer")
			}
			if r := t.Do("PROPPATCH", "f", H{"Brief": {"t"}}, propertyupdate(Set(X("p"), "1"))); t.CheckStatus(r, 200, 204) && len(r.Body) > 0 {
				t.Errorf("PROPPATCH with Brief: t has a body")
			}
		}},
}

// prefer is the header with one Prefer line.
func prefer(preferences string) H { return H{"Prefer": {preferences}} }

// applied tells whether the answer says in Preference-Applied that it heeded
// the preference.
func applied(r *Response, preference string) bool {
	return slices.Contains(r.List("Preference-Applied"), preference)
}

// isMinimal tells whether PROPFIND of the case's collection, with the header,
// leaves out a propstat with 404.
func (t *T) isMinimal(h H) bool {
	full := H{"Depth": {"0"}}
	maps.Copy(full, h)
	ms := t.Do("PROPFIND", "", full, propfindBody(D("resourcetype"), X("none"))).Multistatus()
	return ms.At(t.Path("")).PropStatus(X("none")) == 0
}

// honoursMinimal tells whether the server does return=minimal, or says so.
func (t *T) honoursMinimal() bool {
	h := prefer("return=minimal")
	h["Depth"] = []string{"0"}
	r := t.Do("PROPFIND", "", h, propfindBody(D("resourcetype"), X("none")))
	return applied(r, "return=minimal") || r.Multistatus().At(t.Path("")).PropStatus(X("none")) == 0
}

// NeedMinimal SKIPs the case unless the server does return=minimal.
func (t *T) NeedMinimal() {
	if !t.honoursMinimal() {
		t.Skipf("needs return=minimal (RFC 8144), which the server does not do")
	}
}

// checkMinimal fails the case if a propstat has 404, or a response nothing.
func (t *T) checkMinimal(what string, ms *Multistatus) {
	for _, r := range ms.Responses {
		for _, ps := range r.Propstats {
			if ps.Code == 404 {
				t.Errorf("%s: %s has a propstat with 404", what, r.at())
			}
		}
		if r.Code == 0 && len(r.Propstats) == 0 {
			t.Errorf("%s: %s has neither status nor propstat", what, r.at())
		}
	}
}

// minimalReports runs the reports of the case's collection that name
// properties, and checks that what is missing is left out.
func (t *T) minimalReports(minimal *T) {
	names := "<D:prop><D:resourcetype/>" + empty(X("none")) + "</D:prop>"
	bodies := map[string]string{
		"sync-collection": "<D:sync-token/><D:sync-level>1</D:sync-level>" + names,
		"expand-property": `<D:property name="resourcetype"/><D:property name="none" namespace="urn:davtest"/>`,
	}
	for report, content := range bodies {
		if t.supportsReport("", report) {
			t.checkMinimal(report, minimal.Do("REPORT", "", H{"Depth": {"0"}}, dav(report, content)).Multistatus())
		}
	}
}

// minimalMkcol makes collections with properties, where that is announced (RFC
// 5689).
func (t *T) minimalMkcol(minimal *T) {
	if !t.Claims("extended-mkcol") {
		return
	}
	body := func(more string) string {
		return dav("mkcol", Set(D("resourcetype"), "<D:collection/>")+Set(X("p"), "stored")+more)
	}
	r := minimal.Do("MKCOL", "c/", nil, body(""))
	if t.CheckStatus(r, 201) && len(r.Body) > 0 {
		t.Errorf("extended MKCOL: a body of %d bytes", len(r.Body))
	}
	if got := t.Prop("c/", X("p")).Text(); got != "stored" {
		t.Errorf("extended MKCOL stored %q", got)
	}
	r = minimal.Do("MKCOL", "d/", nil, body(Set(D("getetag"), "1")))
	if r.Status < 400 || r.Root().Name != D("mkcol-response") || len(r.Root().All(D("propstat"))) < 2 {
		t.Errorf("a failing extended MKCOL: status %d, and the body does not tell what became of each property", r.Status)
	}
	t.CheckUnmapped("d/")
}

// preferencesIgnored sends preferences that no server knows, and some that are
// malformed: the answer must be that without them.
func (t *T) preferencesIgnored() {
	plain := t.Propfind("", "1", D("resourcetype"), X("none"))
	stored := t.Put("f", "again").Status
	for _, value := range []string{
		"x-davtest", `x-davtest="a, return=minimal"; p="q\"r"`, "respond-async, wait=10", "handling=strict", "return=x-davtest",
		"return", `return=""`, "x-davtest; return=minimal", "return=MINIMAL", "=", ",,", `"return=minimal"`, "",
	} {
		ms := t.With(prefer(value)).Propfind("", "1", D("resourcetype"), X("none"))
		if got, want := fmt.Sprint(shapes(ms)), fmt.Sprint(shapes(plain)); got != want {
			t.Errorf("Prefer: %s: the answer is another one: %s, want %s", value, got, want)
		}
		t.CheckStatus(t.Do("PUT", "f", prefer(value), "again"), stored)
	}
}

// shapes are, for each response, its path and how many properties have which
// status.
func shapes(ms *Multistatus) []string {
	var list []string
	for _, r := range ms.Responses {
		list = append(list, fmt.Sprint(r.at(), " ", r.Code, " ", len(r.Names(200)), " ", len(r.Names(404))))
	}
	slices.Sort(list)
	return list
}

// preferencesParsed says return=minimal, or something else, in many ways.
func (t *T) preferencesParsed() {
	for value, want := range map[string]bool{
		"return=minimal":                          true,
		"RETURN=minimal":                          true,
		"Return = minimal":                        true,
		`return="minimal"`:                        true,
		"return=minimal; p=1; q":                  true,
		`x-davtest="a, b; c", return=minimal`:     true,
		"wait=10,return=minimal,respond-async":    true,
		"return=minimal, return=x-davtest":        true,
		"return=x-davtest, return=minimal":        false,
		"return=representation, return=minimal":   false,
		"return=representation":                   false,
		"x-davtest; p=1, handling=lenient, a=b=c": false,
	} {
		if got := t.isMinimal(prefer(value)); got != want {
			t.Errorf("Prefer: %s: minimal is %t, want %t", value, got, want)
		}
	}
	if !t.isMinimal(H{"Prefer": {"x-davtest, wait=10", "return=minimal"}}) {
		t.Errorf("a preference in a second header line is not seen")
	}
	if t.isMinimal(H{"Prefer": {"return=x-davtest", "return=minimal"}}) {
		t.Errorf("the second of two header lines goes before the first")
	}
	for _, value := range []string{"return=minimal, return=representation", "return=representation, return=minimal"} {
		r := t.Do("PUT", "f", prefer(value), "both")
		if t.Status(r, 200, 201, 204); len(r.Body) > 0 && applied(r, "return=representation") {
			t.Errorf("Prefer: %s: PUT answers with the representation", value)
		}
	}
}

// preferencesCached fails the case if GET heeds a preference without Vary
// telling caches, be the preference there or not.
func (t *T) preferencesCached() {
	plain := t.Get("f")
	for _, value := range []string{"return=minimal", "return=representation", "depth-noroot"} {
		other := t.Do("GET", "f", prefer(value), "")
		if other.Status == plain.Status && string(other.Body) == string(plain.Body) {
			continue
		}
		for _, r := range []*Response{plain, other} {
			if !slices.ContainsFunc(r.List("Vary"), func(f string) bool { return f == "*" || strings.EqualFold(f, "Prefer") }) {
				t.Errorf("GET varies with Prefer: %s, and Vary is %q", value, r.List("Vary"))
			}
		}
	}
}

// judgeApplied: Preference-Applied names, without parameters, what the request
// asked for.
func judgeApplied(x *Exchange, errorf errorf) bool {
	lines := x.Header.Values("Preference-Applied")
	asked := strings.ToLower(strings.Join(x.RequestHeader.Values("Prefer"), ","))
	for _, line := range lines {
		for item := range strings.SplitSeq(line, ",") {
			name, _, _ := strings.Cut(strings.TrimSpace(item), "=")
			if strings.Contains(item, ";") {
				errorf("Preference-Applied: %s has parameters", line)
			}
			if brief := x.RequestHeader.Get("Brief") != ""; !strings.Contains(asked, strings.ToLower(name)) && !brief {
				errorf("Preference-Applied: %s, but Prefer: %s", line, asked)
			}
		}
	}
	return len(lines) > 0
}
