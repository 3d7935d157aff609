package davtest

var casesXL = []Case{}
