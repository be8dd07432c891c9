/* The checks of `hi doctor` that no machine fails on demand, and what `hi clean` goes by. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/clean.h"
#include "cmd/doctor.h"

static void
is(struct check_result *r, enum check_state state, const char *says)
{
	ck_assert_ptr_nonnull(r->finding);
	ck_assert_msg(r->state == state && strstr(r->finding, says) != NULL, "%s: %s",
	    check_state_name(r->state),
	    r->finding);
	ck_assert(state == CHECK_OK || *r->fix != '\0');
	check_result_free(r);
}

START_TEST(spaces)
{
	static const struct { uint64_t bytes, inodes; enum check_state state; const char *says; } rows[] = {
		{ 50000, 1000000, CHECK_OK, "/l" }, { 50000, UINT64_MAX, CHECK_OK, "/l" },
		{ 5000, 1000000, CHECK_WARN, "/l" }, { 500, 1000000, CHECK_FAIL, "/l" },
		{ 50000, 2000, CHECK_WARN, "inodes" }, { 50000, 2, CHECK_FAIL, "inodes" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct space s = { "/l", rows[i].bytes, rows[i].inodes };
		struct check_result r = { 0 };

		check_space(&s, 1000, 10000, "fix", &r);
		is(&r, rows[i].state, rows[i].says);
	}
}
END_TEST

START_TEST(memory)
{
	struct docker_info info = { .memory = 16000000000, .memory_accounting = true,
	    .cgroup_driver = (char[]){ "none" } };
	struct check_result r = { 0 };

	check_memory(&info, &r);
	is(&r, CHECK_OK, "16.0 GB");
	info.memory_accounting = false;
	check_memory(&info, &r);
	is(&r, CHECK_WARN, "none");
	info.memory = 4000000000;
	check_memory(&info, &r);
	is(&r, CHECK_WARN, "4.0 GB");
	info.memory = 1000000000;
	check_memory(&info, &r);
	is(&r, CHECK_FAIL, "1.0 GB");
	info.memory = 0;
	check_memory(&info, &r);
	ck_assert_ptr_null(r.finding);
}
END_TEST

START_TEST(a_run_is_stopped_by_what_it_cannot_do_without)
{
	struct docker docker = { .endpoint = (char[]){ "tcp://x:1" } };
	struct docker_info info = { .memory = 16000000000, .memory_accounting = true,
	    .root_dir = (char[]){ "/" } };
	struct strs warnings = { 0 };
	struct err e;

	ck_assert_int_eq(preflight(&docker, &info, "/s", &warnings, &e), 0);
	ck_assert_uint_eq(warnings.n, 0);
	info.memory = 1000000000;
	ck_assert_int_eq(preflight(&docker, &info, "/s", &warnings, &e), 0);
	ck_assert_uint_eq(warnings.n, 1);
	ck_assert_ptr_nonnull(strstr(warnings.v[0], "memory"));
	docker.endpoint = (char[]){ "unix:///no/such" };
	ck_assert_int_eq(preflight(&docker, &info, "/no/such", &warnings, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "/no/such"));
	strs_free(&warnings);
}
END_TEST

START_TEST(modules)
{
	static const char text[] = "module x\n\nrequire (\n\tgithub.com/ory/dockertest/v3 v3.12.0\n"
	    "\tgithub.com/docker/docker-credential-helpers v0.9.3 // indirect\n\tgithub.com/docker/docker "
	    "v28.5.2+incompatible\r\n)\n";
	struct module m;

	doctor_module(text, "github.com/ory/dockertest/v3", &m);
	ck_assert_str_eq(m.version, "v3.12.0");
	doctor_module(text, "github.com/docker/docker", &m);
	ck_assert_str_eq(m.version, "v28.5.2+incompatible");
	doctor_module(text, "github.com/moby/moby", &m);
	ck_assert_str_eq(m.version, "");
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
	for (const char *const *s = ours; *s != NULL; s++)
		ck_assert_msg(clean_image_is_ours(*s), "%s", *s);
	for (const char *const *s = clients; *s != NULL; s++)
		ck_assert_msg(clean_image_is_ours(*s), "%s", *s);
	for (const char *const *s = others; *s != NULL; s++)
		ck_assert_msg(!clean_image_is_ours(*s), "%s", *s);
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

	tcase_add_test(t, spaces);
	tcase_add_test(t, modules);
	tcase_add_test(t, memory);
	tcase_add_test(t, a_run_is_stopped_by_what_it_cannot_do_without);
	tcase_add_test(t, versions);
	tcase_add_test(t, images);
	tcase_add_test(t, claims);
	suite_add_tcase(s, t);
	return s;
}
