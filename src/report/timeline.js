/* The timeline: runs, tests and containers on one axis, which can be zoomed and moved. It needs page.js. */

const leastView = 20;	/* ms on the axis at the highest zoom */

/* Makes the panel at the foot, which shows the item that was opened. Returns the function that opens it. */
function makePanel() {
	const panel = make(document.body, 'aside', 'panel');
	let opener = null;
	const close = function () {
		panel.hidden = true;
		panel.textContent = '';
		document.body.style.paddingBottom = '';
		if (opener && opener.isConnected)
			opener.focus();
		opener = null;
	};

	panel.hidden = true;
	panel.setAttribute('aria-live', 'polite');
	document.addEventListener('keydown', function (event) {
		if (event.key === 'Escape')
			close();
	});
	return function (from, title, nodes) {
		panel.textContent = '';
		const button = make(panel, 'button', '', 'close (Esc)');
		button.type = 'button';
		button.addEventListener('click', close);
		make(panel, 'h3', '', title);
		for (const node of nodes)
			panel.append(node);
		panel.hidden = false;
		panel.scrollTop = 0;
		document.body.style.paddingBottom = '50vh';
		opener = from;
	};
}

/* Describes an item, beside it, while it is pointed at or has the focus. */
function makeTip(home) {
	const tip = make(document.body, 'div', 'tip');
	const hide = function () { tip.hidden = true; };

	const show = function (target) {
		const node = target.closest('button.item');

		hide();
		if (!node)
			return;
		const box = node.getBoundingClientRect();
		tip.textContent = node.getAttribute('aria-label');
		tip.hidden = false;
		tip.style.left = Math.max(4, Math.min(box.left, window.innerWidth - tip.offsetWidth - 8)) + 'px';
		tip.style.top = (box.bottom + tip.offsetHeight + 10 < window.innerHeight ? box.bottom + 6 :
		    box.top - tip.offsetHeight - 6) + 'px';
	};

	hide();
	home.addEventListener('pointerover', function (event) { show(event.target); });
	home.addEventListener('focusin', function (event) { show(event.target); });
	home.addEventListener('focusout', hide);
	home.addEventListener('pointerleave', hide);
	/* Moving the focus may scroll the page; the tip follows its item. */
	window.addEventListener('scroll', function () { show(document.activeElement); }, { passive: true });
}

function showTimeline(run, home) {
	const open = makePanel();
	const whole = { from: run.began, to: run.began + Math.max(run.ended - run.began, 1) * 1.02 };
	const view = { from: whole.from, to: whole.to };
	const placed = [];	/* what moves with the view: { node, from, to } or { svg } */
	const rows = make(null, 'div', 'rows'), ticks = make(null, 'div', 'ticks'), over = make(rows, 'div', 'over');
	const marks = [];	/* sorted by row, then time */

	function moment(at) {
		return clock(at - run.began);
	}

	function span(node, from, to) {
		placed.push({ node: node, from: from, to: to });
		return node;
	}

	/* Makes something that can be pointed at, focused and opened. */
	function item(parent, className, letter, words, act) {
		const node = make(parent, 'button', 'item ' + className, letter);

		node.type = 'button';
		node.setAttribute('aria-label', shown(words));
		node.addEventListener('click', function () { act(node); });
		return node;
	}

	function row(className, name) {
		const node = make(rows, 'div', 'row ' + className);

		make(node, 'span', '', name).title = shown(name);
		return make(node, 'div', 'lane');
	}

	function opened(node) {
		node.open = true;
		return node;
	}

	function there(id, words) {
		const p = make(null, 'p');

		anchor(p, id, words);
		return p;
	}

	/* Rows */

	function runRow(r) {
		const words = r.name + '\n' + r.result + (r.flaky ? ', flaky' : '') + ', ' + moment(r.from) + ' to ' +
		    moment(r.to || run.ended) + '\n' + r.sentence;

		span(item(row('', r.name), r.result, letters[r.result] + (r.flaky ? ' flaky' : ''), words, function (node) {
			const p = make(null, 'p', '', r.sentence + ' — ');

			link(p, r.link, r.id);
			open(node, r.name, [p]);
		}), r.from, r.to || run.ended);
	}

	function testRow(test) {
		const names = test.name.split('/'), to = test.to || run.stopped;
		const lane = row(names.length > 1 ? 'sub' : '', names.length > 1 ? '· '.repeat(names.length - 2) + '└ ' +
		    names[names.length - 1] : test.name);
		const words = test.name + '\n' + test.result + ', ' + moment(test.from) + ' to ' + moment(to) + ', ' +
		    length((to - test.from) / 1000) + (test.paused.length > 0 ? '\nhatched: it waited' : '');
		const act = function (node) {
			open(node, test.name, isFailure(test) ? [failureOf(run, test)] :
			    [make(null, 'p', '', words.split('\n')[1]), there('t' + test.id, 'in the table of tests')]);
		};

		span(item(lane, test.result, letters[test.result], words, act), test.from, to);
		for (const p of test.paused)
			span(make(lane, 'div', 'paused ' + test.result), p.from, p.to || run.stopped);
		if (test.failed)
			marks.push({ lane: lane, at: test.failed, letter: '!', className: 'fail-at', act: act,
			    words: test.name + '\nsays what failed: ' + moment(test.failed) + '\n' + (test.message || '') });
	}

	function draw(parent, name, attributes) {
		const node = document.createElementNS('http://www.w3.org/2000/svg', name);

		for (const key of Object.keys(attributes))
			node.setAttribute(key, attributes[key]);
		parent.append(node);
		return node;
	}

	/* Draws memory as an area, CPU as a line, and the limit dashed. */
	function measured(lane, box) {
		const svg = draw(lane, 'svg', { preserveAspectRatio: 'none', 'aria-hidden': 'true' });
		const limit = box.memory && box.memory.limit_mb > 0 ? box.memory.limit_mb : 0;
		const known = box.samples.filter(function (s) { return s.mb !== null; });
		const busy = box.samples.filter(function (s) { return s.cpu !== null; });
		const high = biggest(known.map(function (s) { return s.mb; }).concat([limit, 1]));
		const most = biggest(busy.map(function (s) { return s.cpu; }).concat([100]));
		const point = function (at, part) { return (at - run.began) + ',' + (100 - 95 * part); };

		placed.push({ svg: svg });
		if (known.length > 1)
			draw(svg, 'polygon', { 'class': 'memory', points: [point(known[0].at, 0)].concat(
			    known.map(function (s) { return point(s.at, s.mb / high); }),
			    [point(known[known.length - 1].at, 0)]).join(' ') });
		if (busy.length > 1)
			draw(svg, 'polyline', { 'class': 'cpu', points: busy.map(function (s) {
				return point(s.at, s.cpu / most);
			}).join(' ') });
		if (limit > 0 && known.length > 1)
			draw(svg, 'polyline', { 'class': 'limit', points: point(known[0].at, limit / high) + ' ' +
			    point(known[known.length - 1].at, limit / high) });
	}

	function lifeWords(box, act) {
		const m = box.memory;

		return box.name + '\n' + box.kind + (lifeOf(box) ? ', ' + lifeOf(box) : '') + (m && m.max_mb !== null ?
		    '\nat most ' + m.max_mb + ' MB' + (m.limit_mb > 0 ? ', limit ' + m.limit_mb + ' MB' : '') : '') +
		    (act ? '\n' + act : '');
	}

	function laneRow(box) {
		const lane = row('box', box.name), last = box.moments[box.moments.length - 1];
		const end = last && last.what === 'destroy' ? last.at : run.ended;
		const act = function (node) {
			const list = make(null, 'ul');

			for (const m of box.moments)
				make(list, 'li', '', moment(m.at) + '  ' + m.what + (m.what === 'die' ? ', exit ' + m.code : ''));
			open(node, box.name, [make(null, 'p', '', lifeWords(box).split('\n').slice(1).join(', ')), list,
			    there('c' + box.id, 'in the table of containers')].concat(
			    box.marks.map(function (m) { return opened(markOf(run, m)); })));
		};
		let up = null, starts = 0;

		if (!last)
			make(lane, 'small', '', 'nothing is known of when it was there');
		else
			span(make(lane, 'div', 'life'), box.moments[0].at, end);
		for (const m of box.moments) {
			const mark = { lane: lane, at: m.at, className: 'bad', act: act };

			if (m.what === 'create') {
				marks.push(Object.assign(mark, { letter: 'c', className: 'exit',
				    words: lifeWords(box, 'created ' + moment(m.at)) }));
			} else if (m.what === 'start') {
				up = m.at;
				if (starts++ > 0)
					marks.push(Object.assign(mark, { letter: 'R', words: lifeWords(box, 'started again ' + moment(m.at)) }));
			} else if (m.what === 'oom') {
				marks.push(Object.assign(mark, { letter: 'O', words: lifeWords(box, 'out of memory ' + moment(m.at)) }));
			} else if (m.what === 'die') {
				if (up !== null)
					span(make(lane, 'div', 'up'), up, m.at);
				up = null;
				if ([0, 137, 143].includes(m.code))
					mark.className = 'exit';
				marks.push(Object.assign(mark, { letter: '×',
				    words: lifeWords(box, 'ended ' + moment(m.at) + ' with exit ' + m.code) }));
			}
		}
		if (up !== null)
			span(make(lane, 'div', 'up'), up, Math.min(end, run.stopped));
		measured(lane, box);
		for (const m of box.marks.filter(function (one) { return one.at > 0; }))
			marks.push({ lane: lane, at: m.at, letter: m.later ? 'e' : 'E', mark: m,
			    className: m.later ? 'later' : m.fatal ? 'fatal' : 'error',
			    words: moment(m.at) + ' ' + box.name + '\n' + m.text });
	}

	/* Marks of a lane that would overlap are drawn as one, which may show their number. */
	function drawMarks(width) {
		const near = (view.to - view.from) * 17 / width;
		const focused = document.activeElement ? document.activeElement.dataset.mark : undefined;
		const worse = function (m) {
			return ['exit', 'later', 'fail-at', 'bad', 'error', 'fatal'].indexOf(m.className);
		};

		for (const node of rows.querySelectorAll('.mark'))
			node.remove();
		for (let i = 0; i < marks.length; i++) {
			const group = [marks[i]];

			if (marks[i].at < view.from || marks[i].at > view.to)
				continue;
			while (i + 1 < marks.length && marks[i + 1].lane === group[0].lane && marks[i + 1].at - group[0].at < near)
				group.push(marks[++i]);
			const worst = group.reduce(function (a, b) { return worse(b) > worse(a) ? b : a; });
			const logs = group.filter(function (m) { return m.mark; });
			const node = item(worst.lane, 'mark ' + worst.className,
			    logs.length > 1 && worst.mark ? String(Math.min(logs.length, 99)) : worst.letter,
			    group.slice(0, 6).map(function (m) { return m.words; }).join('\n') +
			    (group.length > 6 ? '\n… ' + (group.length - 6) + ' more' : ''), function (from) {
				if (logs.length === 0)
					worst.act(from);
				else
					open(from, logs.length === 1 ? 'A line of a log' : logs.length + ' lines of a log',
					    logs.slice(0, 20).map(function (m) { return opened(markOf(run, m.mark)); }));
			});
			node.style.left = share(worst.at) + '%';
			node.dataset.mark = marks.indexOf(worst);
			if (focused === node.dataset.mark)
				node.focus();
		}
	}

	/* The view */

	function share(at) {
		return 100 * (at - view.from) / (view.to - view.from);
	}

	function drawTicks(width) {
		const least = (view.to - view.from) * 80 / width;
		const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 15000, 30000, 60000, 120000,
		    300000, 600000, 1800000, 3600000, 7200000, 21600000];
		const step = steps.find(function (s) { return s >= least; }) || steps[steps.length - 1];

		ticks.textContent = '';
		for (let at = Math.ceil((view.from - run.began) / step) * step; at + run.began <= view.to; at += step)
			make(ticks, 'span', '', at === 0 ? '0' : clock(at, step)).style.left = share(at + run.began) + '%';
	}

	function drawView() {
		const width = Math.max(ticks.clientWidth, 100);

		for (const p of placed) {
			if (p.svg) {
				p.svg.setAttribute('viewBox', (view.from - run.began) + ' 0 ' + (view.to - view.from) + ' 100');
				continue;
			}
			const left = Math.max(share(p.from), -1), right = Math.min(share(p.to), 101);
			p.node.style.left = left + '%';
			p.node.style.width = Math.max(right - left, 0) + '%';
			p.node.style.visibility = right < 0 || left > 100 ? 'hidden' : '';
		}
		drawTicks(width);
		drawMarks(width);
	}

	function show(from, to) {
		const long = Math.min(Math.max(to - from, leastView), whole.to - whole.from);

		view.from = Math.min(Math.max((from + to - long) / 2, whole.from), whole.to - long);
		view.to = view.from + long;
		drawView();
	}

	function zoom(factor, at) {
		const middle = at === undefined ? (view.from + view.to) / 2 : at;

		show(middle - (middle - view.from) * factor, middle + (view.to - middle) * factor);
	}

	function pan(part) {
		const by = (view.to - view.from) * part;
		const back = Math.min(Math.max(by, whole.from - view.from), whole.to - view.to);

		show(view.from + back, view.to + back);
	}

	function all() {
		show(whole.from, whole.to);
	}

	function onKey(event) {
		const keys = { '+': [zoom, 0.6], '=': [zoom, 0.6], '-': [zoom, 1 / 0.6], ArrowLeft: [pan, -0.2],
		    ArrowRight: [pan, 0.2], '0': [all] };

		if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key])
			return;
		keys[event.key][0](keys[event.key][1]);
		event.preventDefault();
	}

	/* On the axis the wheel zooms; over the rows it scrolls, and zooms only with Ctrl. */
	function onWheel(event) {
		const box = ticks.getBoundingClientRect();

		if (Math.abs(event.deltaX) > Math.abs(event.deltaY))
			pan(event.deltaX / box.width);
		else if (event.ctrlKey || ticks.parentNode.contains(event.target))
			zoom(event.deltaY > 0 ? 1.25 : 0.8,
			    view.from + (view.to - view.from) * (event.clientX - box.left) / box.width);
		else
			return;
		event.preventDefault();
	}

	function onDrag(event) {
		const start = event.clientX, from = view.from, to = view.to, width = ticks.clientWidth;
		const move = function (e) {
			const by = (start - e.clientX) * (to - from) / width;
			const back = Math.min(Math.max(by, whole.from - from), whole.to - to);

			if (Math.abs(e.clientX - start) > 3)
				show(from + back, to + back);
		};
		const end = function () {
			for (const name of ['pointerup', 'pointercancel'])
				window.removeEventListener(name, end);
			window.removeEventListener('pointermove', move);
		};

		if (event.button !== 0 || event.target.closest('button, a'))
			return;
		window.addEventListener('pointermove', move);
		for (const name of ['pointerup', 'pointercancel'])
			window.addEventListener(name, end);
	}

	/* Shows when and how the tests ended, and the removal after that. */
	function drawEnding() {
		const ended = Date.parse(run.summary.ended || ''), s = run.summary;
		const words = s.ending === 'normal' ? 'tests ended' : s.signal || s.ending;

		if (run.die || run.stopped < ended) {
			span(make(over, 'div', 'ending'), run.stopped, ended || run.ended);
			span(make(over, 'div', 'moment'), run.stopped, run.stopped);
			make(over.lastChild, 'span', '', run.die ? words : words + ', last seen');
		}
		if (ended) {
			span(make(over, 'div', 'moment low'), ended, ended);
			make(over.lastChild, 'span', '', run.runs.length > 0 ? 'ended' : s.kept ? 'kept' : 'removed');
		}
	}

	function key(bar, className, letter, words) {
		const node = make(bar, 'span', 'key');

		make(node, 'i', 'item ' + className, letter);
		make(node, 'span', '', words);
	}

	function makeHead() {
		const bar = make(home, 'div', 'bar-of-buttons');

		for (const b of [['+', 'zoom in', zoom, 0.6], ['−', 'zoom out', zoom, 1 / 0.6], ['←', 'earlier', pan, -0.2],
		    ['→', 'later', pan, 0.2], ['0', 'all of it', all]]) {
			const node = make(bar, 'button', '', b[0]);

			node.type = 'button';
			node.title = b[1];
			node.addEventListener('click', function () { b[2](b[3]); });
		}
		for (const result of ['passed', 'failed', 'skipped', 'unfinished'])
			if (run.tests.concat(run.runs).some(function (t) { return t.result === result; }))
				key(bar, result, letters[result], result);
		if (run.lanes.length > 0) {
			key(bar, 'mark error', 'E', 'error in a log');
			key(bar, 'mark bad', 'R', 'restart, O: out of memory, ×: exit');
		}
		make(bar, 'span', '', 'Keys + − ← → 0, Ctrl and wheel, or drag');
	}

	makeHead();
	const axis = make(home, 'div', 'axis-of-time');
	make(axis, 'span');
	axis.append(ticks);
	home.append(rows);
	rows.tabIndex = 0;
	rows.setAttribute('role', 'group');
	rows.setAttribute('aria-label', 'Timeline: plus and minus zoom, arrows move, 0 shows all');
	if (run.runs.length > 0) {
		row('title', 'Runs');
		run.runs.forEach(runRow);
	} else {
		const tests = run.tests.filter(function (t) { return t.name && t.from; });

		if (tests.length > 0)
			row('title', 'Tests');
		tests.forEach(testRow);
		if (run.lanes.length > 0)
			row('title', 'Containers');
		run.lanes.forEach(laneRow);
	}
	const order = new Map(Array.from(rows.querySelectorAll('.lane')).map(function (l, i) { return [l, i]; }));
	marks.sort(function (a, b) { return order.get(a.lane) - order.get(b.lane) || a.at - b.at; });
	drawEnding();
	drawView();
	makeTip(home);
	window.addEventListener('resize', drawView);
	home.addEventListener('keydown', onKey);
	home.addEventListener('wheel', onWheel, { passive: false });
	home.addEventListener('pointerdown', onDrag);
}
