#include "words.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../base/loop.h"
#include "../base/mem.h"
#include "../base/text.h"

#define INSTALL "https://docs.docker.com/engine/install/"

enum { REASON_MAX = 500 };	/* bytes; advice has to fit into the error's text as well */

static const char DAEMON[] = "Error response from daemon: ";

/* True: text holds one of the phrases, which are separated by '|'. */
static bool
words_say(const char *text, const char *phrases)
{
	for (const char *p = phrases; *p != '\0';) {
		size_t len = strcspn(p, "|");

		for (const char *s = text; *s != '\0'; s++)
			if (strncasecmp(s, p, len) == 0)
				return true;
		p += len + (p[len] == '|');
	}
	return false;
}

/* A row matches a text that holds one of the phrases in says and, unless too is NULL, one of those in too. */
struct phrase {
	int meaning;
	const char *says, *too;
};

static const struct phrase meanings[] = {
	{ MEANS_NOT_FOUND, "no such container|no such object|no such image|no such volume|no such network|"
	    "is already in progress|is not connected to|no container with name or id|image not known|"
	    "network not found", NULL },
	{ MEANS_NOT_FOUND, " not found", "network |endpoint " },
	{ MEANS_NOT_FOUND, "volume with name", "not found" },
	{ MEANS_STATE, "is not running|can only kill running containers|is already paused|"
	    "is paused, unpause|is not paused", NULL },
	{ MEANS_NO_SPACE, "no space left|quota exceeded|not enough space", NULL },
	{ MEANS_NO_PATH, "bind source path does not exist|mounts denied|could not find the file|"
	    "no such container:path", NULL },
	{ MEANS_NO_PATH, "statfs", "no such file or directory" },
	/* Podman's answer to a path with a colon, which it can't mount. */
	{ MEANS_NO_PATH, "invalid mount option", NULL },
	{ MEANS_NO_BLOCKING_LOG, "max-buffer-size", NULL },
	{ MEANS_CONFLICT, "is already in use|conflict|has active endpoints|is being used|is in use|"
	    "already exists|cannot remove a running container|container is running: stop", NULL },
	{ MEANS_OLD_CLIENT, "is not a docker command|unknown command|unknown flag|unknown shorthand flag|"
	    "requires api version", NULL },
	{ MEANS_DENIED, "permission denied|not permitted", NULL },
	{ MEANS_PODMAN, "podman|libpod|type config.connection|unrecognized command|"
	    "type system.connection", NULL },
};

/* The meaning of the first of the table's n rows that matches said; -1: none does. */
static int
words_first(const char *said, const struct phrase *table, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (words_say(said, table[i].says) && (table[i].too == NULL || words_say(said, table[i].too)))
			return table[i].meaning;
	return -1;
}

bool
words_mean(const char *said, unsigned wanted)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(*meanings); i++)
		if (((unsigned)meanings[i].meaning & wanted) != 0 && words_first(said, &meanings[i], 1) != -1)
			return true;
	return false;
}

/* True: the line says how docker is used or what else it does, but not what went wrong. */
static bool
line_is_usage(const char *line)
{
	static const char *const starts[] = { "See '", "Run '", "Usage:", "For more help", "Try '",
	    "Emulate Docker CLI", "WARNING:", "exit status ", "errors pretty printing info",
	    "failed to start containers:", "Error: failed to start containers:", NULL };

	while (isspace((unsigned char)*line))
		line++;
	for (size_t i = 0; starts[i] != NULL; i++)
		if (text_after(line, starts[i]) != NULL)
			return true;
	return *line == '\0';
}

/* The text, without the tags, of an HTML page that a proxy answered with. */
static char *
words_without_tags(const char *html)
{
	struct buf b = { 0 };
	bool in_tag = false, blank = true;
	char *s;

	for (; *html != '\0'; html++) {
		in_tag = in_tag || *html == '<';
		if (in_tag || isspace((unsigned char)*html)) {
			if (!blank)
				buf_putc(&b, ' ');
			blank = true;
		} else {
			buf_putc(&b, *html);
			blank = false;
		}
		in_tag = in_tag && *html != '>';
	}
	s = text_trim(buf_str(&b));
	buf_free(&b);
	return s;
}

static char *
words_without_prefix(const char *line)
{
	static const char *const prefixes[] = { "docker: ", "Error: ", "error: ", "ERROR: ", NULL };
	char *s, *trimmed;

	for (size_t i = 0; prefixes[i] != NULL; i++)
		if (text_after(line, prefixes[i]) != NULL)
			line = text_after(line, prefixes[i]);
	s = xstrndup(line, REASON_MAX);
	trimmed = text_trim(s);
	free(s);
	return trimmed;
}

static bool
words_are_html(const char *text)
{
	return words_say(text, "<html|<!doctype");
}

char *
words_last(const char *said)
{
	struct strs lines = { 0 };
	char *last;

	strs_split(&lines, said, '\n');
	while (lines.n > 0 && line_is_usage(lines.v[lines.n - 1]))
		strs_del(&lines, lines.n - 1);
	last = words_without_prefix(lines.n > 0 ? lines.v[lines.n - 1] : "");
	strs_free(&lines);
	return last;
}

char *
words_reason(const char *said)
{
	const char *daemon = strstr(said, DAEMON);
	char *text, *reason;

	if (daemon == NULL && !words_are_html(said))
		return words_last(said);
	daemon = daemon != NULL ? daemon + strlen(DAEMON) : said;
	text = words_are_html(said) ? words_without_tags(daemon) : xstrndup(daemon, strcspn(daemon, "\n"));
	reason = words_without_prefix(text);
	free(text);
	return reason;
}

char *
words_other_trouble(const char *said, unsigned fine)
{
	struct strs lines = { 0 };
	char *found = NULL;

	strs_split(&lines, said, '\n');
	for (size_t i = 0; i < lines.n && found == NULL; i++)
		if (!line_is_usage(lines.v[i]) && !words_mean(lines.v[i], fine))
			found = words_reason(lines.v[i]);
	strs_free(&lines);
	return found;
}

/* Why no engine did what was asked: because of the way to it, or of the engine as a whole. */
enum way {
	WAY_PODMAN, WAY_CONTEXT, WAY_HOST, WAY_SSH, WAY_API, WAY_DENIED, WAY_TLS_FILES, WAY_TLS, WAY_PLUGIN,
	WAY_PROXY, WAY_DESKTOP, WAY_NO_ANSWER
};

static const struct phrase ways[] = {
	{ WAY_PODMAN, "cannot connect to podman|unable to connect to podman", NULL },
	{ WAY_CONTEXT, "context not found|no context store", NULL },
	{ WAY_CONTEXT, "endpoint: context", "does not exist" },
	{ WAY_CONTEXT, "is not found on the file system", "context" },
	{ WAY_CONTEXT, "context name", "invalid" },
	{ WAY_HOST, "unable to parse docker host|invalid bind address|invalid proto|"
	    "unsupported protocol scheme", NULL },
	{ WAY_SSH, "dial-stdio|command [ssh|exec: \"ssh\"", NULL },
	{ WAY_API, "minimum supported api version|maximum supported api version|"
	    "client is newer than server|invalid api version|docker_api_version", NULL },
	{ WAY_API, "client version", "is too old|is too new" },
	{ WAY_API, "api version", "too old|too new|not supported" },
	{ WAY_DENIED, "permission denied", "daemon socket|docker api at|dial unix" },
	{ WAY_DENIED, "elevated privileges", "docker client" },
	{ WAY_TLS_FILES, "context tls info|could not read ca certificate|"
	    "could not load x509 key pair", NULL },
	{ WAY_TLS_FILES, "unable to resolve docker endpoint", ".pem" },
	{ WAY_TLS_FILES, "could not load", "certificate" },
	{ WAY_TLS_FILES, "open ", ".pem: " },
	{ WAY_TLS, "sent an http request to an https server|"
	    "are you trying to connect to a tls-enabled daemon", NULL },
	{ WAY_TLS, "error during connect|failed to connect to the docker api", "x509" },
	{ WAY_TLS, "error during connect|failed to connect to the docker api", "tls:" },
	{ WAY_TLS, "error during connect", "certificate|malformed http response" },
	{ WAY_TLS, "http response to https client", "error during connect" },
	{ WAY_PLUGIN, "authorization denied by plugin", NULL },
	{ WAY_DESKTOP, "docker desktop is", NULL },
	{ WAY_PROXY, "<html|<!doctype|invalid character '<'|page not found|for api route and version|"
	    "request forbidden by", NULL },
	{ WAY_PROXY, "proxyconnect|proxy authentication required", "error during connect" },
	{ WAY_NO_ANSWER, "cannot connect to the docker daemon|failed to connect to the docker api|"
	    "error during connect|is the docker daemon running|docker daemon is not running|"
	    "unable to resolve docker endpoint", NULL },
	/* docker info has no words of its own about a socket behind which nobody answers in time. */
	{ WAY_NO_ANSWER, "\"http://%2f", "deadline exceeded|: eof" },
};

/* Advice on how to start the engine that does not answer at endpoint. */
static const char *
advice_to_start(const char *endpoint)
{
	static const char *const of[][2] = {
		{ "podman/podman.sock",
		  "start it (systemctl --user start podman.socket; as root without --user)" },
		{ "unix:///run/user/", "start it (systemctl --user start docker)" },
		{ "/.colima/", "start it (colima start)" },
		{ "/.lima/", "start it (limactl start)" },
		{ "/.rd/", "start Rancher Desktop" },
		{ "/.orbstack/", "start OrbStack" },
		{ "/.docker/", "start Docker Desktop" },
		{ "unix:///var/run/docker.sock",
		  "start it (sudo systemctl start docker, or Docker Desktop)" },
		{ "unix:///run/docker.sock", "start it (sudo systemctl start docker)" },
		{ "unix://", "start it" },
		{ "npipe://", "start Docker Desktop" },
		{ "", "see that it runs there, and listens at that address" },
	};
	size_t i = 0;

	while (strstr(endpoint, of[i][0]) == NULL)
		i++;
	return of[i][1];
}

/* True: members of the group docker may use the engine there. */
static bool
way_has_group(const char *endpoint)
{
	return strncmp(endpoint, "ssh://", 6) != 0 && strstr(endpoint, "/run/user/") == NULL &&
	    strstr(endpoint, "podman") == NULL;
}

static const char *
advice_on_permission(const char *endpoint)
{
	if (way_has_group(endpoint))
		return "join the group docker (sudo usermod -aG docker \"$USER\", then log in again), or use "
		    "sudo";
	if (strncmp(endpoint, "ssh://", 6) == 0)
		return "the user there has to be in the group docker";
	return "the socket is another user's: choose your own engine's with DOCKER_HOST or "
	    "docker context use";
}

/* Advice that depends on the endpoint or the message, too. */
static char *
way_advice(enum way way, const char *at, const char *said)
{
	switch (way) {
	case WAY_SSH:
		return xasprintf("see what ssh says of it (ssh %s docker version)",
		    strncmp(at, "ssh://", 6) == 0 ? at : "HOST");
	case WAY_API:
		return xstrdup(env_value("DOCKER_API_VERSION") != NULL ? "unset DOCKER_API_VERSION" :
		    words_say(said, "too new|newer than|not supported by this client|for this client") ?
		    "update the engine, or use an older docker command, " INSTALL :
		    "update the docker command, " INSTALL);
	case WAY_DENIED:
		return xstrdup(advice_on_permission(at));
	case WAY_TLS:
		return xstrdup(words_say(said, "not yet valid|expired") ?
		    "see the clocks of both machines (date), and until when its certificate is valid" :
		    "see DOCKER_TLS_VERIFY and DOCKER_CERT_PATH, and the port (2376 with TLS, 2375 without)");
	default:
		return xasprintf("%s, or choose another with DOCKER_HOST or docker context use",
		    advice_to_start(at));
	}
}

/* If said is about the way to the engine, fills *e and returns true. */
static bool
way_fail(const struct docker *d, const char *said, const char *reason, struct err *e)
{
	static const struct { enum err_kind kind; const char *what, *advice; } of[] = {
		[WAY_CONTEXT] = { ERR_CONFIG, "there is no such context",
		    "docker context ls shows those that there are; choose one with docker context use or "
		    "DOCKER_CONTEXT" },
		[WAY_HOST] = { ERR_OTHER, "DOCKER_HOST makes no sense",
		    "it is unix:///path/of/the/socket, tcp://host:port or ssh://user@host" },
		[WAY_SSH] = { ERR_UNREACHABLE, "no way by ssh to the engine at ", NULL },
		[WAY_API] = { ERR_UNSUPPORTED, "this docker command does not go together with the engine at ",
		    NULL },
		[WAY_DENIED] = { ERR_DENIED, "no permission to use the engine at ", NULL },
		[WAY_TLS_FILES] = { ERR_OTHER, "no keys that can be used for the engine at ",
		    "see DOCKER_TLS_VERIFY and DOCKER_CERT_PATH, or docker context inspect" },
		[WAY_TLS] = { ERR_OTHER, "no TLS connection to the engine at ", NULL },
		[WAY_PLUGIN] = { ERR_OTHER, "refused by a plugin of the engine at ",
		    "whoever administers it has to allow it" },
		[WAY_PROXY] = { ERR_OTHER, "no engine, or a proxy before one that refuses, answers at ",
		    "hi needs all of the engine's API; choose its own socket with DOCKER_HOST or "
		    "docker context use" },
		[WAY_DESKTOP] = { ERR_UNREACHABLE, "no engine answers at ", "start Docker Desktop" },
		[WAY_NO_ANSWER] = { ERR_UNREACHABLE, "no engine answers at ", NULL },
	};
	const char *at = d->endpoint != NULL && *d->endpoint != '\0' ? d->endpoint : "its endpoint";
	int way = words_first(said, ways, sizeof(ways) / sizeof(*ways));
	enum err_kind kind;
	char *advice;

	/* What a daemon itself answers may be about its own way to a registry. */
	if (way == -1 || (way >= WAY_TLS_FILES && way != WAY_PLUGIN && way != WAY_PROXY &&
	    strstr(said, DAEMON) != NULL && !words_say(said, "to an https server")))
		return false;
	if (way == WAY_PODMAN) {
		words_podman(e);
		return true;
	}
	kind = way == WAY_SSH && words_say(said, "permission denied") ? ERR_DENIED : of[way].kind;
	advice = of[way].advice != NULL ? xstrdup(of[way].advice) : way_advice((enum way)way, at, said);
	err_as(e, kind, "docker: %s%s: %s (%s)", of[way].what, text_ends(of[way].what, " ") ? at : "", advice,
	    reason);
	free(advice);
	return true;
}

int
words_podman(struct err *e)
{
	return err_as(e, ERR_UNSUPPORTED, "docker: this docker command is Podman, which hi can't drive: "
	    "install Docker's own (" INSTALL "; the client alone, docker-cli, is enough) and lead it to "
	    "Podman's socket: systemctl --user start podman.socket; "
	    "export DOCKER_HOST=unix://$XDG_RUNTIME_DIR/podman/podman.sock");
}

static enum err_kind
words_kind(const char *said)
{
	static const struct { unsigned meaning; enum err_kind kind; } of[] = {
		{ MEANS_NO_SPACE, ERR_NO_SPACE }, { MEANS_NO_PATH, ERR_NO_PATH }, { MEANS_STATE, ERR_STATE },
		{ MEANS_CONFLICT, ERR_CONFLICT }, { MEANS_OLD_CLIENT, ERR_UNSUPPORTED },
		{ MEANS_DENIED, ERR_DENIED },
	};
	char *other = words_other_trouble(said, MEANS_NOT_FOUND);
	bool missing = other == NULL && words_mean(said, MEANS_NOT_FOUND);
	size_t i = 0;

	free(other);
	while (i < sizeof(of) / sizeof(*of) && !words_mean(said, of[i].meaning))
		i++;
	return missing ? ERR_NOT_FOUND : i < sizeof(of) / sizeof(*of) ? of[i].kind : ERR_OTHER;
}

/* "rm", "network inspect": what the user would type. */
static char *
words_verb(const char *const *words)
{
	static const char *const groups[] = { "image", "container", "network", "volume", "system", "context",
	    NULL };

	for (size_t i = 0; groups[i] != NULL; i++)
		if (strcmp(words[0], groups[i]) == 0)
			return xasprintf("%s %s", words[0], words[1]);
	return xstrdup(words[0]);
}

int
words_fail(const struct docker *d, const char *const *words, int status, const char *said, struct err *e)
{
	char *verb = words_verb(words), *reason = words_reason(said), *other = NULL;

	if (!way_fail(d, said, reason, e)) {
		/* If only some of many things are missing, another line may say what went wrong. */
		if (words_mean(reason, MEANS_NOT_FOUND))
			other = words_other_trouble(said, MEANS_NOT_FOUND);
		if (*reason != '\0')
			err_as(e, words_kind(said), "docker %s: %s", verb, other != NULL ? other : reason);
		else if (status > 128)
			err_set(e, "docker %s: killed by %s", verb, signal_name(status - 128));
		else
			err_set(e, "docker %s: exit %d", verb, status);
	}
	free(verb);
	free(reason);
	free(other);
	return -1;
}

const char *
docker_fix(const struct docker *d, const struct err *e)
{
	const char *at = d->endpoint != NULL ? d->endpoint : "";

	if (e->kind == ERR_NO_COMMAND)
		return INSTALL;
	if (e->kind == ERR_UNSUPPORTED)
		return env_value("DOCKER_API_VERSION") != NULL ? "unset DOCKER_API_VERSION" : INSTALL;
	if (e->kind == ERR_DENIED && way_has_group(at))
		return "sudo usermod -aG docker \"$USER\" && newgrp docker";
	if (e->kind == ERR_UNREACHABLE && strcmp(at, "unix:///var/run/docker.sock") == 0)
		return "sudo systemctl start docker";
	if (e->kind == ERR_CONFIG)
		return "unset DOCKER_CONTEXT; docker context use default";
	return "docker context ls; docker info";
}

/* The order matters: a cause comes before what merely follows from it. */
static const struct phrase faults[] = {
	{ PULL_CREDENTIALS, "error getting credentials|credentials - err|docker-credential-|"
	    "error storing credentials|credential helper|error loading config file|"
	    "error parsing credentials", NULL },
	{ PULL_CREDENTIALS, "credential", "executable file" },
	{ PULL_RATE_LIMIT, "toomanyrequests|too many requests|rate limit|rate exceeded|"
	    "request limit", NULL },
	{ PULL_RATE_LIMIT, "429", "status|error parsing http" },
	{ PULL_NO_SPACE, "no space left|quota exceeded|not enough space", NULL },
	{ PULL_PROXY, "proxyconnect|proxy authentication required|socks connect", NULL },
	{ PULL_CLOCK, "not yet valid|certificate has expired|token used before issued|"
	    "token not valid yet", NULL },
	{ PULL_PLAIN, "http response to https client", NULL },
	{ PULL_TRUST, "x509|certificate signed by|failed to verify certificate|"
	    "bad certificate|tls: handshake failure", NULL },
	{ PULL_IDS, "insufficient uids or gids|subuid", NULL },
	{ PULL_IDS, "lchown", "invalid argument" },
	{ PULL_TOO_OLD, "no processor for media-type|unsupported manifest media type|mediatype in manifest|"
	    "unsupported media type|unsupported schema|schema 1 support|"
	    "archive/tar: invalid tar header", NULL },
	{ PULL_TOO_OLD, "media type", "no longer supported" },
	{ PULL_TOO_OLD, "schema version", "not supported" },
	{ PULL_TOO_OLD, "unknown blob", "zstd" },
	{ PULL_STORE, "failed to register layer|failed to extract layer|unable to prepare extraction|"
	    "layer does not exist|layerdb|imagedb|failed commit on ref|"
	    "filesystem layer verification failed|input/output error|read-only file system|"
	    "structure needs cleaning|failed to open writer|failed to prepare snapshot|"
	    "error creating overlay mount|metadata.db|unexpected commit digest|"
	    "don't match image configuration", NULL },
	{ PULL_STORE, "snapshot|getting layer", "does not exist" },
	{ PULL_STORE, "/var/lib/containerd|/var/lib/docker", "no such file" },
	{ PULL_STORE, "snapshot", "already exists" },
	{ PULL_STORE, "content digest", "not found" },
	{ PULL_STORE, "failed to stat", "snapshot" },
	{ PULL_PLATFORM, "no matching manifest|no match for platform|cannot be used on this platform|"
	    "does not match the specified platform|does not provide the specified platform", NULL },
	{ PULL_PLATFORM, "no image found", "architecture" },
	{ PULL_NAME, "invalid reference format|repository name must be|did not resolve to an alias|"
	    "unqualified-search", NULL },
	/* The engine's way to the registry comes before what a registry says, since the address of a
	 * token may hold such words. */
	{ PULL_NETWORK, "dial tcp|lookup |no such host|timeout|timed out|time-out|deadline exceeded|"
	    "connection reset|connection refused|temporary failure|server misbehaving|broken pipe|"
	    "network is unreachable|no route to host|request canceled|closed network connection|"
	    "unexpected eof|: eof|goaway|stream error|server closed|"
	    "remote error: tls: internal error", NULL },
	{ PULL_DENIED, "unauthorized|authentication required|incorrect username or password|access denied|"
	    "access to the resource is denied|no basic auth credentials|forbidden|"
	    "error from registry: denied|authorization failed|insufficient_scope|denied:|"
	    "error parsing http 40", NULL },
	{ PULL_NOT_FOUND, "manifest unknown|name unknown|repository name not known|not found|name invalid|"
	    "manifest invalid", NULL },
	{ PULL_NETWORK, "internal server error|bad gateway|service unavailable|unexpected http status|"
	    "unexpected status|download failed|error parsing http", NULL },
};

/* The reason without names that somebody chose: an image may be called "timeout". */
static char *
words_without_names(const char *ref, const char *reason)
{
	size_t len = strcspn(ref, "@");
	struct buf b = { 0 };

	while (len > 0 && ref[len - 1] != ':' && ref[len - 1] != '/')
		len--;
	/* The name without its tag, or all of ref if it has none. */
	len = len > 1 && ref[len - 1] == ':' ? len - 1 : strlen(ref);
	while (*reason != '\0') {
		if (strncmp(reason, ref, len) == 0) {
			reason += len;
			reason += strcspn(reason, " ,:\"") == 0 && *reason == ':' &&
			    isalnum((unsigned char)reason[1]) ? 1 + strcspn(reason + 1, " ,:\"") : 0;
		} else if (*reason == '"' && strchr(reason + 1, '"') != NULL &&
		    !words_say(reason, "docker-credential-")) {
			reason = strchr(reason + 1, '"') + 1;
		} else {
			buf_putc(&b, *reason++);
		}
	}
	return buf_take(&b);
}

enum pull_fault
words_pull_fault(const char *ref, const char *reason)
{
	char *plain = words_without_names(ref, reason);
	int fault = words_first(plain, faults, sizeof(faults) / sizeof(*faults));

	free(plain);
	return fault == -1 ? PULL_OTHER : (enum pull_fault)fault;
}

bool
words_pull_fail(const struct docker *d, const char *ref, const char *hint, const char *said, struct err *e)
{
	static const struct { enum err_kind kind; const char *what, *next; } of[] = {
		[PULL_CREDENTIALS] = { ERR_DENIED, "docker's credential helper does not work",
		    "install the helper, or take credsStore and credHelpers out of docker's config.json" },
		[PULL_RATE_LIMIT] = { ERR_DENIED, "the registry's pull rate limit is reached",
		    "set DOCKERHUB_USERNAME and DOCKERHUB_TOKEN, or wait" },
		[PULL_NO_SPACE] = { ERR_NO_SPACE, "the engine's disk is full",
		    "make room there (hi clean images, hi clean cache, docker system df)" },
		[PULL_STORE] = { ERR_OTHER, "the engine's image store is damaged",
		    "restart the engine (sudo systemctl restart docker) and pull again; if it stays, look "
		    "for "
		    "disk errors in its log, and remove the broken image (docker image prune --all)" },
		[PULL_CLOCK] = { ERR_OTHER, "a certificate is not valid at the engine's time",
		    "set the clock of the engine's machine (see date; timedatectl set-ntp true)" },
		[PULL_TRUST] = { ERR_DENIED, "the engine does not trust the registry's certificate",
		    "install the CA of the registry, or of the proxy that opens TLS, on the engine's "
		    "machine (/etc/docker/certs.d)" },
		[PULL_PLAIN] = { ERR_DENIED, "the registry speaks plain HTTP, which the engine refuses",
		    "name it in \"insecure-registries\" of the engine's /etc/docker/daemon.json and restart "
		    "the engine, or give the registry a certificate" },
		[PULL_PROXY] = { ERR_UNREACHABLE,
		    "the registry could not be reached through the engine's proxy",
		    "see the engine's own proxy settings (docker info: HTTPS Proxy), not the shell's" },
		[PULL_PLATFORM] = { ERR_NOT_FOUND, "no such image for the engine's platform", NULL },
		[PULL_TOO_OLD] = { ERR_UNSUPPORTED, "the engine's image store can't take this image's format",
		    "update the engine and its containerd (" INSTALL ")" },
		[PULL_IDS] = { ERR_OTHER, "the rootless engine has too few user or group ids for this image",
		    "give its user 65536 in /etc/subuid and /etc/subgid, and restart it" },
		[PULL_DENIED] = { ERR_DENIED, "the registry refuses",
		    "there is no such image, or DOCKERHUB_USERNAME and DOCKERHUB_TOKEN (docker login for "
		    "another registry) are missing or wrong" },
		[PULL_NAME] = { ERR_USAGE, "that is no image's name", NULL },
		[PULL_NOT_FOUND] = { ERR_NOT_FOUND, "no such image", NULL },
		[PULL_NETWORK] = { ERR_UNREACHABLE, "the registry could not be reached, after several tries",
		    "see network, DNS and proxy of the engine's machine, and the registry's status page" },
		[PULL_OTHER] = { ERR_OTHER, "not pulled", "try docker pull by hand" },
	};
	char *reason = words_reason(said);
	enum pull_fault fault = words_pull_fault(ref, reason);
	/* This page was read by the engine, so it came from the registry or from a proxy before it. */
	bool registrys = words_say(said, "error parsing http");
	const char *next = of[fault].next != NULL ? of[fault].next : hint;

	if (fault == PULL_RATE_LIMIT && env_value("DOCKERHUB_TOKEN") != NULL)
		next = "wait, or see whose DOCKERHUB_USERNAME and DOCKERHUB_TOKEN are";
	if (registrys || !way_fail(d, said, reason, e))
		err_as(e, of[fault].kind, "%s: %s (%s): %s", ref, of[fault].what,
		    *reason != '\0' ? reason : "without a word", next);
	free(reason);
	return fault == PULL_NETWORK;
}
