package davtest

var casesPF = []Case{}
