#include "flags.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/stdlib.h>

#include "duration.h"
#include "flags_internal.h"
#include "mem.h"
#include "text.h"

static const struct {
	const char *wants;
	int64_t most;
} types[] = {
	[FLAG_BOOL] = { "true or false", 0 },
	[FLAG_STRING] = { "a text", 0 },
	[FLAG_INT] = { "a whole number", 1000000000 },
	[FLAG_NUMBER] = { "a number, such as 300 or 1.5", 1000000000 },
	[FLAG_DURATION] = { "a duration, such as 90s or 1h30m", INT64_C(365) * 86400000 },
	[FLAG_AGE] = { "an age, such as 7d or 36h", INT64_C(36525) * 86400000 },
	[FLAG_BYTES] = { "a size, such as 500MB or 5GB", INT64_MAX },
	[FLAG_CHOICE] = { "one of its words", 0 },
	[FLAG_TAG] = { "an image's tag, such as 1.26.1 or 1.26-alpine", 0 },
	[FLAG_PATH] = { "an absolute path, such as /run/docker.sock", 0 },
};

static bool
flag_one_of(const char *value, const char *choices)
{
	size_t len = strlen(value), n;

	for (const char *p = choices; ; p += n + 1) {
		n = strcspn(p, "|");
		if (n == len && memcmp(p, value, n) == 0)
			return true;
		if (p[n] == '\0')
			return false;
	}
}

static bool
flag_is_tag(const char *s)
{
	static const char set[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
	enum { TAG_MAX = 128 };
	size_t n = strspn(s, set);

	return n <= TAG_MAX && s[n] == '\0' && *s != '.' && *s != '-';
}

static int
flag_parse_bool(const char *s, bool *out)
{
	*out = flag_one_of(s, "1|t|T|true|TRUE|True");
	return *out || flag_one_of(s, "0|f|F|false|FALSE|False") ? 0 : -1;
}

static int
flag_parse_number(const char *s, double *out)
{
	long double n;

	if (text_number(&s, &n) == -1 || *s != '\0')
		return -1;
	*out = (double)n;
	return 0;
}

static int
flag_parse_int(const char *s, int64_t *out)
{
	const char *why;
	size_t n = strspn(s, "0123456789");

	if (n == 0 || s[n] != '\0')
		return -1;
	*out = strtonum(s, 0, LLONG_MAX, &why);
	return why == NULL ? 0 : -1;
}

static int64_t
flag_most(const struct flag *f)
{
	return f->most != 0 ? f->most : types[f->type].most;
}

/* Parses value into f's member of opts. -1: it is not a value of f's type; -2: it is out of f's range. */
static int
flag_set(const struct flag *f, void *opts, const char *value)
{
	char *place = (char *)opts + f->offset;
	double as_number = 0;
	union {
		bool b;
		int64_t i;
		uint64_t u;
		double d;
		const char *s;
	} v = { .i = 0 };
	size_t size = sizeof(v.i);
	bool good = true, in_range;

	switch (f->type) {
	case FLAG_BOOL:
		good = flag_parse_bool(value, &v.b) == 0;
		size = sizeof(v.b);
		break;
	case FLAG_CHOICE:
	case FLAG_TAG:
	case FLAG_PATH:
		good = f->type == FLAG_CHOICE ? flag_one_of(value, f->choices) :
		    f->type == FLAG_TAG ? flag_is_tag(value) : *value == '/' || *value == '\0';
		/* FALLTHROUGH */
	case FLAG_STRING:
		v.s = value;
		size = sizeof(v.s);
		break;
	case FLAG_INT:
		if (f->zero != NULL && strcmp(value, f->zero) == 0) {
			v.i = 0;
			memcpy(place, &v.i, size);
			return 0;
		}
		good = flag_parse_int(value, &v.i) == 0;
		as_number = (double)v.i;
		break;
	case FLAG_NUMBER:
		good = flag_parse_number(value, &v.d) == 0;
		as_number = v.d;
		size = sizeof(v.d);
		break;
	case FLAG_DURATION:
	case FLAG_AGE:
		good = (f->type == FLAG_AGE ? age_parse : duration_parse)(value, &v.i) == 0 && v.i >= 0;
		as_number = (double)v.i;
		break;
	case FLAG_BYTES:
		good = text_parse_bytes(value, &v.u) == 0;
		as_number = (double)v.u;
		size = sizeof(v.u);
		break;
	}
	if (!good)
		return -1;
	in_range = types[f->type].most == 0 || (as_number >= (double)f->least &&
	    as_number <= (double)flag_most(f));
	if (in_range)
		memcpy(place, &v, size);
	return in_range ? 0 : -2;
}

/* Appends a bound of f's range, as a user would write it. */
static void
flag_put_bound(struct buf *out, const struct flag *f, int64_t bound)
{
	char text[48];

	if (f->type == FLAG_DURATION || f->type == FLAG_AGE)
		buf_puts(out, duration_go(bound, text, sizeof(text)));
	else if (f->type == FLAG_BYTES)
		buf_puts(out, text_bytes((uint64_t)bound, text, sizeof(text)));
	else
		buf_printf(out, "%lld", (long long)bound);
}

/* Fills *e with the flag's name, the words in begins, and the values that f takes. Returns -1. */
static int
flag_bad_value(const struct flag *f, const char *begins, bool range, struct err *e)
{
	struct buf list = {0};

	if (f->type == FLAG_CHOICE) {
		buf_puts(&list, "one of ");
		for (const char *p = f->choices; *p != '\0'; p++)
			if (*p == '|')
				buf_puts(&list, ", ");
			else
				buf_putc(&list, *p);
	} else {
		buf_puts(&list, types[f->type].wants);
	}
	if (range || f->type == FLAG_INT) {
		buf_puts(&list, " between ");
		flag_put_bound(&list, f, f->least);
		buf_puts(&list, " and ");
		flag_put_bound(&list, f, flag_most(f));
	}
	if (f->zero != NULL)
		buf_printf(&list, ", or %s", f->zero);
	err_as(e, ERR_USAGE, "%s%s%s%s", f->name[1] == '\0' ? "-" : "--", f->name, begins, buf_str(&list));
	buf_free(&list);
	return -1;
}

static int
flag_set_or_fail(const struct flag *f, void *opts, const char *value, struct err *e)
{
	int rc = flag_set(f, opts, value);
	char *begins;

	if (rc == 0)
		return 0;
	begins = xasprintf(": \"%s\" is not ", value);
	flag_bad_value(f, begins, rc == -2, e);
	free(begins);
	return -1;
}

const struct flag *
flags_find(const struct command *c, const char *name, size_t len)
{
	for (const struct flag *f = c->flags; f != NULL && f->name != NULL; f++)
		if (strlen(f->name) == len && memcmp(f->name, name, len) == 0)
			return f;
	return NULL;
}

const char *
flags_name(const char *arg, size_t *len)
{
	if (arg[0] != '-' || arg[1] == '\0')
		return NULL;
	arg += arg[1] == '-' ? 2 : 1;
	*len = strcspn(arg, "=");
	return arg;
}

static int
flag_unknown(const struct command *c, const char *arg, const char *name, size_t len, struct err *e)
{
	char *typed = xstrndup(arg, (size_t)(name - arg) + len), *bare = xstrndup(name, len);
	const struct flag_hint *h = c->hints;
	struct strs names = { 0 };
	const char *near;

	strs_add(&names, "help");
	for (const struct flag *f = c->flags; f != NULL && f->name != NULL; f++)
		if (!f->hidden)
			strs_add(&names, f->name);
	near = text_nearest(bare, strs_words(&names));
	while (h != NULL && h->typed != NULL && (strcmp(h->typed, bare) != 0 ||
	    (h->needs != NULL && flags_find(c, h->needs, strlen(h->needs)) == NULL)))
		h++;
	if (h != NULL && h->typed != NULL)
		err_set(e, "unknown flag %s: %s", typed, h->say);
	else if (near != NULL)
		err_set(e, "unknown flag %s, did you mean --%s?", typed, near);
	else
		err_set(e, "unknown flag %s", typed);
	strs_free(&names);
	free(typed);
	free(bare);
	return -1;
}

struct parse {
	const struct command *c;
	int argc, i;		/* i: the next argument */
	char *const *argv;
	void *opts;
	struct err *e;
};

/* True: the next argument is a flag of this command, and so hardly meant as a value. */
static bool
parse_next_is_flag(const struct parse *p)
{
	const char *name;
	size_t len;

	name = flags_name(p->argv[p->i], &len);
	return name != NULL && flags_find(p->c, name, len) != NULL;
}

/* Takes one flag, and the next argument if that is its value. Returns what flags_parse does. */
static int
parse_take_flag(struct parse *p, const char *arg)
{
	const struct flag *f;
	const char *name;
	size_t len = 0;

	name = flags_name(arg, &len);
	if (name == NULL || len == 0 || name[0] == '-')
		return err_set(p->e, "bad flag syntax: %s", arg);
	f = flags_find(p->c, name, len);
	if (f == NULL && ((len == 4 && memcmp(name, "help", 4) == 0) || (len == 1 && name[0] == 'h')))
		return 1;
	/* -j3, as make and xargs accept it. */
	if (f == NULL && arg[1] != '-' && (f = flags_find(p->c, name, 1)) != NULL && f->type != FLAG_BOOL)
		return flag_set_or_fail(f, p->opts, name + 1, p->e);
	if (f == NULL || (len > 1 && f->name[1] == '\0'))
		return flag_unknown(p->c, arg, name, len, p->e);
	if (name[len] == '=')
		return flag_set_or_fail(f, p->opts, name + len + 1, p->e);
	if (f->type == FLAG_BOOL || f->bare != NULL)
		return flag_set_or_fail(f, p->opts, f->bare != NULL ? f->bare : "true", p->e);
	if (p->i == p->argc || parse_next_is_flag(p))
		return flag_bad_value(f, " needs a value: ", false, p->e);
	return flag_set_or_fail(f, p->opts, p->argv[p->i++], p->e);
}

/* Takes an argument of a lenient command that begins with a blank: as a flag if one follows
 * the blanks, else as a positional argument. One that has only blanks is ignored. */
static int
parse_take_blank(struct parse *p, char *arg, struct strs *args)
{
	char *flag = arg + strspn(arg, " \t\r\n");
	size_t len = strlen(flag);
	int r;

	if (len == 0)
		return 0;
	if (*flag != '-') {
		strs_add(args, arg);
		return 0;
	}
	/* Cut in place, since the options may point to the value. */
	while (strchr(" \t\r\n", flag[len - 1]) != NULL)
		len--;
	if (flag[len] != '\0')
		flag[len] = '\0';
	r = parse_take_flag(p, flag);
	if (r == 0)
		err_say("\"%s\" is taken as %s: leave the blanks out", arg, flag);
	return r;
}

/* How many positional arguments a usage ("[PATTERN]", "RUN...") allows. */
static size_t
flags_max_args(const char *usage)
{
	size_t n = 0;

	if (usage == NULL)
		return 0;
	if (strstr(usage, "...") != NULL)
		return SIZE_MAX;
	while (*(usage += strspn(usage, " ")) != '\0') {
		usage += strcspn(usage, " ");
		n++;
	}
	return n;
}

int
flags_parse(const struct command *c, int argc, char *const *argv, void *opts, struct strs *args,
    struct err *e)
{
	struct parse p = { .c = c, .argc = argc, .argv = argv, .opts = opts, .e = e };
	bool ended = false;
	int r = 0;

	if (c->opts_size > 0)
		memset(opts, 0, c->opts_size);
	for (const struct flag *f = c->flags; f != NULL && f->name != NULL; f++)
		if (f->def != NULL && flag_set_or_fail(f, opts, f->def, e) == -1)
			return -1;
	while (r == 0 && p.i < argc) {
		char *arg = argv[p.i++];

		if (ended)
			strs_add(args, arg);
		else if (strcmp(arg, "--") == 0)
			ended = true;
		else if (arg[0] == '-' && arg[1] != '\0')
			r = parse_take_flag(&p, arg);
		else if (c->lenient && strchr(" \t\r\n", arg[0]) != NULL)
			r = parse_take_blank(&p, arg, args);
		else
			strs_add(args, arg);
	}
	if (r == 0 && !c->own_args && args->n > flags_max_args(c->args))
		return err_set(e, "unexpected argument \"%s\"", args->v[flags_max_args(c->args)]);
	return r;
}
