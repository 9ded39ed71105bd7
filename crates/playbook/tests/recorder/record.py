#!/usr/bin/env python3
"""Records what ansible-core 2.19 does with the cases beside it: writes expected.json into each.

Run by hand, with an ansible-playbook of 2.19 in PATH (pip install 'ansible-core>=2.19,<2.20'):
    python3 crates/playbook/tests/recorder/record.py [CASE...]

A case is a directory with playbook.yml, inventory.ini, perhaps more files, and perhaps options.json:
{"args": ["--check"], "refused": "start of our complaint"}. `refused` marks cases that are refused here before anything
runs; what Ansible does with them is recorded all the same. Paths of the temporary directory become <dir>.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
CASES = HERE.parent / "cases"


def record(case):
    options = {}
    if (case / "options.json").exists():
        options = json.loads((case / "options.json").read_text())
    with tempfile.TemporaryDirectory() as directory:
        work = pathlib.Path(directory).resolve() / "case"
        shutil.copytree(case, work)
        out = pathlib.Path(directory) / "out.json"
        env = {
            **os.environ,
            "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "plugins"),
            "ANSIBLE_STDOUT_CALLBACK": "recorder",
            "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_RETRY_FILES_ENABLED": "false",
            "RECORD_TO": str(out),
        }
        args = ["ansible-playbook", "-i", "inventory.ini", *options.get("args", []), "playbook.yml"]
        done = subprocess.run(args, cwd=work, env=env, capture_output=True, text=True, check=False)
        found = {"hosts": {}, "tasks": {}, "debug": {}}
        if out.exists():
            found = json.loads(out.read_text().replace(str(work), "<dir>"))
        else:
            print(done.stdout, done.stderr, file=sys.stderr)
        found["exit"] = done.returncode
    (case / "expected.json").write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")
    print(case.name, found["exit"], json.dumps(found["hosts"]))
    if done.returncode not in (0, 2, 4) or "-v" in sys.argv:
        print(done.stdout[-3000:], done.stderr[-3000:], file=sys.stderr)


def main():
    wanted = [name for name in sys.argv[1:] if name != "-v"]
    for case in sorted(CASES.iterdir()):
        if case.is_dir() and (not wanted or case.name in wanted):
            record(case)


if __name__ == "__main__":
    main()
