/* The commands' standard output, and the signals that interrupt a command. */
#include "cmd.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/mem.h"
#include "../base/text.h"

static void
out_write(const char *s, size_t len)
{
	static struct text_line line;
	struct buf b = {0};

	if (text_in_github()) {
		text_github(&b, &line, s, len);
		s = buf_str(&b);
		len = b.len;
	}
	fwrite(s, 1, len, stdout);
	buf_free(&b);
}

void
out_line(const char *fmt, ...)
{
	struct buf b = {0};
	char *text;

	XFORMAT(text, fmt);
	text_harmless(&b, text, strlen(text));
	buf_putc(&b, '\n');
	out_print(&b);
	free(text);
}

void
out_print(struct buf *b)
{
	out_write(buf_str(b), b->len);
	buf_free(b);
}

void
out_json(struct buf *b)
{
	buf_putc(b, '\n');
	out_print(b);
}

static void
interrupt_on_signal(void *arg, int sig)
{
	struct interrupt *i = arg;

	if (sig != SIGINT && sig != SIGTERM && sig != SIGHUP && sig != SIGQUIT)
		return;
	if (!i->stop)
		i->signal = sig;
	i->stop = true;
}

void
interrupt_watch(struct interrupt *i, struct loop *l)
{
	loop_on_signal(l, interrupt_on_signal, i);
}
