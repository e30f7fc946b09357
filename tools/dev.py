"""The one command of this project: python3 tools/dev.py {demo,test,check,assets}.

It needs nothing but Python 3.11 or newer; everything else it installs below the project folder.
This file stays readable for older Pythons, so that they can say what is wrong.
"""

import runpy
import sys
from pathlib import Path

WANTED = (3, 11)

if sys.version_info < WANTED:
    print("需要 Python 3.11 或更新版本，当前是 {}.{}。".format(*sys.version_info[:2]))
    print("请安装新版本后运行，例如：python3.12 tools/dev.py demo")
    print("Python 3.11 or newer is needed; this is {}.{}.".format(*sys.version_info[:2]))
    print("Install one and use it, for example: python3.12 tools/dev.py demo")
    sys.exit(1)

# The project's root instead of tools/: our modules are tools.demo, tools.checks and so on.
sys.path[0] = str(Path(__file__).resolve().parent.parent)
runpy.run_module("tools.bootstrap", run_name="__main__", alter_sys=True)
