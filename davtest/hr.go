package davtest

var casesHR = []Case{}
