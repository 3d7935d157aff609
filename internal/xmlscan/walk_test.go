package xmlscan

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/quiredav/quire/dav"
)

func TestChild(t *testing.T) {
	s := New(strings.NewReader(`<r> <a>1<x><a/></x>2</a> <b/><c>left<d/></c><a>3<![CDATA[4]]></a><e/></r><!-- -->`), Options{})
	if s.Root() != (dav.Name{Local: "r"}) {
		t.Fatal(s.Err())
	}
	var got []string
	for d := s.Depth(); s.Child(d); {
		switch s.Name().Local {
		case "a":
			got = append(got, string(s.Content()))
		case "b":
			if err := s.Skip(); err != nil {
				t.Error(err)
			}
			got = append(got, "skip")
		default:
			got = append(got, s.Name().Local)
		}
	}
	if fmt.Sprint(got) != "[12 skip c 34 e]" || s.Kind() != End || s.Depth() != 0 || s.Finish() != nil {
		t.Error(got, s.Kind(), s.Err())
	}
}

// Content must hold on to its text while the buffer moves under it.
func TestContentAcrossReads(t *testing.T) {
	long := strings.Repeat("0123456789", firstBuffer/10-1)
	for _, inner := range []string{long, long + "<b>no</b>", "x<b/>" + long, long + "<!-- -->" + long, ""} {
		want := strings.NewReplacer("<b>no</b>", "", "<b/>", "", "<!-- -->", "").Replace(inner)
		for name, r := range everyReader("<r><a>" + inner + "</a><c>ok</c></r>") {
			s := New(r, Options{})
			s.Root()
			s.Child(1)
			if got := string(s.Content()); got != want {
				t.Errorf("%s: %d bytes, want %d", name, len(got), len(want))
			}
			if !s.Child(1) || string(s.Content()) != "ok" || s.Finish() != nil {
				t.Error(name, s.Err())
			}
		}
	}
}

func TestErrorsStick(t *testing.T) {
	for name, walk := range map[string]func(s *Scanner) bool{
		"Child":   func(s *Scanner) bool { return !s.Child(1) },
		"Skip":    func(s *Scanner) bool { return s.Skip() != nil },
		"Content": func(s *Scanner) bool { return s.Content() == nil },
		"Capture": func(s *Scanner) bool { s.Capture(nil); return true },
		"Next":    func(s *Scanner) bool { return s.Next() == Text && s.Next() == Invalid && s.Next() == Invalid },
	} {
		s := New(strings.NewReader("<a>text</b>"), Options{})
		s.Root()
		if !walk(s) || !errors.Is(s.Err(), ErrSyntax) || s.Next() != Invalid || s.Child(0) {
			t.Errorf("%s: %v", name, s.Err())
		}
	}
}
