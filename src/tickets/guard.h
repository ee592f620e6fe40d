/*
 * guard.h
 *	  Who may write into the tables beside a tracked one: this code alone.
 */
#ifndef GUARD_H
#define GUARD_H

/*
 * Let the next statement that is started here write, and nothing that it sets
 * off.  Gives what guard_close() puts back, also after an error.
 */
extern int	guard_open(void);
extern void guard_close(int before);

#endif							/* GUARD_H */
