/*
 * stubs.c
 *	  What the fuzzers share: as much of a server as the code under test needs,
 *	  and random numbers.
 */
#include "stubs.h"

jmp_buf		on_error;
int			error_code;
int			nsaved;
char		messages[4000];

static void **blocks;
static int	nblocks;
static int	max_blocks;

static char current;			/* stands for a context */

MemoryContext TopMemoryContext;
MemoryContext CurrentMemoryContext = (MemoryContext) &current;

static void *
remember(void *block)
{
	if (block == NULL)
		abort();
	if (nblocks == max_blocks)
	{
		max_blocks = max_blocks * 2 + 1024;
		blocks = realloc(blocks, max_blocks * sizeof(void *));
	}
	return blocks[nblocks++] = block;
}

void
free_all(void)
{
	while (nblocks > 0)
		free(blocks[--nblocks]);
}

void *
palloc(Size size)
{
	return memset(remember(malloc(size ? size : 1)), 0x7f, size);
}

char *
pstrdup(const char *in)
{
	return strcpy(palloc(strlen(in) + 1), in);
}

void *
palloc0(Size size)
{
	return memset(palloc(size), 0, size);
}

void *
repalloc(void *block, Size size)
{
	for (int i = nblocks - 1; i >= 0; i--)
	{
		if (blocks[i] == block)
			return blocks[i] = realloc(block, size);
	}
	abort();
}

void
pfree(void *block)
{
	for (int i = nblocks - 1; i >= 0; i--)
	{
		if (blocks[i] == block)
		{
			free(block);
			blocks[i] = blocks[--nblocks];
			return;
		}
	}
	abort();
}

void *
MemoryContextAlloc(MemoryContext context, Size size)
{
	return palloc(size);
}

void *
MemoryContextAllocHuge(MemoryContext context, Size size)
{
	return palloc(size);
}

void *
repalloc_huge(void *block, Size size)
{
	return repalloc(block, size);
}

/* what lives as long as the backend stays */
void *
MemoryContextAllocZero(MemoryContext context, Size size)
{
	return calloc(1, size);
}

bool		errstart(int level, const char *domain) { error_code = 0; messages[0] = '\0'; return true; }
bool		errstart_cold(int level, const char *domain) { return errstart(level, domain); }
void		errfinish(const char *file, int line, const char *func) { longjmp(on_error, 1); }
bool		errsave_start(Node *context, const char *domain);
bool		errsave_start(Node *context, const char *domain) { return errstart(ERROR, domain); }

/* soft errors, where the server has them: the code under test goes on */
void		errsave_finish(Node *context, const char *file, int line, const char *func);
void		errsave_finish(Node *context, const char *file, int line, const char *func) { nsaved++; }
int			errcode(int code) { error_code = code; return 0; }

static void
format(const char *fmt, va_list args)
{
	char		buf[1000];

	/* every message fits: nothing repeats the whole input */
	if (vsnprintf(buf, sizeof(buf), fmt, args) >= (int) sizeof(buf))
		abort();
	strcat(strcat(messages, buf), "\n");
}

#define MESSAGE(name) \
int name(const char *fmt,...) { va_list args; va_start(args, fmt); format(fmt, args); va_end(args); return 0; }
MESSAGE(errmsg)
MESSAGE(errmsg_internal)
MESSAGE(errdetail)
MESSAGE(errdetail_internal)
MESSAGE(errhint)

void		pg_qsort(void *base, size_t n, size_t size, int (*cmp) (const void *, const void *)) { qsort(base, n, size, cmp); }
int			pg_strcasecmp(const char *a, const char *b) { return strcasecmp(a, b); }
int			pg_strncasecmp(const char *a, const char *b, size_t n) { return strncasecmp(a, b, n); }
unsigned char pg_tolower(unsigned char c) { return tolower(c); }
int			pg_mbstrlen_with_len(const char *s, int len) { return len; }
int			pg_mbcharcliplen(const char *s, int len, int limit) { return Min(len, limit); }

int
pg_snprintf(char *s, size_t size, const char *fmt,...)
{
	va_list		args;
	int			n;

	va_start(args, fmt);
	n = vsnprintf(s, size, fmt, args);
	va_end(args);
	if (n >= (int) size)
		abort();
	return n;
}

void
enlargeStringInfo(StringInfo str, int needed)
{
	if (str->len + needed + 1 > str->maxlen)
	{
		str->maxlen = (str->len + needed + 1) * 2;
		str->data = repalloc(str->data, str->maxlen);
	}
}

void
initStringInfo(StringInfo str)
{
	str->maxlen = 16;
	str->data = palloc(str->maxlen);
	str->len = 0;
	str->data[0] = '\0';
}

void		appendBinaryStringInfo(StringInfo str, const void *data, int len);
void
appendBinaryStringInfo(StringInfo str, const void *data, int len)
{
	enlargeStringInfo(str, len);
	memcpy(str->data + str->len, data, len);
	str->len += len;
	str->data[str->len] = '\0';
}

void
appendStringInfoString(StringInfo str, const char *s)
{
	appendBinaryStringInfo(str, s, strlen(s));
}

void
appendStringInfoChar(StringInfo str, char c)
{
	appendBinaryStringInfo(str, &c, 1);
}

void
appendStringInfo(StringInfo str, const char *fmt,...)
{
	char		buf[1000];
	va_list		args;

	va_start(args, fmt);
	if (vsnprintf(buf, sizeof(buf), fmt, args) >= (int) sizeof(buf))
		abort();
	va_end(args);
	appendStringInfoString(str, buf);
}

/* nothing interrupts */
volatile sig_atomic_t InterruptPending;

void		ProcessInterrupts(void) { abort(); }

/* not reached from here */
int			pq_getmsgbyte(StringInfo msg) { abort(); }
char	   *pq_getmsgtext(StringInfo msg, int rawbytes, int *nbytes) { abort(); }
void		pq_begintypsend(StringInfo buf) { abort(); }
void		pq_sendtext(StringInfo buf, const char *str, int slen) { abort(); }
bytea	   *pq_endtypsend(StringInfo buf) { abort(); }
struct varlena *pg_detoast_datum(struct varlena *datum) { abort(); }

/* ----------
 * Random numbers
 * ----------
 */

static uint64 state;

void
start_random(long seed)
{
	state = seed * UINT64CONST(0x9E3779B97F4A7C15) + 1;
}

int
below(int n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 11) % n;
}

bool
chance(int percent)
{
	return below(100) < percent;
}
