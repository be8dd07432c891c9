#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/flags.h"

struct opts {
	bool postgres, failfast;
	const char *dir, *format;
	int64_t count, width, rerun, timeout, age;
	double limit;
	uint64_t size;
};

#define AT(field) offsetof(struct opts, field)

static const struct flag flags[] = {
	{ .name = "postgres", .type = FLAG_BOOL, .offset = AT(postgres), .help = "use PostgreSQL" },
	{ .name = "failfast", .type = FLAG_BOOL, .offset = AT(failfast), .def = "true",
	    .help = "stop at the first failure" },
	{ .name = "logs-dir", .type = FLAG_STRING, .offset = AT(dir), .def = "control_logs", .arg = "DIR",
	    .help = "where logs go" },
	{ .name = "format", .type = FLAG_CHOICE, .offset = AT(format), .choices = "compact|verbose",
	    .help = "how it looks" },
	{ .name = "count", .type = FLAG_INT, .offset = AT(count), .help = "how often" },
	{ .name = "n", .type = FLAG_INT, .offset = AT(width), .least = 1, .hidden = true },
	{ .name = "width", .type = FLAG_INT, .offset = AT(width), .least = 2, .most = 8, .zero = "auto",
	    .help = "at once" },
	{ .name = "rerun-fails", .type = FLAG_INT, .offset = AT(rerun), .bare = "1", .def = "0",
	    .help = "again" },
	{ .name = "timeout", .type = FLAG_DURATION, .offset = AT(timeout), .def = "120m",
	    .help = "the deadline" },
	{ .name = "older", .type = FLAG_AGE, .offset = AT(age), .help = "only such" },
	{ .name = "ts-memory-limit", .type = FLAG_NUMBER, .offset = AT(limit), .def = "0", .arg = "MB",
	    .help = "fail above it" },
	{ .name = "size", .type = FLAG_BYTES, .offset = AT(size), .help = "room" },
	{ .name = "secret", .type = FLAG_BOOL, .offset = AT(postgres), .hidden = true },
	{ 0 },
};

static struct opts seen;
static size_t seen_args;

static int
run_seen(const void *opts, const struct strs *args)
{
	if (opts != NULL)
		memcpy(&seen, opts, sizeof(seen));
	seen_args = args->n;
	return 42;
}

static int
run_plain(const void *opts, const struct strs *args)
{
	(void)opts;
	seen_args = args->n;
	return 43;
}

static const struct command run = { .name = "run", .args = "[PATTERN]", .summary = "run tests",
    .flags = flags,
	.opts_size = sizeof(struct opts), .run = run_seen };
static const struct command lenient = { .name = "run", .args = "[PATTERN]", .flags = flags,
	.opts_size = sizeof(struct opts), .run = run_seen, .lenient = true };
static const struct command version = { .name = "version", .summary = "say the version", .run = run_plain };
static const struct command networks = { .name = "networks", .args = "ID...", .run = run_plain };
static const struct command cleaner = { .name = "cleaner", .run = run_plain, .hidden = true };
static const struct command *const cleans[] = { &networks, NULL };
static const struct command clean = { .name = "clean", .summary = "remove things", .sub = cleans };
static const struct command *const commands[] = { &run, &version, &clean, &cleaner, NULL };
static const struct command top = { .name = "hi", .summary = "run the suite", .sub = commands };

/* Words are parted by '|', since blanks matter. The copies outlive the options. */
struct words {
	char *v[16];
	int n;
	char text[256];
};

static void
words(struct words *w, const char *line)
{
	*w = (struct words){0};
	if (*line == '\0')
		return;
	ck_assert(strlen(line) < sizeof(w->text));
	strcpy(w->text, line);
	for (char *p = w->text; ; p++) {
		w->v[w->n++] = p;
		p = strchr(p, '|');
		if (p == NULL)
			return;
		*p = '\0';
	}
}

static int
parse(const struct command *c, struct words *w, const char *line, struct opts *o, struct strs *args,
    struct err *e)
{
	words(w, line);
	e->text[0] = '\0';
	return flags_parse(c, w->n, w->v, o, args, e);
}

START_TEST(defaults)
{
	struct words w;
	struct opts o;
	struct strs args = {0};
	struct err e;

	ck_assert_int_eq(parse(&run, &w, "", &o, &args, &e), 0);
	ck_assert(!o.postgres && o.failfast);
	ck_assert_str_eq(o.dir, "control_logs");
	ck_assert_ptr_null(o.format);
	ck_assert_int_eq(o.timeout, 7200000);
	ck_assert_int_eq(o.rerun, 0);
	ck_assert_uint_eq(args.n, 0);
	strs_free(&args);
}
END_TEST

START_TEST(every_spelling)
{
	struct words w;
	struct opts o;
	struct strs args = {0};
	struct err e;

	ck_assert_int_eq(parse(&run, &w,
	    "-postgres|--failfast=f|--logs-dir|out|TestX|-timeout=1h30m|--count|3|"
	    "--rerun-fails|--ts-memory-limit=1500.5|--older|7d|--size=5GB|--format=verbose", &o, &args, &e),
	    0);
	ck_assert(o.postgres && !o.failfast);
	ck_assert_str_eq(o.dir, "out");
	ck_assert_str_eq(o.format, "verbose");
	ck_assert_int_eq(o.timeout, 5400000);
	ck_assert_int_eq(o.count, 3);
	ck_assert_int_eq(o.rerun, 1);
	ck_assert_double_eq(o.limit, 1500.5);
	ck_assert_int_eq(o.age, INT64_C(7) * 86400000);
	ck_assert_uint_eq(o.size, 5000000000u);
	ck_assert_uint_eq(args.n, 1);
	ck_assert_str_eq(args.v[0], "TestX");
	strs_free(&args);
	/* "--flag=value" for the one that may stand alone; the last one wins; "--" ends them. */
	ck_assert_int_eq(parse(&run, &w, "--rerun-fails=2|--timeout=1s|--timeout=2s|--|--postgres", &o,
	    &args, &e), 0);
	ck_assert_int_eq(o.rerun, 2);
	ck_assert_int_eq(o.timeout, 2000);
	ck_assert(!o.postgres);
	ck_assert_str_eq(args.v[0], "--postgres");
	strs_free(&args);
	ck_assert_int_eq(parse(&run, &w, "-|--logs-dir=", &o, &args, &e), 0);
	ck_assert_str_eq(args.v[0], "-");
	ck_assert_str_eq(o.dir, "");
	strs_free(&args);
}
END_TEST

static const struct {
	const char *line, *says;
} wrong[] = {
	{ "--postgers", "unknown flag --postgers, did you mean --postgres?" },
	{ "-tiemout=3s", "unknown flag -tiemout, did you mean --timeout?" },
	{ "--frobnicate", "unknown flag --frobnicate" },
	{ "--secrets", "unknown flag --secrets" },
	{ "--timeout=abc", "--timeout: \"abc\" is not a duration, such as 90s or 1h30m" },
	{ "--timeout=900", "--timeout: \"900\" is not a duration, such as 90s or 1h30m" },
	{ "--timeout=-1s", "--timeout: \"-1s\" is not a duration, such as 90s or 1h30m" },
	{ "--timeout", "--timeout needs a value: a duration, such as 90s or 1h30m" },
	{ "--logs-dir|--postgres", "--logs-dir needs a value: a text" },
	{ "--postgres=maybe", "--postgres: \"maybe\" is not true or false" },
	{ "--postgres=", "--postgres: \"\" is not true or false" },
	{ "--count=-1", "--count: \"-1\" is not a whole number between 0 and 1000000000" },
	{ "--count=99999999999999999999",
	    "--count: \"99999999999999999999\" is not a whole number between 0 and 1000000000" },
	{ "--count= 1", "--count: \" 1\" is not a whole number between 0 and 1000000000" },
	{ "--ts-memory-limit=1.2.3", "--ts-memory-limit: \"1.2.3\" is not a number, such as 300 or 1.5" },
	{ "--ts-memory-limit=.", "--ts-memory-limit: \".\" is not a number, such as 300 or 1.5" },
	{ "--ts-memory-limit=nan", "--ts-memory-limit: \"nan\" is not a number, such as 300 or 1.5" },
	{ "--count=4294967296", "--count: \"4294967296\" is not a whole number between 0 and 1000000000" },
	{ "--count=", "--count: \"\" is not a whole number between 0 and 1000000000" },
	{ "--count=0x10", "--count: \"0x10\" is not a whole number between 0 and 1000000000" },
	{ "-n0", "-n: \"0\" is not a whole number between 1 and 1000000000" },
	{ "-nx", "-n: \"x\" is not a whole number between 1 and 1000000000" },
	{ "--n3", "unknown flag --n3" },
	{ "--width=0", "--width: \"0\" is not a whole number between 2 and 8, or auto" },
	{ "--width=9", "--width: \"9\" is not a whole number between 2 and 8, or auto" },
	{ "--timeout=99999h", "--timeout: \"99999h\" is not a duration, such as 90s or 1h30m between 0s "
	  "and 8760h0m0s" },
	{ "--ts-memory-limit=99999999999999999999",
	    "--ts-memory-limit: \"99999999999999999999\" is not a number, such as 300 or 1.5 between 0 and "
	    "1000000000" },
	{ "--size=9999999999GB", "--size: \"9999999999GB\" is not a size, such as 500MB or 5GB between 0 B "
	  "and 9.2 EB" },
	{ "--older=1y", "--older: \"1y\" is not an age, such as 7d or 36h" },
	{ "--size=big", "--size: \"big\" is not a size, such as 500MB or 5GB" },
	{ "--format=compac", "--format: \"compac\" is not one of compact, verbose" },
	{ "--format", "--format needs a value: one of compact, verbose" },
	{ "--rerun-fails|2|x", "unexpected argument \"x\"" },
	{ "TestA|TestB", "unexpected argument \"TestB\"" },
	{ "---postgres", "bad flag syntax: ---postgres" },
	{ "--=x", "bad flag syntax: --=x" },
	{ "-=x", "bad flag syntax: -=x" },
};

START_TEST(says_what_is_wrong)
{
	struct words w;
	struct opts o;
	struct strs args = {0};
	struct err e;

	ck_assert_int_eq(parse(&run, &w, wrong[_i].line, &o, &args, &e), -1);
	ck_assert_str_eq(e.text, wrong[_i].says);
	strs_free(&args);
}
END_TEST

START_TEST(folded_yaml)
{
	struct words w;
	struct opts o;
	struct strs args = {0};
	struct err e;

	/* Warnings go to stderr. */
	ck_assert_int_ne(close(2), -1);
	ck_assert_int_eq(parse(&lenient, &w, "^TestX$| --timeout=5m \n| --postgres=1|  ||--failfast=false",
	    &o, &args, &e), 0);
	ck_assert_int_eq(o.timeout, 300000);
	ck_assert(o.postgres && !o.failfast);
	ck_assert_uint_eq(args.n, 1);
	strs_free(&args);
	ck_assert_int_eq(parse(&lenient, &w, " --logs-dir=a b ", &o, &args, &e), 0);
	ck_assert_str_eq(o.dir, "a b");
	ck_assert_int_eq(parse(&lenient, &w, "X| --postgers", &o, &args, &e), -1);
	ck_assert_str_eq(e.text, "unknown flag --postgers, did you mean --postgres?");
	strs_free(&args);
	ck_assert_int_eq(parse(&lenient, &w, "X| Y", &o, &args, &e), -1);
	ck_assert_str_eq(e.text, "unexpected argument \" Y\"");
	strs_free(&args);
	ck_assert_int_eq(parse(&run, &w, "X| --postgres=1", &o, &args, &e), -1);
	strs_free(&args);
}
END_TEST

START_TEST(help)
{
	static const char want[] =
	    "Usage: hi run [flags] [PATTERN]\n"
	    "\n"
	    "run tests\n"
	    "\n"
	    "Flags:\n"
	    "  --postgres                use PostgreSQL\n"
	    "  --failfast                stop at the first failure (default true)\n"
	    "  --logs-dir DIR            where logs go (default control_logs)\n"
	    "  --format compact|verbose  how it looks\n"
	    "  --count N                 how often\n"
	    "  --width N                 at once\n"
	    "  --rerun-fails[=N]         again (default 0)\n"
	    "  --timeout DURATION        the deadline (default 120m)\n"
	    "  --older AGE               only such\n"
	    "  --ts-memory-limit MB      fail above it (default 0)\n"
	    "  --size SIZE               room\n";
	static const char want_top[] =
	    "Usage: hi COMMAND\n"
	    "\n"
	    "run the suite\n"
	    "\n"
	    "Commands:\n"
	    "  run      run tests\n"
	    "  version  say the version\n"
	    "  clean    remove things\n"
	    "\n"
	    "\"hi COMMAND --help\" says more of one.\n";
	static const char *const asks[] = { "--help", "-h", "-help", "--postgres|--help" };
	struct buf b = {0};
	struct words w;
	struct opts o;
	struct strs args = {0};
	struct err e;

	flags_help(&run, "hi run", &b);
	ck_assert_str_eq(b.s, want);
	buf_reset(&b);
	flags_help(&top, "hi", &b);
	ck_assert_str_eq(b.s, want_top);
	buf_free(&b);
	for (size_t i = 0; i < sizeof(asks) / sizeof(asks[0]); i++)
		ck_assert_int_eq(parse(&run, &w, asks[i], &o, &args, &e), 1);
	strs_free(&args);
}
END_TEST

/* What flags_main says for a line: its exit code, stdout and stderr. */
static int
say(const char *line, char *out, char *err, size_t size)
{
	struct words w;
	int o[2], e[2], r;
	ssize_t n;

	words(&w, line);
	ck_assert_int_eq(pipe(o) | pipe(e), 0);
	ck_assert_int_ne(dup2(o[1], 1), -1);
	ck_assert_int_ne(dup2(e[1], 2), -1);
	r = flags_main(&top, w.n, w.v);
	close(1);
	close(2);
	close(o[1]);
	close(e[1]);
	n = read(o[0], out, size - 1);
	out[n > 0 ? n : 0] = '\0';
	n = read(e[0], err, size - 1);
	err[n > 0 ? n : 0] = '\0';
	close(o[0]);
	close(e[0]);
	return r;
}

static const struct {
	const char *line;
	int code;
	const char *out, *err;		/* how it begins */
} lines[] = {
	{ "hi|run|X", 42, "", "" },
	{ "hi|version", 43, "", "" },
	{ "hi|--version", 43, "", "" },
	{ "hi|cleaner", 43, "", "" },
	{ "hi|clean|networks|a|b|c", 43, "", "" },
	{ "hi", 2, "", "Usage: hi COMMAND\n" },
	{ "", 2, "", "Usage: hi COMMAND\n" },
	{ "hi|help", 0, "Usage: hi COMMAND\n", "" },
	{ "hi|--help", 0, "Usage: hi COMMAND\n", "" },
	{ "hi|-h", 0, "Usage: hi COMMAND\n", "" },
	{ "hi|help|run", 0, "Usage: hi run [flags] [PATTERN]\n", "" },
	{ "hi|run|--help", 0, "Usage: hi run [flags] [PATTERN]\n", "" },
	{ "hi|help|clean|networks", 0, "Usage: hi clean networks ID...\n", "" },
	{ "hi|clean", 2, "", "Usage: hi clean COMMAND\n" },
	{ "hi|clean|--help", 0, "Usage: hi clean COMMAND\n", "" },
	{ "hi|rnu", 2, "", "hi: unknown command \"rnu\", did you mean run?\n" },
	{ "hi|help|rnu", 2, "", "hi: unknown command \"rnu\", did you mean run?\n" },
	{ "hi|cleanerr", 2, "", "hi: unknown command \"cleanerr\", did you mean clean?\n" },
	{ "hi|TestX", 2, "", "hi: unknown command \"TestX\", see hi --help\n" },
	{ "hi|clean|netwroks", 2, "", "hi clean: unknown command \"netwroks\", did you mean networks?\n" },
	{ "hi|--postgres|run", 2, "",
	    "hi: unexpected --postgres: flags follow the command, see hi --help\n" },
	{ "hi|run|--postgers", 2, "", "hi run: unknown flag --postgers, did you mean --postgres? (see hi "
	  "run --help)\n" },
	{ "hi|run|--a\033[31m", 2, "", "hi run: unknown flag --a (see hi run --help)\n" },
	{ "hi|version|x", 2, "", "hi version: unexpected argument \"x\" (see hi version --help)\n" },
};

START_TEST(finds_commands)
{
	char out[4096], err[4096];
	int code = say(lines[_i].line, out, err, sizeof(out));

	ck_assert_int_eq(code, lines[_i].code);
	out[strlen(lines[_i].out)] = '\0';
	ck_assert_str_eq(out, lines[_i].out);
	if (lines[_i].code != 2 || strncmp(lines[_i].err, "Usage", 5) == 0)
		err[strlen(lines[_i].err)] = '\0';
	ck_assert_str_eq(err, lines[_i].err);
	if (code == 42)
		ck_assert(seen.failfast && seen_args == 1);
}
END_TEST

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

Suite *
suite_flags(void)
{
	Suite *s = suite_create("flags");
	TCase *t = tcase_create("flags");

	tcase_add_test(t, defaults);
	tcase_add_test(t, every_spelling);
	tcase_add_loop_test(t, says_what_is_wrong, 0, COUNT(wrong));
	tcase_add_test(t, folded_yaml);
	tcase_add_test(t, help);
	tcase_add_loop_test(t, finds_commands, 0, COUNT(lines));
	suite_add_tcase(s, t);
	return s;
}
