//! What is evaluated: variables, templates, conditions, arguments, loops.

use super::{complaints, tasks};

#[test]
fn an_undefined_variable_is_refused() {
    assert_eq!(
        tasks(
            r#"    - debug:
        msg: "{{ fabrik }} and more"
"#
        ),
        r#"error[playbook::undefined]: `fabrik` is undefined
 --> DIR/site.yml:4:18
  |
4 |         msg: "{{ fabrik }} and more"
  |                  ^^^^^^ used here
  |
  = help: did you mean `fabric`?
"#
    );
}

#[test]
fn an_undefined_variable_behind_another_is_refused() {
    assert_eq!(
        complaints(&[(
            "site.yml",
            r#"- hosts: nodes
  vars:
    address: "{{ nothing_of_the_kind }}"
  tasks:
    - debug:
        msg: "{{ address }}"
"#
        )]),
        r#"error[playbook::undefined]: `nothing_of_the_kind` is undefined
 --> DIR/site.yml:3:18
  |
3 |     address: "{{ nothing_of_the_kind }}"
  |                  ^^^^^^^^^^^^^^^^^^^ used here
  |
  = help: define it in the inventory, under `vars`, or with `-e NAME=VALUE`
  = note: needed by `address`, which the task at DIR/site.yml:5:7 uses
"#
    );
}

#[test]
fn an_undefined_variable_in_a_template_is_refused() {
    assert_eq!(
        complaints(&[
            (
                "site.yml",
                "- hosts: nodes
  tasks:
    - template:
        src: a.j2
        dest: /tmp/a
"
            ),
            (
                "templates/a.j2",
                "one
two {{ fabric }} {{ missing }}
"
            )
        ]),
        "error[playbook::undefined]: `missing` is undefined
 --> DIR/templates/a.j2:2:21
  |
2 | two {{ fabric }} {{ missing }}
  |                     ^^^^^^^ used here
  |
  = help: define it in the inventory, under `vars`, or with `-e NAME=VALUE`
"
    );
}

#[test]
fn a_broken_template_is_refused() {
    assert_eq!(
        tasks(
            r#"    - debug:
        msg: "{{ fabric | }}"
"#
        ),
        r#"error[template::syntax]: this template is broken: unexpected end of variable block, expected identifier
 --> DIR/site.yml:4:14
  |
4 |         msg: "{{ fabric | }}"
  |              ^^^^^^^^^^^^^^^^ this template
"#
    );
}

#[test]
fn a_broken_template_file_is_refused() {
    assert_eq!(
        complaints(&[
            (
                "site.yml",
                "- hosts: nodes
  tasks:
    - template: {src: a.j2, dest: /tmp/a}
"
            ),
            (
                "templates/a.j2",
                "one
{% if fabric %}
two
"
            )
        ]),
        "error[template::syntax]: this template is broken: unexpected end of input, expected end of block
 --> DIR/templates/a.j2:3:1
  |
3 | two
  | ^^^ in this line
"
    );
}

#[test]
fn an_unknown_filter_is_refused() {
    assert_eq!(
        tasks(
            r#"    - debug:
        msg: "{{ fabric | uper }}"
"#
        ),
        r#"error[template::syntax]: there is no filter `uper`
 --> DIR/site.yml:4:14
  |
4 |         msg: "{{ fabric | uper }}"
  |              ^^^^^^^^^^^^^^^^^^^^^ this template
"#
    );
}

#[test]
fn a_broken_condition_is_refused() {
    assert_eq!(
        tasks(
            "    - debug: msg=x
      when: fabric ==
"
        ),
        "error[template::syntax]: this template is broken: unexpected end of input, expected expression
 --> DIR/site.yml:4:13
  |
4 |       when: fabric ==
  |             ^^^^^^^^^ this condition
"
    );
}

#[test]
fn a_condition_with_braces_is_refused() {
    assert_eq!(
        tasks(
            r#"    - debug: msg=x
      when: "{{ fabric }} == 1"
"#
        ),
        r#"error[playbook::condition]: a condition is an expression already, without `{{` and `}}`
 --> DIR/site.yml:4:13
  |
4 |       when: "{{ fabric }} == 1"
  |             ^^^^^^^^^^^^^^^^^^^ has braces
  |
  = help: write `when: fabric == 1`
"#
    );
}

#[test]
fn an_unknown_argument_is_refused() {
    assert_eq!(
        tasks(
            "    - apt:
        name: frr
        stat: present
"
        ),
        "error[playbook::arguments]: module `apt` has no option `stat`
 --> DIR/site.yml:5:9
  |
5 |         stat: present
  |         ^^^^ not known
  |
  = help: did you mean `state`?
"
    );
}

#[test]
fn a_wrong_choice_is_refused() {
    assert_eq!(
        tasks(
            "    - file:
        path: /x
        state: folder
"
        ),
        "error[playbook::arguments]: option `state` of module `file` must be one of `absent`, `directory`, `file`, `hard`, `link`, `touch`, not `folder`
 --> DIR/site.yml:5:9
  |
5 |         state: folder
  |         ^^^^^ given here
"
    );
}

#[test]
fn a_wrong_type_of_an_argument_is_refused() {
    assert_eq!(
        tasks(
            "    - file:
        path: /x
        recurse: perhaps
"
        ),
        "error[playbook::arguments]: option `recurse` of module `file` must be of type bool, not the text `perhaps`
 --> DIR/site.yml:5:9
  |
5 |         recurse: perhaps
  |         ^^^^^^^ given here
"
    );
}

#[test]
fn a_missing_argument_is_refused() {
    assert_eq!(
        tasks(
            "    - copy:
        content: x
"
        ),
        "error[playbook::arguments]: module `copy` needs the option `dest`
 --> DIR/site.yml:3:7
  |
3 |     - copy:
  |       ^^^^ in this task
"
    );
}

#[test]
fn a_bad_name_of_a_variable_is_refused() {
    assert_eq!(
        tasks(
            "    - command: ls
      register: my-result
"
        ),
        "error[playbook::variable-name]: `my-result` is no name for a variable
 --> DIR/site.yml:4:17
  |
4 |       register: my-result
  |                 ^^^^^^^^^ not allowed
  |
  = help: a name has letters, digits and `_`, and begins with no digit
"
    );
}

#[test]
fn a_vault_value_is_refused() {
    assert_eq!(
        tasks(
            "    - debug: msg=x
      vars:
        secret: !vault |
          $ANSIBLE_VAULT;1.1;AES256
          6162
"
        ),
        "error[vault::unsupported]: vault values cannot be read yet
 --> DIR/site.yml:5:17
  |
5 |         secret: !vault |
  |                 ^^^^^^^^ encrypted value
  |
  = help: give the secret from outside: `-e @FILE`, or the lookup `env`
"
    );
}

#[test]
fn a_loop_that_is_no_list_is_refused() {
    assert_eq!(
        tasks(
            "    - debug: msg=x
      loop: nodes
"
        ),
        "error[playbook::type]: `loop` must be a list or a template for one, not text
 --> DIR/site.yml:4:13
  |
4 |       loop: nodes
  |             ^^^^^ expected a list or a template for one
"
    );
}

#[test]
fn a_loop_that_is_not_supported_is_refused() {
    assert_eq!(
        tasks(
            r#"    - debug: msg=x
      with_fileglob: "*.conf"
"#
        ),
        r#"error[playbook::unsupported]: the loop `with_fileglob` is not supported
 --> DIR/site.yml:4:7
  |
4 |       with_fileglob: "*.conf"
  |       ^^^^^^^^^^^^^ used here
  |
  = help: write it as `loop` with a list
"#
    );
}
