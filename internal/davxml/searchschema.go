package davxml

import (
	"fmt"

	"github.com/quiredav/quire/dav"
)

// SchemaProperty describes a property in a query schema (RFC 5323 section
// 5.19.2).
type SchemaProperty struct {
	Name                             dav.Name
	Datatype                         dav.Datatype
	Searchable, Selectable, Sortable bool
}

// SupportedQueryGrammars is what supported-query-grammar-set holds (RFC 5323
// section 3.3).
const SupportedQueryGrammars = "<D:supported-query-grammar><D:grammar><D:basicsearch/></D:grammar></D:supported-query-grammar>"

// Score is the element that tells how well a hit matches; nil if score is 0, as
// that is not known (RFC 5323 section 5.16.1).
func Score(score int) []byte {
	if score == 0 {
		return nil
	}
	return fmt.Appendf(nil, "<D:score>%d</D:score>", score)
}

// AppendQuerySchema appends the element query-schema with the schema of
// DAV:basicsearch (RFC 5323 section 5.19): the properties, and that all others
// can be searched, selected and sorted by as text; and the optional operators
// that [ReadSearch] reads.
func AppendQuerySchema(b []byte, properties []SchemaProperty) []byte {
	b = append(b, `<D:query-schema><D:basicsearchschema xmlns:xs="`+schemaNamespace+`"><D:properties>`...)
	for _, p := range properties {
		b = append(b, "<D:propdesc>"...)
		b = appendNames(b, "D:prop", []dav.Name{p.Name})
		b = appendDescriptions(b, p)
	}
	b = append(b, "<D:propdesc><D:any-other-property/>"...)
	b = appendDescriptions(b, SchemaProperty{Searchable: true, Selectable: true, Sortable: true})
	b = append(b, "</D:properties><D:operators>"...)
	b = append(b, optionalOperators...)
	return append(b, "</D:operators></D:basicsearchschema></D:query-schema>"...)
}

func appendDescriptions(b []byte, p SchemaProperty) []byte {
	if p.Datatype != dav.String {
		b = append(b, "<D:datatype><xs:"+p.Datatype.String()+"/></D:datatype>"...)
	}
	for _, d := range []struct {
		element string
		holds   bool
	}{{"<D:searchable/>", p.Searchable}, {"<D:selectable/>", p.Selectable}, {"<D:sortable/>", p.Sortable}} {
		if d.holds {
			b = append(b, d.element...)
		}
	}
	return append(b, "</D:propdesc>"...)
}

// optionalOperators lists an operator for each way to write its operands. The
// comparisons are no optional operators, but that they take typed literals is
// optional.
const optionalOperators = `<D:opdesc><D:like/><D:operand-property/><D:operand-literal/></D:opdesc>` +
	`<D:opdesc allow-pcdata="yes"><D:contains/></D:opdesc>` +
	`<D:opdesc><D:language-defined/><D:operand-property/></D:opdesc>` +
	`<D:opdesc><D:language-matches/><D:operand-property/><D:operand-literal/></D:opdesc>` +
	`<D:opdesc><D:eq/><D:operand-property/><D:operand-typed-literal/></D:opdesc>` +
	`<D:opdesc><D:lt/><D:operand-property/><D:operand-typed-literal/></D:opdesc>` +
	`<D:opdesc><D:lte/><D:operand-property/><D:operand-typed-literal/></D:opdesc>` +
	`<D:opdesc><D:gt/><D:operand-property/><D:operand-typed-literal/></D:opdesc>` +
	`<D:opdesc><D:gte/><D:operand-property/><D:operand-typed-literal/></D:opdesc>`
