//! What is wrong with a cluster file is told whole, before anything is asked of anybody.
use edgewright::cli::Exit;

use crate::builder::Cli;

const GOOD: &str = "\
plugin: edgewright.cluster
name: lab
provider: {vultr: {region: ams, api_key: {env: LAB_KEY}}}
hosts: 3
";

fn plan(text: &str) -> Cli {
    Cli::new()
        .file("edge.yml", text)
        .args(["cluster", "plan", "edge.yml"])
}

#[test]
fn a_misspelt_key_is_refused() {
    plan(&format!("{GOOD}hots: 3\n"))
        .stderr(
            "
            error[spec::unknown-key]: unknown key `hots`
             --> edge.yml:5:1
              |
            5 | hots: 3
              | ^^^^ did you mean `hosts`?
            ",
        )
        .fails_with(Exit::BadInput);
}

#[test]
fn a_key_given_twice_is_refused() {
    plan(&format!("{GOOD}name: other\n"))
        .stderr(
            "
            error[yaml::duplicate-key]: the key `name` is written twice
             --> edge.yml:5:1
              |
            2 | name: lab
              | ---- first written here
            ...
            5 | name: other
              | ^^^^ again here
              |
              = help: keep one of them
            ",
        )
        .fails_with(Exit::BadInput);
}

#[test]
fn a_tab_is_refused() {
    plan("plugin: edgewright.cluster\nprovider:\n\tvultr: {region: ams}\n")
        .stderr(
            "
            error[yaml::tab]: a tab cannot indent YAML
             --> edge.yml:3:1
              |
            3 |     vultr: {region: ams}
              | ^^^^ this is a tab
              |
              = help: indent with spaces, two for each level
            ",
        )
        .fails_with(Exit::BadInput);
}

#[test]
fn a_file_that_is_not_there_is_refused() {
    Cli::new()
        .args(["cluster", "plan", "edge.yml"])
        .stderr(
            "
            error[yaml::unreadable]: cannot read `edge.yml`: no such file
             |
             = help: check the path and the permissions of the file
            ",
        )
        .fails_with(Exit::BadInput);
}

#[test]
fn all_complaints_come_together() {
    plan("plugin: edgewright.cluster\nname: Lab\nprovider: {vultr: {region: ams}}\nhosts: many\nkind: virtuel\n")
        .stderr(
            "
            error[spec::name]: a name holds small letters, digits and dashes, not `L`
             --> edge.yml:2:7
              |
            2 | name: Lab
              |       ^^^ this name

            error[spec::choice]: `kind` must be one of `virtual` and `metal`
             --> edge.yml:5:7
              |
            5 | kind: virtuel
              |       ^^^^^^^ did you mean `virtual`?

            error[spec::number]: `hosts` must be a whole number from 1 to 200
             --> edge.yml:4:8
              |
            4 | hosts: many
              |        ^^^^ this is not
            ",
        )
        .fails_with(Exit::BadInput);
}

#[test]
fn programs_get_complaints_and_the_summary_as_json() {
    plan(&format!("{GOOD}hots: 3\n"))
        .args(["-o", "json"])
        .times_vary()
        .stdout(
            r#"
            {"event":"error","at":[TIME],"code":"spec::unknown-key","message":"unknown key `hots`","place":"edge.yml:5:1","help":[],"text":"error[spec::unknown-key]: unknown key `hots`\n --> edge.yml:5:1\n  |\n5 | hots: 3\n  | ^^^^ did you mean `hosts`?\n"}
            {"event":"summary","at":[TIME],"verb":"plan","created":0,"changed":0,"removed":0,"failed":1,"unchanged":0,"seconds":[TIME],"exit":2}
            "#,
        )
        .fails_with(Exit::BadInput);
}
