#include "fake_docker.h"

#include "base/mem.h"
#include "stats/stats.h"
#include "stats/stats_internal.h"

#define ID(c) c "000000000000000000000000000000000000000000000000000000000000000"
#define ROW(c, mem, cpu) \
	"{\"BlockIO\":\"0B / 0B\",\"CPUPerc\":\"" cpu "\",\"Container\":\"" c "00000000000\",\"ID\":\"" \
	ID(c) \
	"\",\"MemPerc\":\"0.21%\",\"MemUsage\":\"" mem "\",\"Name\":\"ts-" c "\",\"NetIO\":\"924B / 0B\"," \
	"\"PIDs\":\"1\"}"
/* As docker 28 writes a tick: each row twice, the second time with "erase to the end of the line". */
#define TICK(rows, rows_again) "\033[H" rows "\033[H" rows_again " \033[K\n\033[J"
#define UNKNOWN_YET \
	"{\"BlockIO\":\"0B / 0B\",\"CPUPerc\":\"0.00%\",\"Container\":\"a00000000000\",\"ID\":\"\"," \
	"\"MemPerc\":\"0.00%\",\"MemUsage\":\"0B / 0B\",\"Name\":\"--\",\"NetIO\":\"0B / 0B\",\"PIDs\":\"0\"}"

static struct buf told;

static void
teardown(void)
{
	buf_free(&told);
}

static void
on_row(void *arg, const struct stats_row *row)
{
	(void)arg;
	buf_printf(&told, "%.1s%zu %.1f %.1f\n", row->id, strlen(row->id), row->mb, row->cpu);
}

START_TEST(reads_units)
{
	ck_assert_double_eq_tol(stats_mb("50.41MiB / 23.54GiB"), 50.41, 1e-9);
	ck_assert_double_eq_tol(stats_mb("1.5GiB / 2GiB"), 1536, 1e-9);
	ck_assert_double_eq_tol(stats_mb("512KiB / 2GiB"), 0.5, 1e-9);
	ck_assert_double_eq_tol(stats_mb("1048576B / 2GiB"), 1, 1e-9);
	ck_assert_double_eq_tol(stats_mb("104.8576MB / 2GB"), 100, 1e-9);
	ck_assert_double_eq_tol(stats_mb("7 MiB"), 7, 1e-9);
	ck_assert_double_eq_tol(stats_percent("103.25%"), 103.25, 1e-9);
	ck_assert_double_eq_tol(stats_percent("0.00%"), 0, 1e-9);
}
END_TEST

START_TEST(nothing_measured_is_unknown)
{
	static const char *const unknown[] = { "", "-- / --", "--", "0B / 0B", "0B / 23.54GiB", "700MiB / 0B",
		"MiB", "12",
	    "12 / 3", "12XiB / 1GiB", "-5MiB / 1GiB", "nan", "inf", "1e400MiB / 2GiB" };

	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		ck_assert_double_eq(stats_mb(unknown[i]), -1);
	ck_assert_double_eq(stats_percent("--"), -1);
	ck_assert_double_eq(stats_percent("12"), -1);
	ck_assert_double_eq(stats_percent("-1%"), -1);
}
END_TEST

START_TEST(parses_a_stream_cut_anywhere)
{
	static const char stream[] = "\033[H\033[H \033[K\n\033[J"
	    TICK(UNKNOWN_YET "\n", UNKNOWN_YET " \033[K\n")
	    TICK(ROW("a", "50.41MiB / 23.54GiB", "0.50%") "\n",
	    ROW("a", "50.41MiB / 23.54GiB", "0.50%") " \033[K\n")
	    "\033[2J\033[H" ROW("b", "-- / --", "--") "\n"
	    "{\"Container\":\"short\",\"MemUsage\":\"1MiB / 1GiB\"}\n{broken}\n}{\n\n{\n";
	static const char rows[] = "a12 -1.0 0.0\na12 -1.0 0.0\na64 50.4 0.5\na64 50.4 0.5\nb64 -1.0 -1.0\n";

	for (size_t step = 1; step <= sizeof(stream); step++) {
		struct stats_parser p = { 0 };

		buf_reset(&told);
		for (size_t i = 0, left = sizeof(stream) - 1; left > 0; i += step) {
			size_t n = step < left ? step : left;

			stats_parse(&p, stream + i, n, on_row, NULL);
			left -= n;
		}
		ck_assert_str_eq(told.s, rows);
		stats_parser_free(&p);
	}
}
END_TEST

START_TEST(skips_a_line_without_end)
{
	static const char end[] = "\n" ROW("a", "1MiB / 1GiB", "1%") "\n";
	struct stats_parser p = { 0 };
	char junk[1000];

	memset(junk, 'x', sizeof(junk));
	for (int i = 0; i < 1000; i++)
		stats_parse(&p, junk, sizeof(junk), on_row, NULL);
	ck_assert_uint_lt(p.line.part.cap, 1 << 18);
	stats_parse(&p, end, sizeof(end) - 1, on_row, NULL);
	ck_assert_str_eq(told.s, "a64 1.0 1.0\n");
	stats_parser_free(&p);
}
END_TEST

START_TEST(a_sample_is_counted_once)
{
	struct series *c = series_new(ID("a"), "tailscale", 0);
	struct stats_row r = { .mb = 50, .cpu = 0 };
	struct buf b = { 0 };

	ck_assert(series_take(c, &r, false, 1000));	/* its CPU is measured against nothing */
	ck_assert(!series_take(c, &r, false, 1000));
	ck_assert(!series_take(c, &r, false, 1500));
	r.mb = 60;
	r.cpu = 30;
	ck_assert(series_take(c, &r, false, 2000));
	ck_assert(!series_take(c, &r, false, 2500));
	ck_assert(series_take(c, &r, false, 3000));
	ck_assert_uint_eq(c->n, 3);
	ck_assert_uint_eq(c->n_cpu, 2);
	ck_assert_double_eq(c->min, 50);
	ck_assert_double_eq(c->max, 60);
	ck_assert_int_eq(c->max_at, 2000);
	ck_assert_double_eq(c->cpu_sum, 60);
	r.mb = -1;
	ck_assert(!series_take(c, &r, false, 4000));
	ck_assert_double_eq(c->min, 50);
	/* After the unknown a stream starts anew. */
	r.mb = 40;
	r.cpu = 0;
	ck_assert(series_take(c, &r, false, 5000));
	ck_assert_uint_eq(c->n_cpu, 2);
	free(c->name);
	c->name = xstrdup("ts-a");
	series_csv(c, &b);
	ck_assert_str_eq(b.s, "1970-01-01T00:00:05.000Z,ts-a,tailscale,40.00,\n");
	c->ended = true;
	ck_assert(!series_take(c, &r, false, 9000));
	buf_free(&b);
	series_free(c);
}
END_TEST

/* Without a memory cgroup docker prints zeroes, or the machine's own memory; the CPU is right. */
START_TEST(an_engine_without_memory_accounting)
{
	struct series *c = series_new(ID("a"), "headscale", 100);
	struct stats_row r = { .mb = 700, .cpu = 10 };
	struct buf b = { 0 };

	ck_assert(series_take(c, &r, true, 1000));
	r.cpu = 30;
	ck_assert(series_take(c, &r, true, 2000));
	ck_assert_double_eq(c->max, -1);
	ck_assert_uint_eq(c->n, 0);
	ck_assert_double_eq(c->cpu_max, 30);
	series_csv(c, &b);
	ck_assert_str_eq(b.s, "1970-01-01T00:00:02.000Z,,headscale,,30.00\n");
	r.cpu = -1;
	ck_assert(!series_take(c, &r, true, 3000));
	buf_free(&b);
	series_free(c);
}
END_TEST

static void
on_over(void *arg, const char *name, double mb, double limit)
{
	(void)arg;
	buf_printf(&told, "%s %.0f > %.0f\n", name, mb, limit);
}

static bool
all_measured(void *arg)
{
	return stats_total_mb(arg) > 360;
}

START_TEST(measures_the_runs_containers)
{
	struct fake fake;
	struct stats_config c = { .docker = &fake.docker, .dir = fake.dir, .ts_limit = 300,
	    .on_over = on_over };
	struct stats *s;
	const struct memory_peak *v;
	size_t n;
	char *text;

	fake_start(&fake);
	/* The first stream ends: the second one goes on. */
	fake_file(&fake, "stream.1", TICK(UNKNOWN_YET "\n" ROW("b", "10MiB / 1GiB", "0.00%") "\n",
	    UNKNOWN_YET " \033[K\n" ROW("b", "10MiB / 1GiB", "0.00%") " \033[K\n"));
	fake_file(&fake, "stream.2", TICK(ROW("a", "350.5MiB / 1GiB", "5.00%") "\n", "")
	    TICK(ROW("c", "20MiB / 1GiB", "5.00%") "\n" ROW("e", "999MiB / 1GiB", "5.00%") "\n", "")
	    TICK(ROW("c", "21MiB / 1GiB", "102.00%") "\n" ROW("b", "-- / --", "--") "\n", ""));
	fake_file(&fake, "hold.2", "");
	ck_assert_int_eq(stats_start(&c, &s, NULL), 0);
	ck_assert_double_eq(stats_total_mb(s), -1);
	stats_container(s, ENGINE_CREATE, ID("a"), "ts-old", "tailscale");
	stats_container(s, ENGINE_START, ID("a"), "ts-old", "tailscale");
	stats_container(s, ENGINE_RENAME, ID("a"), "ts-a", "tailscale");
	stats_container(s, ENGINE_START, ID("b"), "ts-b", "tailscale");
	stats_container(s, ENGINE_DIE, ID("b"), "ts-b", "tailscale");
	stats_container(s, ENGINE_START, ID("b"), "ts-b", "tailscale");
	stats_container(s, ENGINE_CREATE, ID("c"), "hs-c,x", "headscale");
	stats_container(s, ENGINE_START, ID("d"), "derp-d", "derp");
	stats_container(s, ENGINE_OOM, ID("d"), "derp-d", "derp");
	stats_container(s, ENGINE_DIE, ID("d"), "derp-d", "derp");
	ck_assert(loop_until(fake.docker.loop, all_measured, s, loop_now() + 15000));
	stats_stop(s, &v, &n);
	ck_assert_uint_eq(n, 4);
	ck_assert_str_eq(v[0].name, "derp-d");
	ck_assert(v[0].oom);
	ck_assert_double_eq(v[0].max_mb, -1);
	ck_assert_double_eq(v[0].avg_cpu, -1);
	ck_assert_str_eq(v[1].name, "hs-c,x");
	ck_assert_double_eq_tol(v[1].avg_mb, 20.5, 0.001);
	ck_assert_double_eq(v[1].avg_cpu, 102);
	ck_assert_str_eq(v[2].name, "ts-a");
	ck_assert(v[2].over);
	ck_assert_double_eq(v[2].limit_mb, 300);
	ck_assert_double_eq(v[2].max_cpu, -1);
	ck_assert_int_eq(v[2].restarts, 0);
	ck_assert_str_eq(v[3].name, "ts-b");
	ck_assert_int_eq(v[3].restarts, 1);
	ck_assert_double_eq(v[3].max_mb, 10);
	ck_assert(!v[3].over);
	ck_assert_str_eq(told.s, "ts-a 350 > 300\n");
	stats_free(s);
	text = fake_read(&fake, "stats.csv");
	ck_assert_ptr_nonnull(strstr(text, "Z,\"hs-c,x\",headscale,21.00,102.00\n"));
	ck_assert_ptr_nonnull(strstr(text, "Z,ts-a,tailscale,350.50,\n"));
	ck_assert_ptr_null(strstr(text, ",ts-e,"));
	free(text);
	fake_stop(&fake);
}
END_TEST

Suite *
suite_stats(void)
{
	Suite *s = suite_create("stats");
	TCase *t = tcase_create("stats");

	tcase_add_checked_fixture(t, NULL, teardown);
	tcase_set_timeout(t, 30);
	tcase_add_test(t, reads_units);
	tcase_add_test(t, nothing_measured_is_unknown);
	tcase_add_test(t, parses_a_stream_cut_anywhere);
	tcase_add_test(t, skips_a_line_without_end);
	tcase_add_test(t, a_sample_is_counted_once);
	tcase_add_test(t, an_engine_without_memory_accounting);
	tcase_add_test(t, measures_the_runs_containers);
	suite_add_tcase(s, t);
	return s;
}
