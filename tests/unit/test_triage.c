#include <sys/stat.h>

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/proc.h"
#include "triage/triage.h"

Suite *suite_triage(void);

static char *dir;
static struct triage t;
static struct err e;

static void
setup(void)
{
	const char *tmp = getenv("TMPDIR");

	dir = xasprintf("%s/triage-XXXXXX", tmp != NULL ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void
teardown(void)
{
	triage_free(&t);
	dir_remove(dir, NULL);
	free(dir);
}

static void
put_bytes(const char *name, const void *data, size_t len)
{
	char *path = file_join(dir, name), *parent = file_dir(path);

	ck_assert_int_eq(file_mkdirs(parent, &e), 0);
	ck_assert_int_eq(file_replace(path, data, len, &e), 0);
	free(parent);
	free(path);
}

static void
put(const char *name, const char *text)
{
	put_bytes(name, text, strlen(text));
}

static void
triage(void)
{
	struct triage_options o = { .dir = dir };

	ck_assert_msg(triage_run(&o, &t, &e) == 0, "%s", e.text);
}

/* signature NULL: it is the code. */
static void
expect(const char *signature, const char *where)
{
	if (signature == NULL) {
		ck_assert_msg(t.cause == CAUSE_CODE, "%s: %s", triage_cause_name(t.cause),
		    t.n_unread > 0 ? t.unread[0].why : t.evidence != NULL ? t.evidence : "");
		return;
	}
	ck_assert_msg(t.cause == CAUSE_INFRASTRUCTURE, "%s", triage_cause_name(t.cause));
	ck_assert_str_eq(t.failure->id, signature);
	ck_assert_str_eq(t.where, where);
}

/* It is not decided, since a file could not be read. */
static void
expect_unread(const char *file, const char *why)
{
	ck_assert_msg(t.cause == CAUSE_UNKNOWN, "%s", triage_cause_name(t.cause));
	for (size_t i = 0; i < t.n_unread; i++)
		if (strstr(t.unread[i].why, why) != NULL && strs_has(&t.unread[i].files, file))
			return;
	ck_abort_msg("%s: not: %s", file, why);
}

static const struct finding *
nth(const char *group, size_t n)
{
	for (size_t i = 0; i < t.n; i++)
		if (strcmp(t.v[i].group, group) == 0 && n-- == 0)
			return &t.v[i];
	return NULL;
}

static void
expect_finding(const char *group, size_t n, const char *file, long at, long count, const char *line)
{
	const struct finding *f = nth(group, n);

	ck_assert_ptr_nonnull(f);
	ck_assert_str_eq(f->line, line);
	ck_assert_str_eq(f->file, file);
	ck_assert_int_eq(f->at, at);
	ck_assert_int_eq(f->count, count);
}

#define OUT(test, text) "{\"Time\":\"2026-04-09T10:42:15Z\",\"Action\":\"output\",\"Package\":\"p\"," \
	"\"Test\":\"" test "\",\"Output\":\"" text "\\n\"}\n"
#define END(test, action) \
	"{\"Action\":\"" action "\",\"Package\":\"p\",\"Test\":\"" test "\",\"Elapsed\":1}\n"
#define NO_NAME "failed to resolve \"hs-x-1\": no DNS fallback candidates remain"

START_TEST(a_failing_tests_output_decides)
{
	put("go-test.json", OUT("TestA", "starting")
	    OUT("TestA/sub", "pulling x: Error: pull access denied for x")
	    END("TestA/sub", "fail") END("TestA", "fail"));
	triage();
	expect("image", "go-test.json:2");
	ck_assert_str_eq(t.evidence, "pulling x: Error: pull access denied for x");
}
END_TEST

START_TEST(a_passed_tests_output_does_not)
{
	put("go-test.json", OUT("TestA/one", "pull access denied for x") OUT("TestB", "manifest unknown")
	    END("TestA/one", "fail") END("TestA", "pass") END("TestB", "skip")
	    OUT("TestC", "assertion failed") END("TestC", "fail"));
	triage();
	expect(NULL, NULL);
}
END_TEST

START_TEST(one_test_is_not_ended_by_its_neighbour)
{
	put("go-test.json", OUT("TestAB", "manifest unknown") END("TestA", "pass"));
	triage();
	expect("image", "go-test.json:1");
}
END_TEST

START_TEST(plain_text_and_the_runners_words)
{
	put("go-test.json", "go: writing: no space left on device\n");
	triage();
	expect("no-space", "go-test.json:1");
	triage_free(&t);
	put("go-test.json", "{\"Action\":\"start\",\"Package\":\"p\"}\n");
	put("runner.log", "a\r\nCannot connect to the Docker daemon at unix:///x. Is it running?\r\n");
	triage();
	expect("engine", "runner.log:2");
	ck_assert_str_eq(t.evidence, "Cannot connect to the Docker daemon at unix:///x. Is it running?");
}
END_TEST

START_TEST(quotes_that_json_escapes)
{
	put("go-test.json",
	    OUT("TestA", "failed to resolve \\\"hs-x-1\\\": no DNS fallback candidates remain"));
	triage();
	expect("docker-dns", "go-test.json:1");
	ck_assert_str_eq(t.evidence, NO_NAME);
}
END_TEST

/* A line that has a needle, its '*' filled: "" where it ends the row. */
static const char *
needle_line(const char *needle, char *line)
{
	bool whole = *needle == '^';

	strcpy(line, whole ? "" : "x ");
	for (needle += whole; *needle != '\0' && *needle != '|'; needle++) {
		char one[2] = { *needle, '\0' };

		if (*needle != '$')
			strcat(line, *needle == '*' ? " ... " : one);
	}
	strcat(line, "\n");
	return *needle == '|' ? needle + 1 : needle;
}

START_TEST(every_signature_is_seen_where_it_counts)
{
	static const struct { unsigned in; const char *file; } files[] = {
		{ IN_TEST, "go-test.json" }, { IN_TEST, "runner.log" }, { IN_SERVER, "hs-x-1.stderr.log" },
		{ IN_CLIENT, "ts-x-1.stderr.log" }, { IN_OTHER, "postgres-1.stderr.log" },
		{ IN_INSPECT, "hs-x-1.inspect.json" }, { IN_EVENTS, "events.json" },
	};
	char line[300];

	put("summary.json", "{}");
	for (const struct signature *s = signatures; s->needles != NULL; s++)
		for (const char *needle = s->needles; *needle != '\0';) {
			needle = needle_line(needle, line);
			for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
				char *path = file_join(dir, files[i].file);

				put(files[i].file, line);
				triage();
				/* An upper row's needle may be in it as well. */
				ck_assert_msg((t.cause == CAUSE_INFRASTRUCTURE) ==
				    (s->failure != NULL && (s->in & files[i].in) != 0) ||
				    (t.failure != NULL && s->failure != NULL), "%s in %s", line,
				    files[i].file);
				triage_free(&t);
				unlink(path);
				free(path);
			}
		}
}
END_TEST

START_TEST(the_wrapped_error_decides)
{
	static const struct { const char *signature, *line; } rows[] = {
		{ "rate-limit", "failed to resolve source metadata for docker.io/library/golang:1: "
		    "unexpected status from "
		    "HEAD request to https://registry-1.docker.io/v2/library/golang/manifests/1: 429 Too "
		    "Many Requests" },
		{ "image", "failed to resolve reference \\\"docker.io/library/postgres:99\\\": "
		    "docker.io/library/postgres:99: not found" },
		{ "image-denied", "failed to resolve reference \\\"x/y:1\\\": failed to authorize: "
		    "unexpected status from "
		    "GET request to https://x/token?scope=y: 401 Unauthorized" },
		{ "registry", "failed to resolve reference \\\"x/y:1\\\": failed to do request: Head "
		    "\\\"https://x/v2/y/manifests/1\\\": dial tcp: lookup x: no such host" },
		{ "registry", "Get \\\"https://registry-1.docker.io/v2/\\\": net/http: TLS handshake "
		    "timeout" },
		{ "cgroup", "OCI runtime create failed: runc create failed: unable to start container "
		    "process: "
		    "unable to apply cgroup configuration: unable to start unit" },
		{ "runtime", "OCI runtime create failed: runc create failed: something new" },
		{ "port", "driver failed programming external connectivity on endpoint x: Bind for "
		    "0.0.0.0:80 failed: "
		    "port is already allocated" },
		{ "firewall", "failed to set up container networking: driver failed programming external "
		    "connectivity: "
		    "(iptables failed: iptables --wait: iptables: No chain/target/match by that name." },
		{ "route", "failed to set up container networking: cannot program address 172.18.0.5/16 in "
		    "sandbox "
		    "interface because it conflicts with existing route" },
		{ "keyring", "unable to join session keyring: unable to create session key: disk quota "
		    "exceeded" },
		{ "inotify", "inotify_add_watch /x: no space left on device" },
		{ "address-pool", "all predefined address pools have been fully subnetted" },
		{ "engine-api", "write unix @-\\u003e/run/docker.sock: write: broken pipe" },
		{ "clock", "Get \\\"https://registry-1.docker.io/v2/\\\": tls: failed to verify certificate: "
		    "x509: certificate has expired or is not yet valid: current time" },
		{ "registry", "Head \\\"https://registry-1.docker.io/v2/library/x/manifests/1\\\": received "
		    "unexpected HTTP status: 503 Service Unavailable" },
		{ "engine", "Post \\\"http://unix.sock/containers/create?name=hs-1\\\": EOF" },
		{ "cgroup", "OCI runtime create failed: process_linux.go:508: setting cgroup config for "
		    "procHooks process caused: failed to write" },
		{ "rate-limit", "failed to fetch anonymous token: unexpected status from GET request to "
		    "https://auth.docker.io/token?x: 429 Too Many Requests" },
		{ "image-denied", "failed to fetch anonymous token: unexpected status from GET request to "
		    "https://ghcr.io/token?x: 403 Forbidden" },
		{ "registry", "failed to fetch oauth token: Post \\\"https://auth.docker.io/token\\\": "
		    "dial tcp: lookup auth.docker.io: no such host" },
		{ "packages", "fatal: unable to access 'https://github.com/tailscale/tailscale.git/': "
		    "Could not resolve host: github.com" },
		{ "modules", "go: x@v1: unexpected EOF reading https://proxy.golang.org/x/@v/v1.zip" },
		{ "firewall", "Error: netavark: iptables: No such file or directory (os error 2)" },
		{ "address-pool", "No available IPv6 addresses on this network's address pools: hs-x" },
		/* The same words about the code under test. */
		{ NULL, "fatal: unable to access 'https://github.com/tailscale/tailscale.git/': The "
		    "requested URL returned error: 404" },
		{ NULL, "ts-1: curl: (6) Could not resolve host: webservice-1.headscale.net" },
		{ NULL, "Get \\\"https://hs-x/key\\\": stream error: stream ID 3; INTERNAL_ERROR; "
		    "received from peer" },
		{ NULL, "closing transport due to: connection error, received prior goaway: code: NO_ERROR" },
		{ NULL, "tailscale ssh: access denied: denied by policy" },
		{ NULL, "route conflicts with existing route 10.0.0.0/24 of node ts-1" },
		{ NULL, "policy: ports are not available for tag:x" },
		{ NULL, "GET /api/v2/tailnet: 503 Service Unavailable" },
		{ NULL, "x509: certificate has expired or is not yet valid: current time" },
		{ NULL, "OCI runtime create failed: runc create failed: exec: \\\"x\\\": executable file not "
		    "found in $PATH" },
		{ NULL, "running tailscale: signal: killed" },
		{ NULL, "http status 429 Too Many Requests" },
		{ NULL, "rpc error: code = Unavailable desc = transport is closing" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *text = xasprintf(OUT("TestA", "    hsic.go:300: could not start: %s") END("TestA",
		    "fail"), rows[i].line);

		put("go-test.json", text);
		triage();
		expect(rows[i].signature, "go-test.json:1");
		triage_free(&t);
		free(text);
	}
}
END_TEST

START_TEST(a_killed_test_process)
{
	put("go-test.json", OUT("TestA", "=== RUN   TestA") OUT("TestA", "signal: killed"));
	triage();
	expect("oom", "go-test.json:2");
	triage_free(&t);
	put("go-test.json", OUT("TestA", "    x_test.go:1: tailscale ping: signal: killed") END("TestA",
	    "fail"));
	triage();
	expect(NULL, NULL);
}
END_TEST

START_TEST(an_assertion_quotes_others)
{
	static const char *const blocks[] = {
		OUT("TestA", "        \\tError:      \\t\\\"pull access denied for x\\\" does not contain "
		    "\\\"y\\\""),
		OUT("TestA", "        \\tError:      \\tNot equal: ")
		    OUT("TestA", "        \\t            \\tactual  : \\\"x\\\\npull access denied for "
		    "x\\\""),
		OUT("TestA", "    x_test.go:7: got \\\"pull access denied\\\", want \\\"nothing\\\""),
	};

	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		char *text = xasprintf("%s%s", blocks[i], END("TestA", "fail"));

		put("go-test.json", text);
		triage();
		expect(NULL, NULL);
		triage_free(&t);
		free(text);
	}
	put("go-test.json", OUT("TestA", "        \\tError:      \\tReceived unexpected error:")
	    OUT("TestA", "        \\t            \\tpull access denied for x") END("TestA", "fail"));
	triage();
	expect("image", "go-test.json:2");
}
END_TEST

START_TEST(a_server_speaks_of_its_own_disk)
{
	static const char level[] = "2026-04-09T10:00:00Z ";

	put("go-test.json", OUT("TestA", "boom") END("TestA", "fail"));
	for (int i = 0; i < 3; i++) {
		char *log = xasprintf("%s%s\n", level, i == 0 ?
		    "INF node hostname=\"no space left on device\"" :
		    i == 1 ? "ERR update failed error=\"client says: no space left on device\"" :
		    "ERR update failed error=\"write /var/lib/x: no space left on device\"");

		put("hs-x.stderr.log", log);
		triage();
		expect(i < 2 ? NULL : "no-space", "hs-x.stderr.log:1");
		triage_free(&t);
		free(log);
	}
}
END_TEST

START_TEST(what_cannot_be_read_is_named)
{
	static const char binary[] = "2026\0\1\2\3no space left on device\n";
	char *sub = file_join(dir, "hs-d.stderr.log"), *fifo = file_join(dir, "ts-f.stderr.log");

	put("go-test.json", OUT("TestA", "boom") END("TestA", "fail"));
	put("hs-empty.stderr.log", "");
	put("hs-cut.stderr.log", "2026-04-09T10:00:00Z INF u");
	put_bytes("ts-binary.stderr.log", binary, sizeof(binary) - 1);
	put("ts-a_status.json", "{\"BackendState\":");
	ck_assert_int_eq(mkdir(sub, 0700), 0);
	ck_assert_int_eq(mkfifo(fifo, 0600), 0);
	triage();
	expect_unread("hs-empty.stderr.log", "empty");
	expect_unread("hs-cut.stderr.log", "cut off");
	expect_unread("ts-binary.stderr.log", "binary");
	expect_unread("ts-a_status.json", "JSON");
	expect_unread("hs-d.stderr.log", "directory");
	expect_unread("ts-f.stderr.log", "regular file");
	ck_assert_uint_eq(t.n, 0);
	free(sub);
	free(fifo);
}
END_TEST

START_TEST(a_stream_that_was_cut_off)
{
	put("go-test.json", OUT("TestA", "boom") "{\"Action\":\"fa");
	triage();
	expect_unread("go-test.json", "cut off");
	triage_free(&t);
	put("go-test.json", "");
	triage();
	expect_unread("go-test.json", "empty");
}
END_TEST

START_TEST(a_stream_without_an_event)
{
	put("go-test.json", "");
	put("runner.log", "go: errors parsing ../go.mod:\n");
	put("summary.json", "{\"verdict\":\"failed\"}");
	triage();
	expect(NULL, NULL);
	triage_free(&t);
	put("summary.json", "{\"verdict\":\"interrupted\"}");
	triage();
	expect_unread("go-test.json", "empty");
	triage_free(&t);
	put("summary.json", "{\"verdict\":\"failed\"}");
	put("runner.log", "");
	triage();
	expect_unread("go-test.json", "empty");
	triage_free(&t);
	put("go-test.json", "go: download go1.26.1: toolchain not available\n");
	triage();
	expect(NULL, NULL);
	triage_free(&t);
	put("go-test.json", "{{{{{{\n{\"a\":1}\n");
	triage();
	expect_unread("go-test.json", "no event");
}
END_TEST

START_TEST(what_hi_could_not_save)
{
	put("go-test.json", OUT("TestA", "boom") END("TestA", "fail"));
	put("summary.json", "{\"verdict\":\"failed\",\"missing\":[\"logs of hs-x could not be collected: "
	    "removed meanwhile\",5,\"2 items could not be collected: no space left on device: /x\"]}");
	triage();
	expect("no-space", "summary.json");
	ck_assert_str_eq(t.evidence, "2 items could not be collected: no space left on device: /x");
}
END_TEST

/* What is seen in the rest counts all the same. */
START_TEST(one_of_many_cannot_be_read)
{
	put("hs-a.stderr.log", "");
	put("hs-b.stderr.log", "2026-04-09T10:00:00Z FTL cannot write error=\"write /x: no space left on "
	    "device\"\n");
	triage();
	expect("no-space", "hs-b.stderr.log:1");
	ck_assert_uint_eq(t.n_unread, 1);
}
END_TEST

START_TEST(a_run_that_could_not_be_carried_out)
{
	put("go-test.json", "");
	put("summary.json", "{\"verdict\":\"infrastructure\",\"sentence\":\"the run could not be carried "
	    "out: why\"}");
	triage();
	expect("run-failed", "summary.json");
	ck_assert_uint_eq(t.n_unread, 0);
	triage_free(&t);
	put("runner.log", "hi: docker create: image with reference x does not match the specified "
	    "platform\n");
	triage();
	expect("platform", "runner.log:1");
}
END_TEST

START_TEST(nothing_failed)
{
	put("go-test.json", OUT("TestA", "pull access denied") END("TestA", "pass")
	    "{\"Action\":\"pass\",\"Package\":\"p\"}\n");
	triage();
	ck_assert(t.cause == CAUSE_UNKNOWN && t.passed);
}
END_TEST

START_TEST(interrupted_before_a_test_failed)
{
	put("summary.json", "{\"verdict\":\"interrupted\",\"sentence\":\"interrupted by SIGINT\"}");
	put("go-test.json", OUT("TestA", "on its way"));
	triage();
	ck_assert(t.cause == CAUSE_UNKNOWN && t.interrupted);
	triage_free(&t);
	put("go-test.json", OUT("TestA", "boom") END("TestA", "fail") OUT("TestB", "on its way"));
	triage();
	expect(NULL, NULL);
}
END_TEST

START_TEST(a_name_that_did_not_resolve_while_its_server_lived)
{
	put("hs-x-1.stderr.log", "2026-04-09T10:00:00Z INF up\n2026-04-09T10:05:00Z INF last words\n");
	put("ts-a.stderr.log", "2026/04/09 10:04:59 control: " NO_NAME "\n");
	triage();
	expect("docker-dns", "ts-a.stderr.log:1");
}
END_TEST

START_TEST(a_name_that_did_not_resolve_after_its_server_was_removed)
{
	put("hs-x-1.stderr.log", "2026-04-09T10:00:00Z INF up\n2026-04-09T10:05:00Z INF last words\n");
	put("ts-a.stderr.log", "2026/04/09 10:05:02 control: " NO_NAME "\n"
	    "2026/04/09 10:05:03 no such host\n");
	triage();
	expect(NULL, NULL);
	ck_assert_ptr_nonnull(nth("clients", 1));
}
END_TEST

START_TEST(servers_panics_come_first)
{
	struct buf text = {0};

	put("hs-x-1.stderr.log",
	    "2026-04-09T10:00:00Z \033[31mERR\033[0m could not evaluate the policy of a node id=17\n"
	    "2026-04-09T10:00:01Z \033[31mERR\033[0m could not evaluate the policy of a node id=4711\n"
	    "2026-04-09T10:00:01Z INF ERRATIC, OVERRIDE, no error\n"
	    "2026-04-09T10:00:01Z \033[90mTRC\033[0m node says ERR, panic: not ours\n"
	    "2026-04-09T10:00:02Z \033[1m\033[31mFTL\033[0m\033[0m cannot listen\n"
	    "panic: runtime error\n"
	    "goroutine 1 [running]:\n"
	    "panic({0x1, 0x2})\n"
	    "\t/usr/local/go/src/runtime/panic.go:262 +0x1\n"
	    "{\"level\":\"error\",\"message\":\"other\"}\n");
	triage();
	expect(NULL, NULL);
	expect_finding("server", 0, "hs-x-1.stderr.log", 5, 1, "2026-04-09T10:00:02Z FTL cannot listen");
	expect_finding("server", 1, "hs-x-1.stderr.log", 6, 1, "panic: runtime error");
	expect_finding("server", 2, "hs-x-1.stderr.log", 1, 2,
	    "2026-04-09T10:00:00Z ERR could not evaluate the policy of a node id=17");
	expect_finding("server", 3, "hs-x-1.stderr.log", 10, 1,
	    "{\"level\":\"error\",\"message\":\"other\"}");
	ck_assert_ptr_null(nth("server", 4));
	triage_text(&t, &text);
	ck_assert_ptr_nonnull(strstr(text.s, "panic: "));
	ck_assert(strstr(text.s, "panic: ") < strstr(text.s, "could not evaluate"));
	buf_free(&text);
}
END_TEST

START_TEST(the_first_lines_of_a_few_kinds)
{
	put("ts-a-1.stderr.log",
	    "2026/04/09 10:00:00 Received error: register request: http 401: invalid key\n"
	    "2026/04/09 10:00:01 Received error: register request: http 401: invalid key\n"
	    "2026/04/09 10:00:02 x509: one\n2026/04/09 10:00:02 no such host\n2026/04/09 10:00:02 i/o "
	    "timeout\n");
	triage();
	expect_finding("clients", 0, "ts-a-1.stderr.log", 1, 2,
	    "2026/04/09 10:00:00 Received error: register request: http 401: invalid key");
	ck_assert_ptr_nonnull(nth("clients", 2));
	ck_assert_ptr_null(nth("clients", 3));
}
END_TEST

START_TEST(clients_noise_is_left_out_and_the_end_comes_last)
{
	put("hs-x.stderr.log", "2026-04-09T10:00:00Z INF up\n2026-04-09T10:05:00Z INF last\n");
	put("ts-a.stderr.log",
	    "2026/04/09 10:04:00 logtail: dial \"log.tailscale.com:443\" failed: no such host\n"
	    "2026/04/09 10:04:00 control: bootstrapDNS(\"derp1\") for \"hs-x\" error: x509: unknown\n"
	    "2026/04/09 10:05:01 PollNetMap: connection refused\n"
	    "2026/04/09 10:05:02 PollNetMap: connection refused\n"
	    "2026/04/09 10:03:00 control: i/o timeout\n");
	triage();
	expect_finding("clients", 0, "ts-a.stderr.log", 5, 1, "2026/04/09 10:03:00 control: i/o timeout");
	ck_assert(!nth("clients", 0)->later);
	expect_finding("clients", 1, "ts-a.stderr.log", 3, 2,
	    "2026/04/09 10:05:01 PollNetMap: connection refused");
	ck_assert(nth("clients", 1)->later);
	ck_assert_ptr_null(nth("clients", 2));
}
END_TEST

START_TEST(peers_that_were_offline)
{
	put("ts-a_status.json", "{\"BackendState\":\"Running\",\"Peer\":{"
	    "\"k1\":{\"HostName\":\"ts-b\",\"Online\":false},"
	    "\"k2\":{\"HostName\":\"ts-c\",\"Online\":true},"
	    "\"k3\":{\"HostName\":\"ts-d\",\"Online\":false}}}");
	put("ts-b_status.json", "{\"BackendState\":\"NeedsLogin\",\"Peer\":null}");
	put("ts-c_status.json",
	    "{\"BackendState\":\"Running\",\"Peer\":{\"k\":{\"Online\":\"what\"},\"l\":[]}}");
	put("ts-d_status.json", "{\"BackendState\":");
	triage();
	expect_finding("peers", 0, "ts-a_status.json", 0, 1, "2 of 3 peers offline: ts-b, ts-d");
	expect_finding("peers", 1, "ts-b_status.json", 0, 1, "is in state NeedsLogin");
	ck_assert_ptr_null(nth("peers", 2));
	expect_unread("ts-d_status.json", "JSON");
}
END_TEST

START_TEST(map_responses_of_both_layouts)
{
	put("hs-x-mapresponses/1/2026-a.json", "{\"Peers\":[{\"ID\":2},{\"ID\":3}]}");
	put("hs-x-mapresponses/2/2026-b.json", "{\"Peers\":[{\"ID\":1}]}");
	put("hs-x-mapresponses/1/2026-aa.json", "{\"PeersChanged\":[{\"ID\":4}]}");
	put("mapresponses/1/001.json", "{\"PeersChanged\":[]}");
	triage();
	expect_finding("mapresponses", 0, "hs-x-mapresponses", 0, 1,
	    "3 map responses to 2 nodes; the last one names 1 peer");
	expect_finding("mapresponses", 1, "mapresponses", 0, 1, "1 map response to 1 node");
	ck_assert_ptr_null(nth("mapresponses", 2));
}
END_TEST

/* Read, in either journal mode, and nothing left beside them. */
START_TEST(databases_are_counted)
{
	static const char fill[] = "CREATE TABLE users (id); CREATE TABLE nodes (id); CREATE TABLE x (id);"
	    "INSERT INTO users VALUES (1), (2); INSERT INTO nodes VALUES (1)";
	char *wal = file_join(dir, "hs-a.db"), *plain = file_join(dir, "hs b%.db"), *sql;
	char *make[] = { "sqlite3", "-version", NULL, NULL };
	struct proc_run run = { .argv = make };
	struct proc_result res = {0};
	struct strs names = {0};
	struct loop *l = loop_new();

	if (proc_run(l, &run, &res, &e) == -1) {
		loop_free(l);
		free(wal);
		free(plain);
		return;
	}
	proc_result_free(&res);
	sql = xasprintf("PRAGMA journal_mode=WAL; %s; VACUUM INTO '%s'", fill, plain);
	make[1] = wal;
	make[2] = sql;
	ck_assert_int_eq(proc_run(l, &run, &res, &e), 0);
	ck_assert_msg(proc_ok(res.status), "%s", buf_str(&res.err));
	proc_result_free(&res);
	put("hs-c.db", "no database at all");
	put("summary.json", "{}");
	ck_assert_int_eq(triage_run(&(struct triage_options){ .dir = dir, .loop = l }, &t, &e), 0);
	expect_finding("database", 0, "hs b%.db", 0, 1, "2 users, 1 nodes");
	expect_finding("database", 1, "hs-a.db", 0, 1, "2 users, 1 nodes");
	expect_finding("database", 2, "hs-c.db", 0, 1,
	    "sqlite3 can't read it, or it has none of headscale's tables");
	ck_assert_int_eq(dir_names(dir, &names, &e), 0);
	ck_assert_uint_eq(names.n, 4);
	strs_free(&names);
	loop_free(l);
	free(sql);
	free(wal);
	free(plain);
}
END_TEST

START_TEST(monstrous_lines)
{
	enum { BIG = 3 * 1024 * 1024 };
	char *big = xcalloc(1, BIG);

	/* Over the edge of a piece; in no line's beginning. */
	memset(big, 'x', BIG);
	memcpy(big + 64 * 1024 - 10, "no space left on device", 23);
	big[BIG - 1] = '\n';
	put_bytes("hs-x.stderr.log", big, BIG);
	triage();
	expect("no-space", "hs-x.stderr.log:1");
	ck_assert_uint_le(strlen(t.evidence), 300);
	ck_assert_ptr_nonnull(strstr(t.evidence, "no space left on device"));
	triage_free(&t);
	for (size_t i = 0; i < BIG; i++)
		big[i] = (char)(i * 2654435761u >> 13);
	put_bytes("hs-x.stderr.log", big, BIG);
	put_bytes("go-test.json", big, BIG);
	triage();
	expect_unread("go-test.json", "binary");
	free(big);
}
END_TEST

START_TEST(what_is_shown_is_harmless)
{
	struct buf out = {0};
	struct json j = {0};

	put("hs-x.stderr.log", "ERR \033]0;title\a\033[2J\xff\xfe end\n");
	triage();
	triage_text(&t, &out);
	ck_assert_ptr_null(strchr(out.s, '\033'));
	ck_assert_ptr_nonnull(strstr(out.s, "cause: code\n"));
	buf_reset(&out);
	triage_json(&t, &out);
	ck_assert_int_eq(json_parse(&j, out.s, out.len), 0);
	ck_assert(json_eq(&j, json_path(&j, 0, "cause"), "code"));
	ck_assert_int_eq(json_count(&j, json_path(&j, 0, "findings")), 1);
	json_free(&j);
	buf_free(&out);
}
END_TEST

START_TEST(links_are_not_followed)
{
	char *outside = xasprintf("%s-outside", dir), *link = file_join(dir, "hs-x.stderr.log");
	char *sub = file_join(dir, "hs-x-mapresponses"), *fifo = file_join(dir, "ts-x.stderr.log");
	FILE *f = fopen(outside, "w");

	fputs("no space left on device\n", f);
	fclose(f);
	ck_assert_int_eq(symlink(outside, link), 0);
	ck_assert_int_eq(symlink("/", sub), 0);
	ck_assert_int_eq(mkfifo(fifo, 0600), 0);
	triage();
	expect_unread("hs-x.stderr.log", "symbolic link");
	expect_unread("ts-x.stderr.log", "regular file");
	ck_assert_uint_eq(t.n, 0);
	unlink(outside);
	free(outside);
	free(link);
	free(sub);
	free(fifo);
}
END_TEST

START_TEST(what_is_no_run)
{
	struct triage_options o = { .dir = dir };
	char *file = file_join(dir, "notes.txt");

	ck_assert_int_eq(triage_run(&o, &t, &e), -1);
	ck_assert_int_eq(e.kind, ERR_NOT_FOUND);
	put("notes.txt", "no space left on device");
	ck_assert_int_eq(triage_run(&o, &t, &e), -1);
	o.dir = file;
	ck_assert_int_eq(triage_run(&o, &t, &e), -1);
	free(file);
}
END_TEST

START_TEST(it_can_be_interrupted)
{
	const volatile bool cancel = true;
	struct triage_options o = { .dir = dir, .cancel = &cancel };

	put("hs-x.stderr.log", "2026-04-09T10:00:00Z INF up\n");
	ck_assert_int_eq(triage_run(&o, &t, &e), -1);
	ck_assert_int_eq(e.kind, ERR_INTERRUPTED);
}
END_TEST

Suite *
suite_triage(void)
{
	Suite *s = suite_create("triage");
	TCase *c = tcase_create("triage");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_set_timeout(c, 60);
	tcase_add_test(c, a_failing_tests_output_decides);
	tcase_add_test(c, a_passed_tests_output_does_not);
	tcase_add_test(c, one_test_is_not_ended_by_its_neighbour);
	tcase_add_test(c, plain_text_and_the_runners_words);
	tcase_add_test(c, quotes_that_json_escapes);
	tcase_add_test(c, every_signature_is_seen_where_it_counts);
	tcase_add_test(c, the_wrapped_error_decides);
	tcase_add_test(c, a_killed_test_process);
	tcase_add_test(c, an_assertion_quotes_others);
	tcase_add_test(c, a_server_speaks_of_its_own_disk);
	tcase_add_test(c, what_cannot_be_read_is_named);
	tcase_add_test(c, a_stream_that_was_cut_off);
	tcase_add_test(c, a_stream_without_an_event);
	tcase_add_test(c, what_hi_could_not_save);
	tcase_add_test(c, one_of_many_cannot_be_read);
	tcase_add_test(c, a_run_that_could_not_be_carried_out);
	tcase_add_test(c, nothing_failed);
	tcase_add_test(c, interrupted_before_a_test_failed);
	tcase_add_test(c, it_can_be_interrupted);
	tcase_add_test(c, a_name_that_did_not_resolve_while_its_server_lived);
	tcase_add_test(c, a_name_that_did_not_resolve_after_its_server_was_removed);
	tcase_add_test(c, servers_panics_come_first);
	tcase_add_test(c, the_first_lines_of_a_few_kinds);
	tcase_add_test(c, clients_noise_is_left_out_and_the_end_comes_last);
	tcase_add_test(c, peers_that_were_offline);
	tcase_add_test(c, map_responses_of_both_layouts);
	tcase_add_test(c, databases_are_counted);
	tcase_add_test(c, monstrous_lines);
	tcase_add_test(c, what_is_shown_is_harmless);
	tcase_add_test(c, links_are_not_followed);
	tcase_add_test(c, what_is_no_run);
	suite_add_tcase(s, c);
	return s;
}
