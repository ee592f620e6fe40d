/*
 * windows_zone.c
 *	  The SQL function that gives PostgreSQL's name of a time zone of Windows.
 *
 * ICU has the table of CLDR, but says it in the names that CLDR never changes,
 * such as Asia/Calcutta, and finds a name only if every letter has its case.
 * So the table is read here row by row, and old names give way to those of
 * today.
 */
#include "postgres.h"

#include <unicode/ures.h>
#include <unicode/ustring.h>

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "base/compat.h"
#include "language/icu_text.h"
#include "time/timeline.h"

/* Bytes of a row's zones that are read; the longest row of CLDR has 272. */
#define MAX_ZONES	1024

/* Names of zones in CLDR, and what they are called today. */
static const char *const renamed[][2] = {
	{"Africa/Asmera", "Africa/Asmara"},
	{"America/Buenos_Aires", "America/Argentina/Buenos_Aires"},
	{"America/Catamarca", "America/Argentina/Catamarca"},
	{"America/Coral_Harbour", "America/Atikokan"},
	{"America/Cordoba", "America/Argentina/Cordoba"},
	{"America/Godthab", "America/Nuuk"},
	{"America/Indianapolis", "America/Indiana/Indianapolis"},
	{"America/Jujuy", "America/Argentina/Jujuy"},
	{"America/Louisville", "America/Kentucky/Louisville"},
	{"America/Mendoza", "America/Argentina/Mendoza"},
	{"America/Santa_Isabel", "America/Tijuana"},
	{"Asia/Calcutta", "Asia/Kolkata"},
	{"Asia/Choibalsan", "Asia/Ulaanbaatar"},
	{"Asia/Katmandu", "Asia/Kathmandu"},
	{"Asia/Rangoon", "Asia/Yangon"},
	{"Asia/Saigon", "Asia/Ho_Chi_Minh"},
	{"Atlantic/Faeroe", "Atlantic/Faroe"},
	{"CST6CDT", "America/Chicago"},
	{"EST5EDT", "America/New_York"},
	{"Europe/Kiev", "Europe/Kyiv"},
	{"MST7MDT", "America/Denver"},
	{"PST8PDT", "America/Los_Angeles"},
	{"Pacific/Enderbury", "Pacific/Kanton"},
	{"Pacific/Johnston", "Pacific/Honolulu"},
	{"Pacific/Ponape", "Pacific/Pohnpei"},
	{"Pacific/Truk", "Pacific/Chuuk"},
};

/* A name in an argument, without the spaces around it; len is -1 for null. */
typedef struct GivenName
{
	const char *text;
	int			len;
} GivenName;

static GivenName
name_arg(FunctionCallInfo fcinfo, int arg)
{
	GivenName	name = {NULL, -1};
	text	   *value;

	if (PG_ARGISNULL(arg))
		return name;
	value = PG_GETARG_TEXT_PP(arg);
	name.text = VARDATA_ANY(value);
	name.len = VARSIZE_ANY_EXHDR(value);
	while (name.len > 0 && strchr(" \t\r\n", name.text[0]) != NULL)
	{
		name.text++;
		name.len--;
	}
	while (name.len > 0 && strchr(" \t\r\n", name.text[name.len - 1]) != NULL)
		name.len--;
	return name;
}

/*
 * The server's spelling of a zone; NULL if it knows none of that name.  Offsets
 * are not names.
 */
static const char *
server_zone(const char *name, int len)
{
	Zone	   *zone = zone_lookup(name, len, true);

	return zone != NULL && zone->tz != NULL ? zone_name(zone) : NULL;
}

/* The first of some zones, with spaces between, that the server knows. */
static const char *
first_server_zone(const char *zones)
{
	while (*zones != '\0')
	{
		Size		len = strcspn(zones, " ");
		const char *found;

		for (int i = 0; i < (int) lengthof(renamed); i++)
		{
			if (strlen(renamed[i][0]) == len &&
				memcmp(renamed[i][0], zones, len) == 0 &&
				(found = server_zone(renamed[i][1], strlen(renamed[i][1]))) != NULL)
				return found;
		}
		found = server_zone(zones, len);
		if (found != NULL)
			return found;
		zones += len;
		zones += strspn(zones, " ");
	}
	return NULL;
}

/* Move to the row of a table with a name in any case; false if it has none. */
static bool
find_row(UResourceBundle *table, UResourceBundle *row, GivenName name,
		 UErrorCode *status)
{
	ures_resetIterator(table);
	while (ures_hasNext(table))
	{
		const char *key;

		ures_getNextResource(table, row, status);
		if (U_FAILURE(*status))
			return false;
		key = ures_getKey(row);
		if (key != NULL && strlen(key) == (Size) name.len &&
			pg_strncasecmp(key, name.text, name.len) == 0)
			return true;
	}
	return false;
}

/* The zones in a row, as far as they fit. */
static void
read_zones(UResourceBundle *row, char *zones, UErrorCode *status)
{
	int32		len = 0;
	const UChar *text = ures_getString(row, &len, status);

	if (U_FAILURE(*status))
		return;
	if (len >= MAX_ZONES)
	{
		for (len = MAX_ZONES - 1; len > 0 && text[len] != ' '; len--)
			;
	}
	u_UCharsToChars(text, zones, len);
	zones[len] = '\0';
}

/*
 * Read the zones of a name of Windows, in a territory and everywhere.  Nothing
 * here raises an ERROR, so that all is closed again.  False if there is no such
 * name.
 */
static bool
read_windows_zone(GivenName name, GivenName territory, char *there, char *everywhere,
				  UErrorCode *status)
{
	UResourceBundle *bundle = ures_openDirect(NULL, "windowsZones", status);
	UResourceBundle *all = ures_getByKey(bundle, "mapTimezones", NULL, status);
	UResourceBundle *rows = NULL;
	UResourceBundle *row = NULL;
	bool		found = false;

	there[0] = everywhere[0] = '\0';
	if (U_SUCCESS(*status))
	{
		/* Any row will do, to be moved to the one that is looked for. */
		rows = ures_getByIndex(all, 0, NULL, status);
		row = ures_getByIndex(rows, 0, NULL, status);
	}
	if (U_SUCCESS(*status) && find_row(all, rows, name, status))
	{
		found = true;
		if (territory.len >= 0 && find_row(rows, row, territory, status))
			read_zones(row, there, status);
		if (find_row(rows, row, (GivenName) {"001", 3}, status))
			read_zones(row, everywhere, status);
	}
	ures_close(row);
	ures_close(rows);
	ures_close(all);
	ures_close(bundle);
	return found;
}

PG_FUNCTION_INFO_V1(iana_time_zone);

/* iana_time_zone(windows_zone, territory) */
Datum
iana_time_zone(PG_FUNCTION_ARGS)
{
	GivenName	name = name_arg(fcinfo, 0);
	GivenName	territory = name_arg(fcinfo, 1);
	const char *found;
	char		there[MAX_ZONES];
	char		everywhere[MAX_ZONES];
	UErrorCode	status = U_ZERO_ERROR;

	if (name.len < 0)
		PG_RETURN_NULL();
	timeline_begin_call();
	found = server_zone(name.text, name.len);
	if (found == NULL && read_windows_zone(name, territory, there, everywhere, &status))
	{
		found = first_server_zone(there);
		if (found == NULL)
			found = first_server_zone(everywhere);
	}
	icu_check(status, "read the time zones of Windows", NULL);
	if (found == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("Windows time zone \"%s\" not recognized",
						pnstrdup(name.text, pg_mbcliplen(name.text, name.len, 100))),
				 errhint("Use a name of Windows, such as \"Central European Standard Time\", or a name from pg_timezone_names, such as \"Europe/Warsaw\".")));
	PG_RETURN_TEXT_P(cstring_to_text(found));
}
