package dav

import "context"

type principalKey struct{}

// WithPrincipal puts the name of who asks into the context.
func WithPrincipal(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, principalKey{}, name)
}

// Principal is the name of who asks; "" when nobody has said.
func Principal(ctx context.Context) string {
	name, _ := ctx.Value(principalKey{}).(string)
	return name
}
