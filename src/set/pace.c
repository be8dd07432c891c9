#include "pace.h"

#include <stdio.h>
#include <string.h>

#include "../base/file.h"
#include "../base/system.h"
#include "../base/text.h"

#define LEAST_MEMORY ((uint64_t)1 << 30)
#define LEAST_DISK ((uint64_t)2 << 30)

unsigned
pace_jobs(int64_t cpus, int64_t memory)
{
	int64_t n = memory / PACE_RUN;

	n = cpus < n ? cpus : n;
	return n < 1 ? 1 : (unsigned)n;
}

static uint64_t
available(void)
{
	unsigned long long kb;
	uint64_t bytes = UINT64_MAX;
	char line[256];
	FILE *f = fopen(PROC_DIR "/meminfo", "re");

	if (f == NULL)
		return bytes;
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "MemAvailable: %llu kB", &kb) == 1)
			bytes = (uint64_t)kb << 10;
	fclose(f);
	return bytes;
}

void
pace_look(const char *root_dir, const char *logs_dir, struct room *out)
{
	uint64_t bytes;

	*out = (struct room){ UINT64_MAX, UINT64_MAX };
	if (file_free(logs_dir, &bytes, NULL, NULL) == 0)
		out->disk = bytes;
	if (root_dir == NULL)
		return;
	out->memory = available();
	if (file_free(root_dir, &bytes, NULL, NULL) == 0 && bytes < out->disk)
		out->disk = bytes;
}

bool
pace_short(const struct room *r, char *why, size_t size)
{
	char have[32], least[32];

	if (r->memory < LEAST_MEMORY)
		snprintf(why, size, "memory: %s available, less than %s", text_bytes(r->memory, have, sizeof(have)),
		    text_bytes(LEAST_MEMORY, least, sizeof(least)));
	else if (r->disk < LEAST_DISK)
		snprintf(why, size, "disk: %s free, less than %s", text_bytes(r->disk, have, sizeof(have)),
		    text_bytes(LEAST_DISK, least, sizeof(least)));
	else
		return false;
	return true;
}
