"""Makes every recorded call with pyone and compares how it ends with what was recorded: well, refused, or a fault.

Run by tests/it/pyone.rs: address in the environment, the file of recordings as the first argument. What happened beside the
recorded calls is done here as well, before the call with that number.
"""
import json
import os
import sys

import pyone

ADMIN = "oneadmin:opennebula"
endpoint = os.environ["ONE_XMLRPC"]


def server(session):
    return pyone.OneServer(endpoint, session=session)


def slow_network():
    server(ADMIN).vn.allocate('NAME="edge-slow2"\nVN_MAD="elastic"\nBRIDGE="br0"', 100)


def template():
    one = server(ADMIN)
    one.vntemplate.allocate('NAME="t"\nVN_MAD="vxlan"\nPHYDEV="e"\nAUTOMATIC_VLAN_ID="YES"\nCLUSTER_IDS="100"')
    one.vntemplate.instantiate(0, "inst-1", "")


def empty_cluster():
    one = server(ADMIN)
    for vnet in (1, 2, 4, 5, 9):
        one.vn.delete(vnet)
    one.datastore.delete(103)


BESIDE = {188: slow_network, 280: template, 395: empty_cluster}


def make(row, token):
    """Makes one call; returns how it ended and what came back."""
    session = row["auth"].replace("09" * 32, token)
    call = server(session)
    for part in row["method"].removeprefix("one.").split("."):
        call = getattr(call, part)
    try:
        return "ok", call(*row["params"])
    except pyone.OneException as error:
        return "fault" if "Fault" in str(error) else "error", str(error)


token, wrong, count = "", [], 0
for line in open(sys.argv[1], encoding="utf-8"):
    row = json.loads(line)
    BESIDE.get(row["seq"], lambda: None)()
    kind, result = make(row, token)
    count += 1
    if row["method"] == "one.user.login":
        token = result
    if kind != row["kind"]:
        wrong.append(f"{row['seq']} {row['name']}: recorded {row['kind']}, now {kind}: {result}")
if wrong:
    raise SystemExit("\n".join(wrong))
print(f"pyone made {count} recorded calls, and all ended as recorded")
