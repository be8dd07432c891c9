# make [all]            builds $(B)/hi
# make check            every test; check-unit, check-cli, check-engine and check-user are the parts
# make check-engines    the same on Docker 26 and 28, rootless, and Podman, which it gets from Debian (root, Linux)
# make asan, valgrind   the unit and cli tests under the sanitizers, under valgrind
# make check-page       report.html in a headless Chromium; screenshots go to $(B)/page
# make check-portable   the unit and cli tests of a build without what only Linux has
# make lint             columns, includes, cppcheck, clang-tidy, shellcheck, yamllint, mandoc
# make fuzz             each target of tests/fuzz for FUZZ_TIME seconds (clang)
# make coverage         lines that the unit and cli tests execute (gcov)
# make orphans          kills hi at its worst moments, KILLS times, on the engine
# make faults-matrix    each call of a run fails in turn (FAULT="ENOSPC docker-hang" for some)
# make soak             RUNS runs, then ATONCE at once, killed at random
# make bench            times and sizes, beside those of PEER=path (another hi) where given
# make install          to $(DESTDIR)$(prefix)
# make static, musl     one file without shared libraries
# make cross            the same for ARCH=arm64 (Debian's cross compiler); check-cross: the cli tests, by qemu-user
# make deb, dist        a Debian package; a tarball that is the same each time, with its checksum
#
# B=dir builds elsewhere, WERROR=1 makes warnings errors, V=1 shows the commands, FAULTS=1
# builds in the faults that tests inject.

B ?= build
prefix ?= /usr/local
bindir ?= $(prefix)/bin
mandir ?= $(prefix)/share/man
datadir ?= $(prefix)/share
FUZZ_TIME ?= 60

CFLAGS ?= -O2 -g
PKG_CONFIG ?= pkg-config
INSTALL ?= install

BUILDS := $(filter-out clean dist cross check-cross musl deb,$(or $(MAKECMDGOALS),all))
ifneq ($(BUILDS),)
ifneq ($(shell $(PKG_CONFIG) --exists libbsd 2>/dev/null && echo yes),yes)
$(error libbsd or pkg-config is missing: scripts/deps installs what a build and the tests need)
endif
endif

VERSION := $(shell sed -n 's/.*HI_VERSION "\(.*\)".*/\1/p' src/version.h)
SRCS := $(wildcard src/*.c src/*/*.c)
# Files that are part of the program as they are: src/run/runner.sh is the string runner_sh.
EMBEDDED := src/run/runner.sh src/cmd/hi.bash src/cmd/hi.zsh src/cmd/hi.fish \
	src/report/page.html src/report/page.css src/report/page.js src/report/timeline.js
EMBED_OBJS := $(EMBEDDED:src/%=$(B)/embed/%.o)
OBJS := $(SRCS:src/%.c=$(B)/obj/%.o) $(EMBED_OBJS)
LIB_OBJS := $(filter-out $(B)/obj/main.o,$(OBJS))
UNIT_SRCS := $(sort $(wildcard tests/unit/test_*.c))
TEST_OBJS := $(UNIT_SRCS:tests/unit/%.c=$(B)/obj/unit/%.o)
SUITES := $(UNIT_SRCS:tests/unit/test_%.c=%)
FUZZERS := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
SCRIPTS = $(shell grep -lE '^\#!.*(sh|bats)' scripts/* tests/*/* 2>/dev/null)
MAN := $(wildcard man/*.[1-9])

COMPLETIONS = bash:bash-completion/completions/hi zsh:zsh/site-functions/_hi fish:fish/vendor_completions.d/hi.fish

STD = -std=c11 -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -D_FILE_OFFSET_BITS=64
WARN = -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
ifeq ($(shell uname -s),Darwin)
STD += -D_DARWIN_C_SOURCE
else
HARDEN_LD = -pie -Wl,-z,relro,-z,now,-z,noexecstack
endif
HARDEN = -fPIE -fstack-protector-strong
# _FORTIFY_SOURCE warns without optimisation and blinds the sanitizers.
ifeq ($(findstring -fsanitize,$(CFLAGS))$(filter-out -O1 -O2 -O3 -Os -Oz,$(lastword $(filter -O%,-O0 $(CFLAGS)))),)
HARDEN += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
endif
ifeq ($(WERROR),1)
WARN += -Werror
endif
ifeq ($(FAULTS),1)
STD += -DHI_FAULTS
endif

ALL_CPPFLAGS = $(STD) $(CPPFLAGS) $(shell $(PKG_CONFIG) --cflags libbsd 2>/dev/null)
ALL_CFLAGS = $(WARN) $(HARDEN) $(CFLAGS)
COMPILE := $(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS)
LINK = $(CC) $(CFLAGS) $(HARDEN_LD) $(LDFLAGS)
ifneq ($(V),1)
CC_SAYS = @echo '  CC  $<';
LD_SAYS = @echo '  LD  $@';
endif
LIBS := $(shell $(PKG_CONFIG) --libs libbsd 2>/dev/null) -lm

all: $(B)/hi

$(B)/hi: $(OBJS)
	$(LD_SAYS)$(LINK) -o $@ $(OBJS) $(LIBS)

# Rewritten only when the command changes, so that another compiler or FAULTS=1
# does not leave objects of the one before.
$(B)/compile: FORCE
	@mkdir -p $(B)
	@echo '$(COMPILE)' | cmp -s - $@ || echo '$(COMPILE)' >$@

$(B)/obj/%.o: src/%.c $(B)/compile
	@mkdir -p $(@D)
	$(CC_SAYS)$(COMPILE) -MMD -MP -c -o $@ $<

$(B)/embed/%.c: src/%
	@mkdir -p $(@D)
	@{ echo 'extern const char $(subst .,_,$(notdir $*))[];'; echo 'const char $(subst .,_,$(notdir $*))[] = {'; \
	od -An -v -tx1 $< | sed "s/ *\([0-9a-f][0-9a-f]\)/'\\\\x\1',/g"; echo '0};'; } >$@

$(B)/embed/%.o: $(B)/embed/%.c $(B)/compile
	$(CC_SAYS)$(COMPILE) -c -o $@ $<

# A test's suite function has its only prototype in the generated main.
$(B)/obj/unit/%.o: tests/unit/%.c $(B)/compile
	@mkdir -p $(@D)
	$(CC_SAYS)$(COMPILE) -Wno-missing-prototypes -MMD -MP -Isrc $$($(PKG_CONFIG) --cflags check) -c -o $@ $<

$(B)/unit_main.c: $(UNIT_SRCS) Makefile
	@mkdir -p $(B)
	@{ printf '#include <check.h>\n#include <stdlib.h>\n\n'; \
	for s in $(SUITES); do echo "Suite *suite_$$s(void);"; done; \
	printf '\nint\nmain(void)\n{\n\tSRunner *r = srunner_create(NULL);\n\tint failed;\n\n'; \
	for s in $(SUITES); do printf '\tsrunner_add_suite(r, suite_%s());\n' $$s; done; \
	printf '\tsrunner_run_all(r, CK_ENV);\n\tfailed = srunner_ntests_failed(r);\n'; \
	printf '\tsrunner_free(r);\n\treturn failed ? 1 : 0;\n}\n'; } >$@

$(B)/unit: $(B)/unit_main.c $(TEST_OBJS) $(LIB_OBJS)
	@$(PKG_CONFIG) --exists check || { echo 'check is missing; on Debian: apt install check' >&2; exit 1; }
	$(LD_SAYS)$(LINK) -o $@ $^ $$($(PKG_CONFIG) --cflags --libs check) $(LIBS)

# Preloaded by the tests that let calls fail; glibc's.
ifeq ($(shell uname -s),Linux)
FAULT_LIB = $(B)/fault.so
endif

$(B)/fault.so: tests/faults/fault.c
	@mkdir -p $(B)
	$(CC) -std=c11 $(WARN) -O1 -g -fPIC -shared -o $@ $< -ldl

RUN_TESTS = HI=$(abspath $(B))/hi HI_FAULTS=$(abspath $(B))-faults/hi UNIT=$(abspath $(B))/unit scripts/run-tests

check:
	$(MAKE) $(B)/hi $(B)/unit $(FAULT_LIB) faults
	$(RUN_TESTS) all

check-unit: $(B)/unit
	$(B)/unit

check-cli: $(B)/hi $(FAULT_LIB)
	$(RUN_TESTS) cli

check-engine: $(B)/hi faults
	$(RUN_TESTS) engine

check-user: $(B)/hi
	$(RUN_TESTS) user

check-page: $(B)/hi
	tests/page/check $(abspath $(B))/hi $(B)/page

# On other engines than this machine's, each in a root directory of Debian's: ENGINES="docker-26 podman-5", TESTS=all.
TESTS ?= smoke
check-engines: $(B)/hi faults
	scripts/check-engines --hi $(B)/hi --faults $(B)-faults/hi --logs $(B)/engines --tests $(TESTS) $(ENGINES)

faults:
	$(MAKE) B=$(B)-faults FAULTS=1 all

# Each call of a short run fails, one after the other, over the stand-in.
faults-matrix: $(B)/hi $(FAULT_LIB)
	HI=$(abspath $(B))/hi tests/faults/matrix $(FAULT)

demo: $(B)/hi
	HI=$(abspath $(B))/hi scripts/demo

# As on a system that has nothing of what only Linux has: the substitutes do. A process whose parent was killed
# is reaped by init when init likes, which some tests wait for.
check-portable:
	CK_DEFAULT_TIMEOUT=30 $(MAKE) B=$(B)-portable CPPFLAGS='$(CPPFLAGS) -DHI_PORTABLE' check-unit
	HI_PORTABLE=1 $(MAKE) B=$(B)-portable CPPFLAGS='$(CPPFLAGS) -DHI_PORTABLE' check-cli

SAN = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
ASAN = ASAN_OPTIONS=detect_stack_use_after_return=1
asan:
	$(MAKE) B=$(B)-asan CFLAGS='-O1 -g $(SAN)' all $(B)-asan/unit
	$(ASAN) $(MAKE) B=$(B)-asan CFLAGS='-O1 -g $(SAN)' check-unit
	$(ASAN) $(MAKE) B=$(B)-asan CFLAGS='-O1 -g $(SAN)' check-cli

# Check's forked children run under valgrind too; an error in one fails its test.
valgrind: $(B)/unit
	CK_TIMEOUT_MULTIPLIER=20 valgrind -q --leak-check=full --errors-for-leak-kinds=definite \
	    --error-exitcode=99 $(B)/unit

# cppcheck needs the list macros spelled out; readdir_r, which it asks for, is deprecated.
QUEUE_H = $(shell $(PKG_CONFIG) --variable=includedir libbsd)/bsd/sys/queue.h
lint:
	scripts/lint-rooms
	scripts/lint-columns
	cppcheck -q --enable=warning,performance,portability --inline-suppr --std=c11 --library=posix \
	    --include=$(QUEUE_H) --suppress=missingIncludeSystem --suppress=readdirCalled \
	    --error-exitcode=1 $(STD:-std%=) src
	@echo "clang-tidy src"
	@printf '%s\n' $(SRCS) | xargs -n 8 -P 2 sh -c \
	    'clang-tidy --quiet "$$@" -- $(ALL_CPPFLAGS) 2>/dev/null' clang-tidy
	@set -- $(SCRIPTS); [ $$# -eq 0 ] || { echo "shellcheck $$*"; shellcheck -S warning "$$@"; }
	! command -v node >/dev/null || cat src/report/page.js src/report/timeline.js | node --check -
	yamllint -s -d '{extends: relaxed, rules: {line-length: {max: 125}}}' scripts/*.yml
	@set -- $(MAN); [ $$# -eq 0 ] || { echo "mandoc -Tlint $$*"; mandoc -Tlint -W warning "$$@"; }

fuzz: $(FUZZERS:%=run-%)

FUZZ = $(MAKE) --no-print-directory B=$(B)-fuzz CC=clang \
	CFLAGS='-O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all'
fuzz-build:
	$(FUZZ) $(FUZZERS:%=$(B)-fuzz/%)

$(B)/fuzz_%: tests/fuzz/fuzz_%.c $(LIB_OBJS)
	$(COMPILE) -Wno-missing-prototypes -Isrc -fsanitize=fuzzer -fno-sanitize-recover=all $(LDFLAGS) \
	    -o $@ $< $(LIB_OBJS) $(LIBS)

run-fuzz_%: fuzz-build
	@mkdir -p $(B)-fuzz/corpus/$*
	$(B)-fuzz/fuzz_$* -max_total_time=$(FUZZ_TIME) -max_len=4096 -verbosity=0 -print_final_stats=1 \
	    -artifact_prefix=$(B)-fuzz/$*- $(B)-fuzz/corpus/$* $(wildcard tests/fuzz/corpus/$*)

STATIC = HARDEN_LD='-static-pie -Wl,-z,relro,-z,now,-z,noexecstack'
static:
	$(MAKE) B=$(B)-static $(STATIC) PKG_CONFIG='$(PKG_CONFIG) --static' all

# As headscale's CI wants it, which runs elsewhere than it builds.
ARCH ?= arm64
CROSS_CC = $(shell dpkg-architecture -a$(ARCH) -qDEB_HOST_GNU_TYPE 2>/dev/null)-gcc
cross:
	@for t in dpkg-architecture dpkg $(CROSS_CC); do command -v $$t >/dev/null || { \
	    echo "cross: $$t is missing; on Debian: apt install dpkg-dev crossbuild-essential-$(ARCH)" >&2; exit 1; }; done
	scripts/target-libs $(ARCH) $(B)-$(ARCH)/libs
	$(MAKE) B=$(B)-$(ARCH) $(STATIC) PKG_CONFIG=$(abspath $(B))-$(ARCH)/libs/bin/pkg-config \
	    CC=$(CROSS_CC) all

check-cross: cross
	HI=$(abspath $(B))-$(ARCH)/hi scripts/under-qemu $(ARCH) $(abspath $(B))-$(ARCH)/hi scripts/run-tests cli

# musl-gcc knows no -static-pie.
musl:
	@for t in dpkg-source musl-gcc; do command -v $$t >/dev/null || { \
	    echo "musl: $$t is missing; on Debian: apt install dpkg-dev musl-tools" >&2; exit 1; }; done
	scripts/target-libs musl $(B)-musl/libs
	$(MAKE) B=$(B)-musl CC=musl-gcc HARDEN_LD='-static -Wl,-z,relro,-z,now,-z,noexecstack' \
	    PKG_CONFIG=$(abspath $(B))-musl/libs/bin/pkg-config all

GCOV = gcov
coverage:
	rm -rf $(B)-coverage
	$(MAKE) B=$(B)-coverage CFLAGS='-O0 -g --coverage' all check-unit
	-$(MAKE) B=$(B)-coverage CFLAGS='-O0 -g --coverage' check-cli
	@cd $(B)-coverage && for o in $(SRCS:src/%.c=obj/%.gcda); do \
		[ ! -f $$o ] || $(GCOV) -n $$o 2>/dev/null; \
	done | awk '/^File/ { own = $$2 ~ /src\/.*\.c/; name = $$2 } \
	    own && /^Lines executed/ { split($$2, p, /[:%]/); n = $$4; sum += n; hit += n * p[2] / 100; \
		printf "%6.1f%% of %4d  %s\n", p[2], n, name; own = 0 } \
	    END { printf "coverage: %.1f%% of %d lines\n", 100 * hit / sum, sum }'

KILLS ?= 200
orphans: $(B)/hi faults
	scripts/prepare-demo
	tests/engine/orphans.py --hi $(abspath $(B))/hi --faults $(abspath $(B))-faults/hi --kills $(KILLS)

RUNS ?= 100
ATONCE ?= 20
soak: $(B)/hi
	scripts/prepare-demo
	scripts/soak --hi $(abspath $(B))/hi --runs $(RUNS) --at-once $(ATONCE)

$(B)/stream: tests/bench/stream.c $(LIB_OBJS)
	$(COMPILE) -Isrc $(HARDEN_LD) $(LDFLAGS) -o $@ $< $(LIB_OBJS) $(LIBS)

bench: $(B)/hi $(B)/stream
	scripts/prepare-demo
	scripts/bench --hi $(abspath $(B))/hi --stream $(abspath $(B))/stream $(PEER:%=--peer %) $(BENCH)

install: $(B)/hi
	$(INSTALL) -d $(DESTDIR)$(bindir)
	$(INSTALL) -m 755 $(B)/hi $(DESTDIR)$(bindir)/hi
	for m in $(MAN); do \
		$(INSTALL) -d $(DESTDIR)$(mandir)/man$${m##*.} && \
		$(INSTALL) -m 644 $$m $(DESTDIR)$(mandir)/man$${m##*.} || exit 1; \
	done
	for c in $(COMPLETIONS); do \
		$(INSTALL) -d $(DESTDIR)$(datadir)/$$(dirname $${c#*:}) && \
		$(B)/hi completion $${c%%:*} >$(DESTDIR)$(datadir)/$${c#*:} && \
		chmod 644 $(DESTDIR)$(datadir)/$${c#*:} || exit 1; \
	done

uninstall:
	rm -f $(DESTDIR)$(bindir)/hi
	for m in $(MAN); do rm -f $(DESTDIR)$(mandir)/man$${m##*.}/$${m#man/}; done
	for c in $(COMPLETIONS); do rm -f $(DESTDIR)$(datadir)/$${c#*:}; done

deb:
	@for t in dpkg-buildpackage dh; do command -v $$t >/dev/null || { \
	    echo "deb: $$t is missing; on Debian: apt install dpkg-dev debhelper" >&2; exit 1; }; done
	rm -rf $(B)-deb
	mkdir -p $(B)-deb/hi-$(VERSION)
	cp -R Makefile LICENSE src man scripts scripts/debian $(B)-deb/hi-$(VERSION)
	sed -i '1s/(.*)/($(VERSION))/' $(B)-deb/hi-$(VERSION)/debian/changelog
	cd $(B)-deb/hi-$(VERSION) && dpkg-buildpackage -b -us -uc
	! command -v lintian >/dev/null || lintian --fail-on error,warning $(B)-deb/*.changes
	@ls $(B)-deb/*.deb

DIST = hi-$(VERSION).tar.gz
dist:
	mkdir -p $(B)-dist
	git -c tar.umask=0022 archive --format=tar --prefix=hi-$(VERSION)/ HEAD | gzip -9n >$(B)-dist/$(DIST)
	cd $(B)-dist && sha256sum $(DIST) >SHA256SUMS && cat SHA256SUMS

clean:
	rm -rf $(B) $(B)-arm64 $(B)-asan $(B)-clang $(B)-coverage $(B)-deb $(B)-dist $(B)-faults $(B)-fuzz $(B)-musl \
	    $(B)-portable $(B)-static

FORCE:

.PHONY: all check check-page check-portable check-unit check-cli check-engine check-user check-engines faults faults-matrix demo asan valgrind lint fuzz fuzz-build coverage \
	orphans soak bench static cross check-cross musl install uninstall deb dist clean FORCE
.SECONDARY:
.DELETE_ON_ERROR:

-include $(OBJS:.o=.d) $(TEST_OBJS:.o=.d)
