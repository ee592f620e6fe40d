/*
 * guard.h
 *	  Who may write into the tables beside a tracked one: this code alone.
 */
#ifndef GUARD_H
#define GUARD_H

#include "utils/rel.h"

/*
 * Let the next statement that is started here write, and nothing that it sets
 * off; one that only reads can call functions of the application, and they may
 * not write.  Gives what guard_close() puts back, also after an error.
 */
extern int	guard_open(bool writes);
extern void guard_close(int before);

/*
 * Whether the owner of a table restores data alone, as pg_dump wrote it: then
 * triggers of tracking stand aside, as those of the policy do.  Others cannot
 * write past them with the same setting.
 */
extern bool is_restore(Relation rel);

#endif							/* GUARD_H */
