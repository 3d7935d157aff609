// Package repocheck holds the rules of the house as tests: which package may
// import which, and what every file must look like. Each rule is also shown to
// bite, on a small tree that breaks it.
//
// A new package, or a new dependency, is entered in the tables of
// imports_test.go; the reason belongs in the change that does so.
package repocheck
