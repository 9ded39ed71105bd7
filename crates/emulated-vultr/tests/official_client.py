"""Uses apache-libcloud's Vultr driver for everything it can do that the emulated API has."""

import sys
import time

from libcloud.common.vultr import VultrException
from libcloud.compute.providers import get_driver
from libcloud.compute.types import NodeState, Provider

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJyfm7yOLBNJU6KkEzPTAxNFuWAwVoxrF0PzM4a6tLJl test"


def connect(key):
    return get_driver(Provider.VULTR)(key, secure=False, host="127.0.0.1", port=int(sys.argv[1]))


def until(condition):
    for _ in range(200):
        if condition():
            return
        time.sleep(0.02)
    raise SystemExit("it took too long")


def pick(things, wanted):
    return next(thing for thing in things if str(thing.id) == str(wanted))


def main():
    driver = connect("EMULATED-KEY")
    sizes, images, locations = driver.list_sizes(), driver.list_images(), driver.list_locations()
    small, metal = pick(sizes, "vc2-1c-1gb"), pick(driver.ex_list_bare_metal_sizes(), "vbm-4c-32gb")
    debian, ams = pick(images, 2136), pick(locations, "ams")
    assert (small.price, small.ram, debian.name) == (5, 1024, "Debian 12 x64 (bookworm)")
    assert "vc2-1c-1gb" in driver.ex_list_available_sizes_for_location(ams)

    pair = driver.import_key_pair_from_string("key", KEY)
    assert [key.name for key in driver.list_key_pairs()] == ["key"]
    assert driver.get_key_pair(pair.extra["id"]).public_key == KEY

    node = driver.create_node(
        "edge-0", small, ams, image=debian, ex_ssh_key_ids=[pair.extra["id"]], ex_userdata="#cloud-config\n{}\n"
    )
    assert (node.name, node.state, node.public_ips) == ("edge-0", NodeState.PENDING, ["0.0.0.0"])
    until(lambda: driver.ex_get_node(node.id).state == NodeState.RUNNING)
    assert [found.public_ips for found in driver.list_nodes()] == [["198.18.0.10"]]
    assert driver.ex_resize_node(node, pick(sizes, "vc2-2c-4gb"))
    assert driver.ex_stop_nodes([node]) and driver.start_node(node) and driver.reboot_node(node)
    assert driver.destroy_node(node)
    assert driver.list_nodes() == []

    server = driver.create_node("metal-0", metal, ams, image=debian)
    assert server.extra["is_bare_metal"]
    until(lambda: driver.ex_list_bare_metal_nodes()[0].state == NodeState.RUNNING)
    assert driver.ex_stop_bare_metal_node(server) and driver.ex_start_bare_metal_node(server)
    assert driver.ex_reboot_bare_metal_node(server) and driver.ex_destroy_bare_metal_node(server)

    assert driver.delete_key_pair(pair)
    try:
        connect("wrong").list_nodes()
        raise SystemExit("a wrong key was taken")
    except VultrException as error:
        assert (error.code, error.args[1]) == (401, "Invalid API token."), error.args
    print("libcloud listed, made and removed everything")


main()
