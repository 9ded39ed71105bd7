//! Templates under `vars` of a cluster file: what would fail on hosts that are paid for already is refused before.
use crate::builder::Cli;
use crate::world::{LAB, World};

/// The cluster file with these variables.
fn vars(lines: &str) -> impl Fn(&World) -> Cli {
    let text = format!("{LAB}vars:\n{lines}");
    move |world| world.cli().file("lab.yml", &text)
}

#[test]
fn an_undefined_variable_is_refused() {
    World::start().refuses(
        vars("  opennebula_node_lxc_packages: ['{{ nowhere }}']\n"),
        "
            error[playbook::undefined]: `nowhere` is undefined
             --> lab.yml:7:38
              |
            7 |   opennebula_node_lxc_packages: ['{{ nowhere }}']
              |                                      ^^^^^^^ used here
              |
              = help: define it under `vars`, or give a value for when it is not defined: `{{ nowhere | default('…') }}`
            ",
    );
}

#[test]
fn a_misspelt_variable_is_told_with_the_one_that_was_meant() {
    World::start().refuses(
        vars("  frr_as: '{{ edgewright_ans + 1 }}'\n"),
        "
        error[playbook::undefined]: `edgewright_ans` is undefined
         --> lab.yml:7:15
          |
        7 |   frr_as: '{{ edgewright_ans + 1 }}'
          |               ^^^^^^^^^^^^^^ used here
          |
          = help: did you mean `edgewright_asn`?
        ",
    );
}

#[test]
fn every_broken_template_is_told() {
    World::start().refuses(
        vars("  ip_forwarding_ipv6: '{{ true | nofilter }}'\n  frr_packages: ['{{ [ }}']\n"),
        "
            error[template::syntax]: there is no filter `nofilter`
             --> lab.yml:7:23
              |
            7 |   ip_forwarding_ipv6: '{{ true | nofilter }}'
              |                       ^^^^^^^^^^^^^^^^^^^^^^^ this template

            error[template::syntax]: this template is broken: unexpected `}`
             --> lab.yml:8:18
              |
            8 |   frr_packages: ['{{ [ }}']
              |                  ^^^^^^^^^ this template
            ",
    );
}

#[test]
fn what_is_known_or_cared_for_is_left_alone() {
    let world = World::start();
    let lines = "  mine: 7\n  frr_listen_limit: '{{ mine }}'\n  frr_as: '{{ edgewright_asn }}'\n  other: '{{ nowhere | default(1) }}'\n  \
        kept: !unsafe '{{ nowhere }}'\n  fact: '{{ ansible_facts.kernel }} {{ inventory_hostname }} {{ groups.nodes }}'\n";
    let ran = vars(lines)(&world)
        .args(["cluster", "plan", "lab.yml"])
        .run();
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
}
