/* What servers and clients knew at the end: map responses, peers, rows of the database. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/json.h"
#include "../base/mem.h"
#include "../base/proc.h"
#include "../base/text.h"
#include "triage_internal.h"

enum { SQLITE_MS = 10000 };

static void
find_offline(struct scan *s, const char *name, const struct json *j)
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
		scan_find(s, "peers", name, 0, line.s, false);
	buf_free(&line);
	buf_free(&away);
}

void
scan_peers(struct scan *s)
{
	struct buf text = {0};
	struct json j = {0};

	for (size_t i = 0; i < s->names.n && !scan_cancelled(s); i++) {
		const char *name = s->names.v[i];

		if (!text_ends(name, "_status.json") || !scan_slurp(s, s->dir, name, name, &text))
			continue;
		if (json_parse(&j, buf_str(&text), text.len) == -1)
			scan_unread(s, name, "is not valid JSON");
		else
			find_offline(s, name, &j);
	}
	json_free(&j);
	buf_free(&text);
}

/* What a server told its nodes. */
struct told {
	long nodes, responses;
	int least, most;	/* peers in the last responses that name them all; -1: none does */
};

static void
node_responses(struct scan *s, struct told *a, int dir, const char *at, const struct strs *names)
{
	struct buf text = {0};
	struct json j = {0};
	int all = -1;

	a->nodes++;
	for (size_t i = names->n; i-- > 0 && !scan_cancelled(s);) {
		char *path;

		if (!text_ends(names->v[i], ".json"))
			continue;
		a->responses++;
		path = file_join(at, names->v[i]);
		if (all == -1 && scan_slurp(s, dir, names->v[i], path, &text)) {
			if (json_parse(&j, buf_str(&text), text.len) == -1)
				scan_unread(s, path, "is not valid JSON");
			else if (json_type(&j, json_member(&j, 0, "Peers")) == JSON_ARRAY)
				all = json_count(&j, json_member(&j, 0, "Peers"));
		}
		free(path);
	}
	if (all >= 0 && (a->least == -1 || all < a->least))
		a->least = all;
	if (all > a->most)
		a->most = all;
	json_free(&j);
	buf_free(&text);
}

/* A directory for each node, or the responses themselves. */
static void
server_responses(struct scan *s, int parent, const char *name, const char *at)
{
	struct told a = { .least = -1, .most = -1 };
	struct strs names = {0};
	int dir = scan_list(s, parent, name, at, &names);
	char *line;

	if (dir == -1)
		return;
	for (size_t i = 0; i < names.n && !scan_cancelled(s); i++) {
		char *node_at = file_join(at, names.v[i]);
		struct strs files = {0};
		int node = scan_list(s, dir, names.v[i], node_at, &files);

		if (node != -1) {
			node_responses(s, &a, node, node_at, &files);
			close(node);
		}
		strs_free(&files);
		free(node_at);
	}
	if (a.nodes == 0 && names.n > 0)
		node_responses(s, &a, dir, at, &names);
	line = a.least == -1 ? xstrdup("") : a.least == a.most ? xasprintf("; the last ones name %d peers", a.most) :
	    xasprintf("; the last ones name %d to %d peers", a.least, a.most);
	if (a.nodes > 0) {
		char *all = xasprintf("%ld responses to %ld nodes%s", a.responses, a.nodes, line);

		scan_find(s, "mapresponses", at, 0, all, false);
		free(all);
	}
	free(line);
	close(dir);
	strs_free(&names);
}

/* The tests write them below "mapresponses", by server or, since they leave that out, by node. */
void
scan_mapresponses(struct scan *s)
{
	static const char common[] = "mapresponses";
	bool by_node = false;
	struct strs in = {0};
	int dir = -1;

	for (size_t i = 0; i < s->names.n; i++)
		if (text_ends(s->names.v[i], "-mapresponses"))
			server_responses(s, s->dir, s->names.v[i], s->names.v[i]);
	if (strs_has(&s->names, common))
		dir = scan_list(s, s->dir, common, common, &in);
	for (size_t i = 0; i < in.n; i++)
		by_node |= in.v[i][strspn(in.v[i], "0123456789")] == '\0';
	if (by_node)
		server_responses(s, s->dir, common, common);
	for (size_t i = 0; i < in.n && !by_node; i++) {
		char *at = file_join(common, in.v[i]);

		server_responses(s, dir, in.v[i], at);
		free(at);
	}
	if (dir != -1)
		close(dir);
	strs_free(&in);
}

/* How sqlite3 is to open a database so that nothing is written beside it: where there is no log of changes to be
 * read too, as a file that nobody changes. */
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

/* Runs one statement, read-only. Its output; NULL: sqlite3 failed. */
static char *
sqlite(const struct scan *s, char *uri, char *sql)
{
	char *argv[] = { "sqlite3", "-readonly", "-batch", "-init", "/dev/null", uri, sql, NULL };
	struct proc_run run = { .argv = argv, .dir = s->o->dir, .timeout_ms = SQLITE_MS, .limit = 65536,
		.cancel = s->o->cancel };
	struct proc_result res = {0};
	char *out = NULL;

	if (proc_run(s->o->loop, &run, &res, NULL) == 0 && proc_ok(res.status))
		out = text_trim(buf_str(&res.out));
	proc_result_free(&res);
	return out;
}

static void
count_rows(struct scan *s, const char *name)
{
	static const char *const tables[] = { "users", "nodes", "pre_auth_keys", "api_keys", "policies", NULL };
	static char list[] = "SELECT name FROM sqlite_master WHERE type = 'table'";
	char *uri = database_uri(s->o->dir, name), *out = sqlite(s, uri, list), *sql, *joined;
	struct strs there = {0}, sums = {0};
	char *index = xasprintf("%s-shm", name);

	strs_split(&there, out != NULL ? out : "", '\n');
	for (const char *const *table = tables; *table != NULL; table++)
		if (strs_has(&there, *table))
			strs_addf(&sums, "(SELECT count(*) || ' %s' FROM %s)", *table, *table);
	if (out == NULL || sums.n == 0) {
		scan_find(s, "database", name, 0, out == NULL ? "sqlite3 can't read it" : "has none of headscale's tables",
		    false);
	} else {
		joined = strs_join(&sums, " || ', ' || ");
		sql = xasprintf("SELECT %s", joined);
		free(out);
		out = sqlite(s, uri, sql);
		scan_find(s, "database", name, 0, out != NULL ? out : "sqlite3 can't count its rows", false);
		free(joined);
		free(sql);
	}
	/* sqlite3 makes one even to read. */
	if (!strs_has(&s->names, index))
		(void)unlinkat(s->dir, index, 0);
	free(index);
	free(out);
	free(uri);
	strs_free(&there);
	strs_free(&sums);
}

void
scan_databases(struct scan *s)
{
	struct proc_run run = { .argv = (char *[]){ "sqlite3", "-version", NULL }, .timeout_ms = SQLITE_MS,
		.cancel = s->o->cancel };
	struct proc_result res = {0};
	bool there = s->o->loop != NULL && proc_run(s->o->loop, &run, &res, NULL) == 0 && proc_ok(res.status);

	proc_result_free(&res);
	for (size_t i = 0; there && i < s->names.n && !scan_cancelled(s); i++) {
		const char *name = s->names.v[i];
		char *path = file_join(s->o->dir, name);

		/* Not a link, not a pipe. */
		if (text_ends(name, ".db") && file_size(path) >= 0)
			count_rows(s, name);
		free(path);
	}
}
