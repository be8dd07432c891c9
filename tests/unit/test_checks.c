/* The checks of `hi doctor` that no machine fails on demand, and what `hi clean` goes by. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/mem.h"
#include "cmd/clean.h"
#include "cmd/doctor.h"

static void
is(const struct check *c, const struct checks_known *k, enum check_state state, const char *says)
{
	struct check_result r;

	check_run(c, k, &r);
	ck_assert_msg(r.state == state && strstr(r.finding, says) != NULL, "%s is %s: %s", c->id,
	    check_state_name(r.state), r.finding);
	ck_assert(state == CHECK_OK || state == CHECK_UNKNOWN || *r.fix != '\0');
	check_result_free(&r);
}

START_TEST(disks)
{
	struct docker_info info = { .root_dir = (char[]){ "/elsewhere" } };
	struct checks_known k = { .info = &info };

	is(&check_disk_engine, &k, CHECK_UNKNOWN, "/elsewhere");
	k.engine_disk = (struct space){ true, "/e", 50000000000, 1000000 };
	k.logs_disk = (struct space){ true, "/l", 50000000000, UINT64_MAX };
	is(&check_disk_engine, &k, CHECK_OK, "50.0 GB and 1000000 inodes free at /e");
	is(&check_disk_logs, &k, CHECK_OK, "50.0 GB free at /l");
	k.engine_disk.bytes = 5000000000;
	k.logs_disk.bytes = 500000000;
	is(&check_disk_engine, &k, CHECK_WARN, "5.0 GB and 1000000 inodes free at /e, less than 10.0 GB");
	is(&check_disk_logs, &k, CHECK_WARN, "500 MB free at /l, less than 1.0 GB");
	k.engine_disk.bytes = 500000000;
	k.logs_disk.bytes = 50000000;
	is(&check_disk_engine, &k, CHECK_FAIL, "less than 1.0 GB");
	is(&check_disk_logs, &k, CHECK_FAIL, "50.0 MB free at /l, less than 100 MB");
	k.logs_disk = (struct space){ true, "/l", 50000000000, 2000 };
	is(&check_disk_logs, &k, CHECK_WARN, "2000 inodes free at /l: too few inodes");
	k.logs_disk.inodes = 2;
	is(&check_disk_logs, &k, CHECK_FAIL, "2 inodes");
}
END_TEST

START_TEST(memory)
{
	struct docker_info info = { .memory = 16000000000 };
	struct checks_known k = { .info = &info };

	is(&check_memory, &k, CHECK_OK, "16.0 GB");
	info.memory = 4000000000;
	is(&check_memory, &k, CHECK_WARN, "4.0 GB");
	info.memory = 1000000000;
	is(&check_memory, &k, CHECK_FAIL, "1.0 GB");
	k.info = NULL;
	is(&check_memory, &k, CHECK_UNKNOWN, "no docker");
}
END_TEST

START_TEST(sockets)
{
	struct docker docker = { .endpoint = (char[]){ "unix:///s" } };
	struct checks_known k = { .docker = &docker, .socket = "/s", .socket_seen = SOCKET_THERE };

	is(&check_socket, &k, CHECK_OK, "/s");
	k.socket_seen = SOCKET_DENIED;
	is(&check_socket, &k, CHECK_FAIL, "you may not use it");
	k.socket_seen = SOCKET_MISSING;
	is(&check_socket, &k, CHECK_FAIL, "no such file");
	k.socket_seen = SOCKET_NONE;
	is(&check_socket, &k, CHECK_FAIL, "no socket");
	k.socket_seen = SOCKET_ELSEWHERE;
	is(&check_socket, &k, CHECK_OK, "own machine");
}
END_TEST

static void
count_line(void *arg, const char *line)
{
	ck_assert_ptr_nonnull(strstr(line, "memory"));
	++*(int *)arg;
}

START_TEST(a_run_is_stopped_by_what_it_cannot_do_without)
{
	struct docker docker = { .endpoint = (char[]){ "tcp://x:1" } };
	struct docker_info info = { .memory = 16000000000, .server_version = (char[]){ "24.0" },
		.storage = (char[]){ "vfs" }, .root_dir = (char[]){ "/" }, .operating_system = (char[]){ "" },
		.architecture = (char[]){ "" } };
	struct err e;
	int lines = 0;

	ck_assert_int_eq(preflight(&docker, &info, "/s", NULL, count_line, &lines, &e), 0);
	ck_assert_int_eq(lines, 0);
	info.memory = 1000000000;
	ck_assert_int_eq(preflight(&docker, &info, "/s", NULL, count_line, &lines, &e), 0);
	ck_assert_int_eq(lines, 1);
	docker.endpoint = (char[]){ "unix:///no/such" };
	ck_assert_int_eq(preflight(&docker, &info, "/no/such", NULL, count_line, &lines, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "socket: /no/such"));
}
END_TEST

START_TEST(versions)
{
	ck_assert(check_version_at_least("20.10.24+dfsg1", 20, 10));
	ck_assert(check_version_at_least("v28.0", 20, 10));
	ck_assert(!check_version_at_least("20.9.1", 20, 10));
	ck_assert(!check_version_at_least("19.03", 20, 10));
	ck_assert(!check_version_at_least("", 1, 0));
}
END_TEST

START_TEST(pools)
{
	char *subnets[] = { (char[]){ "172.17.0.0/16" }, (char[]){ "10.0.0.0/8" },
		(char[]){ "172.20.0.0/14" }, (char[]){ "192.168.16.0/21" }, (char[]){ "fd00::/64" },
		(char[]){ "junk" }, (char[]){ "" } };
	struct network one = { .subnets = { .v = subnets, .n = 1 } };
	struct networks used = { .v = &one, .n = 1 };
	struct survey_pool own[] = { { "10.1.0.0/24", 26 }, { "junk", 8 }, { "10.2.0.0/16", 8 } };
	size_t total;

	ck_assert_uint_eq(doctor_free_pools(NULL, 0, &used, &total), 30);
	ck_assert_uint_eq(total, 31);
	one.subnets.n = 7;
	ck_assert_uint_eq(doctor_free_pools(NULL, 0, &used, &total), 31 - 1 - 4 - 1);
	ck_assert_uint_eq(doctor_free_pools(own, 3, &used, &total), 0);
	ck_assert_uint_eq(total, 4);
	one.subnets.n = 1;
	ck_assert_uint_eq(doctor_free_pools(own, 3, &used, &total), 4);
}
END_TEST

static char *
make_proc(void)
{
	char dir[] = "/tmp/hi-unit-XXXXXX";

	ck_assert_ptr_nonnull(mkdtemp(dir));
	return xstrdup(dir);
}

static void
put(const char *dir, const char *name, const char *text)
{
	char *path = file_join(dir, name), *parent = file_dir(path);

	ck_assert_int_eq(file_mkdirs(parent, NULL), 0);
	ck_assert_int_eq(file_replace(path, text, strlen(text), NULL), 0);
	free(parent);
	free(path);
}

START_TEST(bridge)
{
	char *proc = make_proc();
	struct docker docker = { .endpoint = (char[]){ "unix:///s" } };
	struct doctor d = { .bridge_netfilter = 1 };
	struct checks_known k = { .docker = &docker, .socket_seen = SOCKET_THERE, .more = &d };

	ck_assert_int_eq(doctor_bridge(proc), -1);
	put(proc, "sys/net/bridge/bridge-nf-call-iptables", "0\n");
	ck_assert_int_eq(doctor_bridge(proc), 0);
	put(proc, "sys/net/bridge/bridge-nf-call-iptables", "1\n");
	ck_assert_int_eq(doctor_bridge(proc), 1);
	ck_assert_int_eq(dir_remove(proc, NULL), 0);
	free(proc);

	is(&check_bridge, &k, CHECK_OK, "on");
	d.bridge_netfilter = 0;
	is(&check_bridge, &k, CHECK_WARN, "switched off");
	d.bridge_netfilter = -1;
	is(&check_bridge, &k, CHECK_WARN, "not loaded");
	k.socket_seen = SOCKET_ELSEWHERE;
	is(&check_bridge, &k, CHECK_UNKNOWN, "no engine");
}
END_TEST

static void
lacks(const char *proc, const char *pid, const char *expected)
{
	char *pid_file = file_join(proc, pid), *missing = doctor_capabilities(proc, pid_file);

	ck_assert_str_eq(missing, expected);
	free(missing);
	free(pid_file);
}

START_TEST(capabilities)
{
	char *proc = make_proc();
	struct docker docker = { .endpoint = (char[]){ "unix:///s" } };
	struct doctor d = { .missing_capabilities = (char[]){ "" } };
	struct checks_known k = { .docker = &docker, .socket_seen = SOCKET_THERE, .more = &d };

	ck_assert_ptr_null(doctor_capabilities(proc, "/no/such"));
	put(proc, "self/status", "Name:\tx\nCapBnd:\t000001ffffffffff\n");
	put(proc, "12/status", "Name:\tdockerd\nCapBnd:\t000001fffeffdfff\n");
	put(proc, "docker.pid", "12");
	put(proc, "stale.pid", "13");
	put(proc, "junk.pid", "../12");
	lacks(proc, "docker.pid", "NET_RAW, SYS_RESOURCE");
	lacks(proc, "stale.pid", "");
	lacks(proc, "junk.pid", "");
	lacks(proc, "no.pid", "");
	ck_assert_int_eq(dir_remove(proc, NULL), 0);
	free(proc);

	is(&check_bounding, &k, CHECK_OK, "every");
	d.missing_capabilities = (char[]){ "SYS_RESOURCE" };
	is(&check_bounding, &k, CHECK_WARN, "SYS_RESOURCE");
	d.missing_capabilities = (char[]){ "NET_RAW, SYS_RESOURCE" };
	is(&check_bounding, &k, CHECK_FAIL, "need NET_RAW");
	d.missing_capabilities = NULL;
	is(&check_bounding, &k, CHECK_UNKNOWN, "no engine");
}
END_TEST

START_TEST(images)
{
	static const char *const ours[] = { "hs-mdjtzx-fgdyls:latest", "hs-oidcmock-ab12cd:latest",
		"headscale-integration:1", "headscale-integration-base:latest",
		"ts-mdjtzx-head-fgdyls:latest", "derp-mdjtzx-main-fgdyls:latest", "tsrs-mdjtzx-fgdyls:latest",
		NULL };
	static const char *const clients[] = { "tailscale/tailscale:v1.80",
		"ghcr.io/tailscale/tailscale:v1.80", "tailscale-head:abc", NULL };
	static const char *const others[] = { "", "hs", "headscale/headscale:0.26", "my/tailscale:1",
		"tailscale/k8s-operator:1", "tailscale-exporter:1", "localhost:5000/hs-x",
		"localhost:5000/hs-x:1", "my/hs-x:1", "ts-node:18", "ts-node-docker:latest", "golang:1.26.1",
		"derp-map:1", "postgres:latest", "ts-a:1", NULL };
	bool client;

	for (const char *const *s = ours; *s != NULL; s++)
		ck_assert_msg(clean_image_is_ours(*s, &client) && !client, "%s", *s);
	for (const char *const *s = clients; *s != NULL; s++)
		ck_assert_msg(clean_image_is_ours(*s, &client) && client, "%s", *s);
	for (const char *const *s = others; *s != NULL; s++)
		ck_assert_msg(!clean_image_is_ours(*s, &client), "%s", *s);
	ck_assert(clean_history_is_ours(
	    "/bin/sh -c #(nop) WORKDIR /go/src/headscale\n/bin/sh -c #(nop) CMD [\"bash\"]\n"));
	ck_assert(!clean_history_is_ours("/bin/sh -c #(nop) WORKDIR /go/src/app\n"));
	ck_assert(!clean_history_is_ours(""));
}
END_TEST

START_TEST(claims)
{
	struct run_seen v[] = {
		{ .id = (char[]){ "dead" }, .owner = OWNER_DEAD, .created = 1000 },
		{ .id = (char[]){ "kept" }, .owner = OWNER_KEPT, .created = 1000 },
		{ .id = (char[]){ "left" }, .owner = OWNER_UNKNOWN, .created = 1000, .running = 3 },
		{ .id = (char[]){ "live" }, .owner = OWNER_LIVE, .created = 5000 },
	};
	struct runs runs = { .v = v, .n = 3 };
	struct network n = { .id = (char[]){ "n" }, .created = 4000 };

	ck_assert_ptr_null(clean_live(&runs));
	ck_assert_ptr_null(clean_network_claim(&runs, &n));
	runs.n = 4;
	ck_assert_ptr_eq(clean_live(&runs), &v[3]);
	ck_assert_ptr_null(clean_network_claim(&runs, &n));
	n.created = 5000;
	ck_assert_ptr_eq(clean_network_claim(&runs, &n), &v[3]);
	n.created = -1;
	ck_assert_ptr_eq(clean_network_claim(&runs, &n), &v[3]);
	n.created = 4000;
	strs_add(&v[3].networks, "n");
	ck_assert_ptr_eq(clean_network_claim(&runs, &n), &v[3]);
	strs_free(&v[3].networks);
	runs.n = 3;
	v[2].runner_runs = true;
	ck_assert_ptr_eq(clean_network_claim(&runs, &n), &v[2]);
}
END_TEST

Suite *
suite_checks(void)
{
	Suite *s = suite_create("checks");
	TCase *t = tcase_create("checks");

	tcase_add_test(t, disks);
	tcase_add_test(t, memory);
	tcase_add_test(t, sockets);
	tcase_add_test(t, a_run_is_stopped_by_what_it_cannot_do_without);
	tcase_add_test(t, versions);
	tcase_add_test(t, pools);
	tcase_add_test(t, bridge);
	tcase_add_test(t, capabilities);
	tcase_add_test(t, images);
	tcase_add_test(t, claims);
	suite_add_tcase(s, t);
	return s;
}
