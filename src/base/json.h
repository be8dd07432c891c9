/* The one wrapper around jsmn: strict, with bounded walks and no recursion on the input.
 *
 * A node is an index into the document, or -1 for "not found"; every function
 * accepts -1 and answers as for an absent value, so that look-ups chain:
 *	json_dup(&j, json_path(&j, 0, "State.Status"))
 * Node 0 is the root. The text must outlive the document. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "strs.h"

struct jsmntok;

struct json {
	const char *text;
	struct jsmntok *tok;
	int n;			/* tokens in use */
	int cap;		/* tokens that tok has room for; the next json_parse reuses them */
};

enum json_type { JSON_NONE, JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

/* 0, or -1: not exactly one valid JSON value (blanks around it are allowed), or
 * nested deeper than 64. On failure the document is empty. */
int json_parse(struct json *j, const char *text, size_t len);
void json_free(struct json *j);

enum json_type json_type(const struct json *j, int node);
int json_member(const struct json *j, int obj, const char *key);	/* value of the first such key */
int json_path(const struct json *j, int node, const char *dotted);	/* keys, no array indexes */
int json_count(const struct json *j, int node);		/* elements or members; 0: has none */
/* Walks an array's elements or an object's keys: for (n = json_first(j, a); n >= 0;
 * n = json_next(j, n)). The value of a key is json_value(j, key). */
int json_first(const struct json *j, int container);
int json_next(const struct json *j, int node);
int json_value(const struct json *j, int key);

/* The raw text of a node (a string without its quotes, still escaped). */
const char *json_raw(const struct json *j, int node, size_t *len);
bool json_eq(const struct json *j, int node, const char *s);	/* a string that unescaped is s */
/* Appends a string's unescaped bytes (\u0000 as U+FFFD). -1: not a string. */
int json_string(const struct json *j, int node, struct buf *out);
char *json_dup(const struct json *j, int node);		/* the caller frees it; NULL: not a string */
char *json_dup_member(const struct json *j, int obj, const char *key);	/* the same for a member */
void json_strings(const struct json *j, int array, struct strs *out);	/* adds the strings of an array */
int json_int(const struct json *j, int node, int64_t *out);	/* -1: not an integer */
int json_num(const struct json *j, int node, double *out);
bool json_true(const struct json *j, int node);

/* Appends the unescaped bytes of a raw string (from json_raw). */
void json_unescape(struct buf *out, const char *raw, size_t len);

/* Appends s quoted and escaped; invalid UTF-8 becomes U+FFFD, and a NULL s becomes null. */
void json_put(struct buf *out, const char *s);
void json_putn(struct buf *out, const char *s, size_t len);

#endif
