#include "run_internal.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/mem.h"
#include "../base/proc.h"
#include "../base/text.h"
#include "../docker/helper.h"

enum { TOOL_MS = 300000 };

char *
send_probe(const struct plan *p)
{
	return plan_logs_inside(p) ? NULL : xasprintf("%s/.hi-%s", p->checkout.root, p->run_id);
}

int
send_sees_checkout(struct docker *d, const struct plan *p, struct err *e)
{
	static const char *const words[] = { "true", NULL };
	char *place = send_probe(p), *id = NULL;
	int sees = 1;

	if (place == NULL)
		return 1;
	/* If we may not write to the checkout, this can't be tried, and the engine is taken to see it. */
	if (mkdir(place, 0700) == 0) {
		if (helper_create(d, p->run_id, p->image, "look", place, place, words, &id, e) == -1)
			sees = e->kind == ERR_NO_PATH ? 0 : -1;
		rmdir(place);
	}
	if (id != NULL)
		helper_remove(d, id);
	free(id);
	free(place);
	return sees;
}

/* Opens a temporary file, already unlinked. */
static int
send_temporary_file(const struct plan *p, struct err *e)
{
	char *path = file_join(p->dir, ".sent");
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd == -1)
		err_errno(e, path);
	else
		unlink(path);
	free(path);
	return fd;
}

/* Runs git or tar; said (may be NULL) gets its output. -1: *e has the last line of its stderr. */
static int
send_tool(struct docker *d, const struct strs *words, int in, int out, struct buf *said, struct err *e)
{
	struct proc_run run = { .argv = words->v, .in = in, .out = out, .timeout_ms = TOOL_MS,
	    .cancel = d->cancel };
	struct proc_result res;
	int got = proc_run(d->loop, &run, &res, e);

	if (got == 0 && !proc_ok(res.status)) {
		size_t len;
		const char *last = text_last_line(buf_str(&res.err), &len);
		char how[64];

		got = len > 0 ? err_set(e, "%s: %.*s", words->v[0], (int)len, last) :
		    err_set(e, "%s: %s", words->v[0], proc_status(res.status, how, sizeof(how)));
	}
	if (got == 0 && said != NULL)
		buf_add(said, buf_str(&res.out), res.out.len);
	proc_result_free(&res);
	return got;
}

/* Writes the names of the checkout's files for tar -T, a line each. Counts in *left_out, and omits, those
 * that not all tars read alike. Returns 1; 0: there is no git, or this is no git checkout. */
static int
send_list_files(struct docker *d, const struct plan *p, int list, size_t *left_out, struct err *e)
{
	struct strs words = { 0 };
	struct buf names = { 0 }, lines = { 0 };
	char *logs = plan_logs_inside(p) ? file_join(p->logs_dir + strlen(p->checkout.root) + 1, "") : NULL;
	int got = 0;

	/* git has to read somebody else's checkout, too, but not to start a program that it configures. */
	strs_addv(&words, (const char *const[]){ "git", "-C", p->checkout.root, "-c", "safe.directory=*",
	    "-c",
	    "core.fsmonitor=false", "ls-files", "-z", "--cached", "--others", "--exclude-standard", NULL });
	if (send_tool(d, &words, 0, 0, &names, NULL) == 0)
		for (size_t at = 0; at < names.len; at += strlen(names.s + at) + 1) {
			const char *name = names.s + at;
			char *path = file_join(p->checkout.root, name);

			got = 1;
			if (strpbrk(name, "\n\\") != NULL)
				++*left_out;
			else if ((logs == NULL || strncmp(name, logs, strlen(logs)) != 0) &&
			    file_exists(path))
				buf_printf(&lines, ".%s\n", path);
			free(path);
		}
	if (file_write_all(list, buf_str(&lines), lines.len) == -1 || lseek(list, 0, SEEK_SET) == -1)
		got = err_errno(e, p->dir);
	strs_free(&words);
	buf_free(&names);
	buf_free(&lines);
	free(logs);
	return got;
}

/* The archive's paths begin at the root, because Podman does not copy into a missing directory. */
static int
send_pack(struct docker *d, const struct plan *p, int list, bool listed, int archive, struct err *e)
{
	struct strs words = { 0 };
	int got;

	strs_addv(&words, (const char *const[]){ "tar", "-c", "-f", "-", "-C", "/", NULL });
	if (listed)
		strs_addv(&words, (const char *const[]){ "--no-recursion", "-T", "-", NULL });
	else {
		strs_add(&words, "--exclude");
		strs_addf(&words, ".%s/.git", p->checkout.root);
		if (plan_logs_inside(p)) {
			strs_add(&words, "--exclude");
			strs_addf(&words, ".%s", p->logs_dir);
		}
		strs_addf(&words, ".%s", p->checkout.root);
	}
	got = send_tool(d, &words, list, archive, NULL, e);
	strs_free(&words);
	if (got == 0 && lseek(archive, 0, SEEK_SET) == -1)
		got = err_errno(e, p->dir);
	return got;
}

int
send_checkout(struct docker *d, const struct plan *p, const char *runner, size_t *left_out, struct err *e)
{
	int list = send_temporary_file(p, e), archive = list != -1 ? send_temporary_file(p, e) : -1, listed,
	    got = -1;
	struct docker patient;	/* sending may take long */

	*left_out = 0;
	docker_copy(&patient, d);
	patient.timeout_ms = TOOL_MS;
	if (archive != -1) {
		listed = send_list_files(d, p, list, left_out, e);
		if (listed != -1 && send_pack(d, p, list, listed == 1, archive, e) == 0)
			got = container_unpack(&patient, runner, archive, "/", e);
	}
	if (list != -1)
		close(list);
	if (archive != -1)
		close(archive);
	docker_close(&patient);
	return got == -1 ? err_on(e, "the checkout can't be sent to the engine") : 0;
}
