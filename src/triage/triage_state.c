/* What servers and clients knew at the end: map responses, peers, rows of the database. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/json.h"
#include "../base/mem.h"
#include "../base/proc.h"
#include "../base/text.h"
#include "../base/tree.h"
#include "triage_internal.h"

enum { SQLITE_MS = 10000 };

static void
peers_find_offline(struct scan *s, const char *name, const struct json *j)
{
	int peers = json_member(j, 0, "Peer"), state = json_member(j, 0, "BackendState"), online;
	struct buf line = {0}, away = {0};
	long offline = 0;

	for (int n = json_first(j, peers); n >= 0; n = json_next(j, n)) {
		online = json_member(j, json_value(j, n), "Online");
		if (json_type(j, online) != JSON_BOOL || json_true(j, online))
			continue;
		buf_puts(&away, offline++ > 0 ? ", " : "");
		json_string(j, json_member(j, json_value(j, n), "HostName"), &away);
	}
	if (json_type(j, state) == JSON_STRING && !json_eq(j, state, "Running")) {
		buf_puts(&line, "is in state ");
		json_string(j, state, &line);
	}
	if (offline > 0)
		buf_printf(&line, "%s%ld of %d peers offline: %s", line.len > 0 ? "; " : "", offline,
		    json_count(j, peers), buf_str(&away));
	if (line.len > 0)
		scan_find(s, "peers", name, 0, 1, line.s, false);
	buf_free(&line);
	buf_free(&away);
}

/* The map responses of a server: files named by their time, in a directory for each node. */
struct responses {
	struct scan *s;
	long n;
	struct strs nodes;
	char *last;		/* the path of the newest */
};

static void
responses_count(void *arg, const struct tree_entry *t)
{
	struct responses *r = arg;
	char *node;

	if (!S_ISREG(t->st.st_mode) || !text_ends(t->name, ".json"))
		return;
	node = file_dir(t->path);
	strs_add_new(&r->nodes, node);
	free(node);
	r->n++;
	if (r->last == NULL || strcmp(t->name, file_base(r->last)) > 0) {
		free(r->last);
		r->last = xstrdup(t->path);
	}
}

static void
responses_find(struct scan *s, const char *name)
{
	struct responses r = { .s = s };
	char *path = file_join(s->o->dir, name), *file, *line, *peers = NULL;
	int n;
	struct buf text = { 0 };
	struct json j = { 0 };

	if (file_is_dir(path) && file_size(path) == -1 && tree_walk(path, responses_count, &r) > 0)
		scan_unread(s, name, "can't be listed as a whole");
	file = r.last != NULL ? xasprintf("%s/%s", name, r.last) : NULL;
	if (file != NULL && scan_json(s, s->dir, file, file, &text, &j) && json_member(&j, 0, "Peers") >= 0) {
		n = json_count(&j, json_member(&j, 0, "Peers"));
		peers = xasprintf("; the last one names %d peer%s", n, n == 1 ? "" : "s");
	}
	line = xasprintf("%ld map response%s to %zu node%s%s", r.n, r.n == 1 ? "" : "s", r.nodes.n,
	    r.nodes.n == 1 ? "" : "s",
	    peers != NULL ? peers : "");
	if (r.n > 0)
		scan_find(s, "mapresponses", name, 0, 1, line, false);
	json_free(&j);
	buf_free(&text);
	strs_free(&r.nodes);
	free(r.last);
	free(file);
	free(line);
	free(peers);
	free(path);
}

/* Returns the URI by which sqlite3 opens a database without writing beside it; the caller frees it. Without a
 * write-ahead log, which would have to be read too, that is immutable=1. */
static char *
database_uri(const char *dir, const char *name)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
	char *wal = xasprintf("%s/%s-wal", dir, name);
	struct buf b = {0};

	buf_puts(&b, "file:");
	for (; *name != '\0'; name++)
		buf_printf(&b, strchr(plain, *name) != NULL ? "%c" : "%%%02X", (unsigned char)*name);
	buf_puts(&b, file_size(wal) > 0 ? "?mode=ro" : "?immutable=1");
	free(wal);
	return buf_take(&b);
}

/* Counts the rows of headscale's tables; a table that this version does not have ends the list. */
static void
database_find_rows(struct scan *s, const char *name)
{
	char *uri = database_uri(s->o->dir, name), *index = xasprintf("%s-shm", name), *rows;
	char *argv[] = { "sqlite3", "-readonly", "-batch", "-init", "/dev/null", uri,
	    "SELECT count(*) || ' users' FROM users", "SELECT count(*) || ' nodes' FROM nodes",
	    "SELECT count(*) || ' pre_auth_keys' FROM pre_auth_keys",
	    "SELECT count(*) || ' api_keys' FROM api_keys", "SELECT count(*) || ' policies' FROM policies",
	    NULL };
	struct proc_run run = { .argv = argv, .dir = s->o->dir, .timeout_ms = SQLITE_MS, .limit = 65536,
		.cancel = s->o->cancel };
	struct proc_result res = { 0 };
	struct strs lines = { 0 };
	struct err e;

	if (proc_run(s->o->loop, &run, &res, &e) == 0 || e.kind != ERR_NO_COMMAND) {
		strs_split(&lines, buf_str(&res.out), '\n');
		rows = lines.n > 0 ? strs_join(&lines, ", ") :
		    xstrdup("sqlite3 can't read it, or it has none of headscale's tables");
		scan_find(s, "database", name, 0, 1, rows, false);
		free(rows);
	}
	/* sqlite3 creates an index (-shm) even to read. */
	if (!strs_has(&s->names, index))
		(void)unlinkat(s->dir, index, 0);
	proc_result_free(&res);
	strs_free(&lines);
	free(index);
	free(uri);
}

void
scan_state(struct scan *s)
{
	static const char common[] = "mapresponses";
	struct buf text = { 0 };
	struct json j = { 0 };
	const char *name;
	size_t n = 0;

	while ((name = scan_next(s, READ_AS_MAPRESPONSES, &n)) != NULL && !scan_cancelled(s))
		responses_find(s, name);
	if (strs_has(&s->names, common))
		responses_find(s, common);
	for (n = 0; (name = scan_next(s, READ_AS_STATUS, &n)) != NULL && !scan_cancelled(s);)
		if (scan_json(s, s->dir, name, name, &text, &j))
			peers_find_offline(s, name, &j);
	for (n = 0; s->o->loop != NULL && (name = scan_next(s, READ_AS_DATABASE, &n)) != NULL &&
	    !scan_cancelled(s);) {
		char *path = file_join(s->o->dir, name);

		/* Only a regular file, not a link or a pipe. */
		if (file_size(path) >= 0)
			database_find_rows(s, name);
		free(path);
	}
	json_free(&j);
	buf_free(&text);
}
