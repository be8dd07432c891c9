/* What servers and clients knew of the network at the end: peers, map responses. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/json.h"
#include "../base/mem.h"
#include "triage_internal.h"

enum {
	JSON_MAX = 16 * 1024 * 1024,
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

/* What a node knows when it has read its responses in their order: the first one names all peers, the others
 * what changed. */
struct peer {
	int64_t id;
	char *routes;		/* "router. 10.0.0.0/24"; NULL: it is no primary router */
};
struct known {
	struct peer *v;
	size_t n;
};

static void
forget(struct known *k, int64_t id)
{
	for (size_t i = 0; i < k->n; i++) {
		if (k->v[i].id != id)
			continue;
		free(k->v[i].routes);
		k->v[i] = k->v[--k->n];
		return;
	}
}

static void
forget_all(struct known *k)
{
	while (k->n > 0)
		free(k->v[--k->n].routes);
	free(k->v);
	*k = (struct known){0};
}

static void
learn(struct known *k, const struct json *j, int node)
{
	int list = json_member(j, node, "PrimaryRoutes");
	struct buf routes = {0};
	int64_t id;

	if (json_int(j, json_member(j, node, "ID"), &id) == -1)
		return;
	forget(k, id);
	if (json_count(j, list) > 0)
		json_string(j, json_member(j, node, "Name"), &routes);
	for (int r = json_first(j, list); r >= 0; r = json_next(j, r)) {
		buf_putc(&routes, ' ');
		json_string(j, r, &routes);
	}
	/* A power of two: full. */
	if ((k->n & (k->n - 1)) == 0)
		k->v = xreallocarray(k->v, k->n == 0 ? 1 : 2 * k->n, sizeof(*k->v));
	k->v[k->n++] = (struct peer){ id, routes.len > 0 ? buf_take(&routes) : NULL };
	buf_free(&routes);
}

/* False: it says nothing of peers. */
static bool
read_response(struct known *k, const struct json *j)
{
	int all = json_member(j, 0, "Peers"), some = json_member(j, 0, "PeersChanged");
	int gone = json_member(j, 0, "PeersRemoved"), n;
	int64_t id;

	if (json_type(j, all) == JSON_ARRAY)
		forget_all(k);
	for (n = json_first(j, all); n >= 0; n = json_next(j, n))
		learn(k, j, n);
	for (n = json_first(j, some); n >= 0; n = json_next(j, n))
		learn(k, j, n);
	for (n = json_first(j, gone); n >= 0; n = json_next(j, n))
		if (json_int(j, n, &id) == 0)
			forget(k, id);
	return json_type(j, all) == JSON_ARRAY || json_type(j, some) == JSON_ARRAY;
}

/* What a server told its nodes. */
struct answers {
	long nodes, responses;
	struct told { char *node; size_t peers; } least, most;
	struct strs routes;
};

static void
node_responses(struct answers *a, int dir, const char *at, const struct strs *names)
{
	struct buf text = {0};
	struct json j = {0};
	struct known k = {0};
	bool any = false;

	a->nodes++;
	for (size_t i = 0; i < names->n; i++) {
		if (!ends_with(names->v[i], ".json"))
			continue;
		a->responses++;
		if (load_json(dir, names->v[i], &text, &j) == 0)
			any = read_response(&k, &j) || any;
	}
	if (any && (a->most.node == NULL || k.n > a->most.peers)) {
		free(a->most.node);
		a->most = (struct told){ xstrdup(at), k.n };
	}
	if (any && (a->least.node == NULL || k.n < a->least.peers)) {
		free(a->least.node);
		a->least = (struct told){ xstrdup(at), k.n };
	}
	for (size_t i = 0; i < k.n; i++)
		if (k.v[i].routes != NULL)
			strs_add_new(&a->routes, k.v[i].routes);
	forget_all(&k);
	json_free(&j);
	buf_free(&text);
}

static void
put_answers(struct scan *s, const char *at, struct answers *a)
{
	char *routes = strs_join(&a->routes, "; "), *line;
	bool all = a->least.peers == a->most.peers;

	line = xasprintf("%ld response%s to %ld node%s%s%s", a->responses, a->responses == 1 ? "" : "s", a->nodes,
	    a->nodes == 1 ? "" : "s", a->routes.n > 0 ? "; primary routes: " : "", routes);
	finding_add(s->t, "mapresponses", at, 0, a->responses, line);
	free(line);
	if (a->least.node != NULL) {
		line = all ? xasprintf("after the last ones each node knew %zu peer%s", a->least.peers,
		    a->least.peers == 1 ? "" : "s") :
		    xasprintf("after the last one this node knew %zu peers, another %zu", a->least.peers,
		    a->most.peers);
		finding_add(s->t, "mapresponses", all ? at : a->least.node, 0, 1, line);
		free(line);
	}
	free(a->least.node);
	free(a->most.node);
	free(routes);
	strs_free(&a->routes);
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

/* What the tests write there is sorted by servers or, since they leave those out, by nodes. */
static bool
has_node(const struct strs *names)
{
	for (size_t i = 0; i < names->n; i++)
		if (strspn(names->v[i], "0123456789") == strlen(names->v[i]))
			return true;
	return false;
}

void
scan_mapresponses(struct scan *s)
{
	static const char common[] = "mapresponses";
	struct strs shared = {0};
	int dir;

	for (size_t i = 0; i < s->names->n; i++)
		if (ends_with(s->names->v[i], "-mapresponses"))
			server_responses(s, s->dir, s->names->v[i], s->names->v[i]);
	dir = dir_list(s->dir, common, &shared);
	if (has_node(&shared)) {
		server_responses(s, s->dir, common, common);
	} else {
		for (size_t i = 0; i < shared.n; i++) {
			char *at = file_join(common, shared.v[i]);

			server_responses(s, dir, shared.v[i], at);
			free(at);
		}
	}
	if (dir != -1)
		close(dir);
	strs_free(&shared);
}
