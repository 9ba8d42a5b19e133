#!/usr/bin/env bash
# guard.sh COMMAND [ARG...]: runs the command until it ends, or until file descriptor 3 (a pipe that the caller holds
# open) reports the caller's death; then everything in this process group is stopped. A parent-death signal is no
# substitute: Elasticsearch's launcher forks, and entering a user namespace clears it.
# To be started in a process group of its own. Ends with the command's exit code.
set -u
trap : TERM # the group's SIGTERM is for the command; the guard stays to tell how it ended
"$@" 3<&- &
command=$!
{
  read -r -u 3 _
  trap '' TERM
  kill -TERM 0
  sleep 5
  kill -KILL 0
} > /dev/null 2>&1 &
watch=$!
wait "$command"; code=$?
while kill -0 "$command" 2> /dev/null; do wait "$command"; code=$?; done
kill -KILL "$watch" 2> /dev/null
exit "$code"
