/* The one list of what is kept of a container: where it comes from, the name of its file, and who reads it.
 * Suffixes of evidence stand nowhere else; a new piece is a row here and a line in hi(1). evidence/ and
 * triage/ use it. */
#ifndef DOCKER_PIECES_H
#define DOCKER_PIECES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum piece_source {
	PIECE_STDOUT, PIECE_STDERR,	/* `docker logs`; of two the longer one is kept */
	PIECE_INSPECT,			/* `docker inspect` */
	PIECE_COPY,			/* `docker cp` of path */
	PIECE_EXEC,			/* what a command prints in the running container */
	PIECE_TESTS,			/* the tests alone save it */
};

/* The part of triage that reads it. */
enum piece_reader { READ_BY_NONE, READ_AS_LOG, READ_AS_INSPECT, READ_AS_DATABASE, READ_AS_STATUS,
	READ_AS_METRICS, READ_AS_MAPRESPONSES };

struct evidence_piece {
	const char *label;		/* in messages */
	const char *suffix;		/* the file is <container>SUFFIX; NULL ends the list */
	const char *type;		/* of containers of this hi.test-type; NULL: of all */
	enum piece_source source;
	enum piece_reader reader;
	bool bulk;			/* not kept after a pass */
	bool optional;			/* it is no fault where the container has none */
	bool database;			/* a snapshot only with the others; the database itself is the last */
	const char *path;		/* PIECE_COPY: in the container */
	const char *const *command, *const *second;	/* PIECE_EXEC: what to run, and where that fails */
	const char *saved_in;		/* the tests save it as SAVED_IN/<container>/; NULL: nowhere else */
	int64_t timeout_ms;
};

extern const struct evidence_piece evidence_pieces[];

/* The piece that a file of this name is; NULL: none. */
const struct evidence_piece *evidence_piece_of(const char *file_name);

#endif
