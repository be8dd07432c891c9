/* The containers' logs: servers' and clients' troubles, and the signatures that count in them. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../base/mem.h"
#include "triage_internal.h"

struct log_scan {
	struct scan *s;
	const char *file;
	unsigned in;
	struct needles *needles, *noise;
	struct shapes *first, *then;
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

/* "ERR" of a line in zerolog's console form; 0: it has another form. */
static size_t
level_at(const char *s, size_t len)
{
	size_t i;

	if (len < 20 || !isdigit((unsigned char)*s))
		return 0;
	for (i = 19; i < len && s[i] != ' '; i++)
		;
	for (i++; i < len && !isupper((unsigned char)s[i]); i++)
		if (s[i] != '\033' && s[i] != '[' && s[i] != 'm' && !isdigit((unsigned char)s[i]))
			return 0;
	return i + 3 <= len && isupper((unsigned char)s[i + 1]) && isupper((unsigned char)s[i + 2]) ? i : 0;
}

/* Which of server_needles it is about; -1: none. */
static int
server_trouble(const struct log_scan *g, const char *s, size_t len, bool timed)
{
	size_t pos = 0, level = timed ? level_at(s, len) : 0;
	int i;

	/* A line that says how bad it is may quote what it likes. */
	if (level > 0) {
		s += level;
		len = 3;
	}
	for (; (i = needles_next(g->needles, s, len, &pos)) != -1; pos++)
		if (is_word(s, len, pos, server_needles[i]))
			break;
	return i;
}

static bool
server_line(void *arg, const char *s, size_t len, long line, bool goes_on)
{
	struct log_scan *g = arg;
	int i;

	look_for_signature(g, s, len, line);
	if (goes_on)
		return true;
	i = server_trouble(g, s, len, time_of(s, len, g->last));
	if (i != -1)
		shapes_add(i < WORST ? g->first : g->then, g->file, line, s, len);
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

/* Their maker's own servers, which a test network need not reach. */
static const char *const noise_needles[] = {
	"bootstrapDNS(", "logtail: ", "log.tailscale.com", "netcheck: ",
};
enum { N_NOISE = sizeof(noise_needles) / sizeof(noise_needles[0]) };

/* The tests take the servers down first: what clients say then comes last. */
static bool
after_the_servers(const struct scan *s, const char *line, size_t len)
{
	char when[20];

	if (s->n_servers == 0 || !time_of(line, len, when))
		return false;
	for (size_t i = 0; i < s->n_servers; i++)
		if (strcmp(when, s->servers[i].last) < 0)
			return false;
	return true;
}

static bool
client_line(void *arg, const char *s, size_t len, long line, bool goes_on)
{
	struct log_scan *g = arg;
	size_t pos = 0, noise = 0;

	look_for_signature(g, s, len, line);
	if (!goes_on && needles_next(g->needles, s, len, &pos) != -1 &&
	    needles_next(g->noise, s, len, &noise) == -1)
		shapes_add(after_the_servers(g->s, s, len) ? g->then : g->first, g->file, line, s, len);
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
	needles_free(g.noise);
}

void
scan_logs(struct scan *s)
{
	struct shapes first = {0}, then = {0};

	scan_stderr(s, "hs-", (struct log_scan){ .s = s, .in = IN_SERVER, .first = &first, .then = &then,
	    .needles = needles_new(server_needles, N_SERVER) }, server_line);
	shapes_give(&first, s->t, "server");
	shapes_give(&then, s->t, "server");
	scan_stderr(s, "ts-", (struct log_scan){ .s = s, .in = IN_CLIENT, .first = &first, .then = &then,
	    .needles = needles_new(client_needles, N_CLIENT), .noise = needles_new(noise_needles, N_NOISE) },
	    client_line);
	shapes_give(&first, s->t, "clients");
	shapes_give(&then, s->t, "clients");
	for (size_t i = 0; i < s->names->n; i++) {
		const char *name = s->names->v[i];
		bool server = starts_with(name, "hs-"), client = starts_with(name, "ts-");

		if (!ends_with(name, ".log") || strcmp(name, "runner.log") == 0 ||
		    ((server || client) && ends_with(name, ".stderr.log")))
			continue;
		scan_plain(s, name, server ? IN_SERVER : client ? IN_CLIENT : IN_OTHER);
	}
}
