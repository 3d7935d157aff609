package davtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Config says what to judge, and how.
type Config struct {
	// URL is a collection the suite may write in, http or https. It makes one
	// fresh collection in it per case.
	URL string

	// Client is nil, or a client whose Transport is used (for certificates, or
	// a sign-in other than Basic). Redirects are never followed, cookies never
	// kept.
	Client *http.Client

	User, Password   string // the first principal, signed in with Basic; empty: anonymous
	User2, Password2 string // a second one with the same rights; empty: cases that need it SKIP

	// Restart stops the server without warning, starts it again and returns
	// when it answers. nil: cases that need it SKIP.
	Restart func() error

	// SmallQuota is the path of a collection whose quota the suite may use up:
	// DAV:quota-available-bytes is under a MiB there. Empty: cases that need
	// it use the collection at URL if that is so small, or else SKIP.
	SmallQuota string

	Only     []string       // IDs (PF-06) or areas (PF); empty: all
	Captured func(Exchange) // sees every exchange; may be nil
}

// Level is how binding a requirement is (RFC 2119). Practice marks what no RFC
// says but real clients need.
type Level string

const (
	Must      Level = "MUST"
	MustNot   Level = "MUST NOT"
	Should    Level = "SHOULD"
	ShouldNot Level = "SHOULD NOT"
	May       Level = "MAY"
	Practice  Level = "practice"
)

// Binding tells whether a failure at this level is a breach of an RFC.
func (l Level) Binding() bool { return l == Must || l == MustNot }

// Case is one requirement and its test.
type Case struct {
	ID      string // area and number: PF-06
	Section string // where the requirement stands
	Level   Level
	Title   string        // the requirement
	Timeout time.Duration // for Run; 0: DefaultTimeout

	// Run tests the requirement with requests of its own. It may be nil if
	// there is a Scan.
	Run func(*T)

	// Scan judges one exchange of the run, whichever case made it, and tells
	// whether there was anything to judge. A case whose Scan never found
	// anything to judge, and which has no Run, SKIPs. It must not keep x.
	Scan func(x *Exchange, errorf func(format string, args ...any)) (judged bool)
}

// Area is the part of the ID before the dash.
func (c Case) Area() string { area, _, _ := strings.Cut(c.ID, "-"); return area }

// DefaultTimeout is how long a case may take.
const DefaultTimeout = time.Minute

// Outcome is what came of a case.
type Outcome string

const (
	Pass Outcome = "PASS"
	Fail Outcome = "FAIL"
	Skip Outcome = "SKIP" // a precondition of the case was not met
)

// ErrTarget is the error of [Run] when nothing can be judged, since the suite
// can't make a collection below [Config.URL].
var ErrTarget = errors.New("davtest: cannot write in the target collection")

// Run runs the cases one after the other. A failing case is no error; an error
// means that the target or ctx did not let the suite run. The report then
// holds what was done so far.
func Run(ctx context.Context, c Config) (*Report, error) {
	return runCases(ctx, c, Cases())
}

func runCases(ctx context.Context, c Config, cases []Case) (*Report, error) {
	r, err := newRun(c, cases)
	if err != nil {
		return nil, err
	}
	defer r.client.CloseIdleConnections()
	if err := r.probe(ctx); err != nil {
		return nil, err
	}
	for i := range r.cases {
		if ctx.Err() != nil {
			break
		}
		r.runCase(ctx, i)
	}
	return r.report(), ctx.Err()
}

// run is one pass of the suite over one server.
type run struct {
	config Config
	client *http.Client
	base   *url.URL // ends in a slash
	name   string   // prefix of the collections this run makes
	cases  []Case
	states []*state
	scans  []scan
}

func newRun(c Config, cases []Case) (*run, error) {
	base, err := url.Parse(c.URL)
	if err != nil {
		return nil, fmt.Errorf("davtest: %w", err)
	}
	if base.Scheme != "http" && base.Scheme != "https" || base.Host == "" {
		return nil, fmt.Errorf("davtest: %q is not an http or https URL", c.URL)
	}
	base = &url.URL{Scheme: base.Scheme, Host: base.Host, Path: base.Path, RawPath: base.RawPath}
	if !strings.HasSuffix(base.Path, "/") {
		base = base.JoinPath("/")
	}
	r := &run{config: c, base: base, client: newClient(c.Client), name: "davtest-" + strings.ToLower(rand.Text()[:8])}
	for _, k := range cases {
		if len(c.Only) == 0 || slices.Contains(c.Only, k.ID) || slices.Contains(c.Only, k.Area()) {
			r.cases = append(r.cases, k)
		}
	}
	if len(r.cases) == 0 {
		return nil, fmt.Errorf("davtest: no case is called %s", strings.Join(c.Only, ", "))
	}
	for _, k := range r.cases {
		r.states = append(r.states, &state{run: r, spec: k, collection: base.EscapedPath() + r.name + "-" + strings.ToLower(k.ID) + "/"})
	}
	r.scans = newScans(r.cases)
	return r, nil
}

// newClient is a client that shows every answer as it came.
func newClient(given *http.Client) *http.Client {
	c := &http.Client{}
	if given != nil {
		c.Transport = given.Transport
	}
	if c.Transport == nil {
		c.Transport = &http.Transport{DisableCompression: true, Proxy: http.ProxyFromEnvironment}
	}
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return c
}

// probe makes a collection and takes it away, so that a wrong URL or password
// is one clear error and not a failure of every case.
func (r *run) probe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, DefaultTimeout)
	defer cancel()
	s := &state{run: r, ctx: ctx, collection: r.base.EscapedPath() + r.name + "-probe/"}
	t := &T{state: s, user: r.config.User, password: r.config.Password}
	resp, err := t.Try("MKCOL", "", nil, "")
	if err != nil {
		return fmt.Errorf("%w: %w", ErrTarget, err)
	}
	if resp.Status != http.StatusCreated {
		return fmt.Errorf("%w: MKCOL %s answered %d", ErrTarget, s.collection, resp.Status)
	}
	s.cleanUp()
	return nil
}

func (r *run) runCase(ctx context.Context, i int) {
	s := r.states[i]
	if s.spec.Run == nil {
		return
	}
	timeout := s.spec.Timeout
	if timeout == 0 {
		timeout = DefaultTimeout
	}
	var cancel context.CancelFunc
	s.ctx, cancel = context.WithTimeout(ctx, timeout)
	defer cancel()
	t := &T{state: s, user: r.config.User, password: r.config.Password}
	start := time.Now()
	s.guard(func() {
		t.Status(t.Do("MKCOL", "", nil, ""), http.StatusCreated)
		s.spec.Run(t)
	})
	s.elapsed = time.Since(start)
	cleanCtx, cancelClean := context.WithTimeout(context.WithoutCancel(ctx), DefaultTimeout)
	defer cancelClean()
	s.ctx = cleanCtx
	s.cleanUp()
}
