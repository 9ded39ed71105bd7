//! What the live catalogue has against a cluster file: all of it with its place, before anything is touched.
use edgewright_emulated_vultr::Stock;

use crate::builder::Cli;
use crate::world::World;

/// A cluster file in this region with these further lines.
fn lab(region: &str, rest: &str) -> impl Fn(&World) -> Cli {
    let text = format!(
        "plugin: edgewright.cluster\nname: lab\nprovider: {{vultr: {{region: {region}}}}}\nopennebula: {{frontend: local}}\n{rest}"
    );
    move |world| world.cli().file("lab.yml", &text)
}

#[test]
fn an_unknown_region_is_refused() {
    World::start().refuses(lab("amz", "hosts: 2\n"), "
        error[spec::unknown-region]: Vultr has no region `amz`
         --> lab.yml:3:28
          |
        3 | provider: {vultr: {region: amz}}
          |                            ^^^ did you mean `ams`?
          |
          = help: its regions are ams, atl, blr, bom, cdg, del, dfw, ewr, fra, hnl, icn, itm, jnb, lax, lhr, mad, man, mel, mex, mia, mxp, nrt, ord, sao, scl, sea, sgp, sjc, sto, syd, tlv, waw, yto
        ");
}

#[test]
fn an_unknown_plan_is_refused() {
    World::start().refuses(lab("ams", "hosts: {count: 2, plan: vc2-1c-1g}\n"), "
        error[spec::unknown-plan]: Vultr has no plan `vc2-1c-1g`
         --> lab.yml:5:25
          |
        5 | hosts: {count: 2, plan: vc2-1c-1g}
          |                         ^^^^^^^^^ did you mean `vc2-1c-1gb`?
          |
          = help: the cheapest plans in `ams` are `vc2-1c-1gb` ($5.00 a month), `vhf-1c-1gb` ($6.00 a month), `vhp-1c-1gb-amd` ($6.00 a month), `vc2-1c-2gb` ($10.00 a month)
        ");
}

#[test]
fn an_unknown_system_is_refused() {
    World::start().refuses(lab("ams", "hosts: {count: 2, os: Devian 12}\n"), "
        error[spec::unknown-os]: Vultr has no operating system `Devian 12`
         --> lab.yml:5:23
          |
        5 | hosts: {count: 2, os: Devian 12}
          |                       ^^^^^^^^^ not known there
          |
          = help: supported are `Debian 12 x64 (bookworm)`, `Debian 13 x64 (trixie)`, `Ubuntu 22.04 LTS x64` and `Ubuntu 24.04 LTS x64`
        ");
}

#[test]
fn a_system_that_cannot_be_an_edge_node_is_not_paid_for() {
    World::start().refuses(lab("ams", "hosts: {count: 2, os: Debian 11}\n"), "
        error[spec::unsupported-os]: `Debian 11 x64 (bullseye)` cannot be made an edge node
         --> lab.yml:5:23
          |
        5 | hosts: {count: 2, os: Debian 11}
          |                       ^^^^^^^^^ not supported
          |
          = help: supported are `Debian 12 x64 (bookworm)`, `Debian 13 x64 (trixie)`, `Ubuntu 22.04 LTS x64` and `Ubuntu 24.04 LTS x64`
        ");
}

#[test]
fn a_system_that_may_be_one_of_several_is_refused() {
    World::start().refuses(lab("ams", "hosts: {count: 2, os: Debian}\n"), "
        error[spec::ambiguous-os]: `Debian` is the beginning of several names
         --> lab.yml:5:23
          |
        5 | hosts: {count: 2, os: Debian}
          |                       ^^^^^^ could be `Debian 11 x64 (bullseye)`, `Debian 12 x64 (bookworm)` and `Debian 13 x64 (trixie)`
          |
          = help: supported are `Debian 12 x64 (bookworm)`, `Debian 13 x64 (trixie)`, `Ubuntu 22.04 LTS x64` and `Ubuntu 24.04 LTS x64`
        ");
}

#[test]
fn a_bare_metal_plan_is_none_for_instances() {
    World::start().refuses(lab("ams", "hosts: {count: 2, plan: vbm-4c-32gb}\n"), "
        error[spec::plan-kind]: `vbm-4c-32gb` is a bare-metal plan
         --> lab.yml:5:25
          |
        5 | hosts: {count: 2, plan: vbm-4c-32gb}
          |                         ^^^^^^^^^^^ not of this cluster's kind
          |
          = help: write `kind: metal`, or choose another plan: the cheapest plans in `ams` are `vc2-1c-1gb` ($5.00 a month), `vhf-1c-1gb` ($6.00 a month), `vhp-1c-1gb-amd` ($6.00 a month), `vc2-1c-2gb` ($10.00 a month)
        ");
}

#[test]
fn a_plan_of_instances_is_none_for_bare_metal() {
    World::start().refuses(
        lab("ams", "kind: metal\nhosts: {names: [edge-vhost0, edge-vhost1], plan: vc2-1c-1gb}\n"),
        "
            error[spec::plan-kind]: `vc2-1c-1gb` is a plan of virtual instances
             --> lab.yml:6:50
              |
            6 | hosts: {names: [edge-vhost0, edge-vhost1], plan: vc2-1c-1gb}
              |                                                  ^^^^^^^^^^ not of this cluster's kind
              |
              = help: write `kind: virtual`, or choose another plan: the cheapest plans in `ams` are `vbm-4c-32gb` ($120.00 a month), `vbm-6c-32gb` ($185.00 a month)
            ",
    );
}

#[test]
fn a_plan_that_the_region_does_not_offer_is_refused() {
    World::start().refuses(
        lab("atl", "kind: metal\nhosts: {names: [edge-vhost0, edge-vhost1], plan: vbm-4c-32gb}\n"),
        "
            error[spec::plan-not-in-region]: plan `vbm-4c-32gb` is not offered in region `atl`
             --> lab.yml:6:50
              |
            3 | provider: {vultr: {region: atl}}
              |                            --- chosen here
            ...
            6 | hosts: {names: [edge-vhost0, edge-vhost1], plan: vbm-4c-32gb}
              |                                                  ^^^^^^^^^^^ offered in `ams`, `ewr`, `fra`, `lhr`, `nrt` and `ord`
              |
              = help: no plan of this kind can be had in `atl` now
            ",
    );
}

#[test]
fn a_plan_that_is_sold_out_is_refused() {
    let world = World::start();
    world.account.set_stock("ams", "vc2-2c-4gb", Stock::SoldOut);
    world.refuses(lab("ams", "hosts: {count: 2, plan: vc2-2c-4gb}\n"), "
        error[spec::plan-sold-out]: plan `vc2-2c-4gb` cannot be had in region `ams` at the moment
         --> lab.yml:5:25
          |
        5 | hosts: {count: 2, plan: vc2-2c-4gb}
          |                         ^^^^^^^^^^ out of stock
          |
          = help: the cheapest plans in `ams` are `vc2-1c-1gb` ($5.00 a month), `vhf-1c-1gb` ($6.00 a month), `vhp-1c-1gb-amd` ($6.00 a month), `vc2-1c-2gb` ($10.00 a month)
        ");
}

#[test]
fn a_default_that_is_sold_out_is_told_as_one() {
    let world = World::start();
    world.account.set_stock("ams", "vc2-1c-1gb", Stock::SoldOut);
    world.refuses(World::cli, "
        error[spec::plan-sold-out]: plan `vc2-1c-1gb` cannot be had in region `ams` at the moment
         |
         = help: the cheapest plans in `ams` are `vhf-1c-1gb` ($6.00 a month), `vhp-1c-1gb-amd` ($6.00 a month), `vc2-1c-2gb` ($10.00 a month), `vhf-1c-2gb` ($12.00 a month)
         = note: it is the default; another is chosen with `hosts: {plan: PLAN, os: NAME}`
        ");
}

#[test]
fn what_is_there_needs_no_stock() {
    let world = World::start();
    world.goes_on(world.cli());
    world.account.set_stock("ams", "vc2-1c-1gb", Stock::SoldOut);
    world.goes_on(world.cli());
}

#[test]
fn all_complaints_come_together() {
    let file = "plugin: edgewright.cluster\nname: default\nprovider: {vultr: {region: nowhere}}\n\
        opennebula: {frontend: local}\nhosts: {count: 2, plan: big, os: Windows}\n";
    World::start().refuses(|world| world.cli().file("lab.yml", file), "
        error[spec::unknown-region]: Vultr has no region `nowhere`
         --> lab.yml:3:28
          |
        3 | provider: {vultr: {region: nowhere}}
          |                            ^^^^^^^ not known there
          |
          = help: its regions are ams, atl, blr, bom, cdg, del, dfw, ewr, fra, hnl, icn, itm, jnb, lax, lhr, mad, man, mel, mex, mia, mxp, nrt, ord, sao, scl, sea, sgp, sjc, sto, syd, tlv, waw, yto

        error[spec::unknown-plan]: Vultr has no plan `big`
         --> lab.yml:5:25
          |
        5 | hosts: {count: 2, plan: big, os: Windows}
          |                         ^^^ not known there
          |
          = help: plans are listed at https://www.vultr.com/pricing/ and by `GET /v2/plans`

        error[spec::unknown-os]: Vultr has no operating system `Windows`
         --> lab.yml:5:34
          |
        5 | hosts: {count: 2, plan: big, os: Windows}
          |                                  ^^^^^^^ not known there
          |
          = help: supported are `Debian 12 x64 (bookworm)`, `Debian 13 x64 (trixie)`, `Ubuntu 22.04 LTS x64` and `Ubuntu 24.04 LTS x64`

        error[opennebula::name-in-use]: OpenNebula has a cluster named `default` already (id 0); it was not made by edgewright
         --> lab.yml:2:7
          |
        2 | name: default
          |       ^^^^^^^ names of objects are made of this one
          |
          = help: choose another name, or rename the object that has it
        ");
}
