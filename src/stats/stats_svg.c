#include "stats_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/duration.h"
#include "../base/text.h"

/* Lengths in pixels. */
enum {
	WIDTH = 1120, LEFT = 70, RIGHT = 300, TOP = 88, BOTTOM = 46, BETWEEN = 44,
	PLOT = WIDTH - LEFT - RIGHT,
	LABEL_ROWS = 3, LABEL_LINE = 13, LEGEND_LINE = 15, CHAR = 6,
	PANELS_MAX = 6, LINES_MAX = 200,	/* of a panel: its biggest */
	NAME_MAX_SHOWN = 28,
};

static const char *const palette[] = {
	"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#56b4e9", "#6a3d9a", "#7f4f24",
};
enum { COLOURS = sizeof(palette) / sizeof(palette[0]) };
#define GREY "#9aa5b1"

static const char style[] =
    "<style>text{paint-order:stroke;stroke:#fff;stroke-width:3px}.grid{stroke:#e3e7eb}"
    ".tick,.dim{fill:#5c6770}.dim{font-weight:normal}"
    ".title{font-weight:bold;font-size:15px}.kind{font-weight:bold}"
    ".line{fill:none;stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round}"
    ".other{stroke-width:1;opacity:.7}"
    ".limit{stroke:#c00;stroke-width:1.5;stroke-dasharray:7 4}.limit-text{fill:#c00}"
    ".mark{stroke:#444;stroke-dasharray:2 3}.mark-text{fill:#444;font-size:11px}</style>\n";

struct plot {
	struct buf *out;
	int64_t from, to;	/* ms since 1970 */
	double top;		/* MB at the upper edge of this panel */
	int y, height;		/* of this panel's field */
};

/* As XML text that any browser takes; cut after max bytes. */
static void
put_text(struct buf *out, const char *s, size_t max)
{
	char *clean = text_harmless_dup(s);
	size_t n = 0;

	for (const char *c = clean; *c != '\0'; c++) {
		if (++n > max && ((unsigned char)*c & 0xc0) != 0x80) {
			buf_puts(out, "…");
			break;
		}
		switch (*c) {
		case '<': buf_puts(out, "&lt;"); break;
		case '>': buf_puts(out, "&gt;"); break;
		case '&': buf_puts(out, "&amp;"); break;
		case '"': buf_puts(out, "&quot;"); break;
		case '\t': buf_putc(out, ' '); break;
		default: buf_putc(out, *c);
		}
	}
	free(clean);
}

static double
x_of(const struct plot *p, int64_t at)
{
	double x = LEFT + (double)(at - p->from) / (double)(p->to - p->from) * PLOT;

	return x < LEFT ? LEFT : x > LEFT + PLOT ? LEFT + PLOT : x;
}

static double
y_of(const struct plot *p, double mb)
{
	return p->y + p->height - mb / p->top * p->height;
}

/* The round step that gives about n of them. */
static double
round_step(double range, int n)
{
	double raw = range / n, unit = 0.001;

	while (unit * 10 <= raw)
		unit *= 10;
	return unit * (raw <= unit ? 1 : raw <= 2 * unit ? 2 : raw <= 5 * unit ? 5 : 10);
}

static int64_t
time_step(int64_t ms)
{
	static const int64_t seconds[] = { 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400,
	    43200 };

	for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++)
		if (ms / (seconds[i] * 1000) <= 8)
			return seconds[i] * 1000;
	return ms / 8;
}

static void
put_stroke(struct plot *p, const char *class, double x1, double x2, double y1, double y2)
{
	buf_printf(p->out, "<path class=\"%s\" d=\"M%.1f %.1fL%.1f %.1f\"/>\n", class, x1, y1, x2, y2);
}

static void
put_tick(struct plot *p, const char *anchor, double x, double y)
{
	buf_printf(p->out, "<text class=\"tick\" text-anchor=\"%s\" x=\"%.1f\" y=\"%.1f\">", anchor, x, y);
}

static void
put_axes(struct plot *p)
{
	double step = round_step(p->top, p->height / 45);
	int64_t t_step = time_step(p->to - p->from);

	for (int i = 0; i * step <= p->top; i++) {
		double mb = i * step;

		put_stroke(p, "grid", LEFT, LEFT + PLOT, y_of(p, mb), y_of(p, mb));
		put_tick(p, "end", LEFT - 6, y_of(p, mb) + 4);
		buf_printf(p->out, "%g MB</text>\n", mb);
	}
	for (int64_t t = 0; t <= p->to - p->from; t += t_step) {
		double x = x_of(p, p->from + t);
		char text[40];

		put_stroke(p, "grid", x, x, p->y, p->y + p->height);
		put_tick(p, "middle", x, p->y + p->height + 15);
		buf_printf(p->out, "%s</text>\n", t < 60000 ? duration_go(t, text, sizeof(text)) :
		    duration_human(t, text, sizeof(text)));
	}
}

static void
put_limit(struct plot *p, double limit)
{
	bool off = limit > p->top;
	double y = off ? p->y : y_of(p, limit);

	if (limit <= 0)
		return;
	if (!off)
		put_stroke(p, "limit", LEFT, LEFT + PLOT, y, y);
	buf_printf(p->out, "<text class=\"limit-text\" text-anchor=\"end\" x=\"%d\" y=\"%.1f\">limit %g MB%s"
	    "</text>\n", LEFT + PLOT - 4, off ? y + 12 : y - 4, limit, off ? ", above this scale ↑" : "");
}

static void
put_line(struct plot *p, const struct series *c, const char *colour)
{
	const struct history *h = &c->history;
	double last_x = -1, last_y = 0;
	int64_t last = 0;

	buf_printf(p->out, "<path class=\"line%s\" stroke=\"%s\" d=\"",
	    strcmp(colour, GREY) == 0 ? " other" : "", colour);
	for (size_t i = 0; i < h->n; i++) {
		int64_t at = h->from + (int64_t)i * h->span + h->span / 2;
		double x = x_of(p, at), y = y_of(p, h->v[i]);

		if (h->v[i] < 0)
			continue;
		/* A lone point is a dot: the caps of a line are round. */
		if (last == 0 || at - last > (h->span * 2 > GAP_MS ? h->span * 2 : GAP_MS))
			buf_printf(p->out, "M%.1f %.1fh.01", x, y);
		else if (x - last_x >= 0.5 || y - last_y >= 0.5 || last_y - y >= 0.5)
			buf_printf(p->out, "L%.1f %.1f", x, y);
		else
			continue;
		last = at;
		last_x = x;
		last_y = y;
	}
	buf_puts(p->out, "\"><title>");
	put_text(p->out, c->name, 200);
	buf_printf(p->out, ": peak %.1f MB</title></path>\n", c->max);
}

static void
put_legend(struct plot *p, size_t row, const char *colour, const struct series *c, size_t rest)
{
	int y = p->y + (int)row * LEGEND_LINE + 6, x = LEFT + PLOT + 16;

	buf_printf(p->out, "<path stroke=\"%s\" stroke-width=\"3\" d=\"M%d %dh16\"/>\n", colour, x, y);
	buf_printf(p->out, "<text x=\"%d\" y=\"%d\">", x + 22, y + 4);
	if (c == NULL) {
		buf_printf(p->out, "%zu more</text>\n", rest);
		return;
	}
	put_text(p->out, c->name, NAME_MAX_SHOWN);
	buf_printf(p->out, " <tspan class=\"dim\">%.0f MB%s%s</tspan></text>\n", c->max,
	    c->over ? ", over" : "", c->oom ? ", OOM" : "");
}

/* n series of one kind, the biggest first, of which at least one was measured. */
static void
put_panel(struct plot *p, const struct series *const *v, size_t n, const char *kind)
{
	size_t known = 0, rows = (size_t)p->height / LEGEND_LINE, named;
	double limit = v[0]->limit;

	while (known < n && v[known]->max >= 0)
		known++;
	named = known < rows ? known : rows - 1;
	named = named < COLOURS ? named : COLOURS;
	p->top = v[0]->max * 1.12;
	if (limit > 0 && limit <= 4 * v[0]->max && limit * 1.12 > p->top)
		p->top = limit * 1.12;
	put_axes(p);
	buf_printf(p->out, "<text class=\"kind\" x=\"%d\" y=\"%d\">", LEFT, p->y - 8);
	put_text(p->out, *kind == '\0' ? "other" : kind, 40);
	buf_printf(p->out, " <tspan class=\"dim\">%zu container%s", n, n == 1 ? "" : "s");
	if (known < n)
		buf_printf(p->out, ", %zu of them too short-lived to measure", n - known);
	buf_puts(p->out, "</tspan></text>\n");
	/* The biggest on top of the others. */
	for (size_t i = known < LINES_MAX ? known : LINES_MAX; i > 0; i--)
		put_line(p, v[i - 1], i - 1 < named ? palette[i - 1] : GREY);
	put_limit(p, limit);
	for (size_t i = 0; i < named; i++)
		put_legend(p, i, palette[i], v[i], 0);
	if (known > named)
		put_legend(p, named, GREY, NULL, known - named);
}

/* Lines through all panels; a label where there is room for it. */
static void
put_marks(struct plot *p, const struct mark *marks, size_t n, int bottom)
{
	double until[LABEL_ROWS] = { 0 };

	for (size_t i = 0; i < n; i++) {
		double x = x_of(p, marks[i].at), width = (double)strlen(marks[i].what) * CHAR + 8;
		int row = 0;

		buf_printf(p->out, "<path class=\"mark\" d=\"M%.1f %dV%d\"><title>", x, TOP - 26, bottom);
		put_text(p->out, marks[i].what, 200);
		buf_puts(p->out, "</title></path>\n");
		while (row < LABEL_ROWS && until[row] > x)
			row++;
		if (row == LABEL_ROWS || x + width > WIDTH)
			continue;
		until[row] = x + width;
		buf_printf(p->out, "<text class=\"mark-text\" x=\"%.1f\" y=\"%d\">", x + 3,
		    TOP - 30 - row * LABEL_LINE);
		put_text(p->out, marks[i].what, 80);
		buf_puts(p->out, "</text>\n");
	}
}

struct panel {
	size_t from, n;
};

/* The kinds of which something was measured; v is ordered by kind. */
static size_t
find_panels(const struct series *const *v, size_t n, struct panel out[PANELS_MAX])
{
	size_t found = 0;

	for (size_t i = 0, end; i < n && found < PANELS_MAX; i = end) {
		for (end = i; end < n && strcmp(v[end]->kind, v[i]->kind) == 0; end++)
			continue;
		if (v[i]->max >= 0)
			out[found++] = (struct panel){ i, end - i };
	}
	return found;
}

static void
find_times(struct plot *p, const struct series *const *v, size_t n, const struct mark *marks,
    size_t n_marks)
{
	p->from = INT64_MAX;
	p->to = 0;
	for (size_t i = 0; i < n; i++) {
		const struct history *h = &v[i]->history;
		int64_t end;

		if (h->n == 0)
			continue;
		end = h->from + (int64_t)h->n * h->span;
		p->from = h->from < p->from ? h->from : p->from;
		p->to = end > p->to ? end : p->to;
	}
	for (size_t i = 0; i < n_marks; i++) {
		p->from = marks[i].at < p->from ? marks[i].at : p->from;
		p->to = marks[i].at > p->to ? marks[i].at : p->to;
	}
	if (p->to <= p->from)
		p->to = p->from + 1000;
}

void
stats_svg(struct buf *out, const struct series *const *v, size_t n, const struct mark *marks,
    size_t n_marks)
{
	struct panel panels[PANELS_MAX];
	size_t k = find_panels(v, n, panels);
	struct plot p = { .out = out, .height = k <= 2 ? 260 : k <= 4 ? 180 : 140 };
	int bottom = TOP + (int)k * (p.height + BETWEEN) - BETWEEN, height = bottom + BOTTOM;
	char when[40];

	if (k == 0)
		bottom = height = TOP;
	buf_puts(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" font-family=\"sans-serif\" ");
	buf_printf(out, "font-size=\"12\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\">\n", WIDTH, height,
	    WIDTH, height);
	buf_puts(out, style);
	buf_printf(out, "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n", WIDTH, height);
	buf_printf(out, "<text class=\"title\" x=\"%d\" y=\"20\">Memory of the run's containers%s</text>\n",
	    LEFT, k == 0 ? ": none was measured" : "");
	if (k > 0) {
		find_times(&p, v, n, marks, n_marks);
		put_marks(&p, marks, n_marks, bottom);
		for (size_t i = 0; i < k; i++) {
			p.y = TOP + (int)i * (p.height + BETWEEN);
			put_panel(&p, v + panels[i].from, panels[i].n, v[panels[i].from]->kind);
		}
		put_tick(&p, "middle", LEFT + PLOT / 2.0, height - 10);
		buf_printf(out, "time since %s</text>\n", text_time(p.from, when, sizeof(when)));
	}
	buf_puts(out, "</svg>\n");
}
