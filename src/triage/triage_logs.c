/* The containers' logs: the first errors of servers and clients, and the signatures that count in them. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../base/file.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "triage_internal.h"

enum {
	FATAL = 1000,		/* ids of the words for fatal errors and errors; signatures have lower ones */
	ERROR,
	KINDS = 3,		/* lines shown of each log and severity */
	LOOKED_AT = 1000,	/* bytes of a line that are examined */
};

struct log_scan {
	struct scan *s;
	const char *file;
	unsigned in;
	char last[20];		/* the time of its last line */
	/* v[0]: the worse lines; v[1]: the others */
	struct kind { char *line; long at, count; } v[2][KINDS];
	size_t n[2];
};

/* Puts "2026-04-09 10:42:15" into out, from any form in which servers and clients write a time. */
static bool
log_time(const char *s, size_t len, char out[20])
{
	static const char form[] = "dddd-dd-dd dd:dd:dd";

	if (len < sizeof(form) - 1)
		return false;
	for (size_t i = 0; form[i] != '\0'; i++) {
		char c = form[i] == '-' && s[i] == '/' ? '-' : form[i] == ' ' && s[i] == 'T' ? ' ' : s[i];

		if (form[i] == 'd' ? !isdigit((unsigned char)c) : c != form[i])
			return false;
		out[i] = c;
	}
	out[sizeof(form) - 1] = '\0';
	return true;
}

/* Returns "ERR" for "2026-04-09T10:42:15Z ERR ...", zerolog's console form; "": the line has another form. */
static const char *
log_level(const char *line)
{
	static const char *const levels[] = { "TRC", "DBG", "INF", "WRN", "ERR", "FTL", "PNC" };
	const char *s = line + strcspn(line, " ");
	char when[20];

	if (log_time(line, strlen(line), when) && *s == ' ')
		for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
			if (strncmp(s + 1, levels[i], 3) == 0)
				return levels[i];
	return "";
}

static const char server_fatal[] = "panic: |fatal error: |FATAL|FTL|PNC|\"level\":\"fatal\"|"
    "\"level\":\"panic\"|"
    "DATA RACE|POTENTIAL DEADLOCK";
static const char server_errors[] = " ERROR |[ERROR]|ERR|\"level\":\"error\"";

/* Errors of authentication, of connections to the server and to each other, and of names. */
static const char client_errors[] = "panic: |fatal error: |Received error|fetch control key|register "
    "request: http|"
    "authkey|invalid key|not authorized|401 Unauthorized|403 Forbidden|key expired|x509:|TLS handshake|"
    "connection refused|no route to host|network is unreachable|i/o timeout|failed to resolve|no such host|"
    "server misbehaving|no DNS fallback candidates|long-poll timed out";

static bool
log_has_any(const char *line, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strstr(line, *words) != NULL)
			return true;
	return false;
}

/* True: the line is from after a server's end. The tests remove their servers before the clients, so what
 * clients log then only shows the end of the test. */
static bool
log_after_servers(const struct scan *s, const char *line)
{
	char when[20];

	return s->servers_end[0] != '\0' && log_time(line, strlen(line), when) && strcmp(when,
	    s->servers_end) >= 0;
}

/* True: the server reports a failure of its own, such as of its disk or memory, and does not quote a client.
 * pos: where the signature is. */
static bool
log_is_servers_own(const char *line, size_t pos)
{
	static const char *const quoting[] = { "client", "peer ", "remote", "reported", NULL };
	static const char *const harmless[] = { "TRC", "DBG", "INF", NULL };
	const char *level = log_level(line);
	char before[LOOKED_AT + 1] = "";

	memcpy(before, line, pos < LOOKED_AT ? pos : LOOKED_AT);
	return (*level == '\0' || !log_has_any(level, harmless)) && !log_has_any(before, quoting);
}

/* Keeps the first line of each of a few kinds. Lines that have the same 40 bytes after the time are of one
 * kind. */
static void
log_keep_line(struct log_scan *g, bool worse, const char *line, long at)
{
	struct kind *v = g->v[!worse];
	size_t *n = &g->n[!worse], i, skip = strlen(line) > 20 && isdigit((unsigned char)*line) ? 20 : 0;

	for (i = 0; i < *n; i++)
		if (strlen(v[i].line) >= skip && strncmp(v[i].line + skip, line + skip, 40) == 0)
			break;
	if (i == KINDS)
		return;
	if (i == *n)
		v[(*n)++] = (struct kind){ xstrdup(line), at, 0 };
	v[i].count++;
}

/* Returns FATAL, ERROR, or 0 for a line with one of the words for which (FATAL or ERROR). If the line states
 * its level, that alone counts, as it may quote such a word. */
static int
log_server_severity(const char *line, int which)
{
	const char *level = log_level(line);

	if (*level == '\0')
		return which;
	if (strcmp(level, "FTL") == 0 || strcmp(level, "PNC") == 0)
		return FATAL;
	return strcmp(level, "ERR") == 0 ? ERROR : 0;
}

static bool
log_is_client_noise(const char *line)
{
	/* These concern Tailscale's own servers, which a test network need not reach. */
	static const char *const noise[] = { "bootstrapDNS(", "logtail: ", "log.tailscale.com", "netcheck: ",
	    NULL };

	return log_has_any(line, noise);
}

static bool
log_line(void *arg, const struct line *l)
{
	struct log_scan *g = arg;
	const struct failure *f = NULL;
	size_t pos = 0, found = 0;
	struct buf b = { 0 };
	const char *text;
	int id, which = 0;

	if (g->in == IN_SERVER)
		(void)log_time(l->s, l->len, g->last);
	for (; (id = needles_next(&g->s->needles, l->s, l->len, &pos)) != -1; pos++) {
		if (id >= FATAL) {
			which = which == FATAL ? FATAL : id;
		} else if (f == NULL) {
			f = signatures[id].failure;
			found = pos;
		}
	}
	if (which == 0 && f == NULL)
		return true;
	text_harmless(&b, l->s, l->len < LOOKED_AT ? l->len : LOOKED_AT);
	text = buf_str(&b);
	if (f != NULL && (g->in != IN_SERVER || log_is_servers_own(text, found < b.len ? found : b.len)) &&
	    (g->in != IN_CLIENT || !log_after_servers(g->s, text)))
		scan_blame(g->s, f, g->file, l->at, triage_excerpt(l->s, l->len, found));
	if (g->in == IN_SERVER)
		which = log_server_severity(text, which);
	if (which != 0 && !l->goes_on && g->in == IN_SERVER)
		log_keep_line(g, which == FATAL, text, l->at);
	else if (which != 0 && !l->goes_on && !log_is_client_noise(text))
		log_keep_line(g, !log_after_servers(g->s, text), text, l->at);
	buf_free(&b);
	return true;
}

/* True: the container of this stderr file wrote to stdout, so its stderr may be empty. */
static bool
log_is_on_stdout(const struct scan *s, const char *file)
{
	char *name = xasprintf("%.*s.stdout.log", (int)(strlen(file) - strlen(".stderr.log")), file);
	bool yes = scan_size(s, name) > 0;

	free(name);
	return yes;
}

static void
scan_log(struct scan *s, const char *file, unsigned in, bool errors)
{
	const char *group = in == IN_SERVER ? "server" : "clients";
	struct log_scan g = { .s = s, .file = file, .in = in };

	scan_lines(s, file, errors && !log_is_on_stdout(s, file), log_line, &g);
	if (in == IN_SERVER && errors && g.last[0] != '\0' &&
	    (s->servers_end[0] == '\0' || strcmp(g.last, s->servers_end) < 0))
		memcpy(s->servers_end, g.last, sizeof(g.last));
	for (int rest = 0; rest < 2; rest++)
		for (size_t i = 0; i < g.n[rest]; i++) {
			scan_find(s, group, file, g.v[rest][i].at, g.v[rest][i].count, g.v[rest][i].line,
			    rest == 1);
			free(g.v[rest][i].line);
		}
}

static unsigned
log_kind(const char *file)
{
	return text_after(file, "hs-") != NULL ? IN_SERVER : text_after(file, "ts-") != NULL ? IN_CLIENT :
	    IN_OTHER;
}

static void
log_add_errors(struct needles *m, unsigned in)
{
	if (in == IN_SERVER) {
		needles_add(m, server_fatal, FATAL);
		needles_add(m, server_errors, ERROR);
	} else if (in == IN_CLIENT) {
		needles_add(m, client_errors, ERROR);
	}
}

/* Scans the logs of one kind. Servers and clients write their errors to stderr. */
static void
scan_logs_of(struct scan *s, unsigned in)
{
	const char *file;
	size_t n = 0;

	needles_init(&s->needles, in);
	log_add_errors(&s->needles, in);
	while ((file = scan_next(s, READ_AS_LOG, &n)) != NULL)
		if (log_kind(file) == in)
			scan_log(s, file, in, in != IN_OTHER &&
			    evidence_piece_of(file)->source == PIECE_STDERR);
}

struct severities {
	struct needles server, client;
};

struct severities *
severities_new(void)
{
	struct severities *v = xcalloc(1, sizeof(*v));

	needles_init(&v->server, 0);
	needles_init(&v->client, 0);
	log_add_errors(&v->server, IN_SERVER);
	log_add_errors(&v->client, IN_CLIENT);
	return v;
}

enum severity
severity_of(const struct severities *v, const char *file, const char *line, size_t len)
{
	bool client = log_kind(file) == IN_CLIENT;
	const struct needles *m = client ? &v->client : &v->server;
	size_t pos = 0;
	int id, which = 0;
	struct buf b = { 0 };

	for (; which != FATAL && (id = needles_next(m, line, len, &pos)) != -1; pos++)
		which = id;
	if (which == 0)
		return SEVERITY_NONE;
	text_harmless(&b, line, len < LOOKED_AT ? len : LOOKED_AT);
	if (client && log_is_client_noise(buf_str(&b)))
		which = 0;
	else if (!client)
		which = log_server_severity(buf_str(&b), which);
	buf_free(&b);
	return which == FATAL ? SEVERITY_FATAL : which == ERROR ? SEVERITY_ERROR : SEVERITY_NONE;
}

void
severities_free(struct severities *v)
{
	free(v);
}

void
scan_logs(struct scan *s)
{
	scan_logs_of(s, IN_SERVER);
	scan_logs_of(s, IN_CLIENT);
	scan_logs_of(s, IN_OTHER);
}
