/* The containers' logs: the first errors of servers and clients, and the signatures that count in them. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../base/mem.h"
#include "../base/text.h"
#include "triage_internal.h"

enum {
	WORD = 1000,		/* ids of the words below; signatures have lower ones */
	KINDS = 3,		/* kinds of errors that are shown of one log */
	LOOKED_AT = 1000,	/* bytes of a line */
};

struct log_scan {
	struct scan *s;
	const char *file;
	unsigned in;
	char last[20];
	struct kind { char *line; long at, count; bool bad; } v[KINDS];
	size_t n;
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

/* The tests remove their servers before the clients, and the name of a removed server does not resolve: only a
 * line from the server's lifetime counts. */
static bool
server_was_alive(const struct scan *s, const char *line)
{
	char when[20];

	for (size_t i = 0; i < s->n_servers; i++) {
		const char *name = strstr(line, s->servers[i].name);

		if (name != NULL && !isalnum((unsigned char)name[strlen(s->servers[i].name)]))
			return !time_of(line, strlen(line), when) || strcmp(when, s->servers[i].last) < 0;
	}
	return true;
}

static bool
after_the_servers(const struct scan *s, const char *line)
{
	char when[20];

	if (s->n_servers == 0 || !time_of(line, strlen(line), when))
		return false;
	for (size_t i = 0; i < s->n_servers; i++)
		if (strcmp(when, s->servers[i].last) < 0)
			return false;
	return true;
}

/* "ERR" of "2026-04-09T10:42:15Z ERR ...", the console form of zerolog; "": the line has another form. */
static const char *
level_of(const char *line, char out[4])
{
	char when[20];
	const char *s = line + strcspn(line, " ");

	out[0] = '\0';
	if (time_of(line, strlen(line), when) && isupper((unsigned char)s[*s == ' ']) &&
	    strspn(s + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 3) {
		memcpy(out, s + 1, 3);
		out[3] = '\0';
	}
	return out;
}

static const char *const server_words[] = {
	"panic: ", "fatal error: ", "FATAL", "FTL", "PNC", "\"level\":\"fatal\"", "\"level\":\"panic\"", "DATA RACE",
	"POTENTIAL DEADLOCK", "ERROR", "ERR", "\"level\":\"error\"", NULL
};
enum { SERVER_FATAL = 9 };	/* so many of them are what a server dies of */

/* Authentication, reaching the server and each other, names. */
static const char *const client_words[] = {
	"panic: ", "fatal error: ", "Received error", "fetch control key", "register request: http", "authkey",
	"invalid key", "not authorized", "401 Unauthorized", "403 Forbidden", "key expired", "x509:",
	"TLS handshake", "connection refused", "no route to host", "network is unreachable", "i/o timeout",
	"failed to resolve", "no such host", "server misbehaving", "no DNS fallback candidates",
	"long-poll timed out", NULL
};

/* Their maker's own servers, which a test network need not reach. */
static const char *const client_noise[] = {
	"bootstrapDNS(", "logtail: ", "log.tailscale.com", "netcheck: ", NULL
};

static bool
has_any(const char *line, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strstr(line, *words) != NULL)
			return true;
	return false;
}

/* Where no letter or digit is beside it. */
static bool
is_word(const char *line, const char *word)
{
	const char *p = line;
	size_t n = strlen(word);

	for (; (p = strstr(p, word)) != NULL; p++)
		if ((p == line || !isalnum((unsigned char)p[-1])) && !isalnum((unsigned char)p[n]))
			return true;
	return false;
}

/* 2: a server dies of it; 1: an error; 0: neither. A line that states its level may quote what it likes. */
static int
server_severity(const char *line)
{
	char level[4];

	if (*level_of(line, level) != '\0')
		return strcmp(level, "FTL") == 0 || strcmp(level, "PNC") == 0 ? 2 : strcmp(level, "ERR") == 0;
	for (size_t i = 0; server_words[i] != NULL; i++)
		/* A line of a stack, "panic({...": no word. */
		if (isupper((unsigned char)*server_words[i]) ? is_word(line, server_words[i]) :
		    strstr(line, server_words[i]) != NULL)
			return i < SERVER_FATAL ? 2 : 1;
	return 0;
}

/* Whether two lines differ in nothing but numbers, times and names that have numbers. */
static bool
is_like(const char *a, const char *b)
{
	static const char stop[] = " \t\"',=:;()[]";

	for (;;) {
		size_t n = strcspn(a, stop), m = strcspn(b, stop);
		bool digits = strcspn(a, "0123456789") < n && strcspn(b, "0123456789") < m;

		if (!digits && (n != m || memcmp(a, b, n) != 0))
			return false;
		a += n;
		b += m;
		if (*a != *b)
			return false;
		if (*a == '\0')
			return true;
		a++;
		b++;
	}
}

/* The first line of each of a few kinds is kept, one that a server dies of instead of an error. */
static void
keep_line(struct log_scan *g, const char *line, long at, bool bad)
{
	size_t i;

	for (i = 0; i < g->n && !is_like(g->v[i].line, line); i++)
		;
	if (i == KINDS) {
		for (i = KINDS; bad && i > 0 && g->v[i - 1].bad; i--)
			;
		if (!bad || i == 0)
			return;
		free(g->v[--i].line);
		g->n--;
		memmove(&g->v[i], &g->v[i + 1], (g->n - i) * sizeof(g->v[0]));
		i = g->n;
	}
	if (i == g->n)
		g->v[g->n++] = (struct kind){ xstrdup(line), at, 0, bad };
	g->v[i].count++;
}

/* What a server says of its own disk and memory; a client's words in its log are the client's. */
static bool
is_servers_own(const char *line, size_t pos)
{
	static const char *const others[] = { "client", "peer ", "remote", "reported", NULL };
	char level[4], before[LOOKED_AT + 1];

	level_of(line, level);
	if (*level != '\0' && strcmp(level, "ERR") != 0 && strcmp(level, "FTL") != 0 && strcmp(level, "PNC") != 0 &&
	    strcmp(level, "WRN") != 0)
		return false;
	memcpy(before, line, pos < LOOKED_AT ? pos : LOOKED_AT);
	before[pos < LOOKED_AT ? pos : LOOKED_AT] = '\0';
	return !has_any(before, others);
}

static bool
log_line(void *arg, const struct line *l)
{
	struct log_scan *g = arg;
	bool wanted = g->in == IN_SERVER || g->in == IN_CLIENT, word = false;
	const struct failure *f = NULL;
	size_t pos = 0, found = 0;
	struct buf b = {0};
	const char *text;
	int id;

	if (g->in == IN_SERVER)
		(void)time_of(l->s, l->len, g->last);
	for (; (id = needles_next(&g->s->needles, l->s, l->len, &pos)) != -1; pos++) {
		word |= id >= WORD;
		if (id < WORD && f == NULL) {
			f = signatures[id].failure;
			found = pos;
		}
	}
	if (!word && f == NULL)
		return true;
	text_harmless(&b, l->s, l->len < LOOKED_AT ? l->len : LOOKED_AT);
	text = buf_str(&b);
	if (f != NULL && (g->in != IN_SERVER || is_servers_own(text, found < b.len ? found : b.len)) &&
	    (g->in != IN_CLIENT || server_was_alive(g->s, text)))
		scan_blame(g->s, f, g->file, l->at, excerpt(l->s, l->len, found));
	if (wanted && word && !l->goes_on) {
		int severity = g->in == IN_SERVER ? server_severity(text) : !has_any(text, client_noise);

		if (severity > 0)
			keep_line(g, text, l->at, severity == 2 || (g->in == IN_CLIENT && !after_the_servers(g->s, text)));
	}
	buf_free(&b);
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

static unsigned
kind_of(const char *name)
{
	if (!text_ends(name, ".log") || strcmp(name, "runner.log") == 0)
		return 0;
	return text_after(name, "hs-") != NULL ? IN_SERVER : text_after(name, "ts-") != NULL ? IN_CLIENT : IN_OTHER;
}

/* The logs of one kind. Servers' and clients' errors are on their stderr. */
static void
scan_kind(struct scan *s, unsigned in, const char *group, const char *const *words)
{
	needles_init(&s->needles);
	needles_add_signatures(&s->needles, in);
	for (int i = 0; words != NULL && words[i] != NULL; i++)
		needles_add(&s->needles, words[i], WORD + i);
	for (size_t i = 0; i < s->names.n; i++) {
		struct log_scan g = { .s = s, .file = s->names.v[i], .in = in };
		bool errors = words != NULL && text_ends(g.file, ".stderr.log");

		if (kind_of(g.file) != in)
			continue;
		scan_lines(s, g.file, errors, log_line, &g);
		if (in == IN_SERVER && errors)
			remember_server(s, g.file, g.last);
		for (size_t k = 0; k < g.n; k++) {
			if (errors)
				scan_find(s, group, g.file, g.v[k].at, g.v[k].line, !g.v[k].bad);
			if (errors)
				s->t->v[s->t->n - 1].count = g.v[k].count;
			free(g.v[k].line);
		}
	}
}

void
scan_logs(struct scan *s)
{
	scan_kind(s, IN_SERVER, "server", server_words);
	scan_kind(s, IN_CLIENT, "clients", client_words);
	scan_kind(s, IN_OTHER, NULL, NULL);
}
