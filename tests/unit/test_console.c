/* A reader that stalls: nothing blocks, memory is bounded, it is told how many lines it lost, and the file
 * has all. */
#include <sys/wait.h>

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "report/report.h"
#include "stream/stream_internal.h"

enum { LINES = 60000 };

/* Waits for go, then checks that the lines come in order, those that lack are counted, and the summary is
 * behind. */
static int
read_late(int go, int in)
{
	FILE *f = fdopen(in, "r");
	char line[512];
	long want = 0, dropped = 0, got;
	char c;

	if (f == NULL || read(go, &c, 1) != 1)
		return 2;
	while (fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "line %ld of", &got) == 1 && got != want++)
			return 3;
		if (strstr(line, "lines are not shown") != NULL)
			dropped = strtol(line, NULL, 10);
		if (strncmp(line, "passed: 1 test passed", 21) == 0)
			return dropped > 0 && want + dropped == LINES ? 0 : 4;
	}
	return 5;
}

static void
on_exit_status(void *arg, int status)
{
	*(int *)arg = status;
}

static bool
is_over(void *arg)
{
	return *(int *)arg != -1;
}

static void
event(struct results *r, const char *action, const char *rest)
{
	struct buf b = {0};

	buf_printf(&b, "{\"Time\":\"2026-11-23T23:41:28.1Z\",\"Action\":\"%s\",\"Package\":\"p\"%s}\n",
	    action, rest);
	results_feed(r, b.s, b.len);
	buf_free(&b);
}

START_TEST(test_stalled)
{
	struct loop *l = loop_new();
	char dir[] = "/tmp/hi-console-XXXXXX", rest[160];
	int out[2], go[2], status = -1, i;
	struct facts f = { .ending = END_NORMAL };
	struct results_config c = { .loop = l, .dir = dir, .run_id = "r", .pattern = "T",
		.format = FORMAT_VERBOSE };
	struct results *r;
	size_t most = 0;
	struct buf file = {0};
	char *path, *line, *rest_of;
	pid_t pid;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert(pipe(out) == 0 && pipe(go) == 0);
	pid = fork();
	if (pid == 0) {
		close(out[1]);
		close(go[1]);
		_exit(read_late(go[0], out[0]));
	}
	loop_child(l, pid, on_exit_status, &status);
	close(out[0]);
	c.out = out[1];
	ck_assert_int_eq(results_new(&c, &r, NULL), 0);
	/* A pipe is shared: it must not turn non-blocking for others. */
	ck_assert_int_eq(fcntl(out[1], F_GETFL) & O_NONBLOCK, 0);
	event(r, "start", "");
	event(r, "run", ",\"Test\":\"T\"");
	for (i = 0; i < LINES; i++) {
		snprintf(rest, sizeof(rest), ",\"Test\":\"T\",\"Output\":\"line %d of many, which "
		    "together are more than any pipe or queue holds\\n\"", i);
		event(r, "output", rest);
		most = r->con.q.len > most ? r->con.q.len : most;
	}
	ck_assert_uint_lt(most, 2 * QUEUE_MAX);
	event(r, "pass", ",\"Test\":\"T\",\"Elapsed\":1");
	event(r, "pass", "");
	ck_assert_int_eq(write(go[1], "", 1), 1);
	ck_assert_int_eq(report_finish(r, &f, NULL, NULL), 0);
	results_free(r);
	close(out[1]);
	ck_assert(loop_until(l, is_over, &status, loop_now() + 30000));
	ck_assert_int_eq(status, 0);
	path = file_join(dir, "go-test.json");
	ck_assert_int_eq(file_read(path, 64 << 20, &file, NULL), 0);
	/* A line at a time: ASan's strstr measures all that follows. */
	for (i = 0, rest_of = file.s; (line = strsep(&rest_of, "\n")) != NULL;)
		i += strstr(line, "line ") != NULL;
	ck_assert_int_eq(i, LINES);
	buf_free(&file);
	free(path);
	ck_assert_int_eq(dir_remove(dir, NULL), 0);
	close(go[0]);
	close(go[1]);
	loop_free(l);
}
END_TEST

START_TEST(test_gone)
{
	struct loop *l = loop_new();
	struct facts f = { .ending = END_NORMAL };
	struct results_config c = { .loop = l, .run_id = "r", .pattern = "T", .format = FORMAT_VERBOSE };
	struct results *r;
	int out[2];

	ck_assert_int_eq(pipe(out), 0);
	c.out = out[1];
	ck_assert_int_eq(results_new(&c, &r, NULL), 0);
	close(out[0]);
	ck_assert(!results_console_gone(r));
	results_feed(r, "text\n", 5);
	ck_assert(results_console_gone(r));
	ck_assert_int_eq(report_finish(r, &f, NULL, NULL), 4);
	results_free(r);
	close(out[1]);
	loop_free(l);
}
END_TEST

Suite *
suite_console(void)
{
	Suite *s = suite_create("console");
	TCase *t = tcase_create("console");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, test_stalled);
	tcase_add_test(t, test_gone);
	suite_add_tcase(s, t);
	return s;
}
