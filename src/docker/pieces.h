/* The one list of the evidence kept of a container: where it comes from, the name of its file, and who reads
 * it. Suffixes of evidence are spelled nowhere else; a new piece is a row here and a line in hi(1). triage/,
 * report/ and evidence/ use it. */
#ifndef DOCKER_PIECES_H
#define DOCKER_PIECES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum piece_source {
	PIECE_STDOUT, PIECE_STDERR,	/* `docker logs`; the longer of two copies is kept */
	PIECE_INSPECT,			/* `docker inspect` */
	PIECE_COPY,			/* `docker cp` of path */
	PIECE_EXEC,			/* what a command prints in the running container */
	PIECE_TESTS,			/* only the tests save it */
};

/* The part of triage that reads it. */
enum piece_reader { READ_BY_NONE, READ_AS_LOG, READ_AS_INSPECT, READ_AS_DATABASE, READ_AS_STATUS,
	READ_AS_METRICS, READ_AS_MAPRESPONSES };

struct evidence_piece {
	const char *label;		/* in messages */
	const char *suffix;		/* the file is <container>SUFFIX; NULL ends the list */
	const char *type;		/* only for containers of this hi.test-type; NULL: for all */
	enum piece_source source;
	enum piece_reader reader;
	bool bulk;			/* not kept of a run that passed */
	bool optional;			/* no error if the container has none */
	bool database;			/* one of the files of a snapshot; the database itself comes last */
	const char *path;		/* PIECE_COPY: in the container */
	const char *const *command, *const *second;	/* PIECE_EXEC: what to run, and what if that fails */
	const char *saved_in;		/* the tests may save it in SAVED_IN/<container>/; NULL: in none */
	int64_t timeout_ms;
};

extern const struct evidence_piece evidence_pieces[];

/* The piece whose suffix file_name has; NULL: none. */
const struct evidence_piece *evidence_piece_of(const char *file_name);

#endif
