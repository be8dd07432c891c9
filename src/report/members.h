/* The members of the objects in summary.json, and where a report has them: report_json.c writes by these lists,
 * load.c reads by them. What a member means stands in report_json.c. */
#ifndef REPORT_MEMBERS_H
#define REPORT_MEMBERS_H

#include "report.h"

enum member_kind {
	M_STRING,	/* const char *, NULL where there is none */
	M_WORD,		/* the same, "" where there is none */
	M_FLAG,		/* bool */
	M_TENTHS, M_SECONDS,	/* double, with one or three decimals; < 0: null */
	M_TIME,		/* int64_t, ms since 1970; 0, -1: null */
	M_INT,		/* int, >= 0 */
	M_SIZE,		/* size_t */
};

struct member {
	char name[12];
	unsigned short offset;
	unsigned char kind;
	bool optional;	/* a flag that is false, a string that is empty is left out */
};

/* Each ends with a name of "". */
extern const struct member members_run[], members_end[];	/* of struct report */
extern const struct member members_times[], members_facts[], members_removed[];	/* of struct facts */
extern const struct member members_counts[], members_memory[], members_leak[], members_test[];

#endif
