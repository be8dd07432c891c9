/* Flags of other commands and other tools, with what does the same here. */
#include "cmd.h"

#include <stdlib.h>
#include <string.h>

#define NOT_PASSED_ON "a flag of go test, which hi does not pass on"
#define ONE_OF_CLEAN "it belongs to hi clean"

const struct flag_hint cmd_hints[] = {
	{ "v", "verbose", "--verbose shows all that the tests print" },
	{ "run", "test", "the pattern needs no flag: hi run '^TestPingAllByIP$'" },
	{ "race", NULL, "go's race detector is not offered: it does not reach the servers in containers" },
	{ "no-cache", "test", "results are never cached ones; hi clean cache removes Go's caches" },
	{ "list", "test", "hi list PATTERN lists the tests that match" },
	{ "parallel", "j", "-j N runs N tests at once, each in a run of its own" },
	{ "p", "j", "-j N runs N tests at once, each in a run of its own" },
	{ "jobs", "j", "-j N runs N tests at once, each in a run of its own" },
	{ "skip", NULL, NOT_PASSED_ON },
	{ "short", NULL, NOT_PASSED_ON },
	{ "shuffle", NULL, NOT_PASSED_ON },
	{ "tags", NULL, NOT_PASSED_ON },
	{ "cover", NULL, NOT_PASSED_ON },
	{ "bench", NULL, NOT_PASSED_ON },
	{ "cpu", NULL, NOT_PASSED_ON },
	{ "database", "postgres", "--postgres uses PostgreSQL; SQLite is the default" },
	{ "db", "postgres", "--postgres uses PostgreSQL; SQLite is the default" },
	{ "sqlite", "postgres", "SQLite is the default, --postgres the alternative" },
	{ "keep", "keep-on-failure", "--keep-on-failure, or --clean-after=false for any result" },
	{ "no-clean", "keep-on-failure", "--clean-after=false, or --keep-on-failure" },
	{ "retries", "rerun-fails", "--rerun-fails=N runs a failed test again, up to N times" },
	{ "debug", "verbose", "--verbose shows all that the tests print" },
	{ "q", "format", "--format=quiet" },
	{ "quiet", "format", "--format=quiet" },
	{ "json", "format", "--format=json" },
	{ "follow", "f", "-f" },
	{ "follow", NULL, "hi logs -f RUN follows a run" },
	{ "f", "force", "--force" },
	{ "f", NULL, "hi logs -f RUN follows a run" },
	{ "tail", NULL, "hi logs RUN | tail" },
	{ "a", "all", "--all" },
	{ "all", NULL, "hi ps --all lists past runs, hi clean all removes what all runs left" },
	{ "n", "dry-run", "--dry-run" },
	{ "y", "yes", "--yes" },
	{ "dry-run", "test", "hi list PATTERN lists the tests that match" },
	{ "force", NULL, ONE_OF_CLEAN },
	{ "yes", NULL, ONE_OF_CLEAN },
	{ "older-than", NULL, "it belongs to hi clean logs" },
	{ "max-size", NULL, "it belongs to hi clean logs" },
	{ "fix", NULL, "it belongs to hi doctor" },
	{ 0 },
};

int
one_pattern(const char *command, const struct strs *names)
{
	char *joined = strs_join(names, "|");
	/* The line may be copied into a shell, so only plain names go between its quotes. */
	bool plain = strspn(joined, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_|") ==
	    strlen(joined);

	if (plain)
		err_say("one pattern names them all: %s '^(%s)$'", command, joined);
	else
		err_say("unexpected \"%s\": give one pattern, such as '^(TestA|TestB)$'",
		    names->v[1]);
	free(joined);
	return 2;
}
