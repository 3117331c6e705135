#!/bin/sh
# A stand-in for cowsay: a bubble, and what /usr/share/cowsay holds below it.
text="$*"
[ $# -gt 0 ] || text=$(cat)
printf '%s\n' "$text" | awk '
  { line[NR] = $0; if (length($0) > width) width = length($0) }
  END {
    edge = sprintf("%" width + 2 "s", ""); top = edge; gsub(/ /, "_", top); bottom = edge
    gsub(/ /, "-", bottom); print " " top " "
    for (i = 1; i <= NR; i++) {
      left = NR == 1 ? "<" : i == 1 ? "/" : i == NR ? "\\" : "|"
      right = NR == 1 ? ">" : i == 1 ? "\\" : i == NR ? "/" : "|"
      printf "%s %-" width "s %s\n", left, line[i], right
    }
    print " " bottom " "
  }'
cat /usr/share/cowsay
