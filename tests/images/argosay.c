// A stand-in for the image argoproj/argosay:v2: the same words on its command line.
//   argosay                               says hello
//   argosay echo [TEXT [FILE]]            to stdout, or into FILE, whose folder is made
//   argosay cat FILE...
//   argosay assert_contains FILE TEXT     ends with 1 when FILE does not hold TEXT
//   argosay sleep SECONDS                 also 1.5, 10s, 2m, 1h, 1d
//   argosay exit [CODE]
//   argosay sh [FILE]
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int fail(const char *what) {
  fprintf(stderr, "argosay: %s: %s\n", what, strerror(errno));
  return 1;
}

static void make_parents(const char *path) {
  char *copy = strdup(path);
  for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
    *slash = '\0';
    mkdir(copy, 0777);
    *slash = '/';
  }
  free(copy);
}

static int echo(int count, char **words) {
  const char *text = count > 0 ? words[0] : "hello argo";
  if (count < 2) return puts(text) < 0;
  make_parents(words[1]);
  FILE *file = fopen(words[1], "w");
  if (!file || fprintf(file, "%s\n", text) < 0 || fclose(file) != 0) return fail(words[1]);
  return 0;
}

static char *read_all(const char *path, size_t *size) {
  FILE *file = fopen(path, "r");
  if (!file) return NULL;
  char *text = NULL;
  size_t room = 0;
  *size = 0;
  do {
    if (*size + 4096 > room) text = realloc(text, (room = (room + 4096) * 2) + 1);
    *size += fread(text + *size, 1, room - *size, file);
  } while (!feof(file) && !ferror(file));
  text[*size] = '\0';
  fclose(file);
  return text;
}

static int cat(int count, char **paths) {
  for (int i = 0; i < count; ++i) {
    size_t size = 0;
    char *text = read_all(paths[i], &size);
    if (!text) return fail(paths[i]);
    fwrite(text, 1, size, stdout);
    free(text);
  }
  return 0;
}

static int assert_contains(int count, char **words) {
  if (count != 2) return 1;
  size_t size = 0;
  char *text = read_all(words[0], &size);
  if (!text) return fail(words[0]);
  const char *found = strstr(text, words[1]);
  if (found) printf("%s\n", words[1]);
  return found ? 0 : 1;
}

static int sleep_for(const char *text) {
  char *unit = NULL;
  double seconds = strtod(text, &unit);
  const char *units = "smhd";
  const double lengths[] = {1, 60, 3600, 86400};
  const char *known = *unit ? strchr(units, *unit) : units;
  if (unit == text || !known || (*unit && unit[1])) {
    fprintf(stderr, "argosay: \"%s\" is no length of time\n", text);
    return 1;
  }
  seconds *= lengths[known - units];
  struct timespec left = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) continue;
  return 0;
}

int main(int argc, char **argv) {
  const char *verb = argc > 1 ? argv[1] : "";
  if (!*verb) return puts("hello argo") < 0;
  if (!strcmp(verb, "echo")) return echo(argc - 2, argv + 2);
  if (!strcmp(verb, "cat")) return cat(argc - 2, argv + 2);
  if (!strcmp(verb, "assert_contains")) return assert_contains(argc - 2, argv + 2);
  if (!strcmp(verb, "sleep")) return argc > 2 ? sleep_for(argv[2]) : 1;
  if (!strcmp(verb, "exit")) return argc > 2 ? atoi(argv[2]) : 0;
  if (!strcmp(verb, "sh")) {
    execl("/bin/sh", "sh", argc > 2 ? argv[2] : NULL, (char *)NULL);
    return fail("/bin/sh");
  }
  fprintf(stderr, "argosay: \"%s\" is not known\n", verb);
  return 1;
}
