'use strict';
/* Makes a model of the run from the JSON that C wrote, and the page except its timeline (timeline.js). All text
 * goes into the document as textContent, so that none of it is ever parsed as HTML. */

const letters = { passed: '✓', failed: '✗', skipped: '–', unfinished: '…', 'build-failed': '✗' };

/* Replaces characters that are invisible, or reverse the text, by a visible sign. */
function shown(text) {
	return String(text).replace(/[\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}

function make(parent, name, className, text) {
	const node = document.createElement(name);

	if (className)
		node.className = className;
	if (text !== undefined && text !== null)
		node.textContent = shown(text);
	if (parent)
		parent.append(node);
	return node;
}

function link(parent, path, text) {
	const a = make(parent, 'a', '', text);

	a.href = path.split('/').map(encodeURIComponent).join('/');
	return a;
}

function anchor(parent, id, text) {
	make(parent, 'a', '', text).href = '#' + id;
}

/* A time since the run began. step: ms between two labels of the axis, which decides the number of digits. */
function clock(ms, step) {
	const digits = step === undefined ? 3 : step >= 1000 ? 0 : step >= 100 ? 1 : step >= 10 ? 2 : 3;

	return (ms < 0 ? '−' : '+') + (Math.abs(ms) / 1000).toFixed(digits) + ' s';
}

function length(seconds) {
	if (seconds === null || seconds === undefined || seconds < 0)
		return '';
	if (seconds < 120)
		return seconds.toFixed(1) + ' s';
	return Math.floor(seconds / 60) + ' min ' + Math.round(seconds % 60) + ' s';
}

function count(n, what) {
	return n + ' ' + what + (n === 1 ? '' : 's');
}

function smallest(values) {
	return values.reduce(function (a, b) { return Math.min(a, b); }, Infinity);
}

function biggest(values) {
	return values.reduce(function (a, b) { return Math.max(a, b); }, -Infinity);
}

/* The model of the run */

function rank(kind) {
	return kind === 'headscale' ? 0 : kind === 'test-runner' ? 3 : kind.startsWith('tailscale') ? 2 : 1;
}

/* The containers that the engine's events, the measurements or the logs name. */
function lanesOf(data) {
	const lanes = new Map();
	const lane = function (name, kind) {
		if (!lanes.has(name))
			lanes.set(name, { name: name, kind: kind || '', moments: [], samples: [], memory: null, marks: [] });
		return lanes.get(name);
	};

	for (const e of data.events || [])
		lane(e[0], e[1]).moments.push({ what: e[2], at: e[3], code: e[4] });
	for (const m of data.summary.memory)
		if (m.kind !== 'hi-helper')
			lane(m.name, m.kind).memory = m;
	for (const s of data.samples || [])
		if (lanes.has(s[0]))
			lanes.get(s[0]).samples.push({ at: s[1], mb: s[2], cpu: s[3] });
	/* A log's name is the container's, with "_" for characters that a file name can't have. */
	const files = new Map(Array.from(lanes.values()).map(function (l) {
		return [l.name.replace(/[":<>|*?\\/\u0000-\u001f]/g, '_'), l];
	}));
	for (const m of data.marks || []) {
		const name = m.file.replace(/\.std(out|err)\.log$/, '');

		m.lane = files.get(name) || lane(name, { hs: 'headscale', ts: 'tailscale' }[name.slice(0, 2)]);
		files.set(name, m.lane);
		m.lane.marks.push(m);
	}
	for (const l of lanes.values())
		l.moments.sort(function (a, b) { return a.at - b.at; });
	return Array.from(lanes.values()).sort(function (a, b) {
		const first = function (l) { return l.moments.length > 0 ? l.moments[0].at : Infinity; };

		return rank(a.kind) - rank(b.kind) || (first(a) < first(b) ? -1 : first(a) > first(b) ? 1 : 0) ||
		    (a.name < b.name ? -1 : 1);
	});
}

/* The tests remove their servers before the clients, so what clients log then only shows the end of the test. */
function isAfterServers(lanes, at) {
	const servers = lanes.filter(function (l) { return l.kind === 'headscale' && l.moments.length > 0; });
	const last = servers.map(function (l) {
		return l.moments.filter(function (m) { return m.at <= at && /start|die|destroy/.test(m.what); }).pop();
	});

	return last.some(function (m) { return m && m.what !== 'start'; }) &&
	    !last.some(function (m) { return m && m.what === 'start'; });
}

function testsOf(data) {
	const tests = data.summary.tests.filter(function (t) { return t.name; });
	const tracks = new Map();

	for (const t of data.tracks || [])
		tracks.set(t[0], (tracks.get(t[0]) || []).concat([t]));
	return tests.concat(data.summary.packages.filter(isFailure)).map(function (t, i) {
		const test = Object.assign({ id: i, paused: [], failed: null }, t);

		test.title = t.name || t.package;
		test.from = Date.parse(t.started || '') || null;
		test.to = Date.parse(t.ended || '') || null;
		for (const track of t.name ? tracks.get(t.name) || [] : []) {
			const at = Date.parse(track[2]);

			if (track[1] === 'failed')
				test.failed = at;
			else if (track[1] === 'pause')
				test.paused.push({ from: at, to: test.to });
			else if (test.paused.length > 0)
				test.paused[test.paused.length - 1].to = at;
		}
		return test;
	});
}

function isFailure(test) {
	return !/^(passed|skipped)$/.test(test.result) && !test.parent && !(!test.name && !test.excerpt);
}

function runsOf(data) {
	const flaky = new Set(data.summary.tests.filter(function (t) { return t.failed_before > 0; }).map(
	    function (t) { return t.name; }));
	const order = function (r) { return r.result === 'failed' ? 0 : r.result === 'unfinished' ? 1 : r.flaky ? 2 : 3; };

	return (data.runs || []).map(function (r) {
		return Object.assign({ flaky: flaky.has(r.name) }, r);
	}).sort(function (a, b) { return order(a) - order(b) || a.from - b.from; });
}

function runOf(data) {
	const s = data.summary, lanes = lanesOf(data), tests = testsOf(data), runs = runsOf(data);
	const times = [Date.parse(s.started || ''), Date.parse(s.ended || '')].concat(
	    tests.flatMap(function (t) { return [t.from, t.to, t.failed]; }),
	    runs.flatMap(function (r) { return [r.from, r.to]; }),
	    lanes.flatMap(function (l) { return l.moments.map(function (m) { return m.at; }); })
	).filter(function (at) { return at > 0; });
	const run = { data: data, summary: s, lanes: lanes, tests: tests, runs: runs, marks: data.marks || [],
	    began: Date.parse(s.started || '') || smallest(times), ended: biggest(times) };

	/* Nothing ran once the runner had ended. If hi was killed, nobody saw that: the last thing seen counts. */
	const runner = lanes.filter(function (l) { return l.kind === 'test-runner'; })[0];
	const seen = lanes.flatMap(function (l) { return l.moments.concat(l.samples).map(function (m) { return m.at; }); });
	run.die = runner ? runner.moments.filter(function (m) { return m.what === 'die'; }).pop() : null;
	run.stopped = run.die ? run.die.at : s.ending === 'normal' || seen.length === 0 ? run.ended : biggest(seen);
	for (const m of run.marks)
		m.later = m.at > 0 && m.lane.kind !== 'headscale' && isAfterServers(lanes, m.at);
	run.marks.sort(function (a, b) {
		return a.later - b.later || (b.at > 0) - (a.at > 0) || a.at - b.at || rank(a.lane.kind) - rank(b.lane.kind);
	});
	run.marks.forEach(function (m, i) { m.id = i; });
	lanes.forEach(function (l, i) { l.id = i; });
	return run;
}

/* The page, from top to bottom */

function section(id, title) {
	const node = make(document.querySelector('main'), 'section');

	node.id = id;
	make(node, 'h2', '', title);
	return node;
}

function fact(list, label, value) {
	if (value === null || value === undefined || value === '')
		return null;
	const div = make(list, 'div');

	make(div, 'dt', '', label);
	return make(div, 'dd', '', value);
}

function showCounts(list, label, counts) {
	if (counts.passed + counts.failed + counts.skipped + counts.unfinished === 0)
		return;
	const dd = fact(list, label, ' ');

	for (const result of ['passed', 'failed', 'unfinished', 'skipped'])
		if (counts[result] > 0 || result === 'passed')
			make(dd, 'span', result, letters[result] + ' ' + counts[result] + ' ' + result + ' ');
}

function showHead(run) {
	const s = run.summary, kind = s.verdict === 'passed' ? 'passed' : s.exit_code === 4 ? 'skipped' : 'failed';
	const header = make(document.querySelector('main'), 'header', kind);
	const verdict = make(header, 'p', 'verdict');

	make(verdict, 'b', '', letters[kind] + ' ' + s.verdict);
	make(verdict, 'span', '', s.sentence);
	make(header, 'h1', '', s.pattern || s.run_id);
	if (!s.finished)
		make(header, 'p', 'note', 'This run has not finished: hi is still running, or was killed.');
	const list = make(header, 'dl');
	showCounts(list, 'Tests', s.counts);
	showCounts(list, 'Subtests', s.subtests);
	fact(list, 'Took', length(s.seconds));
	fact(list, 'Began', s.started);
	fact(list, 'Run', s.run_id);
	fact(list, 'Exit', s.exit_code);
	fact(list, 'Ended by', s.ending === 'normal' ? '' : s.signal ? s.signal : s.ending);
	fact(list, 'Database', s.postgres ? 'PostgreSQL' : 'SQLite');
	fact(list, 'Image', s.image);
	fact(list, 'Engine', s.engine);
	fact(list, 'hi', s.hi_version);
}

/* A failed test, with everything that is known about it. */
function failureOf(run, test) {
	const box = make(null, 'article', 'failure'), title = make(box, 'h3'), where = make(box, 'p');

	make(title, 'span', test.result, letters[test.result] + ' ' + test.result + ' ');
	make(title, 'span', '', test.title);
	if (test.file)
		make(where, 'code', 'place', test.file + ':' + test.line);
	if (test.failed || test.to || test.from)
		make(where, 'span', '', (test.failed ? ' failed at ' : test.to ? ' ended at ' : ' began at ') +
		    clock((test.failed || test.to || test.from) - run.began));
	if (test.seconds > 0)
		make(where, 'span', '', ', after ' + length(test.seconds));
	if (test.message)
		make(box, 'p', 'message', test.message);
	if (test.excerpt)
		make(box, 'pre', '', test.excerpt).tabIndex = 0;
	return box;
}

function showFailures(run) {
	const failed = run.tests.filter(isFailure), notRun = run.summary.not_run || [];

	if (failed.length + notRun.length === 0)
		return;
	const home = section('failures', failed.some(function (t) { return t.result !== 'unfinished'; }) ? 'What failed' :
	    'What did not finish');
	for (const test of failed) {
		const box = failureOf(run, test);

		box.id = 'f' + test.id;
		home.append(box);
	}
	if (notRun.length > 0)
		make(home, 'p', 'note', 'Not run, as the process died: ' + notRun.join(', '));
}

/* The logs of the servers that existed while the first failed test ran. */
function serverLogsOf(run) {
	const test = run.tests.filter(isFailure)[0], files = new Set(run.data.files.map(function (f) { return f[0]; }));

	return run.lanes.filter(function (l) {
		const first = l.moments[0], last = l.moments[l.moments.length - 1];

		return l.kind === 'headscale' && files.has(l.name + '.stderr.log') && !(test && first &&
		    (first.at > (test.to || Infinity) || (/die|destroy/.test(last.what) && last.at < (test.from || 0))));
	}).map(function (l) { return l.name + '.stderr.log'; }).slice(0, 3);
}

function showWhereToBegin(run, home) {
	if (run.marks.length > 0) {
		make(home, 'a', '', 'Begin with the errors in the logs.').href = '#errors';
		return;
	}
	const logs = serverLogsOf(run);
	make(home, 'span', '', 'No log tells of an error: begin with what failed' + (logs.length > 0 ? ' and ' : '.'));
	logs.forEach(function (name, i) {
		make(home, 'span', '', i > 0 ? ', ' : '');
		link(home, place(run, name), name);
	});
}

function showCause(run) {
	const triage = run.summary.triage;

	if (!triage)
		return;
	const home = section('cause', 'Cause: ' + triage.cause), list = make(home, 'dl');
	if (triage.cause === 'code')
		showWhereToBegin(run, make(home, 'p', '', 'No sign of a failure of the machine; another try will not help. '));
	for (const member of ['what', 'fix', 'evidence', 'where'])
		fact(list, member, triage[member]);
	const findings = make(home, 'ul');
	for (const f of (triage.findings || []).slice(0, 30)) {
		const item = make(findings, 'li');

		link(item, place(run, f.file), f.file);
		make(item, 'span', '', (f.line > 0 ? ':' + f.line : '') + (f.count > 1 ? ' and ' + (f.count - 1) + ' more like it' : ''));
		make(item, 'br');
		make(item, 'code', '', f.text);
	}
}

/* The path of one of the run's files. */
function place(run, name) {
	return (run.data.link ? run.data.link + '/' : '') + name;
}

/* A line of a log, with the lines around it. */
function markOf(run, mark) {
	const box = make(null, 'details', mark.later ? 'later' : mark.fatal ? 'fatal' : 'error');
	const summary = make(box, 'summary'), where = make(box, 'p');

	make(summary, 'time', '', mark.at > 0 ? clock(mark.at - run.began) : 'no time');
	make(summary, 'b', '', ' ' + mark.lane.name + ' ');
	make(summary, 'span', '', (mark.fatal ? 'fatal: ' : '') + mark.text);
	link(where, place(run, mark.file), mark.file);
	make(where, 'span', '', (mark.line > 0 ? ', line ' + mark.line : ', near its end') +
	    (mark.seen > 1 ? '; ' + (mark.seen - 1) + ' more like it' : ''));
	const text = make(box, 'pre');
	text.tabIndex = 0;
	mark.around.split('\n').forEach(function (line, i) {
		make(text, line === mark.text ? 'mark' : 'span', '', (i > 0 ? '\n' : '') + line);
	});
	return box;
}

function showMarks(run) {
	if (run.marks.length === 0)
		return;
	const home = section('errors', 'Errors in the logs');
	make(home, 'p', '', 'By the logs’ own clocks. Those without a time, and what clients say once their servers have ' +
	    'ended, come last. Open one for the lines around it.');
	for (const mark of run.marks) {
		const box = markOf(run, mark);

		box.id = 'e' + mark.id;
		home.append(box);
	}
}

/* columns: name, and class "n" for numbers. rows: an id, then for each cell a text or a function that fills it. */
function table(home, columns, rows) {
	const node = make(make(home, 'div', 'wide'), 'table'), head = make(make(node, 'thead'), 'tr'), body = make(node, 'tbody');

	for (const c of columns)
		make(head, 'th', c[1], c[0]);
	for (const r of rows) {
		const line = make(body, 'tr');

		line.id = r[0];
		r.slice(1).forEach(function (value, i) {
			const cell = make(line, 'td', columns[i][1], typeof value === 'function' ? '' : value);

			if (typeof value === 'function')
				value(cell);
		});
	}
}

function resultCell(item, more) {
	return function (cell) {
		make(cell, 'span', item.result, letters[item.result] + ' ' + item.result + (more ? ', ' + more : ''));
	};
}

function showRuns(run) {
	if (run.runs.length === 0)
		return;
	table(section('runs', 'Runs'), [['Result'], ['Test'], ['Run'], ['Began', 'n'], ['Took', 'n'], ['the test', 'n'],
	    ['before', 'n'], ['In words']], run.runs.map(function (r, i) {
		return ['r' + i, resultCell(r, r.flaky ? 'flaky' : ''), r.name, function (cell) { link(cell, r.link, r.id); },
		    clock(r.from - run.began), r.to > 0 ? length((r.to - r.from) / 1000) : '', length(r.seconds),
		    length(r.usual), r.sentence];
	}));
}

function showTests(run) {
	const home = section('tests', 'Tests');
	const slowest = run.tests.filter(function (t) { return t.name && t.seconds >= 0.01; }).sort(function (a, b) {
		return b.seconds - a.seconds;
	}).slice(0, 5);

	if (slowest.length > 1) {
		const p = make(home, 'p', '', 'Slowest:');

		for (const t of slowest) {
			make(p, 'span', '', ' ');
			anchor(p, 't' + t.id, t.name);
			make(p, 'span', '', ' ' + length(t.seconds) + (t === slowest[slowest.length - 1] ? '' : ','));
		}
	}
	table(home, [['Result'], ['Test'], ['Began', 'n'], ['Took', 'n'], ['Place']], run.tests.map(function (t) {
		return ['t' + t.id, resultCell(t, t.failed_before > 0 ? 'flaky' : ''), t.title,
		    t.from ? clock(t.from - run.began) : '', length(t.seconds), function (cell) {
			if (t.file && isFailure(t))
				anchor(cell, 'f' + t.id, t.file + ':' + t.line);
		}];
	}));
}

/* What happened to a container. */
function lifeOf(lane) {
	const exits = lane.moments.filter(function (m) { return m.what === 'die'; });
	const starts = lane.moments.filter(function (m) { return m.what === 'start'; });
	const memory = lane.memory || {};
	const restarts = Math.max(starts.length - 1, memory.restarts || 0);

	return [memory.oom || lane.moments.some(function (m) { return m.what === 'oom'; }) ? 'OOM-killed' : '',
	    restarts > 0 ? 'restarted ' + restarts + '×' : '',
	    exits.length > 0 ? 'exit ' + exits[exits.length - 1].code : ''].filter(Boolean).join(', ');
}

function showLanes(run) {
	if (run.lanes.length === 0)
		return;
	const number = function (x) { return x === null || x === undefined ? '–' : x.toFixed(1); };
	const when = function (lane, what) {
		const m = lane.moments.filter(function (e) { return e.what === what; })[0];

		return m ? clock(m.at - run.began) : '';
	};
	table(section('containers', 'Containers'), [['Container'], ['Type'], ['Created', 'n'], ['Removed', 'n'], ['End'],
	    ['MB min', 'n'], ['avg', 'n'], ['max', 'n'], ['limit', 'n'], ['CPU % avg', 'n'], ['max', 'n'], ['Errors', 'n']],
	    run.lanes.map(function (l) {
		const m = l.memory || {};

		return ['c' + l.id, l.name, l.kind, when(l, 'create'), when(l, 'destroy'), lifeOf(l), number(m.min_mb),
		    number(m.avg_mb), number(m.max_mb), m.limit_mb > 0 ? number(m.limit_mb) : '–', number(m.avg_cpu),
		    number(m.max_cpu), String(l.marks.length)];
	}));
}

function showRest(run) {
	const s = run.summary, home = section('removal', 'Removed and left');
	const list = make(home, 'ul'), commands = make(section('commands', 'Commands'), 'dl', 'commands');

	make(list, 'li', '', 'removed: ' + count(s.removed.containers, 'container') + ', ' + count(s.removed.networks, 'network') +
	    ', ' + count(s.removed.volumes, 'volume') + ', ' + count(s.removed.images, 'image'));
	if (s.kept)
		make(list, 'li', '', 'the rest was kept, until: hi clean run ' + s.run_id);
	for (const l of s.leaks)
		make(list, 'li', 'failed', 'left: ' + l.kind + ' ' + l.name + ': ' + l.why);
	for (const line of s.missing)
		make(list, 'li', '', 'missing: ' + line);
	for (const line of s.notes || [])
		make(list, 'li', '', line);
	fact(commands, 'run it again', run.data.command);
	if (run.runs.length === 0) {
		fact(commands, 'its output', 'hi logs ' + s.run_id);
		fact(commands, 'its evidence', 'hi triage ' + s.run_id);
	}
	if (run.data.files.length > 0) {
		const files = make(section('files', 'Files'), 'ul', 'files');

		for (const f of run.data.files) {
			const item = make(files, 'li');

			link(item, place(run, f[0]), f[0]);
			make(item, 'small', '', f[1] < 0 ? ' directory' : f[1] < 1000 ? ' ' + f[1] + ' B' : f[1] < 1000000 ?
			    ' ' + (f[1] / 1000).toFixed(1) + ' kB' : ' ' + (f[1] / 1000000).toFixed(1) + ' MB');
		}
	}
	if (run.data.left_out.length > 0) {
		const left = make(section('left-out', 'Left out of this page'), 'ul');

		for (const line of run.data.left_out)
			make(left, 'li', '', line);
	}
}

function showPage() {
	const run = runOf(JSON.parse(document.getElementById('data').textContent));

	document.getElementById('plain').remove();
	document.body.prepend(document.createElement('main'));
	showHead(run);
	showFailures(run);
	showCause(run);
	if (run.tests.some(function (t) { return t.from; }) || run.lanes.length + run.runs.length > 0)
		showTimeline(run, section('timeline', 'Timeline'));
	showRuns(run);
	showMarks(run);
	showTests(run);
	showLanes(run);
	showRest(run);
	window.addEventListener('beforeprint', function () {
		document.querySelectorAll('#errors details').forEach(function (d, i) { d.open = i < 20; });
	});
	if (location.hash.length > 1 && document.getElementById(location.hash.slice(1)))
		document.getElementById(location.hash.slice(1)).scrollIntoView();
}
