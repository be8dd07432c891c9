#include "err.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bsd/string.h>

#include "mem.h"
#include "text.h"

enum {
	SAY_MAX = 4096,		/* PIPE_BUF on Linux: a pipe takes that much whole or not at all */
	SAY_WAIT_MS = 500,		/* ms to wait for a reader that stalls */
};

/* Formats into out, without control characters; a text that is too long is cut and ends in "...". */
static void
err_format(char *out, size_t size, const char *fmt, va_list ap)
{
	char *given = xvasprintf(fmt, ap), *s = text_harmless_dup(given);

	if (strlcpy(out, s, size) >= size) {
		size_t cut = size - 4;

		while (cut > 0 && ((unsigned char)out[cut] & 0xc0) == 0x80)
			cut--;
		strlcpy(out + cut, "...", size - cut);
	}
	free(given);
	free(s);
}

int
err_as(struct err *e, enum err_kind kind, const char *fmt, ...)
{
	va_list ap;

	if (e == NULL)
		return -1;
	e->kind = kind;
	va_start(ap, fmt);
	err_format(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	return -1;
}

static enum err_kind
err_kind_of(int error)
{
	switch (error) {
	case ENOENT: case ENOTDIR:
		return ERR_NOT_FOUND;
	case EACCES: case EPERM: case EROFS:
		return ERR_DENIED;
	case EEXIST: case EBUSY:
		return ERR_CONFLICT;
	case ECONNREFUSED:
		return ERR_UNREACHABLE;
	case ETIMEDOUT:
		return ERR_TIMED_OUT;
	case ENOSPC: case EDQUOT:
		return ERR_NO_SPACE;
	default:
		return ERR_OTHER;
	}
}

int
err_errno(struct err *e, const char *what)
{
	return err_as(e, err_kind_of(errno), "%s: %s", what, strerror(errno));
}

int
err_on(struct err *e, const char *fmt, ...)
{
	char what[sizeof(e->text)];
	va_list ap;

	if (e == NULL)
		return -1;
	va_start(ap, fmt);
	err_format(what, sizeof(what), fmt, ap);
	va_end(ap);
	return err_as(e, e->kind, "%s: %s", what, e->text);
}

static const char *speaker = "hi";

/* Writes once, or not at all if nobody reads: a message is not worth a hang. */
static void
err_write(const char *fmt, va_list ap)
{
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };
	char line[SAY_MAX / 2];	/* text_github's backslashes at most double it, to SAY_MAX */
	struct buf out = {0};
	size_t n = strlcpy(line, speaker, sizeof(line) / 2);
	int saved = errno;

	n += strlcpy(line + n, ": ", sizeof(line) - n);
	err_format(line + n, sizeof(line) - n - 1, fmt, ap);
	n = strlcat(line, "\n", sizeof(line));
	if (text_in_github())
		text_github(&out, NULL, line, n);
	else
		buf_add(&out, line, n);
	while (poll(&p, 1, SAY_WAIT_MS) == -1 && errno == EINTR)
		continue;
	if (p.revents & POLLOUT)
		while (write(STDERR_FILENO, out.s, out.len) == -1 && errno == EINTR)
			continue;
	buf_free(&out);
	errno = saved;
}

void
err_say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	err_write(fmt, ap);
	va_end(ap);
}

void
err_set_name(const char *who)
{
	speaker = who;
}
