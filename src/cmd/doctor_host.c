/* hi doctor: checks of this machine and of the checkout. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/text.h"
#include "doctor.h"

#define GB ((uint64_t)1000 * 1000 * 1000)
#define CLONE "git clone https://github.com/juanfont/headscale.git && cd headscale"

enum { LOGS_MANY = 100 };

static const struct doctor *
of(const struct checks_known *k)
{
	return k->more;
}

static bool
engine_is_here(const struct checks_known *k)
{
	return k->docker != NULL && k->socket_seen == SOCKET_THERE;
}

static void
checkout(const struct checks_known *k, struct check_result *r)
{
	const struct doctor *d = of(k);

	if (d->checkout.root == NULL)
		check_say(r, CHECK_FAIL, CLONE, "%s", d->checkout_said.text);
	else
		check_say(r, CHECK_OK, NULL, "%s, Go %s", d->checkout.root, d->checkout.go);
}

static void
files(const struct checks_known *k, struct check_result *r)
{
	const struct doctor *d = of(k);

	if (d->checkout.root == NULL) {
		check_say(r, CHECK_UNKNOWN, NULL, "no checkout");
		return;
	}
	if (d->test_files == 0)
		check_say(r, CHECK_FAIL, "git checkout -- integration", "no *_test.go in %s/integration",
		    d->checkout.root);
	else
		check_say(r, CHECK_OK, NULL, "go.mod, and %zu files of tests in integration", d->test_files);
}

static void
git(const struct checks_known *k, struct check_result *r)
{
	const struct doctor *d = of(k);

	if (d->checkout.root == NULL) {
		check_say(r, CHECK_UNKNOWN, NULL, "no checkout");
		return;
	}
	switch (d->git) {
	case GIT_DIR:
		check_say(r, CHECK_OK, NULL, "a git checkout");
		break;
	case GIT_WORKTREE:
		check_say(r, CHECK_OK, NULL, "a git worktree%s%s", d->checkout.git_dir != NULL ? " of " : "",
		    d->checkout.git_dir != NULL ? d->checkout.git_dir : "");
		break;
	case GIT_BROKEN:
		check_say(r, CHECK_WARN, "git worktree repair", "%s: its .git leads nowhere",
		    d->checkout.root);
		break;
	case GIT_NONE:
		check_say(r, CHECK_WARN, CLONE, "%s is in no git checkout", d->checkout.root);
	}
}

static void
go(const struct checks_known *k, struct check_result *r)
{
	const struct doctor *d = of(k);

	if (d->go_version != NULL)
		check_say(r, CHECK_OK, NULL, "%s (the tests run with the image's)", d->go_version);
	else
		check_say(r, CHECK_WARN, "https://go.dev/dl/",
		    "no go here: hi run needs none, and reads go.mod by itself");
}

static void
cache(const struct checks_known *k, struct check_result *r)
{
	const struct doctor *d = of(k);
	uint64_t sum = 0;
	char size[32];
	size_t n = 0;

	if (!d->cache_writable)
		check_say(r, CHECK_FAIL,
		    "unset HEADSCALE_INTEGRATION_GO_CACHE HEADSCALE_INTEGRATION_GO_BUILD_CACHE",
		    "%s%s%s: not a directory that you may write to", d->go_cache != NULL ? d->go_cache : "",
		    d->go_cache != NULL && d->build_cache != NULL ? " or " : "",
		    d->build_cache != NULL ? d->build_cache : "");
	else if (d->go_cache != NULL && d->build_cache != NULL)
		check_say(r, CHECK_OK, NULL, "the directories %s and %s", d->go_cache, d->build_cache);
	if (r->finding != NULL || k->info == NULL)
		return;
	if (!d->survey.sizes_known) {
		check_say(r, CHECK_UNKNOWN, NULL, "the engine did not say their size in time");
		return;
	}
	for (size_t i = 0; i < SURVEY_VOLUMES; i++)
		if (d->survey.volume_bytes[i] >= 0) {
			sum += (uint64_t)d->survey.volume_bytes[i];
			n++;
		}
	text_bytes(sum, size, sizeof(size));
	if (n == 0)
		check_say(r, CHECK_OK, NULL,
		    "no volumes yet: the first run downloads and compiles everything");
	else
		check_say(r, sum > 30 * GB ? CHECK_WARN : CHECK_OK, sum > 30 * GB ? "hi clean cache" : NULL,
		    "%zu volume%s, %s", n, n == 1 ? "" : "s", size);
}

static void
logs(const struct checks_known *k, struct check_result *r)
{
	const struct doctor *d = of(k);
	bool many = d->n_logs > LOGS_MANY || (d->logs_sized && d->logs_bytes > 5 * GB);
	char size[32];

	text_bytes(d->logs_bytes, size, sizeof(size));
	if (d->n_logs == 0)
		check_say(r, CHECK_OK, NULL, "no run directories in %s", d->logs_dir);
	else if (!d->logs_sized && !many)
		check_say(r, CHECK_UNKNOWN, NULL, "%zu run director%s in %s, of unknown size", d->n_logs,
		    d->n_logs == 1 ? "y" : "ies", d->logs_dir);
	else
		check_say(r, many ? CHECK_WARN : CHECK_OK, many ? "hi clean logs --keep=20" : NULL,
		    "%zu run director%s in %s, %s", d->n_logs, d->n_logs == 1 ? "y" : "ies", d->logs_dir,
		    d->logs_sized ? size : "of unknown size");
}

static void
bridge(const struct checks_known *k, struct check_result *r)
{
	static const char *const what[] = { "br_netfilter is not loaded", "br_netfilter is switched off" };
	static const char *const fix[] = { "sudo modprobe br_netfilter",
		"sudo sysctl net.bridge.bridge-nf-call-iptables=1" };
	int on = of(k)->bridge_netfilter;

	if (!engine_is_here(k))
		check_say(r, CHECK_UNKNOWN, NULL, "no engine on this machine");
	else if (on == 1)
		check_say(r, CHECK_OK, NULL, "br_netfilter is loaded and on");
	else
		check_say(r, CHECK_WARN, fix[on + 1], "%s: services inside TestK8sOperator are out of reach",
		    what[on + 1]);
}

static void
bounding(const struct checks_known *k, struct check_result *r)
{
	/* For their networks, mounts and devices. */
	static const char *const needed[] = { "NET_ADMIN", "NET_RAW", "SYS_ADMIN", "MKNOD", NULL };
	static const char fix[] = "grep CapBnd /proc/$(cat /var/run/docker.pid)/status";
	const char *missing = of(k)->missing_capabilities;

	if (!engine_is_here(k) || missing == NULL) {
		check_say(r, CHECK_UNKNOWN, NULL, "no engine on this machine, or it may not be looked at");
		return;
	}
	if (*missing == '\0')
		check_say(r, CHECK_OK, NULL, "privileged containers get every capability");
	else
		check_say(r, CHECK_WARN, fix, "the engine has no %s to give to privileged containers", missing);
	for (const char *const *n = needed; r->state == CHECK_WARN && *n != NULL; n++)
		if (strstr(missing, *n) != NULL)
			check_say(r, CHECK_FAIL, fix,
			    "the engine has no %s to give to privileged containers: tests need %s", missing, *n);
}

const struct check check_checkout = { "checkout", "a headscale checkout, and its Go version", checkout,
	false };
const struct check check_files = { "files", "go.mod and the tests in integration/", files, false };
const struct check check_git = { "git", "the checkout is git's", git, false };
const struct check check_go = { "go", "go on this machine", go, false };
const struct check check_cache = { "cache", "the Go caches, and their size", cache, false };
const struct check check_logs = { "logs", "old run directories, and their size", logs, false };
const struct check check_bridge = { "br-netfilter", "bridged packets pass iptables, which Kubernetes wants",
	bridge, false };
const struct check check_bounding = { "bounding-set", "what privileged containers may do", bounding, false };
