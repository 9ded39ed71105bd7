"""Callback for ansible-playbook: writes what happened on each host as JSON, for record.py."""
import json
import os

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: recorder
type: stdout
short_description: writes what happened on each host as JSON
description: Used by record.py only.
"""

HIDDEN = {"changed", "failed", "skipped", "item", "ansible_loop_var", "exception", "warnings", "invocation"}


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "recorder"

    def __init__(self):
        super().__init__()
        self.tasks = {}
        self.debug = {}
        self.seen = {}

    def _say(self, result, status):
        if result.task.action.rsplit(".", 1)[-1] == "meta":
            return
        name = result.task.get_name().strip()
        host = result.host.get_name()
        if result.task.action in ("gather_facts", "ansible.builtin.gather_facts"):
            name = "Gathering Facts"
        self.tasks.setdefault(host, []).append(f"{name}: {status}")

    def _shown(self, result, values):
        if result.task.action.rsplit(".", 1)[-1] != "debug" or result.task.no_log:
            return
        for name, value in values.items():
            if name not in HIDDEN and not name.startswith("_"):
                self.debug.setdefault(result.host.get_name(), []).append(value)

    def v2_runner_on_ok(self, result):
        values = result._return_data
        self._say(result, "changed" if values.get("changed") else "ok")
        if "results" not in values:
            self._shown(result, values)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._say(result, "ignored" if ignore_errors else "failed")

    def v2_runner_on_skipped(self, result):
        self._say(result, "skipped")

    def v2_runner_on_unreachable(self, result):
        self._say(result, "ignored" if result.task.ignore_unreachable else "unreachable")

    def v2_runner_item_on_ok(self, result):
        self._shown(result, result._return_data)

    def v2_playbook_on_stats(self, stats):
        hosts = {}
        names = {"ok": "ok", "changed": "changed", "dark": "unreachable", "failures": "failed",
                 "skipped": "skipped", "rescued": "rescued", "ignored": "ignored"}
        for host in sorted(stats.processed):
            hosts[host] = {ours: getattr(stats, theirs).get(host, 0) for theirs, ours in names.items()}
        with open(os.environ["RECORD_TO"], "w", encoding="utf-8") as out:
            json.dump({"hosts": hosts, "tasks": self.tasks, "debug": self.debug}, out)
