#include "words.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../base/mem.h"
#include "../base/text.h"

#define INSTALL "https://docs.docker.com/engine/install/"

enum { REASON_MAX = 500 };	/* an advice has to fit behind it */

static const char DAEMON[] = "Error response from daemon: ";

static bool
words_say(const char *text, const char *part)
{
	return part == NULL || text_find(text, part) != NULL;
}

/* A row holds where both of its phrases are said. */
struct phrase {
	int meaning;
	const char *says, *too;
};

static const struct phrase meanings[] = {
	{ MEANS_NOT_FOUND, "no such container", NULL }, { MEANS_NOT_FOUND, "no such object", NULL },
	{ MEANS_NOT_FOUND, "no such image", NULL }, { MEANS_NOT_FOUND, "no such volume", NULL },
	{ MEANS_NOT_FOUND, "no such network", NULL }, { MEANS_NOT_FOUND, "is already in progress", NULL },
	{ MEANS_NOT_FOUND, "is not connected to", NULL }, { MEANS_NOT_FOUND, " not found", "network " },
	{ MEANS_NOT_FOUND, " not found", "endpoint " },
	{ MEANS_NOT_FOUND, "no container with name or id", NULL }, { MEANS_NOT_FOUND, "image not known", NULL },
	{ MEANS_NOT_FOUND, "network not found", NULL }, { MEANS_NOT_FOUND, "volume with name", "not found" },
	{ MEANS_STATE, "is not running", NULL }, { MEANS_STATE, "can only kill running containers", NULL },
	{ MEANS_STATE, "is already paused", NULL }, { MEANS_STATE, "is paused, unpause", NULL },
	{ MEANS_STATE, "is not paused", NULL },
	{ MEANS_NO_SPACE, "no space left", NULL }, { MEANS_NO_SPACE, "quota exceeded", NULL },
	{ MEANS_NO_SPACE, "not enough space", NULL },
	{ MEANS_NO_PATH, "bind source path does not exist", NULL }, { MEANS_NO_PATH, "mounts denied", NULL },
	{ MEANS_NO_PATH, "statfs", "no such file or directory" },
	{ MEANS_NO_PATH, "could not find the file", NULL }, { MEANS_NO_PATH, "no such container:path", NULL },
	{ MEANS_NO_BLOCKING_LOG, "max-buffer-size", NULL },
	{ MEANS_CONFLICT, "is already in use", NULL }, { MEANS_CONFLICT, "conflict", NULL },
	{ MEANS_CONFLICT, "has active endpoints", NULL }, { MEANS_CONFLICT, "is being used", NULL },
	{ MEANS_CONFLICT, "is in use", NULL }, { MEANS_CONFLICT, "already exists", NULL },
	{ MEANS_CONFLICT, "cannot remove a running container", NULL }, { MEANS_CONFLICT, "container is running: stop", NULL },
	{ MEANS_OLD_CLIENT, "is not a docker command", NULL }, { MEANS_OLD_CLIENT, "unknown command", NULL },
	{ MEANS_OLD_CLIENT, "unknown flag", NULL }, { MEANS_OLD_CLIENT, "unknown shorthand flag", NULL },
	{ MEANS_OLD_CLIENT, "requires api version", NULL },
	{ MEANS_PODMAN, "podman", NULL }, { MEANS_PODMAN, "libpod", NULL },
	{ MEANS_PODMAN, "type config.connection", NULL }, { MEANS_PODMAN, "unrecognized command", NULL },
	{ MEANS_PODMAN, "type system.connection", NULL },
};

/* The meaning of the first row that holds, from a table of n; -1: none does. */
static int
words_first(const char *said, const struct phrase *table, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (words_say(said, table[i].says) && words_say(said, table[i].too))
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

/* A line that says how docker is used or what else it does, and not what went wrong. */
static bool
is_usage_hint(const char *line, size_t len)
{
	static const char *const starts[] = { "See '", "Run '", "Usage:", "For more help", "Try '",
	    "Emulate Docker CLI", "WARNING:", "exit status ", "errors pretty printing info",
	    "failed to start containers:", "Error: failed to start containers:", NULL };

	while (len > 0 && isspace((unsigned char)*line)) {
		line++;
		len--;
	}
	if (len == 0)
		return true;
	for (size_t i = 0; starts[i] != NULL; i++)
		if (len >= strlen(starts[i]) && strncmp(line, starts[i], strlen(starts[i])) == 0)
			return true;
	return false;
}

/* A proxy answers with a page: its text without the tags. */
static char *
without_tags(const char *html)
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
without_prefix(const char *line, size_t len)
{
	static const char *const prefixes[] = { "docker: ", "Error: ", "error: ", "ERROR: ", NULL };
	char *s, *trimmed;

	for (size_t i = 0; prefixes[i] != NULL; i++) {
		size_t n = strlen(prefixes[i]);

		if (len > n && strncmp(line, prefixes[i], n) == 0) {
			line += n;
			len -= n;
		}
	}
	s = xstrndup(line, len < REASON_MAX ? len : REASON_MAX);
	trimmed = text_trim(s);
	free(s);
	return trimmed;
}

static bool
is_html(const char *text)
{
	return words_say(text, "<html") || words_say(text, "<!doctype");
}

char *
words_last(const char *said)
{
	const char *best = NULL;
	size_t best_len = 0;

	for (const char *line = said; *line != '\0';) {
		size_t len = strcspn(line, "\n");

		if (!is_usage_hint(line, len)) {
			best = line;
			best_len = len;
		}
		line += len + (line[len] == '\n');
	}
	return best == NULL ? xstrdup("") : without_prefix(best, best_len);
}

char *
words_reason(const char *said)
{
	const char *daemon = strstr(said, DAEMON);
	char *text, *line;

	if (is_html(said)) {
		text = without_tags(daemon != NULL ? daemon + strlen(DAEMON) : said);
		line = without_prefix(text, strlen(text));
		free(text);
		return line;
	}
	if (daemon == NULL)
		return words_last(said);
	daemon += strlen(DAEMON);
	return without_prefix(daemon, strcspn(daemon, "\n"));
}

char *
words_other_trouble(const char *said, unsigned fine)
{
	struct strs lines = { 0 };
	char *found = NULL;

	strs_split(&lines, said, '\n');
	for (size_t i = 0; i < lines.n && found == NULL; i++)
		if (!is_usage_hint(lines.v[i], strlen(lines.v[i])) && !words_mean(lines.v[i], fine))
			found = words_reason(lines.v[i]);
	strs_free(&lines);
	return found;
}

/* Why no engine did what was asked: the way to it, or the engine as a whole. */
enum {
	WAY_PODMAN, WAY_CONTEXT, WAY_HOST, WAY_SSH, WAY_API, WAY_DENIED, WAY_TLS_FILES, WAY_TLS, WAY_PLUGIN, WAY_PROXY,
	WAY_DESKTOP, WAY_GONE
};

static const struct phrase ways[] = {
	{ WAY_PODMAN, "cannot connect to podman", NULL }, { WAY_PODMAN, "unable to connect to podman", NULL },
	{ WAY_CONTEXT, "context not found", NULL }, { WAY_CONTEXT, "endpoint: context", "does not exist" },
	{ WAY_CONTEXT, "is not found on the file system", "context" },
	{ WAY_CONTEXT, "no context store", NULL }, { WAY_CONTEXT, "context name", "invalid" },
	{ WAY_HOST, "unable to parse docker host", NULL }, { WAY_HOST, "invalid bind address", NULL },
	{ WAY_HOST, "invalid proto", NULL }, { WAY_HOST, "unsupported protocol scheme", NULL },
	{ WAY_SSH, "dial-stdio", NULL }, { WAY_SSH, "command [ssh", NULL }, { WAY_SSH, "exec: \"ssh\"", NULL },
	{ WAY_API, "client version", "is too old" }, { WAY_API, "client version", "is too new" },
	{ WAY_API, "api version", "too old" }, { WAY_API, "api version", "too new" },
	{ WAY_API, "minimum supported api version", NULL }, { WAY_API, "maximum supported api version", NULL },
	{ WAY_API, "api version", "not supported" }, { WAY_API, "client is newer than server", NULL },
	{ WAY_API, "invalid api version", NULL }, { WAY_API, "docker_api_version", NULL },
	{ WAY_DENIED, "permission denied", "daemon socket" }, { WAY_DENIED, "permission denied", "docker api at" },
	{ WAY_DENIED, "permission denied", "dial unix" }, { WAY_DENIED, "elevated privileges", "docker client" },
	{ WAY_TLS_FILES, "unable to resolve docker endpoint", ".pem" }, { WAY_TLS_FILES, "context tls info", NULL },
	{ WAY_TLS_FILES, "could not read ca certificate", NULL }, { WAY_TLS_FILES, "could not load x509 key pair", NULL },
	{ WAY_TLS_FILES, "could not load", "certificate" }, { WAY_TLS_FILES, "open ", ".pem: " },
	{ WAY_TLS, "sent an http request to an https server", NULL },
	{ WAY_TLS, "error during connect", "x509" }, { WAY_TLS, "error during connect", "tls:" },
	{ WAY_TLS, "error during connect", "certificate" }, { WAY_TLS, "error during connect", "malformed http response" },
	{ WAY_TLS, "http response to https client", "error during connect" },
	{ WAY_TLS, "failed to connect to the docker api", "tls:" }, { WAY_TLS, "failed to connect to the docker api", "x509" },
	{ WAY_TLS, "are you trying to connect to a tls-enabled daemon", NULL },
	{ WAY_PLUGIN, "authorization denied by plugin", NULL },
	{ WAY_DESKTOP, "docker desktop is", NULL },
	{ WAY_PROXY, "<html", NULL }, { WAY_PROXY, "<!doctype", NULL }, { WAY_PROXY, "invalid character '<'", NULL },
	{ WAY_PROXY, "page not found", NULL }, { WAY_PROXY, "for api route and version", NULL },
	{ WAY_PROXY, "request forbidden by", NULL }, { WAY_PROXY, "proxyconnect", "error during connect" },
	{ WAY_PROXY, "proxy authentication required", "error during connect" },
	{ WAY_GONE, "cannot connect to the docker daemon", NULL }, { WAY_GONE, "failed to connect to the docker api", NULL },
	{ WAY_GONE, "error during connect", NULL }, { WAY_GONE, "is the docker daemon running", NULL },
	{ WAY_GONE, "docker daemon is not running", NULL },
	{ WAY_GONE, "unable to resolve docker endpoint", NULL },
};

/* What to do about an engine that does not answer at an endpoint. */
static const char *
start_it(const char *endpoint)
{
	static const char *const of[][2] = {
		{ "podman/podman.sock", "start it (systemctl --user start podman.socket; as root without --user)" },
		{ "unix:///run/user/", "start it (systemctl --user start docker)" },
		{ "/.colima/", "start it (colima start)" },
		{ "/.lima/", "start it (limactl start)" },
		{ "/.rd/", "start Rancher Desktop" },
		{ "/.orbstack/", "start OrbStack" },
		{ "/.docker/", "start Docker Desktop" },
		{ "unix:///var/run/docker.sock", "start it (sudo systemctl start docker, or Docker Desktop)" },
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

static const char *
be_let_in(const char *endpoint)
{
	if (strncmp(endpoint, "ssh://", 6) == 0)
		return "the user there has to be in the group docker";
	if (strstr(endpoint, "/run/user/") != NULL || strstr(endpoint, "podman") != NULL)
		return "the socket is another user's: choose your own engine's with DOCKER_HOST or docker context use";
	return "join the group docker (sudo usermod -aG docker \"$USER\", then log in again), or use sudo";
}

/* True, and *e filled in, where said is about the way to the engine. */
static bool
way_fail(const struct docker *d, const char *said, const char *reason, struct err *e)
{
	const char *at = d->endpoint != NULL && *d->endpoint != '\0' ? d->endpoint : "its endpoint";
	bool pinned_api = env_value("DOCKER_API_VERSION") != NULL;
	int way = words_first(said, ways, sizeof(ways) / sizeof(*ways));

	/* A daemon's own answer may be about its way to a registry. */
	if (way >= WAY_TLS_FILES && way != WAY_PLUGIN && way != WAY_PROXY && strstr(said, DAEMON) != NULL &&
	    !words_say(said, "to an https server"))
		return false;
	switch (way) {
	case WAY_PODMAN:
		words_podman(e);
		return true;
	case WAY_CONTEXT:
		err_as(e, ERR_CONFIG,
		    "docker: %s: docker context ls shows those that there are; choose one with %s", reason,
		    env_value("DOCKER_CONTEXT") != NULL ? "DOCKER_CONTEXT" : "docker context use");
		return true;
	case WAY_HOST:
		err_set(e, "docker: %s: DOCKER_HOST is unix:///path/of/the/socket, tcp://host:port or "
		    "ssh://user@host", reason);
		return true;
	case WAY_SSH:
		err_as(e, words_say(said, "permission denied") ? ERR_DENIED : ERR_UNREACHABLE,
		    "docker: no way to the engine at %s: %s: see what ssh says of it (ssh %s docker version)",
		    at, reason, strncmp(at, "ssh://", 6) == 0 ? at : "HOST");
		return true;
	case WAY_API:
		err_as(e, ERR_UNSUPPORTED,
		    "docker: the engine at %s and this docker command don't go together: %s: %s", at, reason,
		    pinned_api ? "unset DOCKER_API_VERSION" : words_say(said, "too new") ||
		    words_say(said, "newer than") || words_say(said, "not supported by this client") ||
		    words_say(said, "for this client") ? "update the engine, or use an older docker command ("
		    INSTALL ")" : "update the docker command (" INSTALL ")");
		return true;
	case WAY_DENIED:
		err_as(e, ERR_DENIED, "docker: no permission to use the engine at %s: %s (%s)", at,
		    be_let_in(at), reason);
		return true;
	case WAY_TLS_FILES:
		err_set(e,
		    "docker: the keys for the engine at %s can't be used: %s: see DOCKER_TLS_VERIFY and "
		    "DOCKER_CERT_PATH, or docker context inspect", at, reason);
		return true;
	case WAY_TLS:
		err_set(e, "docker: no TLS connection to the engine at %s: %s: %s", at, reason,
		    words_say(said, "not yet valid") || words_say(said, "expired") ?
		    "see the clocks of both machines (date), and until when its certificate is valid" :
		    "see DOCKER_TLS_VERIFY and DOCKER_CERT_PATH, and the port (2376 with TLS, 2375 without)");
		return true;
	case WAY_PLUGIN:
		err_set(e, "docker: the engine at %s refuses: %s: whoever administers it has to allow it", at,
		    reason);
		return true;
	case WAY_PROXY:
		err_set(e, "docker: what answers at %s is no engine, or a proxy before one that refuses: %s: hi needs "
		    "all of the engine's API; choose its own socket with DOCKER_HOST or docker context use", at, reason);
		return true;
	case WAY_DESKTOP:
		err_as(e, ERR_UNREACHABLE, "docker: no engine answers at %s: %s", at, reason);
		return true;
	case WAY_GONE:
		err_as(e, ERR_UNREACHABLE,
		    "docker: no engine answers at %s: %s, or choose another with DOCKER_HOST or docker "
		    "context use (%s)", at, start_it(at), reason);
		return true;
	default:
		return false;
	}
}

int
words_podman(struct err *e)
{
	return err_as(e, ERR_UNSUPPORTED, "docker: this docker command is Podman, which hi can't drive: install Docker's own "
	    "(" INSTALL "; the client alone, docker-cli, is enough) and lead it to Podman's socket: "
	    "systemctl --user start podman.socket; export DOCKER_HOST=unix://$XDG_RUNTIME_DIR/podman/podman.sock");
}

static enum err_kind
kind_of(const char *said)
{
	char *other = words_other_trouble(said, MEANS_NOT_FOUND);
	bool missing = other == NULL && *said != '\0' && words_mean(said, MEANS_NOT_FOUND);

	free(other);
	return missing ? ERR_NOT_FOUND : words_mean(said, MEANS_NO_SPACE) ? ERR_NO_SPACE : words_mean(said,
	    MEANS_NO_PATH) ? ERR_NO_PATH : words_mean(said,
	    MEANS_STATE) ? ERR_STATE : words_mean(said, MEANS_CONFLICT) ? ERR_CONFLICT : words_mean(said,
	    MEANS_OLD_CLIENT) ? ERR_UNSUPPORTED : words_say(said,
	    "permission denied") || words_say(said, "not permitted") ? ERR_DENIED : ERR_OTHER;
}

/* "rm", "network inspect": what the user would type. */
static char *
verb_of(const char *const *words)
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
	char *verb = verb_of(words), *reason = words_reason(said), *other = NULL;

	if (!way_fail(d, said, reason, e)) {
		/* Of many things some may be missing, which is not what went wrong. */
		if (words_mean(reason, MEANS_NOT_FOUND))
			other = words_other_trouble(said, MEANS_NOT_FOUND);
		if (*reason != '\0')
			err_as(e, kind_of(said), "docker %s: %s", verb, other != NULL ? other : reason);
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
	if (e->kind == ERR_DENIED && strstr(be_let_in(at), "usermod") != NULL)
		return "sudo usermod -aG docker \"$USER\" && newgrp docker";
	if (e->kind == ERR_UNREACHABLE && strcmp(at, "unix:///var/run/docker.sock") == 0)
		return "sudo systemctl start docker";
	if (e->kind == ERR_CONFIG)
		return "unset DOCKER_CONTEXT; docker context use default";
	return "docker context ls; docker info";
}

/* In this order: what is near to the cause comes before what merely follows from it. */
static const struct phrase faults[] = {
	{ PULL_CREDENTIALS, "error getting credentials", NULL }, { PULL_CREDENTIALS, "credentials - err", NULL },
	{ PULL_CREDENTIALS, "docker-credential-", NULL }, { PULL_CREDENTIALS, "error storing credentials", NULL },
	{ PULL_CREDENTIALS, "credential helper", NULL }, { PULL_CREDENTIALS, "error loading config file", NULL },
	{ PULL_CREDENTIALS, "error parsing credentials", NULL }, { PULL_CREDENTIALS, "credential", "executable file" },
	{ PULL_RATE_LIMIT, "toomanyrequests", NULL }, { PULL_RATE_LIMIT, "too many requests", NULL },
	{ PULL_RATE_LIMIT, "rate limit", NULL }, { PULL_RATE_LIMIT, "rate exceeded", NULL },
	{ PULL_RATE_LIMIT, "request limit", NULL }, { PULL_RATE_LIMIT, "429", "status" },
	{ PULL_NO_SPACE, "no space left", NULL }, { PULL_NO_SPACE, "quota exceeded", NULL },
	{ PULL_NO_SPACE, "not enough space", NULL },
	{ PULL_PROXY, "proxyconnect", NULL }, { PULL_PROXY, "proxy authentication required", NULL },
	{ PULL_PROXY, "socks connect", NULL },
	{ PULL_CLOCK, "not yet valid", NULL }, { PULL_CLOCK, "certificate has expired", NULL },
	{ PULL_CLOCK, "token used before issued", NULL }, { PULL_CLOCK, "token not valid yet", NULL },
	{ PULL_TRUST, "x509", NULL }, { PULL_TRUST, "certificate signed by", NULL },
	{ PULL_TRUST, "failed to verify certificate", NULL }, { PULL_TRUST, "http response to https client", NULL },
	{ PULL_TRUST, "bad certificate", NULL }, { PULL_TRUST, "tls: handshake failure", NULL },
	{ PULL_IDS, "insufficient uids or gids", NULL }, { PULL_IDS, "lchown", "invalid argument" },
	{ PULL_IDS, "subuid", NULL },
	{ PULL_TOO_OLD, "no processor for media-type", NULL }, { PULL_TOO_OLD, "unsupported manifest media type", NULL },
	{ PULL_TOO_OLD, "media type", "no longer supported" }, { PULL_TOO_OLD, "mediatype in manifest", NULL },
	{ PULL_TOO_OLD, "unsupported media type", NULL }, { PULL_TOO_OLD, "schema version", "not supported" },
	{ PULL_TOO_OLD, "unsupported schema", NULL }, { PULL_TOO_OLD, "unknown blob", "zstd" },
	{ PULL_TOO_OLD, "archive/tar: invalid tar header", NULL },
	{ PULL_STORE, "snapshot", "already exists" }, { PULL_STORE, "content digest", "not found" },
	{ PULL_STORE, "failed to register layer", NULL }, { PULL_STORE, "failed to extract layer", NULL },
	{ PULL_STORE, "unable to prepare extraction", NULL }, { PULL_STORE, "snapshot", "does not exist" },
	{ PULL_STORE, "layer does not exist", NULL }, { PULL_STORE, "layerdb", NULL }, { PULL_STORE, "imagedb", NULL },
	{ PULL_STORE, "failed commit on ref", NULL }, { PULL_STORE, "filesystem layer verification failed", NULL },
	{ PULL_STORE, "input/output error", NULL }, { PULL_STORE, "read-only file system", NULL },
	{ PULL_STORE, "structure needs cleaning", NULL }, { PULL_STORE, "failed to open writer", NULL },
	{ PULL_STORE, "failed to prepare snapshot", NULL }, { PULL_STORE, "error creating overlay mount", NULL },
	{ PULL_STORE, "/var/lib/containerd", "no such file" }, { PULL_STORE, "/var/lib/docker", "no such file" },
	{ PULL_STORE, "failed to stat", "snapshot" }, { PULL_STORE, "metadata.db", NULL },
	{ PULL_STORE, "unexpected commit digest", NULL }, { PULL_STORE, "getting layer", "does not exist" },
	{ PULL_PLATFORM, "no matching manifest", NULL }, { PULL_PLATFORM, "no match for platform", NULL },
	{ PULL_PLATFORM, "cannot be used on this platform", NULL }, { PULL_PLATFORM, "no image found", "architecture" },
	{ PULL_PLATFORM, "does not match the specified platform", NULL },
	{ PULL_PLATFORM, "does not provide the specified platform", NULL },
	{ PULL_NAME, "invalid reference format", NULL }, { PULL_NAME, "repository name must be", NULL },
	{ PULL_NAME, "did not resolve to an alias", NULL }, { PULL_NAME, "unqualified-search", NULL },
	/* The engine's way to the registry, before what a registry says: a token's address holds such
	 * words. */
	{ PULL_NETWORK, "dial tcp", NULL }, { PULL_NETWORK, "lookup ", NULL }, { PULL_NETWORK, "no such host", NULL },
	{ PULL_NETWORK, "timeout", NULL }, { PULL_NETWORK, "timed out", NULL }, { PULL_NETWORK, "time-out", NULL },
	{ PULL_NETWORK, "deadline exceeded", NULL }, { PULL_NETWORK, "connection reset", NULL },
	{ PULL_NETWORK, "connection refused", NULL }, { PULL_NETWORK, "temporary failure", NULL },
	{ PULL_NETWORK, "server misbehaving", NULL }, { PULL_NETWORK, "broken pipe", NULL },
	{ PULL_NETWORK, "network is unreachable", NULL }, { PULL_NETWORK, "no route to host", NULL },
	{ PULL_NETWORK, "request canceled", NULL }, { PULL_NETWORK, "closed network connection", NULL },
	{ PULL_NETWORK, "unexpected eof", NULL }, { PULL_NETWORK, ": eof", NULL }, { PULL_NETWORK, "goaway", NULL },
	{ PULL_NETWORK, "stream error", NULL }, { PULL_NETWORK, "server closed", NULL },
	{ PULL_DENIED, "unauthorized", NULL }, { PULL_DENIED, "authentication required", NULL },
	{ PULL_DENIED, "incorrect username or password", NULL }, { PULL_DENIED, "access denied", NULL },
	{ PULL_DENIED, "access to the resource is denied", NULL }, { PULL_DENIED, "no basic auth credentials", NULL },
	{ PULL_DENIED, "forbidden", NULL }, { PULL_DENIED, "error from registry: denied", NULL },
	{ PULL_DENIED, "authorization failed", NULL }, { PULL_DENIED, "insufficient_scope", NULL },
	{ PULL_DENIED, "denied:", NULL },
	{ PULL_NOT_FOUND, "manifest unknown", NULL }, { PULL_NOT_FOUND, "name unknown", NULL },
	{ PULL_NOT_FOUND, "repository name not known", NULL }, { PULL_NOT_FOUND, "not found", NULL },
	{ PULL_NOT_FOUND, "name invalid", NULL }, { PULL_NOT_FOUND, "manifest invalid", NULL },
	{ PULL_NETWORK, "internal server error", NULL }, { PULL_NETWORK, "bad gateway", NULL },
	{ PULL_NETWORK, "service unavailable", NULL }, { PULL_NETWORK, "unexpected http status", NULL },
	{ PULL_NETWORK, "unexpected status", NULL }, { PULL_NETWORK, "download failed", NULL },
};

/* The reason without what somebody named: an image may be called "timeout". */
static char *
without_names(const char *ref, const char *reason)
{
	size_t len = strcspn(ref, "@");
	struct buf b = { 0 };

	while (len > 0 && ref[len - 1] != ':' && ref[len - 1] != '/')
		len--;
	/* The name alone, where a tag follows; else all of it. */
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
	char *plain = without_names(ref, reason);
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
		[PULL_NO_SPACE] = { ERR_NO_SPACE, "the engine's disk is full", "make room there (hi clean images, hi clean cache, "
		    "docker system df)" },
		[PULL_STORE] = { ERR_OTHER, "the engine's image store is damaged",
		    "restart the engine (sudo systemctl restart docker) and pull again; if it stays, look for disk errors in its "
		    "log, and remove the broken image (docker image prune --all)" },
		[PULL_CLOCK] = { ERR_OTHER, "a certificate is not valid at the engine's time",
		    "set the clock of the engine's machine (see date; timedatectl set-ntp true)" },
		[PULL_TRUST] = { ERR_DENIED, "the engine does not trust the registry's certificate",
		    "install the CA of the registry, or of the proxy that opens TLS, on the engine's machine (/etc/docker/certs.d)" },
		[PULL_PROXY] = { ERR_UNREACHABLE, "the registry could not be reached through the engine's proxy",
		    "see the engine's own proxy settings (docker info: HTTPS Proxy), not the shell's" },
		[PULL_PLATFORM] = { ERR_NOT_FOUND, "no such image for the engine's platform", NULL },
		[PULL_TOO_OLD] = { ERR_UNSUPPORTED, "the engine's image store can't take this image's format",
		    "update the engine and its containerd (" INSTALL ")" },
		[PULL_IDS] = { ERR_OTHER, "the rootless engine has too few user or group ids for this image",
		    "give its user 65536 in /etc/subuid and /etc/subgid, and restart it" },
		[PULL_DENIED] = { ERR_DENIED, "the registry refuses",
		    "there is no such image, or DOCKERHUB_USERNAME and DOCKERHUB_TOKEN (docker login for another registry) are "
		    "missing or wrong" },
		[PULL_NAME] = { ERR_USAGE, "that is no image's name", NULL },
		[PULL_NOT_FOUND] = { ERR_NOT_FOUND, "no such image", NULL },
		[PULL_NETWORK] = { ERR_UNREACHABLE, "the registry could not be reached, after several tries",
		    "see the network, DNS and proxy of the engine's machine, and the registry's status page" },
		[PULL_OTHER] = { ERR_OTHER, "not pulled", "try docker pull by hand" },
	};
	char *reason = words_reason(said);
	enum pull_fault fault = words_pull_fault(ref, reason);
	const char *next = of[fault].next != NULL ? of[fault].next : hint;

	if (fault == PULL_RATE_LIMIT && env_value("DOCKERHUB_TOKEN") != NULL)
		next = "wait, or see whose DOCKERHUB_USERNAME and DOCKERHUB_TOKEN are";
	if (!way_fail(d, said, reason, e))
		err_as(e, of[fault].kind, "%s: %s (%s): %s", ref, of[fault].what, reason, next);
	free(reason);
	return fault == PULL_NETWORK;
}
