// SPDX-License-Identifier: Apache-2.0
/*
 * The keeper's servers: the current one, which is started again where it dies, and its successor,
 * which reads a changed web configuration. Part of the keeper.
 */
#pragma once

#include "listen.h"
#include "wire.h"

enum { SERVERS_MAX = 4 };

struct server {
	pid_t pid; /* 0: free */
	int channel;
	int64_t started;
	int64_t end_at; /* when it is killed, unless it has done its part; 0: never */
};

/* Begin; watch is the servers' end of the channel to the watcher, or -1. */
void servers_open(const struct listeners *listeners, int watch);

/* Start one in the place of the one that died, or beside the one that is to be succeeded. */
void servers_start(void);

/* All SERVERS_MAX places, to look at; the server of that pid, or NULL; whether there is any. */
struct server *servers(void);
struct server *server_find(pid_t pid);
bool has_server(void);

/* Whether one has ever said that it serves. */
bool servers_have_served(void);

/* Send a message; NULL, one that has gone or does not listen hears nothing. */
void server_tell(const struct server *s, const struct wire_message *m, const int *fds,
                 size_t n_fds);

/* It says that it serves; it has answered a ping, for which true means that it is the current one.
 */
void server_serves(struct server *s);
bool server_answers(const struct server *s);

/* It has ended, with a status as wait(2) has it: forget it. */
void server_forget(struct server *s);

/* The same, and see that there is another. The exit status for the whole programme, or -1. */
int server_died(struct server *s, int status);

/* A successor is to read the web configuration, once there may be one. */
void servers_reload(void);

/* Do what is due, and say when to call again (now_ns() time). */
int64_t servers_keep_time(int64_t now);
