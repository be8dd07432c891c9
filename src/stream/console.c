#include <sys/ioctl.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/flags.h"
#include "../base/text.h"
#include "stream_internal.h"

#define ELLIPSIS "\xe2\x80\xa6"

enum {
	SURE = 512,	/* bytes that POLLOUT guarantees a blocking descriptor takes */
	COLUMNS = 80,
};

bool
stdout_has_colours(void)
{
	return env_terminal() && env_value("NO_COLOR") == NULL;
}

/* O_NONBLOCK belongs to the open file, which the shell and our children share, so a terminal or a pipe is
 * opened again for hi alone. Where that fails, hi asks for POLLOUT before each small write. */
static void
console_reopen(struct console *c, const struct stat *st)
{
	char path[32];
	int fd;

	/* A descriptor opened for reading only must not become writable by this. */
	if ((!S_ISFIFO(st->st_mode) && !S_ISCHR(st->st_mode)) ||
	    (fcntl(c->fd, F_GETFL) & O_ACCMODE) == O_RDONLY)
		return;
	snprintf(path, sizeof(path), "/dev/fd/%d", c->fd);
	fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1)
		return;
	if ((fcntl(c->fd, F_GETFL) & O_NONBLOCK) != 0 || (fcntl(fd, F_GETFL) & O_NONBLOCK) == 0) {
		close(fd);
		return;
	}
	c->fd = fd;
	c->opened = c->nonblocking = true;
}

void
console_open(struct console *c, struct loop *l, int fd, void (*drained)(void *), void *arg)
{
	struct stat st;

	memset(c, 0, sizeof(*c));
	c->loop = l;
	c->fd = fd;
	c->drained = drained;
	c->arg = arg;
	c->github = text_in_github();
	if (fstat(fd, &st) == -1)
		c->discard = true;
	else if (l == NULL || S_ISREG(st.st_mode))
		c->blocks = true;
	else if ((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0)
		c->nonblocking = true;
	else
		console_reopen(c, &st);
}

static void
console_on_ready(void *arg, short revents)
{
	struct console *c = arg;

	(void)revents;
	console_flush(c);
	c->drained(c->arg);
}

static void
console_wait(struct console *c, bool wait)
{
	if (wait && c->watch == NULL)
		c->watch = loop_fd(c->loop, c->fd, POLLOUT, console_on_ready, c);
	if (!wait) {
		loop_fd_del(c->watch);
		c->watch = NULL;
	}
}

/* Makes the text that was added to q since the last call harmless for the Actions runner. */
static void
console_check(struct console *c)
{
	struct buf b = {0};

	if (c->github && c->checked < c->q.len) {
		text_github(&b, &c->line, c->q.s + c->checked, c->q.len - c->checked);
		c->q.len = c->checked;
		buf_add(&c->q, b.s, b.len);
		buf_free(&b);
	}
	c->checked = c->q.len;
}

void
console_flush(struct console *c)
{
	struct pollfd p = { .fd = c->fd, .events = POLLOUT };
	size_t done = 0, n;
	ssize_t w;

	console_check(c);
	c->midline = console_midline(c);
	while (done < c->q.len && !c->gone && !c->discard) {
		n = c->q.len - done;
		if (!c->blocks && !c->nonblocking) {
			if (poll(&p, 1, 0) <= 0)
				break;
			n = n < SURE ? n : SURE;
		}
		w = write(c->fd, c->q.s + done, n);
		if (w >= 0)
			done += (size_t)w;
		else if (errno == EPIPE) {
			flags_output_failed(errno);
			c->gone = true;
		}
		else if (errno == EAGAIN && c->blocks)
			(void)poll(&p, 1, -1);
		else if (errno == EAGAIN)
			break;
		else if (errno != EINTR) {
			flags_output_failed(errno);
			c->discard = true;
		}
	}
	if (c->gone || c->discard)
		done = c->q.len;
	if (done > 0)
		buf_drop(&c->q, done);
	c->checked -= done;
	c->cleared -= done < c->cleared ? done : c->cleared;
	if (c->loop != NULL)
		console_wait(c, c->q.len > 0);
}

bool
console_midline(const struct console *c)
{
	return c->q.len == 0 ? c->midline : c->q.len != c->cleared && c->q.s[c->q.len - 1] != '\n';
}

void
console_fresh_line(struct console *c)
{
	if (console_midline(c))
		buf_putc(&c->q, '\n');
}

void
console_close(struct console *c)
{
	loop_fd_del(c->watch);
	if (c->opened)
		close(c->fd);
	buf_free(&c->q);
}

static size_t
footline_columns(const struct console *c)
{
	struct winsize w;

	return ioctl(c->fd, TIOCGWINSZ, &w) == 0 && w.ws_col > 0 ? w.ws_col : COLUMNS;
}

void
footline_hide(struct footline *f, struct console *c)
{
	size_t now;

	if (f->drawn == 0)
		return;
	/* A terminal that has become narrower shows the line wrapped onto several. */
	now = footline_columns(c);
	if (now < f->columns && f->drawn > now)
		buf_printf(&c->q, "\033[%zuA", (f->drawn - 1) / now);
	buf_puts(&c->q, "\r\033[J");
	c->cleared = c->q.len;
	f->drawn = 0;
}

void
footline_draw(struct footline *f, struct console *c, const char *text, size_t len, bool colour)
{
	size_t width = footline_columns(c), n = 0, shown = 0, i, cut = 0;

	if (c->q.len > 0 || c->gone)
		return;
	footline_hide(f, c);
	/* One column is left free, so that no terminal wraps. An ellipsis shows that the text was cut. */
	for (i = 0; i < len && shown + 1 < width; i += n, shown++) {
		n = text_utf8(text + i, len - i) > 0 ? text_utf8(text + i, len - i) : 1;
		if (shown + 2 == width)
			cut = i;
	}
	console_fresh_line(c);
	if (colour)
		buf_puts(&c->q, "\033[2m");
	buf_add(&c->q, text, i < len ? cut : i);
	if (i < len)
		buf_puts(&c->q, ELLIPSIS);
	if (colour)
		buf_puts(&c->q, "\033[0m");
	f->drawn = shown;
	f->columns = width;
	console_flush(c);
	/* The next text erases the foot line, so it need not end it first. */
	c->midline = false;
}
