package davserver_test

import (
	"context"
	"iter"
	"testing"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/davserver"
)

// quotaed tells every collection's quota as it is set, if it is asked to.
type quotaed struct {
	*faulty
	quota dav.Quota
	asked bool
}

func (q *quotaed) HasQuota() bool { return true }

func (q *quotaed) List(ctx context.Context, p dav.Path, query dav.Query) iter.Seq2[*dav.Resource, error] {
	q.asked = query.Quota
	return func(yield func(*dav.Resource, error) bool) {
		for r, err := range q.faulty.List(ctx, p, query) {
			if err == nil && r.Collection && query.Quota {
				r.Quota = &q.quota
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

// QU-01, QU-02, M7: collections have both properties, as far as they are known,
// and the backend is asked for them if a client does.
func TestQuotaProperties(t *testing.T) {
	b := &quotaed{faulty: newFaulty(), quota: dav.Quota{Used: 1000, Available: 1<<63 - 1001}}
	s := newServer(t, b, davserver.Options{})
	s.must(201, "MKCOL", "/c", "")
	s.must(201, "PUT", "/c/f", "x")
	ask := propfind("<D:quota-used-bytes/><D:quota-available-bytes/>")
	a := s.must(207, "PROPFIND", "/c/", ask, "Depth", "1")
	if p := a.props("/c/"); p["quota-used-bytes"] != "1000" || p["quota-available-bytes"] != "9223372036854774807" {
		t.Errorf("/c/ has %v", p)
	}
	if p := a.props("/c/f"); p["quota-used-bytes"] != "404" || p["quota-available-bytes"] != "404" {
		t.Errorf("the file has %v", p)
	}
	names := `<D:propfind xmlns:D="DAV:"><D:propname/></D:propfind>`
	s.do("PROPFIND", "/c/", names, "Depth", "0").wantBody("<D:quota-used-bytes/>", "<D:quota-available-bytes/>")
	b.quota.Available = -1
	if p := s.do("PROPFIND", "/c/", ask, "Depth", "0").props("/c/"); p["quota-used-bytes"] != "1000" || p["quota-available-bytes"] != "404" {
		t.Errorf("unbounded, /c/ has %v", p)
	}
	s.do("PROPFIND", "/c/", names, "Depth", "0").wantBody("<D:quota-used-bytes/>").wantNot("available")
	s.do("PROPFIND", "/c/", "", "Depth", "0").want(207).wantNot("quota")
	if b.asked {
		t.Error("allprop asks for quotas")
	}
	for _, name := range []string{"used", "available"} {
		s.do("PROPPATCH", "/c/", proppatch(set("<D:quota-"+name+"-bytes>1</D:quota-"+name+"-bytes>"))).
			want(207).wantBody("403 Forbidden", "cannot-modify-protected-property")
	}
	newMemoryServer(t).do("PROPFIND", "/", names, "Depth", "0").want(207).wantNot("quota")
}

// QU-03: what goes over is 507 with the condition of RFC 4331.
func TestQuotaRefusal(t *testing.T) {
	for _, name := range []dav.Name{dav.QuotaNotExceeded, dav.SufficientDiskSpace} {
		s := newServer(t, overfull{newFaulty(), name}, davserver.Options{})
		s.do("PUT", "/f", "x").want(507).wantBody("<D:" + name.Local + "/>")
		s.do("POST", "/", "x").want(507).wantBody("<D:" + name.Local + "/>")
	}
}

// overfull is a backend without room.
type overfull struct {
	*faulty
	condition dav.Name
}

func (f overfull) Put(context.Context, dav.PutRequest) (*dav.Resource, bool, error) {
	return nil, false, &dav.Error{Kind: dav.NoSpace, Condition: dav.Condition{Name: f.condition}, Message: "no room"}
}
