#include "watch.h"

#include <bsd/string.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/json.h"
#include "../base/lines.h"
#include "../base/mem.h"
#include "../base/respawn.h"

enum {
	SEEN = 256,		/* as many events as the engine can repeat */
	OVERLAP_MS = 1000,	/* needed because events are not quite in the order of their times */
	AWAY_MS = 1000,		/* no stream for this long: the engine is gone */
	SETTLED_MS = 3000,	/* a stream that lived this long has reached the engine */
	LONGEST = 1 << 20,	/* bytes of a line */
};

struct engine_watch {
	struct engine_watch_config c;
	int fd;			/* events.json; -1: none, or writing to it failed */
	struct respawn stream;
	struct timer *settle;
	int64_t last;		/* time of the newest event, ns since 1970 */
	int64_t gone;		/* when the stream ended (loop_now); -1: it goes on */
	bool away;		/* the engine is gone, as on_engine was told */
	struct lines lines;
	struct json json;
	uint64_t seen[SEEN];	/* hashes of lines; a ring */
	size_t n_seen;
	/* By their ids: the run's containers that exist, those of them that run, and the networks that were
	 * reported. */
	struct strs containers, up, networks;
};

static uint64_t
watch_hash(const char *s, size_t len)
{
	uint64_t h = 14695981039346656037u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)s[i]) * 1099511628211u;
	return h;
}

/* True: the line was handled before, in an earlier stream. Otherwise remembers it. */
static bool
watch_seen_before(struct engine_watch *w, const char *line, size_t len)
{
	uint64_t h = watch_hash(line, len);

	for (size_t i = 0; i < SEEN && i < w->n_seen; i++)
		if (w->seen[i] == h)
			return true;
	w->seen[w->n_seen++ % SEEN] = h;
	return false;
}

static void
watch_forget(struct strs *ids, const char *id)
{
	for (size_t i = ids->n; i > 0; i--)
		if (strcmp(ids->v[i - 1], id) == 0)
			strs_del(ids, i - 1);
}

static void
watch_save(struct engine_watch *w, const char *line, size_t len)
{
	struct buf b = {0};

	if (w->fd == -1)
		return;
	buf_add(&b, line, len);
	buf_putc(&b, '\n');
	if (file_write_all(w->fd, b.s, b.len) == -1) {
		err_say("events.json: %s: it ends here", strerror(errno));
		close(w->fd);
		w->fd = -1;
	}
	buf_free(&b);
}

static void
watch_report(struct engine_watch *w, enum engine_event ev, const char *id, int attrs, int64_t at)
{
	char *name = json_dup_member(&w->json, attrs, "name");
	char *type = json_dup_member(&w->json, attrs, LABEL_TYPE);

	if (w->c.on_container != NULL)
		w->c.on_container(w->c.arg, ev, id, name == NULL ? "" : name, type == NULL ? "" : type, at);
	free(name);
	free(type);
}

/* False: the container is not the run's, or the line was handled before. */
static bool
watch_container(struct engine_watch *w, const char *id, int action, int attrs, int64_t at,
    const char *line, size_t len)
{
	static const char *const names[] = { "create", "start", "die", "oom", "destroy", "rename", "kill" };

	if (!json_eq(&w->json, json_member(&w->json, attrs, LABEL_RUN), w->c.run_id) ||
	    watch_seen_before(w, line, len))
		return false;
	for (int ev = ENGINE_CREATE; ev <= ENGINE_KILL; ev++) {
		if (!json_eq(&w->json, action, names[ev]))
			continue;
		strs_add_new(&w->containers, id);
		if (ev == ENGINE_START)
			strs_add_new(&w->up, id);
		if (ev == ENGINE_DIE || ev == ENGINE_DESTROY)
			watch_forget(&w->up, id);
		if (ev == ENGINE_DESTROY)
			watch_forget(&w->containers, id);
		watch_report(w, (enum engine_event)ev, id, attrs, at);
		break;
	}
	return true;
}

static bool
watch_network(struct engine_watch *w, const char *id, int action, int attrs, const char *line, size_t len)
{
	char *container = json_dup_member(&w->json, attrs, "container");
	char *name = json_dup_member(&w->json, attrs, "name");
	/* Networks that every engine has belong to no run. */
	bool common = name == NULL || strcmp(name, "bridge") == 0 || strcmp(name, "host") == 0 ||
	    strcmp(name, "none") == 0;
	bool ours = container != NULL ? strs_has(&w->containers, container) : strs_has(&w->networks, id);
	ours = ours && !watch_seen_before(w, line, len);
	if (ours && !common && json_eq(&w->json, action, "connect") && strs_add_new(&w->networks, id) &&
	    w->c.on_network != NULL)
		w->c.on_network(w->c.arg, id);
	if (ours && json_eq(&w->json, action, "destroy"))
		watch_forget(&w->networks, id);
	free(container);
	free(name);
	return ours;
}

/* The engine is there: any line of the stream shows that, even another run's, and so does SETTLED_MS. */
static void
watch_settled(struct engine_watch *w)
{
	w->gone = -1;
	respawn_ok(&w->stream);
	if (!w->away)
		return;
	w->away = false;
	if (w->c.on_engine != NULL)
		w->c.on_engine(w->c.arg, true);
}

static void
watch_on_line(void *arg, char *line, size_t len)
{
	struct engine_watch *w = arg;
	int type, action, attrs;
	int64_t ns, s;
	bool ours = false;
	char *id;

	if (json_parse(&w->json, line, len) == -1 || json_type(&w->json, 0) != JSON_OBJECT)
		return;
	watch_settled(w);
	type = json_member(&w->json, 0, "Type");
	action = json_member(&w->json, 0, "Action");
	attrs = json_path(&w->json, 0, "Actor.Attributes");
	id = json_dup(&w->json, json_path(&w->json, 0, "Actor.ID"));
	if (json_int(&w->json, json_member(&w->json, 0, "timeNano"), &ns) == -1)
		ns = json_int(&w->json, json_member(&w->json, 0, "time"), &s) == -1 ? 0 : s * 1000000000;
	if (ns > w->last)
		w->last = ns;
	if (id != NULL && json_eq(&w->json, type, "container"))
		ours = watch_container(w, id, action, attrs, ns / 1000000, line, len);
	else if (id != NULL && json_eq(&w->json, type, "network"))
		ours = watch_network(w, id, action, attrs, line, len);
	if (ours)
		watch_save(w, line, len);
	free(id);
}

static void
watch_on_out(void *arg, const char *data, size_t len)
{
	struct engine_watch *w = arg;

	lines_feed(&w->lines, data, len, watch_on_line, w);
}

static void
watch_on_end(void *arg)
{
	struct engine_watch *w = arg;
	int64_t now = loop_now();

	loop_timer_del(w->settle);
	w->settle = NULL;
	if (w->gone == -1)
		w->gone = now;
	if (w->away || now - w->gone < AWAY_MS)
		return;
	w->away = true;
	/* The containers' deaths were not seen; the engine will report those that it starts again. */
	strs_free(&w->up);
	if (w->c.on_engine != NULL)
		w->c.on_engine(w->c.arg, false);
}

static void
watch_on_settled(void *arg)
{
	struct engine_watch *w = arg;

	w->settle = NULL;
	watch_settled(w);
}

static struct proc *
watch_start_stream(void *arg, const struct proc_spec *how, struct err *e)
{
	struct engine_watch *w = arg;
	int64_t since = w->last > 0 ? w->last / 1000000 - OVERLAP_MS : w->c.since;
	struct proc *p = docker_events(w->c.docker, since, how, e);

	lines_reset(&w->lines);
	if (p != NULL)
		w->settle = loop_timer(w->c.docker->loop, SETTLED_MS, watch_on_settled, w);
	return p;
}

int
engine_watch_start(const struct engine_watch_config *c, struct engine_watch **out, struct err *e)
{
	struct engine_watch *w = xcalloc(1, sizeof(*w));

	w->c = *c;
	w->gone = -1;
	w->fd = -1;
	w->lines.longest = LONGEST;
	w->stream = (struct respawn){ .loop = c->docker->loop, .start = watch_start_stream,
	    .on_out = watch_on_out, .on_end = watch_on_end, .arg = w };
	if (c->path != NULL)
		w->fd = file_open(c->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (c->path != NULL && w->fd == -1)
		err_errno(e, c->path);
	else if (respawn_start(&w->stream, e) == 0) {
		*out = w;
		return 0;
	}
	engine_watch_stop(w);
	return -1;
}

int
engine_watch_up(const struct engine_watch *w)
{
	return w->away ? -1 : (int)w->up.n;
}

void
engine_watch_stop(struct engine_watch *w)
{
	if (w == NULL)
		return;
	respawn_stop(&w->stream);
	loop_timer_del(w->settle);
	if (w->fd != -1)
		close(w->fd);
	strs_free(&w->containers);
	strs_free(&w->up);
	strs_free(&w->networks);
	json_free(&w->json);
	lines_free(&w->lines);
	free(w);
}
