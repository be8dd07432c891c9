#include "pieces.h"

#include <string.h>

#include "../base/text.h"

#define DATABASE "/tmp/integration_test_db.sqlite3"
#define METRICS_URL "http://127.0.0.1:9090/metrics"

enum { LOG_MS = 300000, COPY_MS = 120000, EXEC_MS = 15000 };

/* An image has one of the two; trying tells which. */
static const char *const curl[] = { "curl", "-sSf", "-m", "5", METRICS_URL, NULL };
static const char *const wget[] = { "wget", "-q", "-O", "-", METRICS_URL, NULL };
static const char *const status[] = { "tailscale", "status", "--json", NULL };

const struct evidence_piece evidence_pieces[] = {
	{ "logs", ".stdout.log", NULL, PIECE_STDOUT, READ_AS_LOG, .timeout_ms = LOG_MS },
	{ "logs", ".stderr.log", NULL, PIECE_STDERR, READ_AS_LOG, .timeout_ms = LOG_MS },
	{ "inspect", ".inspect.json", NULL, PIECE_INSPECT, READ_AS_INSPECT, .bulk = false },
	/* The server removes the -wal when it closes the database. */
	{ "database", ".db-wal", "headscale", PIECE_COPY, READ_BY_NONE, .bulk = true, .optional = true,
	    .database = true, .path = DATABASE "-wal", .timeout_ms = COPY_MS },
	{ "database", ".db-shm", "headscale", PIECE_COPY, READ_BY_NONE, .bulk = true, .optional = true,
	    .database = true, .path = DATABASE "-shm", .timeout_ms = COPY_MS },
	{ "database", ".db", "headscale", PIECE_COPY, READ_AS_DATABASE, .bulk = true, .database = true,
	    .path = DATABASE, .timeout_ms = COPY_MS },
	{ "status", "_status.json", "tailscale", PIECE_EXEC, READ_AS_STATUS, .bulk = true, .command = status,
	    .timeout_ms = EXEC_MS },
	{ "metrics", "_metrics.txt", "headscale", PIECE_EXEC, READ_AS_METRICS, .bulk = true, .command = curl,
	    .second = wget, .timeout_ms = EXEC_MS },
	{ "map responses", "-mapresponses", "headscale", PIECE_COPY, READ_AS_MAPRESPONSES, .bulk = true,
	    .path = "/tmp/mapresponses", .saved_in = "mapresponses", .timeout_ms = COPY_MS },
	{ "profile", "-pprof", "headscale", PIECE_COPY, READ_BY_NONE, .bulk = true, .path = "/tmp/profile",
	    .saved_in = "pprof", .timeout_ms = COPY_MS },
	{ "netmap", "_netmap.json", "tailscale", PIECE_TESTS, READ_BY_NONE, .bulk = true },
	{ .suffix = NULL },
};

const struct evidence_piece *
evidence_piece_of(const char *file_name)
{
	for (const struct evidence_piece *p = evidence_pieces; p->suffix != NULL; p++)
		if (text_ends(file_name, p->suffix))
			return p;
	return NULL;
}
