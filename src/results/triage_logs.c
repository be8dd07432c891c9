/* The containers' logs: servers' and clients' troubles, and the signatures that count in them. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../base/mem.h"
#include "triage_parts.h"

struct log_scan {
	struct scan *s;
	const char *file;
	unsigned in;
	struct needles *needles;
	struct shapes *bad, *worst;	/* worst: servers alone */
	char last[20];
};

/* "2026-04-09 10:42:15" out of the two ways in which servers and clients write it. */
static bool
time_of(const char *s, size_t len, char out[20])
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

/* The tests take their servers down before the clients, and the name of a server that is gone does not
 * resolve: only a line from its lifetime says something. */
static bool
server_lived(const struct scan *s, const char *line, size_t len, size_t pos)
{
	const char *name = line + pos;
	char when[20];

	while (name < line + len && *name != '"')
		name++;
	name++;
	for (size_t i = 0; i < s->n_servers; i++) {
		const struct server *v = &s->servers[i];
		size_t n = strlen(v->name);

		if (name + n < line + len && memcmp(name, v->name, n) == 0 && name[n] == '"')
			return !time_of(line, len, when) || strcmp(when, v->last) < 0;
	}
	return true;
}

static void
look_for_signature(struct log_scan *g, const char *s, size_t len, long line)
{
	const struct signature *sig;
	size_t pos;

	if (g->s->t->infrastructure)
		return;
	sig = signature_find(g->s->signatures, g->in, s, len, &pos);
	if (sig != NULL && (g->in != IN_CLIENT || server_lived(g->s, s, len, pos)))
		scan_found(g->s, sig, g->file, line, excerpt(s, len, pos));
}

/* The first WORST of them are what a server dies of. */
static const char *const server_needles[] = {
	"panic", "fatal error:", "FATAL", "FTL", "PNC", "\"level\":\"fatal\"", "\"level\":\"panic\"",
	"DATA RACE", "POTENTIAL DEADLOCK", "ERROR", "ERR", "\"level\":\"error\"",
};
enum { WORST = 9, N_SERVER = sizeof(server_needles) / sizeof(server_needles[0]) };

/* A word of its own: colours may touch it, stack frames ("panic(...)", "runtime/panic.go") are none. */
static bool
is_word(const char *s, size_t len, size_t pos, const char *word)
{
	size_t end = pos + strlen(word), c = pos;

	if (pos > 0 && s[pos - 1] == 'm') {
		for (c = pos - 1; c > 0 && (isdigit((unsigned char)s[c - 1]) || s[c - 1] == ';'); c--)
			;
		c = c > 0 && s[c - 1] == '[' ? 0 : pos;
	}
	if (isalnum((unsigned char)*word) && c > 0 && (isalnum((unsigned char)s[c - 1]) || s[c - 1] == '_'))
		return false;
	if (end == len)
		return true;
	if (*word == 'p' && (s[end] == '(' || (len - end >= 3 && memcmp(s + end, ".go", 3) == 0)))
		return false;
	return !isalnum((unsigned char)s[end]) && s[end] != '_';
}

static bool
server_line(void *arg, const char *s, size_t len, long line, bool goes_on)
{
	struct log_scan *g = arg;
	size_t pos = 0;
	int i;

	look_for_signature(g, s, len, line);
	if (goes_on)
		return true;
	time_of(s, len, g->last);
	for (; (i = needles_next(g->needles, s, len, &pos)) != -1; pos++) {
		if (!is_word(s, len, pos, server_needles[i]))
			continue;
		shapes_add(i < WORST ? g->worst : g->bad, g->file, line, s, len);
		break;
	}
	return true;
}

/* Authentication, reaching the server and each other, names. */
static const char *const client_needles[] = {
	"panic:", "fatal error:", "Received error", "fetch control key", "register request: http", "authkey",
	"invalid key", "not authorized", "401 Unauthorized", "403 Forbidden", "key expired", "x509:",
	"TLS handshake", "connection refused", "no route to host", "network is unreachable", "i/o timeout",
	"failed to resolve", "no such host", "server misbehaving", "no DNS fallback candidates",
	"long-poll timed out", "CONFIG_TUN",
};
enum { N_CLIENT = sizeof(client_needles) / sizeof(client_needles[0]) };

static bool
client_line(void *arg, const char *s, size_t len, long line, bool goes_on)
{
	struct log_scan *g = arg;
	size_t pos = 0;

	look_for_signature(g, s, len, line);
	if (!goes_on && needles_next(g->needles, s, len, &pos) != -1)
		shapes_add(g->bad, g->file, line, s, len);
	return true;
}

static void
remember_server(struct scan *s, const char *file, const char *last)
{
	struct server *v;

	if (*last == '\0')
		return;
	s->servers = xreallocarray(s->servers, s->n_servers + 1, sizeof(*s->servers));
	v = &s->servers[s->n_servers++];
	v->name = xstrndup(file, strlen(file) - strlen(".stderr.log"));
	memcpy(v->last, last, sizeof(v->last));
}

static void
scan_stderr(struct scan *s, const char *prefix, struct log_scan g,
    bool (*fn)(void *, const char *, size_t, long, bool))
{
	for (size_t i = 0; i < s->names->n; i++) {
		g.file = s->names->v[i];
		if (!starts_with(g.file, prefix) || !ends_with(g.file, ".stderr.log"))
			continue;
		g.last[0] = '\0';
		lines_each(s->dir, g.file, fn, &g);
		if (g.in == IN_SERVER)
			remember_server(s, g.file, g.last);
	}
	needles_free(g.needles);
}

void
scan_logs(struct scan *s)
{
	struct shapes worst = {0}, bad = {0}, clients = {0};

	scan_stderr(s, "hs-", (struct log_scan){ .s = s, .in = IN_SERVER, .bad = &bad, .worst = &worst,
	    .needles = needles_new(server_needles, N_SERVER) }, server_line);
	shapes_give(&worst, s->t, "server");
	shapes_give(&bad, s->t, "server");
	scan_stderr(s, "ts-", (struct log_scan){ .s = s, .in = IN_CLIENT, .bad = &clients,
	    .needles = needles_new(client_needles, N_CLIENT) }, client_line);
	shapes_give(&clients, s->t, "clients");
	for (size_t i = 0; i < s->names->n; i++) {
		const char *name = s->names->v[i];
		bool server = starts_with(name, "hs-"), client = starts_with(name, "ts-");

		if (!ends_with(name, ".log") || strcmp(name, "runner.log") == 0 ||
		    ((server || client) && ends_with(name, ".stderr.log")))
			continue;
		scan_plain(s, name, server ? IN_SERVER : client ? IN_CLIENT : IN_OTHER);
	}
}
