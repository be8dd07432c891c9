#include "cleanup_internal.h"

#include <sys/file.h>
#include <sys/stat.h>
#ifdef __APPLE__
#include <sys/sysctl.h>
#endif

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/json.h"
#include "../base/json_write.h"
#include "../base/mem.h"
#include "../base/system.h"
#include "../base/text.h"

#define PLACE "/var/tmp"
#define SUFFIX ".lease"

enum { STARTUP_GRACE_S = 60 };

const char *
owner_name(enum owner o)
{
	static const char *const names[] = { "live", "kept", "dead", "unknown" };

	return names[o];
}

static char *
lease_own_uid(void)
{
	return xasprintf("%lu", (unsigned long)geteuid());
}

/* True: dir is a real directory of that user to which nobody else can write. */
static bool
lease_dir_trusted(const char *dir, const char *uid)
{
	struct stat st;

	return lstat(dir, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == strtoul(uid, NULL, 10) &&
	    (st.st_mode & 022) == 0;
}

/* The directories with a user's leases: PLACE/hi-<uid>, and PLACE/hi-<uid>-XXXXXX, which hi makes if somebody
 * else has taken that name. */
static void
lease_dirs(const char *uid, struct strs *out)
{
	char *usual = xasprintf("hi-%s", uid), *others = xasprintf("hi-%s-", uid);
	struct strs names = { 0 };

	if (dir_names(PLACE, &names, NULL) == -1)
		strs_add(&names, usual);
	for (size_t i = 0; i < names.n; i++) {
		char *path = file_join(PLACE, names.v[i]);

		if ((strcmp(names.v[i], usual) == 0 || text_after(names.v[i], others) != NULL) &&
		    lease_dir_trusted(path, uid))
			strs_add(out, path);
		free(path);
	}
	strs_free(&names);
	free(usual);
	free(others);
}

/* The directory for a new lease, created if missing. If the usual name is somebody else's, an unpredictable
 * one is used, so that no other user can keep hi from running. The caller frees it; NULL: *e says why. */
static char *
lease_dir_make(const char *uid, struct err *e)
{
	char *dir = xasprintf("%s/hi-%s", PLACE, uid), *made = NULL;
	struct strs dirs = { 0 };

	if (mkdir(dir, 0755) == -1 && errno != EEXIST) {
		err_errno(e, dir);
		free(dir);
		return NULL;
	}
	lease_dirs(uid, &dirs);
	free(dir);
	if (dirs.n > 0)
		made = xstrdup(dirs.v[0]);
	else {
		made = xasprintf("%s/hi-%s-XXXXXX", PLACE, uid);
		if (mkdtemp(made) == NULL || chmod(made, 0755) == -1) {
			err_errno(e, made);
			free(made);
			made = NULL;
		}
	}
	strs_free(&dirs);
	return made;
}

char *
lease_host(void)
{
	char name[256] = "";

	gethostname(name, sizeof(name) - 1);
	return xstrdup(name);
}

#ifdef __APPLE__
char *
lease_boot(void)
{
	char session[64] = "";
	size_t size = sizeof(session);

	return xstrdup(sysctlbyname("kern.bootsessionuuid", session, &size, NULL, 0) == 0 ? session : "");
}
#else
char *
lease_boot(void)
{
	struct buf b = { 0 };
	char *id;

	if (file_read(PROC_DIR "/sys/kernel/random/boot_id", 128, &b, NULL) == -1) {
		buf_free(&b);
		return xstrdup("");
	}
	id = xstrndup(buf_str(&b), strcspn(buf_str(&b), "\n"));
	buf_free(&b);
	return id;
}
#endif

/* A probe of this lease holds it for a moment, so this retries for a second. */
static int
lease_lock(int fd)
{
	const struct timespec moment = { .tv_nsec = 10000000 };

	for (int i = 0; i < 100; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -1;
		nanosleep(&moment, NULL);
	}
	errno = EWOULDBLOCK;
	return -1;
}

static char *
lease_first_line(const char *run_id, const char *pattern, const char *dir, int64_t started)
{
	char *host = lease_host(), *boot = lease_boot();
	struct buf b = { 0 };

	jw_object(&b, NULL);
	jw_string(&b, "run", run_id);
	jw_string(&b, "host", host);
	jw_string(&b, "boot", boot);
	jw_string(&b, "pattern", pattern);
	jw_string(&b, "dir", dir);
	jw_int(&b, "started", started);
	jw_end_object(&b);
	buf_putc(&b, '\n');
	free(host);
	free(boot);
	return buf_take(&b);
}

/* The cleaner inherits the descriptor, so it must lie above those that a child is given (0 to 5). */
static int
lease_open_new(const char *path)
{
	int low = file_open(path, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0644), fd;

	if (low == -1)
		return -1;
	fd = fcntl(low, F_DUPFD_CLOEXEC, 10);
	if (fd == -1)
		unlink(path);
	close(low);
	return fd;
}

static int
lease_no_place(struct err *e)
{
	return err_on(e, "hi keeps its lease in " PLACE ", where it has to be able to write");
}

int
lease_check(struct err *e)
{
	char *uid = lease_own_uid();
	struct strs dirs = { 0 };
	int r;

	lease_dirs(uid, &dirs);
	r = file_can_mkdirs(dirs.n > 0 ? dirs.v[0] : PLACE, e);
	strs_free(&dirs);
	free(uid);
	return r == 0 ? 0 : lease_no_place(e);
}

int
lease_take(struct lease *l, const char *run_id, const char *pattern, const char *dir, int64_t started,
    struct err *e)
{
	char *uid = lease_own_uid(), *place = lease_dir_make(uid, e), *line = NULL;
	struct stat st;
	int r = -1;

	*l = (struct lease){ .fd = -1 };
	if (place == NULL)
		goto out;
	l->path = xasprintf("%s/%s" SUFFIX, place, run_id);
	l->fd = lease_open_new(l->path);
	if (l->fd == -1 || lease_lock(l->fd) == -1 || fstat(l->fd, &st) == -1) {
		err_errno(e, l->path);
		goto out;
	}
	line = lease_first_line(run_id, pattern, dir, started);
	if (file_write_all(l->fd, line, strlen(line)) == -1) {
		err_errno(e, l->path);
		goto out;
	}
	l->mark = xasprintf("%llu:%llu", (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
	r = 0;
out:
	if (r == -1) {
		lease_no_place(e);
		/* A file that existed before is somebody else's; then l->fd is -1. */
		if (l->fd != -1)
			unlink(l->path);
		lease_close(l);
	}
	free(line);
	free(place);
	free(uid);
	return r;
}

static void
lease_add_line(const struct lease *l, const char *key, const char *id)
{
	char *line = xasprintf("%s %s\n", key, id);

	/* Failures are ignored: the line matters only if hi and its cleaner die together. */
	if (l->fd != -1)
		(void)file_write_all(l->fd, line, strlen(line));
	free(line);
}

void
lease_network(struct lease *l, const char *id)
{
	lease_add_line(l, "network", id);
}

void
lease_engine(struct lease *l, const char *id)
{
	lease_add_line(l, "engine", id);
}

int
lease_keep(const char *path, struct err *e)
{
	int fd = file_open(path, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0);

	if (fd == -1 || file_write_all(fd, "kept\n", 5) == -1) {
		err_errno(e, path);
		if (fd != -1)
			close(fd);
		return -1;
	}
	close(fd);
	return 0;
}

void
lease_close(struct lease *l)
{
	if (l->fd != -1)
		close(l->fd);
	free(l->path);
	free(l->mark);
	*l = (struct lease){ .fd = -1 };
}

void
lease_remove(const char *path)
{
	if (path != NULL)
		unlink(path);
}

static bool
lease_has_line(const char *text, const char *line)
{
	size_t n = strlen(line);

	for (const char *p = text; p != NULL && *p != '\0'; p = strchr(p, '\n'), p = p ? p + 1 : NULL)
		if (strncmp(p, line, n) == 0 && (p[n] == '\n' || p[n] == '\0'))
			return true;
	return false;
}

/* The owner, by an open lease file; text is what it holds. */
static enum owner
lease_probe(int fd, const char *text)
{
	if (flock(fd, LOCK_SH | LOCK_NB) == -1)
		return OWNER_LIVE;
	flock(fd, LOCK_UN);
	return lease_has_line(text, "kept") ? OWNER_KEPT : OWNER_DEAD;
}

static int
lease_open(const char *path, struct buf *text)
{
	int fd = file_open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0);

	if (fd == -1)
		return -1;
	if (file_read(path, 1 << 20, text, NULL) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

static enum owner
owner_unknown(char **why, const char *fmt, const char *arg)
{
	free(*why);
	*why = xasprintf("%s%s", fmt, arg);
	return OWNER_UNKNOWN;
}

/* Opens the lease of a user's run and reads it. -1: errno says why; it is ENOENT, too, if that user has no
 * lease directory. */
static int
lease_find(const char *uid, const char *run_id, char **path, struct buf *text)
{
	struct strs dirs = { 0 };
	int fd = -1, why = ENOENT;

	lease_dirs(uid, &dirs);
	for (size_t i = 0; i < dirs.n && fd == -1; i++) {
		free(*path);
		*path = xasprintf("%s/%s" SUFFIX, dirs.v[i], run_id);
		fd = lease_open(*path, text);
		if (fd == -1 && errno != ENOENT)
			why = errno;
	}
	strs_free(&dirs);
	errno = why;
	return fd;
}

enum owner
lease_owner(const char *run_id, const char *uid, const char *host, const char *boot, const char *mark,
    char **why,
    bool *foreign)
{
	char *our_host = lease_host(), *our_boot = lease_boot(), *path = NULL;
	struct buf text = { 0 };
	enum owner o = OWNER_UNKNOWN;
	struct stat st;
	int fd = -1;

	*why = xstrdup("");
	*foreign = false;
	if (mark == NULL || uid == NULL || *uid == '\0' || uid[strspn(uid, "0123456789")] != '\0' ||
	    strchr(run_id, '/') != NULL) {
		o = owner_unknown(why, "made by another tool", "");
		goto out;
	}
	if (host == NULL || strcmp(host, our_host) != 0) {
		*foreign = true;
		o = owner_unknown(why, "started on ", host != NULL ? host : "another host");
		goto out;
	}
	*foreign = geteuid() != 0 && strtoul(uid, NULL, 10) != geteuid();
	fd = lease_find(uid, run_id, &path, &text);
	if (fd == -1) {
		if (errno == ENOENT && boot != NULL && *boot != '\0' && *our_boot != '\0' && strcmp(boot,
		    our_boot) != 0)
			o = OWNER_DEAD;
		else
			o = owner_unknown(why, errno == EACCES ?
			    "another user's: uid " : "its lease is gone: uid ", uid);
		goto out;
	}
	if (fstat(fd, &st) == -1) {
		o = owner_unknown(why, "its lease can't be read: ", path);
		goto out;
	}
	o = lease_probe(fd, buf_str(&text));
	/* If the label names another file than this one, nothing is proved, unless the host was rebooted. */
	if (o == OWNER_DEAD && (boot == NULL || strcmp(boot, our_boot) == 0)) {
		char *now = xasprintf("%llu:%llu", (unsigned long long)st.st_dev,
		    (unsigned long long)st.st_ino);

		if (strcmp(now, mark) != 0)
			o = owner_unknown(why, "its lease is another file: ", path);
		free(now);
	}
	/* Dead, but not ours to remove. */
	if (o == OWNER_DEAD && *foreign)
		o = owner_unknown(why, "another user's: uid ", uid);
out:
	if (fd != -1)
		close(fd);
	buf_free(&text);
	free(our_host);
	free(our_boot);
	free(path);
	return o;
}

static int
lease_read(const char *path, struct lease_content *out)
{
	struct buf text = { 0 };
	struct strs lines = { 0 };
	struct json j = { 0 };
	int fd = lease_open(path, &text), r = 0;
	struct stat st;

	*out = (struct lease_content){ .path = xstrdup(path) };
	if (fd == -1)
		return -1;
	strs_split(&lines, buf_str(&text), '\n');
	if (lines.n > 0 && json_parse(&j, lines.v[0], strlen(lines.v[0])) == 0) {
		out->run_id = json_dup_member(&j, 0, "run");
		out->pattern = json_dup_member(&j, 0, "pattern");
		out->dir = json_dup_member(&j, 0, "dir");
		json_int(&j, json_path(&j, 0, "started"), &out->started);
	}
	/* No content yet: hi is just starting, or died before it wrote any. Wait STARTUP_GRACE_S to tell. */
	if (out->run_id == NULL && (fstat(fd, &st) == -1 || time(NULL) - st.st_mtime < STARTUP_GRACE_S))
		r = -1;
	else if (out->run_id == NULL)
		out->run_id = xstrndup(file_base(path), strlen(file_base(path)) - strlen(SUFFIX));
	for (size_t i = 1; i < lines.n; i++) {
		const char *network = text_after(lines.v[i], "network "), *engine = text_after(lines.v[i],
		    "engine ");

		if (network != NULL)
			strs_add_new(&out->networks, network);
		else if (engine != NULL && out->engine == NULL)
			out->engine = xstrdup(engine);
	}
	out->owner = lease_probe(fd, buf_str(&text));
	close(fd);
	json_free(&j);
	strs_free(&lines);
	buf_free(&text);
	return r;
}

static void
lease_content_free(struct lease_content *s)
{
	free(s->run_id);
	free(s->pattern);
	free(s->dir);
	free(s->path);
	free(s->engine);
	strs_free(&s->networks);
	*s = (struct lease_content){ 0 };
}

void
lease_each(void (*fn)(void *arg, const struct lease_content *l), void *arg)
{
	struct strs dirs = { 0 }, names = { 0 };
	char *uid = lease_own_uid();

	lease_dirs(uid, &dirs);
	for (size_t d = 0; d < dirs.n; d++) {
		if (dir_names(dirs.v[d], &names, NULL) == 0)
			for (size_t i = 0; i < names.n; i++) {
				struct lease_content l = { 0 };
				char *path = file_join(dirs.v[d], names.v[i]);

				if (text_ends(names.v[i], SUFFIX) && lease_read(path, &l) == 0)
					fn(arg, &l);
				lease_content_free(&l);
				free(path);
			}
		strs_free(&names);
	}
	strs_free(&dirs);
	free(uid);
}
