/* A library to be preloaded (LD_PRELOAD) that makes one call of hi fail, or all from one on. It counts the calls that
 * the fault is about, in hi, in what hi forks until that is another program, and in the cleaner, all in one count; no
 * other program is touched.
 *
 *	FAULT		ENOSPC, EIO, EMFILE, EINTR, ENOMEM: what the call fails with; SHORT: a read or write of one
 *			byte; CLOCK: the wall clock jumps by FAULT_SHIFT seconds
 *	FAULT_AT	the first call that does, from 1 on; 0: none, they are only counted
 *	FAULT_FOR	how many do; 1 where it is not set, 0: for ever
 *	FAULT_EVERY	of these, each so-manieth; 1 where it is not set
 *	FAULT_IN	in which process: hi, cleaner; not set: in both
 *	FAULT_STATE	a file, made by the caller: two 64-bit numbers, how many calls were counted and how many failed,
 *			then the first failed one, in words
 */
#define _GNU_SOURCE
#undef _FORTIFY_SOURCE
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { STATE_SIZE = 4096, NOSPC = 1, IO = 2, MFILE = 4, INTR = 8, NOMEM = 16, SHORT = 32, CLOCK = 64 };

struct state {
	int64_t count, failed;
	char call[STATE_SIZE - 16];
};

static const struct { const char *name; int kind, error; } kinds[] = {
	{ "ENOSPC", NOSPC, ENOSPC }, { "EIO", IO, EIO }, { "EMFILE", MFILE, EMFILE }, { "EINTR", INTR, EINTR },
	{ "ENOMEM", NOMEM, ENOMEM }, { "SHORT", SHORT, 0 }, { "CLOCK", CLOCK, 0 },
};
static const char *const handed_on[] = { "LD_PRELOAD", "FAULT", "FAULT_AT", "FAULT_FOR", "FAULT_EVERY",
    "FAULT_IN", "FAULT_STATE", "FAULT_SHIFT" };
enum { N_HANDED_ON = sizeof(handed_on) / sizeof(handed_on[0]) };

static struct state *state;	/* NULL: nothing fails */
static char values[N_HANDED_ON][1024];
static int kind, error;
static int64_t at, how_many, every, shift;
static pid_t main_pid;
static const char *role;

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);

static void
copy(char *to, size_t size, const char *from)
{
	size_t n = strlen(to);

	for (; *from != '\0' && n < size - 1; from++)
		to[n++] = *from;
	to[n] = '\0';
}

static int64_t
number(const char *name, int64_t def)
{
	const char *s = getenv(name);

	return s != NULL ? strtoll(s, NULL, 10) : def;
}

/* glibc hands a constructor main's arguments. */
__attribute__((constructor)) static void
begin(int argc, char **argv)
{
	const char *fault = getenv("FAULT"), *in = getenv("FAULT_IN"), *path = getenv("FAULT_STATE");
	int fd;

	if (fault == NULL || path == NULL || strcmp(program_invocation_short_name, "hi") != 0)
		return;
	role = argc > 1 && strcmp(argv[1], "cleaner") == 0 ? "cleaner" : "hi";
	main_pid = getpid();
	for (int i = 0; i < N_HANDED_ON; i++)
		if (getenv(handed_on[i]) != NULL)
			copy(values[i], sizeof(values[i]), getenv(handed_on[i]));
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, fault) == 0) {
			kind = kinds[i].kind;
			error = kinds[i].error;
		}
	if (in != NULL && *in != '\0' && strcmp(in, role) != 0)
		kind = 0;
	at = number("FAULT_AT", 0);
	how_many = number("FAULT_FOR", 1);
	every = number("FAULT_EVERY", 1);
	shift = number("FAULT_SHIFT", 0);
	fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
	if (fd == -1)
		abort();
	state = mmap(NULL, sizeof(*state), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	syscall(SYS_close, fd);
	if (state == MAP_FAILED)
		abort();
}

/* Whether this call, one that these faults are about, is to fail. Safe in a handler. */
static bool
fails(int about, const char *call, const char *what)
{
	int64_t n;

	if (state == NULL || (kind & about) == 0)
		return false;
	n = __atomic_add_fetch(&state->count, 1, __ATOMIC_SEQ_CST);
	if (at == 0 || n < at || (how_many != 0 && n >= at + how_many) || (n - at) % every != 0)
		return false;
	if (__atomic_add_fetch(&state->failed, 1, __ATOMIC_SEQ_CST) == 1) {
		copy(state->call, sizeof(state->call), role);
		copy(state->call, sizeof(state->call), syscall(SYS_getpid) != main_pid ? "'s child: " : ": ");
		copy(state->call, sizeof(state->call), call);
		copy(state->call, sizeof(state->call), " ");
		copy(state->call, sizeof(state->call), what);
	}
	errno = error;
	return true;
}

/* Not where hi says what failed. */
static bool
is_file(int fd)
{
	struct stat st;
	int saved = errno;
	bool yes = fd > STDERR_FILENO && state != NULL && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);

	errno = saved;
	return yes;
}

/* What a descriptor is, in words for the state. */
static const char *
words(int fd)
{
	static char text[256];
	char link[32] = "/proc/self/fd/", digits[12];
	int i = 11;
	ssize_t n;

	if (state == NULL)
		return "";
	digits[11] = '\0';
	for (unsigned u = (unsigned)fd; i > 0; u /= 10) {
		digits[--i] = (char)('0' + u % 10);
		if (u < 10)
			break;
	}
	copy(link, sizeof(link), digits + i);
	n = syscall(SYS_readlinkat, AT_FDCWD, link, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

#define NEXT(name) ((__typeof__(&name))(uintptr_t)dlsym(RTLD_NEXT, #name))

/* The mode that follows flags which make a file. */
#define MODE(flags, mode) do { \
	if (((flags) & O_CREAT) != 0) { \
		va_list ap; \
		va_start(ap, flags); \
		mode = va_arg(ap, mode_t); \
		va_end(ap); \
	} \
} while (0)

static int
open_at(int dir, const char *path, int flags, mode_t mode)
{
	if (fails(MFILE | INTR | IO | ((flags & O_CREAT) != 0 ? NOSPC : 0), "open", path))
		return -1;
	return (int)syscall(SYS_openat, dir, path, flags, mode);
}

int
open(const char *path, int flags, ...)
{
	mode_t mode = 0;

	MODE(flags, mode);
	return open_at(AT_FDCWD, path, flags, mode);
}

int
openat(int dir, const char *path, int flags, ...)
{
	mode_t mode = 0;

	MODE(flags, mode);
	return open_at(dir, path, flags, mode);
}

/* What they become with _FORTIFY_SOURCE. */
int __open_2(const char *path, int flags);
int __openat_2(int dir, const char *path, int flags);

int
__open_2(const char *path, int flags)
{
	return open_at(AT_FDCWD, path, flags, 0);
}

int
__openat_2(int dir, const char *path, int flags)
{
	return open_at(dir, path, flags, 0);
}

FILE *
fopen(const char *path, const char *mode)
{
	return fails(MFILE | IO, "fopen", path) ? NULL : NEXT(fopen)(path, mode);
}

ssize_t
read(int fd, void *data, size_t len)
{
	if (fails(INTR | (is_file(fd) ? IO : 0), "read", words(fd)))
		return -1;
	if (len > 1 && fails(SHORT, "read", words(fd)))
		len = 1;
	return syscall(SYS_read, fd, data, len);
}

ssize_t
write(int fd, const void *data, size_t len)
{
	if (fails(INTR | (is_file(fd) ? NOSPC | IO : 0), "write", words(fd)))
		return -1;
	if (len > 1 && fails(SHORT, "write", words(fd)))
		len = 1;
	return syscall(SYS_write, fd, data, len);
}

ssize_t
pread(int fd, void *data, size_t len, off_t offset)
{
	if (fails(INTR | IO, "pread", words(fd)))
		return -1;
	if (len > 1 && fails(SHORT, "pread", words(fd)))
		len = 1;
	return NEXT(pread)(fd, data, len, offset);
}

ssize_t
pwrite(int fd, const void *data, size_t len, off_t offset)
{
	if (fails(INTR | IO | NOSPC, "pwrite", words(fd)))
		return -1;
	if (len > 1 && fails(SHORT, "pwrite", words(fd)))
		len = 1;
	return NEXT(pwrite)(fd, data, len, offset);
}

/* It is closed all the same, as Linux does it. */
int
close(int fd)
{
	bool bad = is_file(fd) && fails(IO | NOSPC | INTR, "close", words(fd));

	return syscall(SYS_close, fd) == -1 || bad ? -1 : 0;
}

int
pipe(int fd[2])
{
	return fails(MFILE, "pipe", "") ? -1 : NEXT(pipe)(fd);
}

int
dup2(int from, int to)
{
	return fails(MFILE | INTR, "dup2", words(from)) ? -1 : NEXT(dup2)(from, to);
}

int
fcntl(int fd, int what, ...)
{
	va_list ap;
	long arg;

	va_start(ap, what);
	arg = va_arg(ap, long);
	va_end(ap);
	if ((what == F_DUPFD || what == F_DUPFD_CLOEXEC) && fails(MFILE, "fcntl F_DUPFD", words(fd)))
		return -1;
	return (int)syscall(SYS_fcntl, fd, what, arg);
}

int
poll(struct pollfd *fds, nfds_t n, int ms)
{
	return fails(INTR | NOMEM, "poll", "") ? -1 : NEXT(poll)(fds, n, ms);
}

pid_t
fork(void)
{
	/* What it fails with where there is no room for a process. */
	if (fails(NOMEM, "fork", "")) {
		errno = EAGAIN;
		return -1;
	}
	return NEXT(fork)();
}

pid_t
waitpid(pid_t pid, int *status, int how)
{
	return (how & WNOHANG) == 0 && fails(INTR, "waitpid", "") ? -1 : NEXT(waitpid)(pid, status, how);
}

int
flock(int fd, int what)
{
	return fails(INTR, "flock", words(fd)) ? -1 : NEXT(flock)(fd, what);
}

int
nanosleep(const struct timespec *t, struct timespec *left)
{
	return fails(INTR, "nanosleep", "") ? -1 : NEXT(nanosleep)(t, left);
}

int
mkdir(const char *path, mode_t mode)
{
	return fails(NOSPC | IO, "mkdir", path) ? -1 : NEXT(mkdir)(path, mode);
}

char *
mkdtemp(char *path)
{
	return fails(NOSPC | IO, "mkdtemp", path) ? NULL : NEXT(mkdtemp)(path);
}

int
rename(const char *from, const char *to)
{
	return fails(NOSPC | IO, "rename", to) ? -1 : NEXT(rename)(from, to);
}

int
renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	return fails(NOSPC | IO, "renameat", to) ? -1 : NEXT(renameat)(from_dir, from, to_dir, to);
}

int
symlink(const char *to, const char *path)
{
	return fails(NOSPC | IO, "symlink", path) ? -1 : NEXT(symlink)(to, path);
}

int
unlink(const char *path)
{
	return fails(IO, "unlink", path) ? -1 : NEXT(unlink)(path);
}

int
unlinkat(int dir, const char *path, int flags)
{
	return fails(IO, "unlinkat", path) ? -1 : NEXT(unlinkat)(dir, path, flags);
}

int
chdir(const char *path)
{
	return fails(IO, "chdir", path) ? -1 : NEXT(chdir)(path);
}

void *
malloc(size_t size)
{
	return fails(NOMEM, "malloc", "") ? NULL : __libc_malloc(size);
}

void *
calloc(size_t n, size_t size)
{
	return fails(NOMEM, "calloc", "") ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t size)
{
	return fails(NOMEM, "realloc", "") ? NULL : __libc_realloc(p, size);
}

int
clock_gettime(clockid_t clock, struct timespec *t)
{
	int r = (int)syscall(SYS_clock_gettime, clock, t);

	if (r == 0 && clock == CLOCK_REALTIME && fails(CLOCK, "clock_gettime", ""))
		t->tv_sec += shift;
	return r;
}

time_t
time(time_t *out)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	if (out != NULL)
		*out = t.tv_sec;
	return t.tv_sec;
}

/* The cleaner gets an environment of its own, which tells nothing of us: it is told here. Other programs
 * get nothing. */
int
execvp(const char *file, char *const argv[])
{
	const char *base = strrchr(file, '/');
	struct state *saved = state;
	bool hi = strcmp(base != NULL ? base + 1 : file, "hi") == 0;
	int r;

	state = NULL;
	for (int i = 0; saved != NULL && i < N_HANDED_ON; i++)
		if (hi && values[i][0] != '\0')
			setenv(handed_on[i], values[i], 1);
		else
			unsetenv(handed_on[i]);
	r = NEXT(execvp)(file, argv);
	state = saved;
	return r;
}
