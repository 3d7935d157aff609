package davtest

var casesPP = []Case{}
