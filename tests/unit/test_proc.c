#include <sys/wait.h>

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/proc.h"
#include "base/system.h"

Suite *suite_proc(void);

static struct loop *loop;
static char ignored_at_start[64];

/* "SigIgn:0000000000000000", as the kernel has it. */
static void
read_ignored(void)
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[256];

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, "SigIgn:", 7) == 0)
			snprintf(ignored_at_start, sizeof(ignored_at_start), "SigIgn:%.16s", line + 8);
	if (f != NULL)
		fclose(f);
}

static void
setup(void)
{
	read_ignored();
	loop = loop_new();
}

static void
teardown(void)
{
	loop_free(loop);
}

static int
sh(const char *script, struct proc_result *res, struct err *e, int64_t timeout)
{
	char *argv[] = { (char *)(uintptr_t)"sh", (char *)(uintptr_t)"-c", (char *)(uintptr_t)script, NULL };
	struct proc_run r = { .argv = argv, .timeout_ms = timeout, .limit = 1 << 20 };

	return proc_run(loop, &r, res, e);
}

START_TEST(captures_both_streams_and_the_status)
{
	struct proc_result r;
	struct err e;

	ck_assert_int_eq(sh("echo out; echo err >&2; exit 3", &r, &e, 0), 0);
	ck_assert_str_eq(buf_str(&r.out), "out\n");
	ck_assert_str_eq(buf_str(&r.err), "err\n");
	ck_assert_int_eq(WEXITSTATUS(r.status), 3);
	proc_result_free(&r);
}
END_TEST

START_TEST(tells_why_exec_failed)
{
	char *argv[] = { (char *)(uintptr_t)"/nonexistent/program", NULL };
	struct proc_run run = { .argv = argv };
	struct proc_result r;
	struct err e;

	ck_assert_int_eq(proc_run(loop, &run, &r, &e), -1);
	ck_assert_int_eq(r.status, -1);
	ck_assert_int_eq(e.kind, ERR_NO_COMMAND);
	proc_result_free(&r);
}
END_TEST

START_TEST(kills_the_whole_group_at_the_deadline)
{
	struct proc_result r;
	struct err e;
	int64_t before = loop_now();

	ck_assert_int_eq(sh("sleep 60 & sleep 60", &r, &e, 100), -1);
	ck_assert_int_eq(e.kind, ERR_TIMED_OUT);
	ck_assert(loop_now() - before < 20000);
	proc_result_free(&r);
}
END_TEST

START_TEST(a_grandchild_that_holds_the_pipe_is_not_waited_for)
{
	struct proc_result r;
	struct err e;
	int64_t before = loop_now();

	ck_assert_int_eq(sh("setsid sleep 30 & echo done", &r, &e, 0), 0);
	ck_assert_str_eq(buf_str(&r.out), "done\n");
	ck_assert(loop_now() - before < 20000);
	proc_result_free(&r);
}
END_TEST

START_TEST(a_child_has_three_descriptors_a_session_and_default_signals)
{
	struct proc_result r;
	struct err e;

	ck_assert_int_eq(sh("ls /proc/self/fd | wc -l; ps -o sid= -p $$ | tr -d ' '; echo $$; "
	    "grep -E '^Sig(Ign|Blk)' /proc/self/status | tr -d '\\t'", &r, &e, 0), 0);
	/* The fourth is the directory that ls reads. */
	ck_assert_ptr_eq(strstr(buf_str(&r.out), "4\n"), r.out.s);
	long sid = 0, pid = 0;
	ck_assert_int_eq(sscanf(r.out.s, "4 %ld %ld", &sid, &pid), 2);
	ck_assert_int_ne(sid, getsid(0));
#ifdef HAVE_PDEATHSIG
	ck_assert_int_eq(sid, pid);
#endif
	ck_assert_ptr_nonnull(strstr(r.out.s, "SigBlk:0000000000000000"));
	ck_assert_ptr_nonnull(strstr(r.out.s, ignored_at_start));
	proc_result_free(&r);
}
END_TEST

START_TEST(a_limit_cuts_and_says_so)
{
	char *argv[] = { (char *)(uintptr_t)"sh", (char *)(uintptr_t)"-c",
		(char *)(uintptr_t)"head -c 300000 /dev/zero", NULL };
	struct proc_run run = { .argv = argv, .limit = 1000 };
	struct proc_result r;
	struct err e;

	ck_assert_int_eq(proc_run(loop, &run, &r, &e), 0);
	ck_assert(r.cut);
	ck_assert_uint_eq(r.out.len, 1000);
	ck_assert(proc_ok(r.status));
	proc_result_free(&r);
}
END_TEST

/* Three jobs: what each was told at its end, and how often it began. */
struct jobs {
	char *const *argv;
	volatile bool cancel;
	int begun, ended;
	struct err errs[3];
	int fd;
};

static int
begin(void *arg, size_t job, struct proc_run *r, struct err *e)
{
	struct jobs *j = arg;

	j->begun++;
	if (job == 1 && j->fd > 0)
		return err_set(e, "not this one");
	*r = (struct proc_run){ .argv = j->argv, .out = j->fd, .err = j->fd };
	return 0;
}

static void
end(void *arg, size_t job, int rc, struct proc_result *res, struct err *e)
{
	struct jobs *j = arg;

	(void)res;
	j->errs[job] = *e;
	if (rc == 0)
		j->errs[job] = (struct err){ .text = "done" };
	j->ended++;
	j->cancel = j->fd == 0;
}

static void
run_jobs(struct jobs *j, size_t width)
{
	proc_run_many(loop, &(struct proc_jobs){ .n = 3, .width = width, .cancel = &j->cancel,
	    .begin = begin, .end = end,
	    .arg = j });
	ck_assert_int_eq(j->ended, 3);
}

static void
cancel_soon(void *arg)
{
	((struct jobs *)arg)->cancel = true;
}

START_TEST(cancel_kills_what_runs_and_starts_no_more)
{
	char *argv[] = { (char *)(uintptr_t)"sleep", (char *)(uintptr_t)"60", NULL };
	struct jobs before = { .argv = argv, .cancel = true }, meanwhile = { .argv = argv };

	run_jobs(&before, 2);
	ck_assert_int_eq(before.begun, 0);
	loop_timer(loop, 100, cancel_soon, &meanwhile);
	run_jobs(&meanwhile, 2);
	ck_assert_int_eq(meanwhile.begun, 2);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(before.errs[i].kind, ERR_INTERRUPTED);
		ck_assert_int_eq(meanwhile.errs[i].kind, ERR_INTERRUPTED);
	}
}
END_TEST

START_TEST(jobs_write_to_descriptors)
{
	char *argv[] = { (char *)(uintptr_t)"sh", (char *)(uintptr_t)"-c",
	    (char *)(uintptr_t)"echo out; echo err >&2", NULL };
	FILE *f = tmpfile();
	struct jobs j = { .argv = argv, .fd = fileno(f) };
	char text[64] = "";

	run_jobs(&j, 1);
	rewind(f);
	ck_assert_uint_eq(fread(text, 1, sizeof(text) - 1, f), 16);
	ck_assert_str_eq(text, "out\nerr\nout\nerr\n");
	ck_assert_str_eq(j.errs[0].text, "done");
	ck_assert_str_eq(j.errs[1].text, "not this one");
	ck_assert_str_eq(j.errs[2].text, "done");
	fclose(f);
}
END_TEST

static bool
is_true(void *arg)
{
	return *(bool *)arg;
}

struct quitter {
	struct proc *proc;
	int reads, exits;
	bool over;
};

static void
abandon(void *arg, const char *data, size_t len)
{
	struct quitter *q = arg;

	(void)data;
	(void)len;
	q->reads++;
	proc_abandon(q->proc);
	q->over = true;
}

static void
count_exit(void *arg, int status)
{
	(void)status;
	((struct quitter *)arg)->exits++;
}

/* In mid-stream, and (paused) in the last read after its end. */
START_TEST(a_callback_may_abandon_its_own_child)
{
	char *argv[] = { (char *)(uintptr_t)"sh", (char *)(uintptr_t)"-c",
		(char *)(uintptr_t)"echo out; echo err >&2; setsid sleep 3 &", NULL };
	struct quitter q = { 0 };
	struct proc_spec spec = { .argv = argv, .in = PROC_NULL, .out = PROC_PIPE, .err = PROC_PIPE,
	    .on_out = abandon,
		.on_err = abandon, .on_exit = count_exit, .arg = &q };

	q.proc = proc_start(loop, &spec, NULL);
	ck_assert_ptr_nonnull(q.proc);
	proc_pause(q.proc, _i == 1);
	ck_assert(loop_until(loop, is_true, &q.over, loop_now() + 20000));
	loop_sleep(loop, 50, NULL);
	ck_assert_int_eq(q.reads, 1);
	ck_assert_int_eq(q.exits, 0);
}
END_TEST

static void
on_usr1(void *arg, int sig)
{
	if (sig == SIGUSR1)
		*(bool *)arg = true;
}

START_TEST(a_signal_wakes_the_loop)
{
	bool seen = false;

	loop_on_signal(loop, on_usr1, &seen);
	raise(SIGUSR1);
	ck_assert(loop_until(loop, is_true, &seen, loop_now() + 10000));
}
END_TEST

START_TEST(only_its_own_children_are_signalled)
{
	/* Were the guard not there, each of these would end this test or more. */
	loop_kill(loop, 0, SIGKILL);
	loop_kill(loop, -1, SIGKILL);
	loop_kill(loop, 1, SIGKILL);
	loop_kill(loop, getpid(), SIGKILL);
}
END_TEST

Suite *
suite_proc(void)
{
	Suite *s = suite_create("proc");
	TCase *t = tcase_create("proc");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, captures_both_streams_and_the_status);
	tcase_add_test(t, tells_why_exec_failed);
	tcase_add_test(t, kills_the_whole_group_at_the_deadline);
	tcase_add_test(t, a_grandchild_that_holds_the_pipe_is_not_waited_for);
	tcase_add_test(t, a_child_has_three_descriptors_a_session_and_default_signals);
	tcase_add_test(t, a_limit_cuts_and_says_so);
	tcase_add_test(t, cancel_kills_what_runs_and_starts_no_more);
	tcase_add_test(t, jobs_write_to_descriptors);
	tcase_add_loop_test(t, a_callback_may_abandon_its_own_child, 0, 2);
	tcase_add_test(t, a_signal_wakes_the_loop);
	tcase_add_test(t, only_its_own_children_are_signalled);
	suite_add_tcase(s, t);
	return s;
}
