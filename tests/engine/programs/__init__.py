"""Programs outside: what they fetch, do, fail at."""
