//! Names that are somebody else's: nothing is touched, and the message says whose.
use edgewright_opennebula::wire::Value;

use crate::world::World;

/// Calls a method as oneadmin, as somebody else would.
fn somebody(world: &World, method: &str, params: Vec<Value>) {
    let session = Value::from("oneadmin:opennebula");
    let params = [vec![session], params].concat();
    let answer = world.runtime.block_on(world.server.call(method, &params));
    let parts = match answer {
        Ok(Value::Array(parts)) => parts,
        other => panic!("{other:?}"),
    };
    assert_eq!(parts.first(), Some(&Value::Bool(true)), "{parts:?}");
}

const FOREIGN: &str = "NAME=\"NAME\"\nPROVISION=[EDGEWRIGHT=\"other\"]";

#[test]
fn a_cluster_of_somebody_else() {
    let world = World::start();
    somebody(&world, "one.cluster.allocate", vec!["lab".into()]);
    somebody(
        &world,
        "one.cluster.update",
        vec![100.into(), "A=\"b\"".into(), 1.into()],
    );
    world.refuses(World::cli, "
        error[opennebula::name-in-use]: OpenNebula has a cluster named `lab` already (id 100); it was not made by edgewright
         --> lab.yml:2:7
          |
        2 | name: lab
          |       ^^^ names of objects are made of this one
          |
          = help: choose another name, or rename the object that has it
        ");
}

#[test]
fn a_cluster_that_is_empty_and_says_nothing_is_taken() {
    let world = World::start();
    somebody(&world, "one.cluster.allocate", vec!["lab".into()]);
    let ran = world.cli().args(["cluster", "plan", "lab.yml"]).run();
    assert!(
        ran.stdout.contains("cluster           lab"),
        "{}{}",
        ran.stdout,
        ran.stderr
    );
}

#[test]
fn a_datastore_of_somebody_else() {
    let world = World::start();
    somebody(
        &world,
        "one.datastore.allocate",
        vec![
            "NAME=\"lab-image\"\nTM_MAD=\"ssh\"\nDS_MAD=\"fs\"".into(),
            (-1).into(),
        ],
    );
    world.refuses(World::cli, "
        error[opennebula::name-in-use]: OpenNebula has a datastore named `lab-image` already (id 100); it was not made by edgewright
         --> lab.yml:2:7
          |
        2 | name: lab
          |       ^^^ names of objects are made of this one
          |
          = help: choose another name, or rename the object that has it
        ");
}

#[test]
fn names_of_another_cluster_of_ours() {
    let world = World::start();
    let marked = |name: &str, more: &str| {
        Value::from(FOREIGN.replace("NAME=\"NAME\"", &format!("NAME=\"{name}\"\n{more}")))
    };
    somebody(
        &world,
        "one.datastore.allocate",
        vec![
            marked("lab-image", "TM_MAD=\"ssh\"\nDS_MAD=\"fs\""),
            (-1).into(),
        ],
    );
    somebody(
        &world,
        "one.vn.allocate",
        vec![
            marked("lab-public", "VN_MAD=\"bridge\"\nBRIDGE=\"br0\""),
            (-1).into(),
        ],
    );
    somebody(
        &world,
        "one.vntemplate.allocate",
        vec![marked(
            "lab-private",
            "VN_MAD=\"vxlan\"\nPHYDEV=\"eth0\"\nAUTOMATIC_VLAN_ID=\"YES\"",
        )],
    );
    world.refuses(World::cli, "
        error[opennebula::name-in-use]: OpenNebula has a datastore named `lab-image` already (id 100); it belongs to the cluster `other` of edgewright
         --> lab.yml:2:7
          |
        2 | name: lab
          |       ^^^ names of objects are made of this one
          |
          = help: choose another name, or rename the object that has it

        error[opennebula::name-in-use]: OpenNebula has a virtual network named `lab-public` already (id 0); it belongs to the cluster `other` of edgewright
         --> lab.yml:2:7
          |
        2 | name: lab
          |       ^^^ names of objects are made of this one
          |
          = help: choose another name, or rename the object that has it

        error[opennebula::name-in-use]: OpenNebula has a network template named `lab-private` already (id 0); it belongs to the cluster `other` of edgewright
         --> lab.yml:2:7
          |
        2 | name: lab
          |       ^^^ names of objects are made of this one
          |
          = help: choose another name, or rename the object that has it
        ");
}
