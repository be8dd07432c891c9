#include "fake_docker.h"

#include "run/watch.h"

#define ID(c) c "000000000000000000000000000000000000000000000000000000000000000"
#define CONTAINER(c, action, run, more, ns) \
	"{\"status\":\"" action "\",\"id\":\"" ID(c) "\",\"Type\":\"container\",\"Action\":\"" action "\"," \
	"\"Actor\":{\"ID\":\"" ID(c) "\",\"Attributes\":{" more "\"hi.run-id\":\"" run "\"," \
	"\"hi.test-type\":\"tailscale\",\"name\":\"ts-" c "\"}},\"scope\":\"local\",\"time\":1795477659,\"timeNano\":" ns "}\n"
#define NETWORK(n, action, c, ns) \
	"{\"Type\":\"network\",\"Action\":\"" action "\",\"Actor\":{\"ID\":\"" ID(n) "\",\"Attributes\":{" \
	"\"container\":\"" ID(c) "\",\"name\":\"hs-1234-" n "\",\"type\":\"bridge\"}},\"timeNano\":" ns "}\n"
#define BRIDGE(c, ns) \
	"{\"Type\":\"network\",\"Action\":\"connect\",\"Actor\":{\"ID\":\"" ID("9") "\",\"Attributes\":{" \
	"\"container\":\"" ID(c) "\",\"name\":\"bridge\",\"type\":\"bridge\"}},\"timeNano\":" ns "}\n"

static struct fake fake;
static struct engine_watch *watch;
static struct buf told;

static void
on_container(void *arg, enum engine_event ev, const char *id, const char *name, const char *type,
    int64_t at)
{
	(void)arg;
	buf_printf(&told, "%d %.1s %s %s %lld\n", (int)ev, id, name, type, (long long)at);
}

static void
on_network(void *arg, const char *id)
{
	(void)arg;
	buf_printf(&told, "network %.1s\n", id);
}

static void
on_engine(void *arg, bool there)
{
	(void)arg;
	buf_printf(&told, "engine %s %d\n", there ? "there" : "away", engine_watch_up(watch));
}

static bool
was_told(void *what)
{
	return strstr(buf_str(&told), what) != NULL;
}

static void
wait_for(const char *what)
{
	if (!loop_until(fake.docker.loop, was_told, (void *)(uintptr_t)what, loop_now() + 15000))
		ck_abort_msg("not told: %s, but %s", what, buf_str(&told));
}

static void
start(void)
{
	char *path = file_join(fake.dir, "events.json");
	struct engine_watch_config c = { .docker = &fake.docker, .run_id = "R1", .since = 1795477000500,
	    .path = path, .on_container = on_container, .on_network = on_network, .on_engine = on_engine };

	ck_assert_int_eq(engine_watch_start(&c, &watch, NULL), 0);
	free(path);
}

static void
setup(void)
{
	fake_start(&fake);
}

static void
teardown(void)
{
	engine_watch_stop(watch);
	watch = NULL;
	fake_stop(&fake);
	buf_free(&told);
}

START_TEST(tells_of_the_run_alone)
{
	char *kept, *args;

	fake_file(&fake, "stream.1",
	    CONTAINER("a", "create", "R1", "", "1795477659000000001")
	    CONTAINER("b", "create", "R2", "", "1795477659000000002")
	    BRIDGE("a", "1795477659000000003")
	    NETWORK("7", "connect", "a", "1795477659000000004")
	    NETWORK("8", "connect", "b", "1795477659000000005")
	    CONTAINER("a", "start", "R1", "", "1795477659100000000")
	    NETWORK("7", "connect", "a", "1795477659100000001")
	    "no json\n{}\n[1]\n{\"Type\":\"container\",\"Action\":7,\"Actor\":{\"ID\":\"x\"}}\n"
	    CONTAINER("a", "exec_create: true", "R1", "", "1795477659100000002")
	    CONTAINER("a", "oom", "R1", "", "1795477659100000003")
	    CONTAINER("a", "die", "R1", "\"exitCode\":\"137\",", "1795477659200000000")
	    CONTAINER("c", "start", "R1", "", "1795477659300000000"));
	fake_file(&fake, "hold.1", "");
	start();
	wait_for("ts-c");
	ck_assert_str_eq(told.s, "0 a ts-a tailscale 1795477659000\nnetwork 7\n"
	    "1 a ts-a tailscale 1795477659100\n3 a ts-a tailscale 1795477659100\n"
	    "2 a ts-a tailscale 1795477659200\n1 c ts-c tailscale 1795477659300\n");
	ck_assert_int_eq(engine_watch_up(watch), 1);
	kept = fake_read(&fake, "events.json");
	ck_assert_str_eq(kept,
	    CONTAINER("a", "create", "R1", "", "1795477659000000001")
	    BRIDGE("a", "1795477659000000003")
	    NETWORK("7", "connect", "a", "1795477659000000004")
	    CONTAINER("a", "start", "R1", "", "1795477659100000000")
	    NETWORK("7", "connect", "a", "1795477659100000001")
	    CONTAINER("a", "exec_create: true", "R1", "", "1795477659100000002")
	    CONTAINER("a", "oom", "R1", "", "1795477659100000003")
	    CONTAINER("a", "die", "R1", "\"exitCode\":\"137\",", "1795477659200000000")
	    CONTAINER("c", "start", "R1", "", "1795477659300000000"));
	free(kept);
	args = fake_read(&fake, "args.1");
	ck_assert_ptr_nonnull(strstr(args, "--since 1795477000.500"));
	free(args);
}
END_TEST

START_TEST(goes_on_where_the_stream_ended)
{
	char *args;

	fake_file(&fake, "stream.1", CONTAINER("a", "create", "R1", "", "1795477659000000001")
	    CONTAINER("a", "start", "R1", "", "1795477660250000001")
	    "{\"Type\":\"container\",\"Action\":\"cut off");
	fake_file(&fake, "stream.2", CONTAINER("a", "start", "R1", "", "1795477660250000001")
	    NETWORK("7", "connect", "a", "1795477660250000002")
	    CONTAINER("b", "start", "R1", "", "1795477660250000003"));
	fake_file(&fake, "stream.3", NETWORK("7", "connect", "a", "1795477660250000002")
	    CONTAINER("b", "start", "R1", "", "1795477660250000003")
	    CONTAINER("a", "destroy", "R1", "", "1795477660250000004"));
	fake_file(&fake, "hold.3", "");
	start();
	wait_for("4 a");
	ck_assert_str_eq(told.s, "0 a ts-a tailscale 1795477659000\n1 a ts-a tailscale 1795477660250\n"
	    "network 7\n1 b ts-b tailscale 1795477660250\n4 a ts-a tailscale 1795477660250\n");
	ck_assert_int_eq(engine_watch_up(watch), 1);
	args = fake_read(&fake, "args.2");
	ck_assert_ptr_nonnull(strstr(args, "--since 1795477659.250"));
	free(args);
}
END_TEST

START_TEST(says_when_the_engine_is_away)
{
	char name[32];

	fake_file(&fake, "stream.1", CONTAINER("a", "start", "R1", "", "1795477659000000001"));
	start();
	wait_for("engine away -1");
	/* Whichever call comes next. */
	for (int i = 2; i < 40; i++) {
		snprintf(name, sizeof(name), "stream.%d", i);
		fake_file(&fake, name, CONTAINER("b", "start", "R2", "", "1795477669000000001"));
		snprintf(name, sizeof(name), "hold.%d", i);
		fake_file(&fake, name, "");
	}
	wait_for("engine there 0");
	ck_assert_str_eq(told.s, "1 a ts-a tailscale 1795477659000\nengine away -1\nengine there 0\n");
}
END_TEST

START_TEST(starts_only_where_it_can_write)
{
	struct engine_watch_config c = { .docker = &fake.docker, .run_id = "R1",
	    .path = "/nonexistent/events.json" };
	struct err e;

	ck_assert_int_eq(engine_watch_start(&c, &watch, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "/nonexistent/events.json: "));
}
END_TEST

Suite *
suite_watch(void)
{
	Suite *s = suite_create("watch");
	TCase *t = tcase_create("watch");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 40);
	tcase_add_test(t, tells_of_the_run_alone);
	tcase_add_test(t, goes_on_where_the_stream_ended);
	tcase_add_test(t, says_when_the_engine_is_away);
	tcase_add_test(t, starts_only_where_it_can_write);
	suite_add_tcase(s, t);
	return s;
}
