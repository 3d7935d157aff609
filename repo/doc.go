// Package repo is the managed storage: a graph of resources in a metadata store
// and their bodies in a blob store.
//
// A resource has an identity and state; a collection has bindings, each from a
// segment to a resource. A path is resolved by walking bindings from the root
// ([tx.resolve]). So MOVE changes one binding, DELETE removes one, and COPY
// copies rows and shares bodies; none of them touches what lies below.
//
// A body becomes durable first; then one metadata transaction shows it. What a
// transaction took out of sight is reclaimed later, in small steps, by the
// repository's one goroutine. A crash leaves only garbage, which [Repository.GC]
// finds; [Repository.Fsck] proves the rest.
//
// Each method of the backend is one exported method here, and one transaction;
// the helpers below it take the [tx] and compose.
package repo
