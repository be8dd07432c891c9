#include "out.h"

#include <signal.h>
#include <stdio.h>

#include "../base/json.h"

void
out_member(struct buf *b, const char *key, const char *value)
{
	buf_printf(b, "%s\"%s\": ", b->len > 0 && b->s[b->len - 1] != '{' ? ", " : "", key);
	json_put(b, value);
}

int
out_flush(void)
{
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 3;
}

int
out_print(struct buf *b)
{
	fwrite(buf_str(b), 1, b->len, stdout);
	buf_free(b);
	return out_flush();
}

static void
on_signal(void *arg, int sig)
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
	loop_on_signal(l, on_signal, i);
}
