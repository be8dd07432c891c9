'use strict';
/* The timeline of a run. All text of tests and containers goes into the document as textContent; what is known of
 * a failed test or of a line in a log stands in the document already, and is shown again from there. */
(function () {
	const data = JSON.parse(document.getElementById('data').textContent);
	const home = document.getElementById('timeline');
	const letters = { passed: '✓', failed: '✗', skipped: '–', unfinished: '…', 'build-failed': '✗' };
	const smallest = 20;			/* ms that fill the axis when one zooms in */
	const whole = { from: 0, to: Math.max(data.end, 1) * 1.02 };
	const view = { from: whole.from, to: whole.to };
	const placed = [];			/* what moves with the view: { node, from, to } */
	let marks = [];				/* of logs and containers, which are merged where they are close */
	let ticks, rows, over, tip, panel, opener;

	/* Characters that show nothing, or turn the text around, are shown as a sign; C does the same. */
	function shown(text) {
		return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
	}

	function make(parent, name, className, text) {
		const node = document.createElement(name);

		if (className)
			node.className = className;
		if (text !== undefined)
			node.textContent = shown(text);
		if (parent)
			parent.append(node);
		return node;
	}

	function draw(parent, name, attributes) {
		const node = document.createElementNS('http://www.w3.org/2000/svg', name);

		for (const key of Object.keys(attributes))
			node.setAttribute(key, attributes[key]);
		parent.append(node);
		return node;
	}

	function seconds(ms, step) {
		const digits = step === undefined ? 3 : step >= 1000 ? 0 : step >= 100 ? 1 : step >= 10 ? 2 : 3;

		return (ms < 0 ? '−' : '+') + (Math.abs(ms) / 1000).toFixed(digits) + ' s';
	}

	function place(node, from, to) {
		placed.push({ node: node, from: from, to: to });
		return node;
	}

	/* A thing that can be pointed at, focused and opened. */
	function item(parent, className, letter, words, open) {
		const node = make(parent, 'button', 'item ' + className, letter);

		node.type = 'button';
		node.setAttribute('aria-label', shown(words));
		node.addEventListener('click', function () { open(node); });
		return node;
	}

	/* The panel */

	function closePanel() {
		panel.hidden = true;
		panel.textContent = '';
		document.body.style.paddingBottom = '';
		if (opener && opener.isConnected)
			opener.focus();
		opener = null;
	}

	function openPanel(from, title, nodes) {
		panel.textContent = '';
		const close = make(panel, 'button', '', 'close (Esc)');
		close.type = 'button';
		close.addEventListener('click', closePanel);
		make(panel, 'h3', '', title);
		for (const node of nodes)
			panel.append(node);
		panel.hidden = false;
		opener = from;
		document.body.style.paddingBottom = '50vh';
		panel.scrollTop = 0;
	}

	function copyOf(id) {
		const node = document.getElementById(id);
		const copy = node ? node.cloneNode(true) : document.createElement('p');

		copy.removeAttribute('id');
		copy.open = true;
		return copy;
	}

	function link(id, words) {
		const p = document.createElement('p');
		const a = make(p, 'a', '', words);

		a.href = '#' + id;
		return p;
	}

	function openTest(test, node) {
		const p = make(null, 'p', '', letters[test.result] + ' ' + test.result + ', ' + seconds(test.from) + ' to ' +
		    seconds(test.to));

		openPanel(node, test.name, test.shown && document.getElementById('f' + test.id) ?
		    [p, copyOf('f' + test.id)] : [p, link('t' + test.id, 'in the table of tests')]);
	}

	function openRun(run, node) {
		const p = make(null, 'p', '', run.sentence);
		const a = document.querySelector('#r' + run.id + ' a').cloneNode(true);

		make(p, 'br');
		p.append(a);
		openPanel(node, run.name, [p]);
	}

	function runRow(run) {
		const words = run.name + '\n' + run.result + (run.flaky ? ', flaky' : '') + ', ' + seconds(run.from) + ' to ' +
		    seconds(run.to) + '\n' + run.sentence;

		place(item(row('', run.name), run.result, letters[run.result] + (run.flaky ? ' flaky' : ''), words,
		    function (node) { openRun(run, node); }), run.from, run.to);
	}

	function openLane(lane, index, node) {
		const list = document.createElement('ul');

		for (const m of lane.moments)
			make(list, 'li', '', seconds(m[0]) + '  ' + m[1] + (m[1] === 'die' ? ', exit ' + m[2] : ''));
		const errors = data.marks.filter(function (m) { return m[1] === index; });
		openPanel(node, lane.name, [list, link('c' + index, 'in the table of containers')].concat(
		    errors.map(function (m) { return copyOf('e' + m[0]); })));
	}

	/* Rows */

	function row(className, name) {
		const node = make(rows, 'div', 'row ' + className);

		make(node, 'span', '', name).title = shown(name);
		return make(node, 'div', 'lane');
	}

	function testRow(test) {
		const short = test.name.slice(test.name.lastIndexOf('/') + 1);
		const depth = test.name.split('/').length - 1;
		const lane = row(depth > 0 ? 'sub' : '', depth > 0 ? '· '.repeat(depth - 1) + '└ ' + short : test.name);
		const words = test.name + '\n' + test.result + ', ' + seconds(test.from) + ' to ' + seconds(test.to) + ' (' +
		    ((test.to - test.from) / 1000).toFixed(3) + ' s)' + (test.paused.length > 0 ? '\nhatched: paused' : '');

		place(item(lane, test.result, letters[test.result], words, function (node) { openTest(test, node); }),
		    test.from, test.to);
		for (const span of test.paused)
			place(make(lane, 'div', 'paused ' + test.result), span[0], span[1]);
		if (test.failed !== undefined)
			marks.push({ lane: lane, at: test.failed, letter: '!', className: 'fail-at',
			    words: test.name + '\nsays what failed at ' + seconds(test.failed),
			    open: function (node) { openTest(test, node); } });
	}

	function spark(lane, box) {
		const high = Math.max.apply(null, box.samples.map(function (s) { return s[1] || 0; }).concat(
		    [box.limit > 0 ? box.limit : 0, 1]));
		const busy = Math.max.apply(null, box.samples.map(function (s) { return s[2] || 0; }).concat([100]));
		const svg = draw(lane, 'svg', { preserveAspectRatio: 'none', 'aria-hidden': 'true' });
		const known = box.samples.filter(function (s) { return s[1] !== null && s[1] >= 0; });
		const cpu = box.samples.filter(function (s) { return s[2] !== null && s[2] >= 0; });

		if (known.length > 1)
			draw(svg, 'polygon', { 'class': 'memory', points: [[known[0][0], 100]].concat(
			    known.map(function (s) { return [s[0], 100 - 95 * s[1] / high]; }),
			    [[known[known.length - 1][0], 100]]).join(' ') });
		if (cpu.length > 1)
			draw(svg, 'polyline', { 'class': 'cpu', points: cpu.map(function (s) {
				return [s[0], 100 - 95 * s[2] / busy]; }).join(' ') });
		if (box.limit > 0 && known.length > 1)
			draw(svg, 'line', { 'class': 'limit', x1: known[0][0], x2: known[known.length - 1][0],
			    y1: 100 - 95 * box.limit / high, y2: 100 - 95 * box.limit / high });
		placed.push({ svg: svg });
	}

	function laneRow(box, index) {
		const lane = row('box', box.name);
		const first = box.moments[0], last = box.moments[box.moments.length - 1];
		const gone = last && last[1] === 'destroy';
		const peak = Math.max.apply(null, box.samples.map(function (s) { return s[1] || 0; }).concat([0]));
		const open = function (node) { openLane(box, index, node); };
		let up = null, starts = 0;

		if (!last) {
			make(lane, 'small', 'soft', 'no events of it');
		} else {
			place(make(lane, 'div', 'life'), first[0], gone ? last[0] : data.end);
			const words = box.name + '\n' + box.kind + (peak > 0 ? '\nat most ' + peak + ' MB' : '') +
			    (box.limit > 0 ? ', limit ' + box.limit + ' MB' : '') + '\ncreated ' + seconds(first[0]) +
			    (gone ? ', removed ' + seconds(last[0]) : ', its removal was not seen');
			marks.push({ lane: lane, at: first[0], letter: 'c', className: 'exit', words: words, open: open });
		}
		for (const m of box.moments) {
			const mark = { lane: lane, at: m[0], className: 'bad', open: open };

			if (m[1] === 'start') {
				up = m[0];
				if (starts++ > 0)
					marks.push(Object.assign(mark, { letter: 'R', words: box.name + '\nstarted again ' + seconds(m[0]) }));
			} else if (m[1] === 'oom') {
				marks.push(Object.assign(mark, { letter: 'O', words: box.name + '\nout of memory ' + seconds(m[0]) }));
			} else if (m[1] === 'die') {
				if (up !== null)
					place(make(lane, 'div', 'up'), up, m[0]);
				up = null;
				marks.push(Object.assign(mark, { letter: '×', className: m[2] === 0 || m[2] === 137 || m[2] === 143 ?
				    'exit' : 'bad', words: box.name + '\nended ' + seconds(m[0]) + ' with exit ' + m[2] }));
			}
		}
		if (up !== null)
			place(make(lane, 'div', 'up'), up, gone ? last[0] : data.end);
		spark(lane, box);
		for (const m of data.marks)
			if (m[1] === index)
				marks.push({ lane: lane, at: m[2], letter: m[3] === 0 ? 'e' : 'E', error: m[0],
				    className: ['later', 'error', 'fatal'][m[3]],
				    words: document.querySelector('#e' + m[0] + ' summary').textContent, open: null });
	}

	/* Marks of a lane that would cover each other are one, which tells how many. */
	function drawMarks(width) {
		const near = (view.to - view.from) * 17 / width;
		const focused = document.activeElement && document.activeElement.dataset.mark;

		for (const node of rows.querySelectorAll('.mark'))
			node.remove();
		for (let i = 0; i < marks.length; i++) {
			const first = marks[i], group = [first];

			if (first.at < view.from || first.at > view.to)
				continue;
			while (i + 1 < marks.length && marks[i + 1].lane === first.lane && marks[i + 1].at - first.at < near)
				group.push(marks[++i]);
			const worst = group.reduce(function (a, b) { return rank(b) > rank(a) ? b : a; });
			const node = item(first.lane, 'mark ' + worst.className, group.length > 1 && worst.error !== undefined ?
			    String(Math.min(group.length, 99)) : worst.letter,
			    group.map(function (m) { return m.words; }).slice(0, 6).join('\n') +
			    (group.length > 6 ? '\n… ' + (group.length - 6) + ' more' : ''),
			    function (from) { openMarks(from, worst, group); });
			node.style.left = share(worst.at) + '%';
			node.dataset.mark = marks.indexOf(worst);
			if (focused === node.dataset.mark)
				node.focus();
		}
	}

	function rank(mark) {
		return ['exit', 'later', 'fail-at', 'bad', 'error', 'fatal'].indexOf(mark.className);
	}

	function openMarks(from, worst, group) {
		const errors = group.filter(function (m) { return m.error !== undefined; });

		if (errors.length === 0)
			worst.open(from);
		else
			openPanel(from, errors.length === 1 ? 'A line of a log' : errors.length + ' lines of logs',
			    errors.slice(0, 20).map(function (m) { return copyOf('e' + m.error); }));
	}

	/* The view */

	function share(at) {
		return 100 * (at - view.from) / (view.to - view.from);
	}

	function drawTicks(width) {
		const least = (view.to - view.from) * 80 / width;
		let step = 1;

		for (const next of [2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 15000, 30000, 60000, 120000,
		    300000, 600000, 1800000, 3600000, 7200000, 21600000])
			if (step < least)
				step = next;
		ticks.textContent = '';
		for (let at = Math.ceil(view.from / step) * step; at <= view.to; at += step)
			make(ticks, 'span', '', seconds(at, step).replace('+0 s', '0')).style.left = share(at) + '%';
	}

	function drawView() {
		const width = Math.max(ticks.clientWidth, 100);

		for (const p of placed) {
			if (p.svg) {
				p.svg.setAttribute('viewBox', view.from + ' 0 ' + (view.to - view.from) + ' 100');
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
		const length = Math.min(Math.max(to - from, smallest), whole.to - whole.from);

		view.from = Math.min(Math.max(from + (to - from - length) / 2, whole.from), whole.to - length);
		view.to = view.from + length;
		hideTip();
		drawView();
	}

	function zoom(factor, at) {
		const middle = at === undefined ? (view.from + view.to) / 2 : at;

		show(middle - (middle - view.from) * factor, middle + (view.to - middle) * factor);
	}

	function pan(part) {
		const by = (view.to - view.from) * part;
		const back = by < 0 ? Math.max(by, whole.from - view.from) : Math.min(by, whole.to - view.to);

		show(view.from + back, view.to + back);
	}

	function onKey(event) {
		const keys = { '+': [zoom, 0.6], '=': [zoom, 0.6], '-': [zoom, 1 / 0.6], ArrowLeft: [pan, -0.2],
		    ArrowRight: [pan, 0.2] };

		if (event.ctrlKey || event.metaKey || event.altKey)
			return;
		if (event.key === '0')
			show(whole.from, whole.to);
		else if (keys[event.key])
			keys[event.key][0](keys[event.key][1]);
		else
			return;
		event.preventDefault();
	}

	/* On the axis the wheel zooms; in the rows, which one scrolls by it, with Ctrl. */
	function onWheel(event) {
		const box = ticks.getBoundingClientRect();
		const at = view.from + (view.to - view.from) * (event.clientX - box.left) / box.width;

		if (Math.abs(event.deltaX) > Math.abs(event.deltaY))
			pan(event.deltaX / box.width);
		else if (event.ctrlKey || ticks.parentNode.contains(event.target))
			zoom(event.deltaY > 0 ? 1.25 : 0.8, at);
		else
			return;
		event.preventDefault();
	}

	function onDrag(event) {
		const start = event.clientX, from = view.from, to = view.to, width = ticks.clientWidth;
		const move = function (e) {
			const by = Math.min(Math.max((start - e.clientX) * (to - from) / width, whole.from - from), whole.to - to);

			if (Math.abs(e.clientX - start) > 3)
				show(from + by, to + by);
		};
		const end = function () {
			window.removeEventListener('pointermove', move);
			window.removeEventListener('pointerup', end);
			window.removeEventListener('pointercancel', end);
		};

		if (event.button !== 0 || event.target.closest('button, a'))
			return;
		window.addEventListener('pointermove', move);
		window.addEventListener('pointerup', end);
		window.addEventListener('pointercancel', end);
	}

	function hideTip() {
		tip.hidden = true;
	}

	function showTip(event) {
		const node = event.target.closest('button.item');

		if (!node) {
			hideTip();
			return;
		}
		const box = node.getBoundingClientRect();
		tip.textContent = node.getAttribute('aria-label');
		tip.hidden = false;
		tip.style.left = Math.max(4, Math.min(box.left, window.innerWidth - tip.offsetWidth - 8)) + 'px';
		tip.style.top = (box.bottom + tip.offsetHeight + 10 < window.innerHeight ? box.bottom + 6 :
		    box.top - tip.offsetHeight - 6) + 'px';
	}

	/* What happened to the run as a whole. */
	function drawEnding() {
		if (data.runner !== undefined) {
			place(make(over, 'div', 'ending'), data.runner, data.ended === undefined ? data.end : data.ended);
			place(make(over, 'div', 'moment'), data.runner, data.runner);
			make(over.lastChild, 'span', '', data.ending ? data.ending : 'tests ended');
		}
		if (data.ended !== undefined) {
			place(make(over, 'div', 'moment'), data.ended, data.ended);
			over.lastChild.classList.add('left');
			make(over.lastChild, 'span', '', data.runner !== undefined ? 'removed' : 'ended');
		}
	}

	function button(parent, text, title, act) {
		const node = make(parent, 'button', '', text);

		node.type = 'button';
		node.title = title;
		node.addEventListener('click', act);
	}

	function key(parent, className, letter, words) {
		const node = make(parent, 'span', 'key');

		make(node, 'i', 'item ' + className, letter);
		make(node, 'span', '', words);
	}

	function head() {
		const bar = make(home, 'div', 'bar-of-buttons');

		button(bar, '+', 'zoom in', function () { zoom(0.6); });
		button(bar, '−', 'zoom out', function () { zoom(1 / 0.6); });
		button(bar, '←', 'earlier', function () { pan(-0.2); });
		button(bar, '→', 'later', function () { pan(0.2); });
		button(bar, '0', 'all of it', function () { show(whole.from, whole.to); });
		for (const result of ['passed', 'failed', 'skipped', 'unfinished'])
			if (data.runs.concat(data.tests).some(function (t) { return t.result === result; }))
				key(bar, result, letters[result], result);
		if (data.lanes.length > 0) {
			key(bar, 'mark error', 'E', 'error in a log');
			key(bar, 'mark bad', 'R', 'restart, O: out of memory, ×: exit');
		}
		make(bar, 'span', '', 'Keys + − ← → 0, Ctrl and wheel, or drag');
	}

	function build() {
		make(home, 'h2', '', 'Timeline');
		head();
		const axis = make(home, 'div', 'axis-of-time');
		make(axis, 'span', 'soft', '');
		ticks = make(axis, 'div', 'ticks');
		rows = make(home, 'div', 'rows');
		rows.tabIndex = 0;
		rows.setAttribute('role', 'group');
		rows.setAttribute('aria-label', 'Timeline: plus and minus zoom, arrows move, 0 shows all');
		tip = make(document.body, 'div', 'tip');
		tip.hidden = true;
		panel = make(document.body, 'aside', 'panel');
		panel.hidden = true;
		panel.setAttribute('aria-live', 'polite');
		over = make(rows, 'div', 'over');
		if (data.runs.length > 0)
			row('title', 'Runs');
		data.runs.forEach(runRow);
		if (data.tests.length > 0)
			row('title', 'Tests');
		data.tests.forEach(testRow);
		if (data.lanes.length > 0)
			row('title', 'Containers');
		data.lanes.forEach(laneRow);
		marks.forEach(function (m, i) { m.order = i; });
		const lanes = Array.from(rows.querySelectorAll('.lane'));
		marks = marks.map(function (m) { return [lanes.indexOf(m.lane), m]; }).sort(function (a, b) {
			return a[0] - b[0] || a[1].at - b[1].at || a[1].order - b[1].order;
		}).map(function (m) { return m[1]; });
		drawEnding();
		home.hidden = false;
		drawView();
		window.addEventListener('resize', drawView);
		home.addEventListener('keydown', onKey);
		home.addEventListener('wheel', onWheel, { passive: false });
		home.addEventListener('pointerdown', onDrag);
		home.addEventListener('pointerover', showTip);
		home.addEventListener('focusin', showTip);
		home.addEventListener('focusout', hideTip);
		home.addEventListener('pointerleave', hideTip);
		window.addEventListener('scroll', hideTip, { passive: true });
		document.addEventListener('keydown', function (event) {
			if (event.key === 'Escape')
				closePanel();
		});
		window.addEventListener('beforeprint', function () {
			document.querySelectorAll('#errors details').forEach(function (d, i) { d.open = i < 20; });
		});
	}

	if (data.runs.length + data.tests.length + data.lanes.length > 0)
		build();
}());
