# Build, install and test ticket_priority with PostgreSQL's own build system.
#
#   make                      build against the server whose pg_config is found
#   make PG_CONFIG=/path/...  build against another server
#   make install              install into that server, with the manual
#   make installcheck         run the regression and isolation tests on the installed
#                             extension, as a superuser of a running server
#   make test                 run all tests on a private server (installs nothing)
#   make demo                 run the demonstration on a private server
#
# Also builds out of tree: make -f /path/to/ticket_priority/Makefile
# WERROR=1 makes warnings errors; COPT adds compiler flags.

EXTENSION = ticket_priority
MODULE_big = $(EXTENSION)

# Files are found in their folders; there is no list of them to keep.
topdir := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))
find = $(patsubst $(topdir)/%,%,$(sort $(wildcard $(topdir)/$(1))))

# The version is written in the control file.
EXTVERSION := $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" "$(topdir)/$(EXTENSION).control")
SCRIPT = $(EXTENSION)--$(EXTVERSION).sql

OBJS = $(patsubst %.c,%.o,$(call find,src/*.c) $(call find,src/*/*.c))
DATA_built = $(SCRIPT)
LANGUAGE_TEXTS = src/language/shipped_texts.inc
DATA = $(filter-out sql/$(SCRIPT),$(call find,sql/$(EXTENSION)--*.sql))
SCRIPT_PARTS = $(filter-out sql/$(EXTENSION)--%,$(call find,sql/*.sql))

# The server's own headers have unused parameters.
PG_CFLAGS = -Wall -Wextra -Wno-unused-parameter
PG_CFLAGS += $(if $(filter-out 0 no,$(WERROR)),-Werror)
PG_CPPFLAGS = -DTICKET_PRIORITY_VERSION='"$(EXTVERSION)"'
PG_CPPFLAGS += -Isrc -I$(topdir)/src $(ICU_CFLAGS)
SHLIB_LINK = $(ICU_LIBS)
# Calls within the library are direct.  From 16 on the server's own flags see to it.
SHLIB_LINK += $(if $(filter 15,$(MAJORVERSION)),$(if $(filter-out darwin,$(PORTNAME)),-Xlinker -Bsymbolic))

# Regression tests: test/sql, and test/sqlNN on servers of version NN or later.
REGRESS_FILES = $(call find,test/sql/*.sql) \
	$(foreach v,16 17 18 19,$(if $(filter $(v),$(shell seq $(MAJORVERSION))),$(call find,test/sql$(v)/*.sql)))
REGRESS = $(sort $(basename $(notdir $(REGRESS_FILES))))
REGRESS_OPTS = --inputdir=regress --outputdir=regress $(call expecteddir,regress) \
	--load-extension=$(EXTENSION)
REGRESS_PREP = regress-files

ISOLATION = $(basename $(notdir $(call find,test/isolation/specs/*.spec)))
ISOLATION_OPTS = --inputdir=$(topdir)/test/isolation \
	$(call expecteddir,$(topdir)/test/isolation) --load-extension=$(EXTENSION)

# Version 15 has no such option: it looks for expected files beside the input.
expecteddir = $(if $(filter-out 15,$(MAJORVERSION)),--expecteddir=$(1))

# The TAP tests need Perl modules, so installcheck runs them only with TAP_TESTS=1,
# as test/run does.
PROVE_TESTS = test/t/*.pl

# The manual and the report scripts.
MANUAL = $(call find,*.md) $(call find,LICENSE) $(call find,doc/*)

EXTRA_CLEAN = $(SCRIPT).tmp $(LANGUAGE_TEXTS) $(LANGUAGE_TEXTS).tmp regress

# "make test" and "make demo" need no server: they install what is missing.
ifneq ($(filter-out test demo,$(or $(MAKECMDGOALS),all)),)

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
ifeq ($(wildcard $(PGXS)),)
$(error cannot find the build files of a PostgreSQL server with "$(PG_CONFIG)". \
Install them (on Debian postgresql-server-dev-NN, on Fedora postgresql-server-devel), \
or name the right program: make PG_CONFIG=/path/to/pg_config)
endif

# A server built with LLVM asks for bitcode too; without clang, none is made.
CLANG_OF_SERVER := $(shell sed -n 's/^CLANG *= *//p' $(dir $(PGXS))../Makefile.global)
ifeq ($(shell command -v $(or $(CLANG),$(CLANG_OF_SERVER),clang) 2>/dev/null),)
override with_llvm = no
endif

include $(PGXS)

ifeq ($(shell test $(MAJORVERSION) -ge 15 && echo yes),)
$(error ticket_priority needs PostgreSQL 15 or later; "$(PG_CONFIG)" belongs to $(VERSION))
endif
ifneq ($(with_icu),yes)
$(error ticket_priority needs a PostgreSQL server built with ICU; the server of "$(PG_CONFIG)" \
was configured without it (--with-icu))
endif

# Look in the source directory for sources only, never for what a build has left there.
VPATH =
vpath %.c $(topdir)
vpath %.h $(topdir)
vpath %.control $(topdir)

# A changed header, or version, rebuilds every object.
BUILT_OBJS = $(OBJS) $(OBJS:.o=.bc)
BUILT_DIRS = $(sort $(patsubst %/,$(CURDIR)/%,$(dir $(OBJS))))
$(BUILT_OBJS): $(wildcard $(topdir)/src/*/*.h) $(topdir)/$(EXTENSION).control | $(BUILT_DIRS)
$(BUILT_DIRS):
	$(MKDIR_P) $@

# The install script: the parts in the order of their names.
$(SCRIPT): $(addprefix $(topdir)/,$(SCRIPT_PARTS) $(EXTENSION).control Makefile)
	printf '%s\n\n' '\echo Use "CREATE EXTENSION $(EXTENSION)" to load this file. \quit' > $@.tmp
	cat $(addprefix $(topdir)/,$(SCRIPT_PARTS)) >> $@.tmp
	mv $@.tmp $@

# The words of all languages, English first, as C.
$(LANGUAGE_TEXTS): $(topdir)/src/language/texts.awk $(topdir)/src/language/texts/en.txt \
		$(filter-out %/en.txt,$(sort $(wildcard $(topdir)/src/language/texts/*.txt))) \
		$(topdir)/Makefile | $(BUILT_DIRS)
	awk -f $(filter %.awk,$^) $(filter %.txt,$^) > $@.tmp
	mv $@.tmp $@
src/language/shipped_texts.o src/language/shipped_texts.bc: $(LANGUAGE_TEXTS)

# The manual is installed in the same folders as here, so that its links hold.
manualdir = $(DESTDIR)$(docdir)/$(docmoduledir)/$(EXTENSION)
.PHONY: install-manual uninstall-manual
install: install-manual
install-manual:
	$(MKDIR_P) '$(manualdir)/doc'
	$(foreach file,$(MANUAL),$(INSTALL_DATA) '$(topdir)/$(file)' '$(manualdir)/$(file)' &&) true
uninstall: uninstall-manual
uninstall-manual:
	rm -rf '$(manualdir)'

# pg_regress needs input and expected output side by side, in the build directory.
.PHONY: regress-files
regress-files:
	rm -rf regress
	$(MKDIR_P) regress/sql regress/expected
	$(if $(REGRESS),cp $(addprefix $(topdir)/,$(REGRESS_FILES)) regress/sql/)
	$(if $(REGRESS),touch $(patsubst %,regress/expected/%.out,$(REGRESS)))
	$(if $(call find,expected/*.out),cp $(addprefix $(topdir)/,$(call find,expected/*.out)) regress/expected/)

endif

.PHONY: test demo
test:
	sh "$(topdir)/test/run" $(TEST_OPTS)
demo:
	sh "$(topdir)/test/demo/run" $(DEMO_OPTS)
