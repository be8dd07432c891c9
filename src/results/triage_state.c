/* What servers and clients knew of the network at the end: peers, map responses. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/json.h"
#include "../base/mem.h"
#include "triage_parts.h"

enum {
	JSON_MAX = 16 * 1024 * 1024,
	TRIES = 20,		/* responses looked at, from the last one back, for one that has the peers */
};

/* 0, and then j is the file's. */
static int
load_json(int dir, const char *name, struct buf *text, struct json *j)
{
	return file_slurp(dir, name, JSON_MAX, text) == -1 ? -1 : json_parse(j, buf_str(text), text->len);
}

static void
peers_of(struct scan *s, const char *name, const struct json *j)
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
		finding_add(s->t, "peers", name, 0, offline > 0 ? offline : 1, line.s);
	buf_free(&line);
	buf_free(&away);
}

void
scan_peers(struct scan *s)
{
	struct buf text = {0};
	struct json j = {0};

	for (size_t i = 0; i < s->names->n; i++) {
		const char *name = s->names->v[i];

		if (!ends_with(name, "_status.json"))
			continue;
		if (load_json(s->dir, name, &text, &j) == -1)
			finding_add(s->t, "peers", name, 0, 1, "cannot be read, or is no JSON");
		else
			peers_of(s, name, &j);
	}
	json_free(&j);
	buf_free(&text);
}

struct told {	/* to a node, in its last full response */
	char *file;
	int peers;
};

/* "router: 10.0.0.0/24" of each peer that is a primary router. */
static void
add_routes(const struct json *j, int peers, struct buf *routes)
{
	for (int p = json_first(j, peers); p >= 0; p = json_next(j, p)) {
		int list = json_member(j, p, "PrimaryRoutes");

		if (json_count(j, list) == 0)
			continue;
		buf_puts(routes, routes->len > 0 ? "; " : "");
		json_string(j, json_member(j, p, "Name"), routes);
		for (int r = json_first(j, list); r >= 0; r = json_next(j, r)) {
			buf_putc(routes, ' ');
			json_string(j, r, routes);
		}
	}
}

/* The last of the responses that names the peers; false: none does. */
static bool
last_full(int dir, const char *at, const struct strs *names, struct told *out, struct buf *routes)
{
	struct buf text = {0};
	struct json j = {0};
	bool found = false;

	for (size_t i = names->n; i > 0 && names->n - i < TRIES && !found; i--) {
		int peers;

		if (!ends_with(names->v[i - 1], ".json") || load_json(dir, names->v[i - 1], &text, &j) == -1)
			continue;
		peers = json_member(&j, 0, "Peers");
		if (json_type(&j, peers) != JSON_ARRAY)
			continue;
		found = true;
		out->peers = json_count(&j, peers);
		out->file = file_join(at, names->v[i - 1]);
		buf_reset(routes);
		add_routes(&j, peers, routes);
	}
	json_free(&j);
	buf_free(&text);
	return found;
}

/* What a server told its nodes. */
struct answers {
	long nodes, responses;
	struct told least, most;
	struct buf routes;
};

static void
node_responses(struct answers *a, int dir, const char *at, const struct strs *names)
{
	struct told one;

	a->nodes++;
	a->responses += (long)names->n;
	if (!last_full(dir, at, names, &one, &a->routes))
		return;
	if (a->most.file == NULL || one.peers > a->most.peers) {
		free(a->most.file);
		a->most = (struct told){ xstrdup(one.file), one.peers };
	}
	if (a->least.file == NULL || one.peers < a->least.peers) {
		free(a->least.file);
		a->least = (struct told){ xstrdup(one.file), one.peers };
	}
	free(one.file);
}

static void
put_answers(struct scan *s, const char *at, struct answers *a)
{
	char *line = xasprintf("%ld responses to %ld nodes%s%s", a->responses, a->nodes,
	    a->routes.len > 0 ? "; primary routes: " : "", buf_str(&a->routes));

	finding_add(s->t, "mapresponses", at, 0, a->responses, line);
	free(line);
	if (a->least.file != NULL) {
		line = a->least.peers == a->most.peers ?
		    xasprintf("the last full ones name %d peers each", a->least.peers) :
		    xasprintf("the last full one names %d peers; others name up to %d",
		    a->least.peers, a->most.peers);
		finding_add(s->t, "mapresponses", a->least.file, 0, 1, line);
		free(line);
	}
	free(a->least.file);
	free(a->most.file);
	buf_free(&a->routes);
}

/* A directory for each node, or the responses themselves. */
static void
server_responses(struct scan *s, int parent, const char *name, const char *at)
{
	struct answers a = {0};
	struct strs names = {0};
	int dir = dir_list(parent, name, &names);

	if (dir == -1)
		return;
	for (size_t i = 0; i < names.n; i++) {
		struct strs files = {0};
		int node = dir_list(dir, names.v[i], &files);

		if (node != -1) {
			char *node_at = file_join(at, names.v[i]);

			node_responses(&a, node, node_at, &files);
			free(node_at);
			close(node);
		}
		strs_free(&files);
	}
	if (a.nodes == 0 && names.n > 0)
		node_responses(&a, dir, at, &names);
	if (a.nodes > 0)
		put_answers(s, at, &a);
	close(dir);
	strs_free(&names);
}

void
scan_mapresponses(struct scan *s)
{
	struct strs shared = {0};
	int dir;

	for (size_t i = 0; i < s->names->n; i++)
		if (ends_with(s->names->v[i], "-mapresponses"))
			server_responses(s, s->dir, s->names->v[i], s->names->v[i]);
	dir = dir_list(s->dir, "mapresponses", &shared);
	for (size_t i = 0; i < shared.n; i++) {
		char *at = file_join("mapresponses", shared.v[i]);

		server_responses(s, dir, shared.v[i], at);
		free(at);
	}
	if (dir != -1)
		close(dir);
	strs_free(&shared);
}
