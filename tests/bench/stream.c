/* Feeds N MB of go test -json to the results room, from a pipe to files, and says how fast it went beside
 * what jsmn alone does on the same bytes: stream [MB [DIR]]. Prints; asserts nothing. */
#include <sys/wait.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define JSMN_STATIC
#include <jsmn.h>

#include "base/buf.h"
#include "base/file.h"
#include "stream/stream.h"

enum { BLOCK = 8 << 20, READ = 64 * 1024 };

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* As headscale's tests print: logs of 60 to 400 bytes with quotes and escapes, one test in 200 lines. */
static void
generate(struct buf *b)
{
	static const char head[] = "{\"Time\":\"2026-04-09T10:42:15.123456789Z\",\"Action\":\"";
	static const char pkg[] =
	    "\",\"Package\":\"github.com/juanfont/headscale/integration\",\"Test\":\"TestPing%dAllByIP\"";
	unsigned n = 0, test = 0;

	while (b->len < BLOCK) {
		if (++n % 200 == 0) {
			buf_printf(b, "%spass", head);
			buf_printf(b, pkg, test++);
			buf_printf(b, ",\"Elapsed\":%u.%02u}\n%srun", n % 100, n % 97, head);
			buf_printf(b, pkg, test);
			buf_puts(b, "}\n");
		}
		buf_printf(b, "%soutput", head);
		buf_printf(b, pkg, test);
		buf_printf(b, ",\"Output\":\"2026-04-09T10:42:15Z INF ../hscontrol/poll.go:%u \\u003e sending map "
		    "node.id=%u omitPeers=false %.*s msg=\\\"update\\\"\\n\"}\n", n % 900, n % 31, (int)(n * 37 % 300),
		    "stream=true peers=[100.64.0.1 100.64.0.2 fd7a:115c:a1e0::1 fd7a:115c:a1e0::2] node.name=ts-head-abcdef "
		    "user=user1 version=1.90.1 endpoints=[172.18.0.5:41641 172.19.0.7:41641] derp=headscale-embedded "
		    "capver=130 hostinfo={os:linux routes:[10.33.0.0/16]} changes=full expiry=0001-01-01T00:00:00Z and so on");
	}
}

static double
bare_jsmn(const struct buf *b)
{
	double began = seconds();
	jsmntok_t tok[64];
	const char *p = b->s, *nl;
	jsmn_parser parser;
	long tokens = 0;

	for (; (nl = memchr(p, '\n', (size_t)(b->s + b->len - p))) != NULL; p = nl + 1) {
		jsmn_init(&parser);
		tokens += jsmn_parse(&parser, p, (size_t)(nl - p), tok, 64);
	}
	return tokens > 0 ? (double)b->len / (seconds() - began) / 1e6 : 0;
}

static void
one(const struct buf *b, size_t mb, const char *dir, enum format format, const char *name, double jsmn)
{
	struct results_config c = { .dir = dir, .run_id = "bench", .pattern = "Test", .format = format,
	    .out = -1 };
	struct facts f = { .ending = END_NORMAL };
	char *chunk = malloc(READ);
	struct results *r;
	size_t sent = 0;
	double began, rate;
	struct err e;
	int fds[2];
	FILE *null = fopen("/dev/null", "w");
	ssize_t n;

	if (chunk == NULL || null == NULL || pipe(fds) == -1)
		exit(1);
	if (fork() == 0) {
		for (close(fds[0]); sent < mb << 20; sent += b->len)
			(void)file_write_all(fds[1], b->s, b->len);
		_exit(0);
	}
	close(fds[1]);
	c.out = fileno(null);
	if (results_new(&c, &r, &e) == -1)
		errx(1, "%s", e.text);
	began = seconds();
	for (sent = 0; (n = read(fds[0], chunk, READ)) > 0; sent += (size_t)n)
		results_feed(r, chunk, (size_t)n);
	(void)results_end(r, &f);
	rate = (double)sent / (seconds() - began) / 1e6;
	printf("%-8s %6.0f MB/s, %.2f x bare jsmn (%.0f MB/s)\n", name, rate, rate / jsmn, jsmn);
	results_free(r);
	close(fds[0]);
	fclose(null);
	free(chunk);
	(void)wait(NULL);
}

int
main(int argc, char **argv)
{
	size_t mb = argc > 1 ? (size_t)atol(argv[1]) : 400;
	const char *dir = argc > 2 ? argv[2] : NULL;
	struct buf b = {0};
	double jsmn;

	generate(&b);
	jsmn = bare_jsmn(&b);
	one(&b, mb, dir, FORMAT_QUIET, "quiet", jsmn);
	one(&b, mb, dir, FORMAT_VERBOSE, "verbose", jsmn);
	one(&b, mb, dir, FORMAT_JSON, "json", jsmn);
	buf_free(&b);
	return 0;
}
