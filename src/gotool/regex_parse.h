/* Between regex_parse.c (structure) and regex_class.c (escapes and classes). */
#ifndef GOTOOL_REGEX_PARSE_H
#define GOTOOL_REGEX_PARSE_H

#include "../base/err.h"
#include "regex_node.h"

struct parser {
	struct regex *r;
	const uint32_t *s;
	size_t n, at;
	bool fold;	/* (?i) */
	int depth;
	bool failed;
	struct err *e;
};

struct node *regex_node(struct parser *p, enum node_op op);
void regex_add_range(struct node *n, uint32_t lo, uint32_t hi);
/* Says what is wrong with the runes from..at, once, and returns NULL. */
struct node *regex_wrong(struct parser *p, const char *what, size_t from);
bool regex_sees(const struct parser *p, const char *ascii);	/* the next runes are these */

/* At "[". */
struct node *regex_class(struct parser *p);
/* At "\d", "\pL" and the like: true, and its runes are in n. */
bool regex_class_escape(struct parser *p, struct node *n);
/* At "\" with a single rune: it, or -1 for a wrong one. */
int64_t regex_escape(struct parser *p);

#endif
