/* The tree that regex_parse.c makes and regex.c walks. */
#ifndef GOTOOL_REGEX_NODE_H
#define GOTOOL_REGEX_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RUNE_MAX = 0x10FFFF };

enum node_op {
	NODE_EMPTY,
	NODE_CLASS,		/* one rune of ranges */
	NODE_BEGIN, NODE_END,	/* of the text */
	NODE_WORD, NODE_NOT_WORD,	/* \b and \B */
	NODE_CAT, NODE_ALT,	/* of kids */
	NODE_REPEAT,		/* kids[0], min to max times; max -1: no limit */
};

struct range {
	uint32_t lo, hi;
};

struct node {
	enum node_op op;
	struct range *ranges;
	size_t n_ranges;
	bool negated, fold;	/* fold: the case of ASCII letters makes no difference */
	bool vague;		/* holds a Unicode class: what is not ASCII matches */
	struct node **kids;
	size_t n_kids;
	int min, max;
	struct node *next;	/* of all, for regex_free */
};

struct regex {
	struct node *root, *all;
};

/* The runes of UTF-8 text; the caller's. NULL: it is not UTF-8. */
uint32_t *regex_runes(const char *s, size_t len, size_t *n);

#endif
