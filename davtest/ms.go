package davtest

var casesMS = []Case{}
