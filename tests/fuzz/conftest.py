"""Where the guided fuzzer has no package for the machine, its module is left out."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("atheris") else ["test_guided.py", "guided.py"]
