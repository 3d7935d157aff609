package dav

import (
	"encoding/xml"
	"strings"
)

// Value is what a query sees of a dead property: its text and language, or that
// there are elements in it.
func (p Property) Value() Value {
	d := xml.NewDecoder(strings.NewReader(p.XML))
	v := Value{State: Structured}
	var text strings.Builder
	inside := false
	for {
		token, err := d.RawToken()
		switch t := token.(type) {
		case xml.StartElement:
			if inside {
				return v
			}
			inside = true
			for _, a := range t.Attr {
				if a.Name.Space == "xml" && a.Name.Local == "lang" {
					v.Lang = a.Value
				}
			}
		case xml.CharData:
			if inside {
				text.Write(t)
			}
		case xml.EndElement:
			v.State, v.Text = Simple, text.String()
			return v
		}
		if err != nil { // io.EOF too: there is no such property
			return v
		}
	}
}
