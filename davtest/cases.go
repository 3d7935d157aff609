package davtest

import "slices"

// Cases are all cases, by area, in the order in which they run.
func Cases() []Case {
	return slices.Concat(
		casesFounding,
		casesMS,
		casesHR,
		casesPF,
		casesPP,
		casesMK,
		casesXM,
		casesHT,
		casesCM,
		casesDL,
		casesLK,
		casesIF,
		casesHD,
		casesET,
		casesXL,
		casesSC,
		casesIO,
		casesBI,
		casesSY,
		casesSE,
		casesQU,
		casesAM,
		casesMT,
		casesCU,
		casesPR,
		casesOR,
		casesRR,
		casesRP,
	)
}
