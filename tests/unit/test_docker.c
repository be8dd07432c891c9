/* What of the docker room needs no engine. */
#include <sys/stat.h>

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "docker/call.h"
#include "docker/container.h"
#include "docker/image.h"
#include "docker/network.h"

static void
words_are(const char *said, const char *expected)
{
	char *words = words_reason(said);

	ck_assert_str_eq(words, expected);
	free(words);
}

START_TEST(words)
{
	words_are("Error response from daemon: No such container: x\n", "No such container: x");
	words_are("docker: Error response from daemon: pull access denied for x.\nSee 'docker run --help'.\n",
	    "pull access denied for x.");
	words_are("Error response from daemon: No such container: x\nError: failed to start containers: x\n",
	    "No such container: x");
	words_are("Error: No such object: x\n", "No such object: x");
	words_are("unknown flag: --bad\n\nUsage:  docker run [OPTIONS]\n\n"
	    "Run 'docker run --help' for more information\n", "unknown flag: --bad");
	words_are("a warning\nthe reason\n\n", "the reason");
	words_are("no newline", "no newline");
	words_are("", "");
	words_are("\n \n", "");
}
END_TEST

START_TEST(gone)
{
	ck_assert(words_mean("Error response from daemon: No such container: x", MEANS_NOT_FOUND));
	ck_assert(words_mean("removal of container 7f is already in progress", MEANS_NOT_FOUND));
	ck_assert(words_mean("network x not found", MEANS_NOT_FOUND));
	ck_assert(words_mean("endpoint x not found", MEANS_NOT_FOUND));
	ck_assert(words_mean("get x: no such volume", MEANS_NOT_FOUND));
	ck_assert(words_mean("container 7f is not connected to the network x", MEANS_NOT_FOUND));
	ck_assert(!words_mean("manifest for x not found", MEANS_NOT_FOUND));
	ck_assert(!words_mean("network x id 7f has active endpoints", MEANS_NOT_FOUND));
	ck_assert(!words_mean("", MEANS_NOT_FOUND));
}
END_TEST

START_TEST(trouble_among_the_gone)
{
	char *s = words_other_trouble("Error response from daemon: No such container: a\n"
	    "Error response from daemon: removal of container b is already in progress\nexit status 1\n",
	    MEANS_NOT_FOUND);

	ck_assert_ptr_null(s);
	s = words_other_trouble("Error: No such container: a\nError response from daemon: driver failed\n",
	    MEANS_NOT_FOUND);
	ck_assert_str_eq(s, "driver failed");
	free(s);
	ck_assert_ptr_null(words_other_trouble("", MEANS_NOT_FOUND));
}
END_TEST

static struct docker_info
info_of(const char *text)
{
	struct buf b = { 0 };
	struct docker_info i = { 0 };
	struct docker d = { .endpoint = (char *)"unix:///x.sock" };
	struct err e;

	buf_puts(&b, text);
	ck_assert_int_eq(docker_info_read(&d, 0, &b, "", &i, &e), 0);
	buf_free(&b);
	return i;
}

START_TEST(what_an_engine_can)
{
	struct docker_info i = info_of("{\"ID\":\"x\",\"ServerVersion\":\"28.0.0\","
	    "\"CgroupDriver\":\"systemd\",\"CgroupVersion\":\"2\",\"MemoryLimit\":true,"
	    "\"SecurityOptions\":[\"name=seccomp,profile=builtin\"]}");

	ck_assert(i.memory_accounting && i.can_pause && !i.userns && !i.rootless);
	docker_info_free(&i);
	/* Rootless without delegated cgroups. */
	i = info_of("{\"ID\":\"x\",\"ServerVersion\":\"28.0.0\",\"CgroupDriver\":\"none\","
	    "\"CgroupVersion\":\"2\","
	    "\"MemoryLimit\":false,\"SecurityOptions\":[\"name=rootless\",\"name=userns\"]}");
	ck_assert(!i.memory_accounting && !i.can_pause && i.userns && i.rootless);
	docker_info_free(&i);
	/* A kernel that was started without the memory cgroup. */
	i = info_of("{\"ID\":\"x\",\"ServerVersion\":\"28.0.0\",\"CgroupDriver\":\"cgroupfs\","
	    "\"MemoryLimit\":false}");
	ck_assert(!i.memory_accounting && i.can_pause);
	docker_info_free(&i);
	/* One that says nothing of it has it. */
	i = info_of("{\"ID\":\"x\",\"ServerVersion\":\"28.0.0\"}");
	ck_assert(i.memory_accounting && i.can_pause && !i.userns);
	docker_info_free(&i);
}
END_TEST

static const char *
failure(const char *said, struct err *e)
{
	struct docker d = { .endpoint = (char *)"unix:///x.sock" };

	ck_assert_int_eq(words_fail(&d, WORDS("network", "rm", "x"), 7, said, e), -1);
	return e->text;
}

START_TEST(failures)
{
	struct err e;

	ck_assert_str_eq(failure("Error response from daemon: it is in use\n", &e),
	    "docker network rm: it is in use");
	ck_assert_str_eq(failure("", &e), "docker network rm: exit 7");
	ck_assert_ptr_nonnull(strstr(failure("permission denied while trying to connect to the Docker daemon "
	    "socket at unix:///x.sock: dial unix: connect: permission denied\n", &e), "group docker"));
	ck_assert_ptr_nonnull(strstr(e.text, "unix:///x.sock"));
	ck_assert_ptr_nonnull(strstr(failure("Cannot connect to the Docker daemon at unix:///x.sock. "
	    "Is the docker daemon running?\n", &e), "no engine answers at unix:///x.sock"));
	ck_assert_ptr_nonnull(strstr(failure("failed to connect to the docker API at unix:///x.sock; check "
	    "if the path is correct\n", &e), "no engine answers"));
	/* Of several things one that is missing is not what went wrong. */
	ck_assert_str_eq(failure("Error response from daemon: No such container: a\n"
	    "Error response from daemon: driver failed\n", &e), "docker network rm: driver failed");
	ck_assert_int_eq(e.kind, ERR_OTHER);
	failure("Error response from daemon: No such container: a\nError: No such container: b\n", &e);
	ck_assert_int_eq(e.kind, ERR_NOT_FOUND);
}
END_TEST

/* What `docker info` says where no engine does what is asked: on stderr, or (clients before 24) in
 * ServerErrors alone. */
static const struct {
	const char *said;
	enum err_kind kind;
	const char *quotes, *advises, *never;
} refusals[] = {
	{ "Error response from daemon: client version 1.41 is too old. Minimum supported API version is "
	  "1.44, please upgrade "
	  "your client to a newer version", ERR_UNSUPPORTED, "1.41 is too old", "update the docker command",
	  "start it" },
	{ "Error response from daemon: client version 1.52 is too new. Maximum supported API version is 1.41",
	  ERR_UNSUPPORTED, "1.52 is too new", "update the engine", "start it" },
	{ "API version 1.41 is not supported by this client: the minimum supported API version is 1.44",
	  ERR_UNSUPPORTED,
	  "1.44", "update the engine", "start it" },
	{ "Got permission denied while trying to connect to the Docker daemon socket at unix:///x.sock: Get "
	  "\"http://%2Fx.sock/v1.24/info\": dial unix /x.sock: connect: permission denied", ERR_DENIED,
	  "/v1.24/info",
	  "group docker", "start it" },
	{ "permission denied while trying to connect to the docker API at unix:///x.sock", ERR_DENIED,
	  "docker API",
	  "group docker", "start it" },
	{ "Cannot connect to the Docker daemon at unix:///x.sock. Is the docker daemon running?",
	  ERR_UNREACHABLE,
	  "Is the docker daemon", "start it", "group docker" },
	{ "failed to connect to the docker API at unix:///x.sock; check if the path is correct and if the "
	  "daemon is running: "
	  "dial unix /x.sock: connect: no such file or directory", ERR_UNREACHABLE, "no such file",
	  "start it", "group" },
	{ "Get \"http://%2Fx.sock/v1.41/info\": context deadline exceeded", ERR_UNREACHABLE,
	  "deadline exceeded", "start it", "group" },
	{ "error during connect: Get \"http://h:2375/v1.24/info\": dial tcp: lookup h: no such host",
	  ERR_UNREACHABLE,
	  "no such host", "DOCKER_HOST", "TLS" },
	{ "Error response from daemon: <html><body><h1>403 Forbidden</h1>\n"
	  "Request forbidden by administrative rules.\n"
	  "</body></html>", ERR_OTHER, "403 Forbidden Request forbidden", "own socket", "start it" },
	{ "request returned 500 Internal Server Error for API route and version http://x/v1.51/info, check "
	  "if the server "
	  "supports the requested API version", ERR_OTHER, "500 Internal", "own socket", "start it" },
	{ "Error response from daemon: authorization denied by plugin opa: no", ERR_OTHER, "plugin opa",
	  "administers",
	  "start it" },
	{ "Error response from daemon: Client sent an HTTP request to an HTTPS server.", ERR_OTHER,
	  "HTTPS server",
	  "DOCKER_TLS_VERIFY", "start it" },
	{ "error during connect: Get \"https://h:2376/v1.24/info\": x509: certificate signed by unknown "
	  "authority",
	  ERR_OTHER, "unknown authority", "DOCKER_CERT_PATH", "start it" },
	{ "unable to resolve docker endpoint: open /home/me/.docker/ca.pem: no such file or directory",
	  ERR_OTHER, "ca.pem",
	  "DOCKER_CERT_PATH", "start it" },
	{ "open /home/me/.docker/ca.pem: no such file or directory", ERR_OTHER, "ca.pem",
	  "DOCKER_CERT_PATH", "start it" },
	{ "error during connect: Get \"http://docker.example.com/v1.24/info\": command [ssh -l me -- h "
	  "docker system "
	  "dial-stdio] has exited with exit status 255, make sure the URL is valid, and Docker 18.09 or "
	  "later is installed "
	  "on the remote host: stderr=me@h: Permission denied (publickey).", ERR_DENIED, "publickey", "ssh",
	  "usermod" },
	{ "unable to resolve docker endpoint: context \"nowhere\": context not found", ERR_CONFIG, "nowhere",
	  "docker context ls", "start it" },
	{ "Current context \"nowhere\" is not found on the file system, please check your config file at "
	  "/x", ERR_CONFIG,
	  "nowhere", "docker context ls", "start it" },
	{ "unable to parse docker host `foo`", ERR_OTHER, "foo", "unix:///", "start it" },
	{ "Cannot connect to Podman. Please verify your connection to the Linux system", ERR_UNSUPPORTED,
	  "Podman",
	  "podman.sock", "group docker" },
};

START_TEST(an_engine_that_refuses)
{
	struct docker d = { .endpoint = (char *)"unix:///x.sock" };
	struct docker_info i;
	struct buf out = { 0 };
	struct err e;

	if (_i % 2 == 0) {
		buf_puts(&out, "{\"ServerErrors\":[");
		json_put(&out, refusals[_i / 2].said);
		buf_puts(&out, "],\"ClientInfo\":{}}\n");
	} else {
		buf_puts(&out, "{\"ID\":\"\",\"ServerVersion\":\"\",\"ClientInfo\":{}}\n");
	}
	ck_assert_int_eq(docker_info_read(&d, _i % 2, &out, _i % 2 == 0 ? "" : refusals[_i / 2].said, &i,
	    &e), -1);
	ck_assert_msg(e.kind == refusals[_i / 2].kind, "kind %d: %s", e.kind, e.text);
	ck_assert_msg(strstr(e.text, refusals[_i / 2].quotes) != NULL, "quotes not: %s", e.text);
	ck_assert_msg(strstr(e.text, refusals[_i / 2].advises) != NULL, "advises not: %s", e.text);
	ck_assert_msg(strstr(e.text, refusals[_i / 2].never) == NULL, "advises: %s", e.text);
	buf_free(&out);
}
END_TEST

/* Podman's engine behind Docker's command, and Podman's own command. */
START_TEST(podman)
{
	static const char info[] = "{\"ID\":\"%d\",\"Name\":\"n\",\"ServerVersion\":\"4.3.1\","
	    "\"DockerRootDir\":\"/r\","
	    "\"ProductLicense\":\"Apache-2.0\",\"CgroupDriver\":\"cgroupfs\",\"MemoryLimit\":true}";
	struct docker d = { .endpoint = (char *)"unix:///x.sock" };
	struct docker_info a = info_of(info), b;
	char *other = strdup(info);
	struct buf own = { 0 };
	struct err e;

	ck_assert(a.podman);
	*strstr(other, "%d") = '7';
	b = info_of(other);
	/* Each answer has another id, and it is one engine. */
	ck_assert_str_eq(a.id, b.id);
	docker_info_free(&a);
	docker_info_free(&b);
	free(other);
	buf_puts(&own, "{\"host\":{\"arch\":\"amd64\"},\"store\":{},\"version\":{\"Version\":\"4.3.1\"}}\n");
	ck_assert_int_eq(docker_info_read(&d, 0, &own, "", &a, &e), -1);
	ck_assert_int_eq(e.kind, ERR_UNSUPPORTED);
	ck_assert_ptr_nonnull(strstr(e.text, "DOCKER_HOST"));
	buf_free(&own);
}
END_TEST

START_TEST(mounts)
{
	struct buf b = { 0 };

	docker_mount_field(&b, "type", "bind");
	docker_mount_field(&b, "source", "/a b,c:\"d\"");
	docker_mount_field(&b, "destination", "/x=y");
	ck_assert_str_eq(b.s, "\"type=bind\",\"source=/a b,c:\"\"d\"\"\",\"destination=/x=y\"");
	buf_free(&b);
}
END_TEST

static const struct {
	const char *words;
	enum pull_fault fault;
} faults[] = {
	{ "Get \"https://registry-1.docker.io/v2/\": net/http: TLS handshake timeout", PULL_NETWORK },
	{ "Get \"https://registry-1.docker.io/v2/\": dial tcp: lookup registry-1.docker.io on 1.1.1.1:53: "
	  "no such host", PULL_NETWORK },
	{ "read tcp 10.0.0.1:1->1.1.1.1:443: read: connection reset by peer", PULL_NETWORK },
	{ "Get \"https://registry-1.docker.io/v2/\": remote error: tls: internal error", PULL_NETWORK },
	{ "error pulling image configuration: download failed after attempts=6: EOF", PULL_NETWORK },
	{ "received unexpected HTTP status: 503 Service Unavailable", PULL_NETWORK },
	{ "dial tcp 127.0.0.1:1: connect: connection refused", PULL_NETWORK },
	{ "toomanyrequests: You have reached your unauthenticated pull rate limit.", PULL_RATE_LIMIT },
	{ "unauthorized: incorrect username or password", PULL_DENIED },
	{ "pull access denied for x, repository does not exist or may require 'docker login': denied: "
	  "requested access to the resource is denied", PULL_DENIED },
	{ "Head \"https://x/v2/y/manifests/z\": no basic auth credentials", PULL_DENIED },
	{ "manifest for golang:9.99 not found: manifest unknown: manifest unknown", PULL_NOT_FOUND },
	{ "no matching manifest for linux/riscv64 in the manifest list entries", PULL_PLATFORM },
	{ "write /var/lib/docker/tmp/x: no space left on device", PULL_NO_SPACE },
	{ "x509: certificate signed by unknown authority", PULL_TRUST },
	{ "error getting credentials - err: exec: \"docker-credential-desktop\": executable file not found "
	  "in $PATH, out: ``", PULL_CREDENTIALS },
	{ "Error saving credentials: error storing credentials - err: exit status 1, out: `no D-Bus`",
	  PULL_CREDENTIALS },
	{ "unexpected status from HEAD request to https://r/v2/library/golang/manifests/1.26.1: 429 Too "
	  "Many Requests", PULL_RATE_LIMIT },
	{ "failed to resolve reference \"docker.io/library/golang:1.26.1\": "
	  "docker.io/library/golang:1.26.1: not found", PULL_NOT_FOUND },
	{ "reading manifest 1.26.1 in docker.io/library/golang: manifest unknown", PULL_NOT_FOUND },
	{ "image with reference golang:1.26.1 was found but does not match the specified platform: wanted "
	  "linux/arm64", PULL_PLATFORM },
	{ "Get \"https://r/v2/\": proxyconnect tcp: dial tcp 10.0.0.1:3128: connect: connection refused",
	  PULL_PROXY },
	{ "x509: certificate has expired or is not yet valid: current time 2019-01-01T00:00:00Z is before "
	  "2026-01-01T00:00:00Z", PULL_CLOCK },
	{ "Get \"https://r/v2/\": http: server gave HTTP response to HTTPS client", PULL_PLAIN },
	{ "failed to extract layer sha256:0: write /x: no space left on device: unknown", PULL_NO_SPACE },
	{ "failed to extract layer sha256:0: failed to get stream processor: no processor for media-type: "
	  "unknown", PULL_TOO_OLD },
	{ "unable to prepare extraction snapshot: target snapshot \"sha256:0\": already exists: content "
	  "digest sha256:1: not found", PULL_STORE },
	{ "failed to register layer: rename /var/lib/docker/image/overlay2/layerdb/tmp/x /y: file exists",
	  PULL_STORE },
	{ "open /var/lib/docker/tmp/GetImageBlob1: read-only file system", PULL_STORE },
	{ "copying system image: potentially insufficient UIDs or GIDs available in user namespace "
	  "(requested 0:42)", PULL_IDS },
	{ "short-name \"golang:1.26.1\" did not resolve to an alias", PULL_NAME },
	{ "invalid reference format: repository name (library/UPPER) must be lowercase", PULL_NAME },
	{ "server message: insufficient_scope: authorization failed", PULL_DENIED },
	{ "Get \"https://auth/token?scope=unauthorized\": dial tcp 1.2.3.4:443: i/o timeout", PULL_NETWORK },
	{ "error parsing HTTP 403 response body: invalid character '<' looking for beginning of value: "
	  "\"blocked\"", PULL_DENIED },
	{ "error parsing HTTP 429 response body: no more", PULL_RATE_LIMIT },
	{ "error parsing HTTP 502 response body: bad", PULL_NETWORK },
	{ "layers from manifest don't match image configuration", PULL_STORE },
	{ "[DEPRECATION NOTICE] Docker Image Format v1 and Docker Image manifest version 2, schema 1 support is "
	  "disabled by default", PULL_TOO_OLD },
	{ "", PULL_OTHER },
};

START_TEST(pull_faults)
{
	ck_assert_int_eq(words_pull_fault("golang:1.26.1", faults[_i].words), faults[_i].fault);
}
END_TEST

/* An image may be called anything. */
START_TEST(pull_of_a_name_that_means_something)
{
	ck_assert_int_eq(words_pull_fault("me/timeout:forbidden",
	    "manifest for me/timeout:forbidden not found: manifest unknown"),
	    PULL_NOT_FOUND);
	ck_assert_int_eq(words_pull_fault("x509", "pull access denied for x509, repository does not exist"),
	    PULL_DENIED);
	ck_assert_int_eq(words_pull_fault("me/not found", "unauthorized: me/not found"), PULL_DENIED);
}
END_TEST

START_TEST(listing_times)
{
	ck_assert_int_eq(docker_time("2026-11-23 23:48:44 +0000 UTC"),
	    text_parse_time("2026-11-23T23:48:44Z"));
	ck_assert_int_eq(docker_time("2026-11-23 23:48:44 +0130 XYZ"),
	    text_parse_time("2026-11-23T22:18:44Z"));
	ck_assert_int_eq(docker_time("2026-11-23 23:48:44.123456789 +0000 UTC"),
	    text_parse_time("2026-11-23T23:48:44.123Z"));
	ck_assert_int_eq(docker_time("2026-11-23 23:48:44.5 +0100 CET"),
	    text_parse_time("2026-11-23T22:48:44.5Z"));
	ck_assert_int_eq(docker_time("2026-11-23 23:48:44.123456"), -1);
	ck_assert_int_eq(docker_time("2026-11-23 23:48:44.1234567890123 +0000 UTC"), -1);
	ck_assert_int_eq(docker_time(""), -1);
	ck_assert_int_eq(docker_time("3 minutes ago, or thereabouts"), -1);
}
END_TEST

START_TEST(test_networks)
{
	ck_assert(network_is_test("hs-0a1b2c-default"));
	ck_assert(network_is_test("hs-0a1b2c3d4e-x"));
	ck_assert(!network_is_test("hs-0a1b2c-"));
	ck_assert(!network_is_test("hs-0a1b2c"));
	ck_assert(!network_is_test("hs-a-b"));
	ck_assert(!network_is_test("hs-x7k2q9-default"));
	ck_assert(network_may_be_test("hs-x7k2q9-default"));
	ck_assert(network_may_be_test("hs-0a1b2c3d4e-x"));
	ck_assert(!network_may_be_test("hs-x7k2q9-"));
	ck_assert(!network_may_be_test("hs-x7k2q-default"));
	ck_assert(!network_may_be_test("hs-x7k2q9z-default"));
	ck_assert(!network_is_test("hs-oidcmock-0a1b2c"));
	ck_assert(!network_is_test("bridge"));
	ck_assert(!network_is_test("xhs-0a1b2c-default"));
}
END_TEST

static char dir[] = "/tmp/hi-test-docker-XXXXXX";

static void
make_dir(void)
{
	strcpy(dir + sizeof(dir) - 7, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void
drop_dir(void)
{
	dir_remove(dir, NULL);
}

static char *
in_dir(const char *name)
{
	return file_join(dir, name);
}

static void
put(const char *name, const char *text, mode_t mode)
{
	char *path = in_dir(name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(file_write_all(fd, text, strlen(text)), 0);
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
	free(path);
}

static bool
is_there(const char *name)
{
	char *path = in_dir(name);
	bool there = file_exists(path);

	free(path);
	return there;
}

static void
make(const char *name)
{
	char *path = in_dir(name);

	ck_assert_int_eq(mkdir(path, 0700), 0);
	free(path);
}

static void
link_to(const char *target, const char *name)
{
	char *path = in_dir(name);

	ck_assert_int_eq(symlink(target, path), 0);
	free(path);
}

static int
place(const char *name, struct err *e)
{
	char *part = in_dir("to.part"), *to = in_dir("to");
	int ret = copy_place(part, name, to, e);

	free(part);
	free(to);
	ck_assert(!is_there("to.part"));
	return ret;
}

START_TEST(copied_directory)
{
	struct stat st;
	char *path;

	make("to.part");
	make("to.part/d");
	make("to.part/d/sub");
	put("to.part/d/f", "x", 0);
	put("to.part/d/sub/f", "y", 04755);
	link_to("/etc/passwd", "to.part/d/link");
	link_to("/etc", "to.part/d/sub/link");
	path = in_dir("to.part/d/fifo");
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	free(path);
	ck_assert_int_eq(place("d", NULL), 0);
	ck_assert(is_there("to/f"));
	ck_assert(is_there("to/sub/f"));
	ck_assert(!is_there("to/link"));
	ck_assert(!is_there("to/fifo"));
	ck_assert(!is_there("to/sub/link"));
	path = in_dir("to/f");
	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0600);
	free(path);
	path = in_dir("to/sub/f");
	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0755);
	free(path);
}
END_TEST

/* As Podman copies the root of a volume. */
START_TEST(copied_contents)
{
	make("to.part");
	make("to.part/d");
	put("to.part/d/f", "x", 0644);
	link_to("/etc/passwd", "to.part/link");
	ck_assert_int_eq(place("control", NULL), 0);
	ck_assert(is_there("to/d/f"));
	ck_assert(!is_there("to/link"));
}
END_TEST

START_TEST(copied_link)
{
	struct err e;

	make("to.part");
	link_to("/etc/passwd", "to.part/link");
	ck_assert_int_eq(place("link", &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "refused"));
	ck_assert(!is_there("to"));
}
END_TEST

START_TEST(copied_over)
{
	struct err e;

	make("to.part");
	put("to.part/f", "new", 0644);
	put("to", "old", 0644);
	ck_assert_int_eq(place("f", &e), 0);
	make("to.part");
	make("to.part/d");
	ck_assert_int_eq(place("d", &e), -1);
	ck_assert(is_there("to"));
}
END_TEST

START_TEST(copied_beside_what_was_saved)
{
	struct err e;

	make("to");
	put("to/saved", "by the test", 0644);
	make("to.part");
	make("to.part/d");
	ck_assert_int_eq(place("d", &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "kept as it is"));
	ck_assert(is_there("to/saved"));
}
END_TEST

Suite *
suite_docker(void)
{
	Suite *s = suite_create("docker");
	TCase *t = tcase_create("words"), *c = tcase_create("copies");

	tcase_add_test(t, words);
	tcase_add_test(t, gone);
	tcase_add_test(t, what_an_engine_can);
	tcase_add_test(t, trouble_among_the_gone);
	tcase_add_test(t, failures);
	tcase_add_loop_test(t, an_engine_that_refuses, 0, 2 * (int)(sizeof(refusals) / sizeof(refusals[0])));
	tcase_add_test(t, podman);
	tcase_add_test(t, pull_of_a_name_that_means_something);
	tcase_add_test(t, mounts);
	tcase_add_loop_test(t, pull_faults, 0, sizeof(faults) / sizeof(faults[0]));
	tcase_add_test(t, listing_times);
	tcase_add_test(t, test_networks);
	suite_add_tcase(s, t);
	tcase_add_checked_fixture(c, make_dir, drop_dir);
	tcase_add_test(c, copied_directory);
	tcase_add_test(c, copied_contents);
	tcase_add_test(c, copied_link);
	tcase_add_test(c, copied_over);
	tcase_add_test(c, copied_beside_what_was_saved);
	suite_add_tcase(s, c);
	return s;
}
