/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Stop signals: SIGINT, SIGTERM, SIGHUP. A thread takes them, because the program itself may be busy
 * with what has no end: it makes a descriptor readable, and ends the program that does not heed it.
 */
#ifndef LIB_STOP_H
#define LIB_STOP_H

/*
 * Blocks the signals in the calling thread and its later children. Returns a descriptor that is readable
 * after a signal, or -errno: a read of 8 bytes takes one signal. It belongs to the caller, and is the
 * same for all calls of a process.
 */
int stop_open(void);
/*
 * The program heeds the signal, and ends by itself: a second signal leaves it 5 s for that. One that
 * does not heed the first is ended by the second.
 */
void stop_heed(void);
/* The program has nothing to finish: without stop_heed() one signal ends it within a second. */
void stop_at_once(void);

#endif
