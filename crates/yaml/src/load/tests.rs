//! Tests of [`super::load`].
use std::fmt::Write as _;

use super::*;

fn read(text: &str) -> Node {
    load(&SourceFile::new("t.yml", text)).unwrap().unwrap()
}

fn fails(text: &str) -> String {
    load(&SourceFile::new("t.yml", text))
        .unwrap_err()
        .to_string()
}

#[test]
fn values_know_where_they_stand() {
    let node = read("a: 1\nlist:\n  - x\n  - {k: 'v w'}\n");
    let list = node.as_map().unwrap().get("list").unwrap();
    let inner = list.as_list().unwrap()[1]
        .as_map()
        .unwrap()
        .get("k")
        .unwrap();
    assert_eq!(inner.as_str(), Some("v w"));
    assert_eq!(inner.span.to_string(), "t.yml:4:9");
    assert_eq!(inner.span.text(), "'v w'");
    assert_eq!(
        node.as_map()
            .unwrap()
            .entry("list")
            .unwrap()
            .0
            .span
            .to_string(),
        "t.yml:2:1"
    );
}

#[test]
fn quoted_scalars_are_text_and_plain_ones_are_resolved() {
    let node = read("[yes, 'yes', 0644, \"0644\", ~, !!str 5, 1.5]");
    let values: Vec<Data> = node
        .as_list()
        .unwrap()
        .iter()
        .map(|n| n.data.clone())
        .collect();
    assert_eq!(
        values,
        [
            Data::Bool(true),
            Data::Str("yes".into()),
            Data::Int(420),
            Data::Str("0644".into()),
            Data::Null,
            Data::Str("5".into()),
            Data::Float(1.5)
        ]
    );
}

#[test]
fn anchors_and_merge_keys_work_and_own_keys_win() {
    let node =
        read("base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  y: 3\nall: {<<: [*b, {z: 4, x: 9}]}\n");
    let map = node.as_map().unwrap();
    assert_eq!(
        map.get("use")
            .unwrap()
            .as_map()
            .unwrap()
            .get("x")
            .unwrap()
            .data,
        Data::Int(1)
    );
    assert_eq!(
        map.get("use")
            .unwrap()
            .as_map()
            .unwrap()
            .get("y")
            .unwrap()
            .data,
        Data::Int(3)
    );
    assert_eq!(
        map.get("all")
            .unwrap()
            .as_map()
            .unwrap()
            .get("x")
            .unwrap()
            .data,
        Data::Int(1)
    );
    assert_eq!(
        map.get("all")
            .unwrap()
            .as_map()
            .unwrap()
            .get("z")
            .unwrap()
            .data,
        Data::Int(4)
    );
}

#[test]
fn tags_of_ours_are_kept() {
    let node = read("a: !unsafe '{{ x }}'\nb: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  3132\n");
    let map = node.as_map().unwrap();
    assert_eq!(map.get("a").unwrap().tag.as_deref(), Some("unsafe"));
    assert_eq!(map.get("b").unwrap().tag.as_deref(), Some("vault"));
    assert_eq!(
        map.get("b").unwrap().as_str(),
        Some("$ANSIBLE_VAULT;1.1;AES256\n3132\n")
    );
}

#[test]
fn an_empty_file_holds_nothing() {
    assert!(
        load(&SourceFile::new("t.yml", "# only a comment\n"))
            .unwrap()
            .is_none()
    );
    assert!(load(&SourceFile::new("t.yml", "")).unwrap().is_none());
}

#[test]
fn a_duplicate_key_is_refused_with_both_places() {
    assert_eq!(
        fails("name: a\nhosts: 1\nname: b\n"),
        "error[yaml::duplicate-key]: the key `name` is written twice
 --> t.yml:3:1
  |
1 | name: a
  | ---- first written here
2 | hosts: 1
3 | name: b
  | ^^^^ again here
  |
  = help: keep one of them
"
    );
}

#[test]
fn a_tab_is_named() {
    assert_eq!(
        fails("hosts:\n\tcount: 3\n"),
        "error[yaml::tab]: a tab cannot indent YAML
 --> t.yml:2:1
  |
2 |     count: 3
  | ^^^^ this is a tab
  |
  = help: indent with spaces, two for each level
"
    );
}

#[test]
fn a_second_document_is_refused() {
    assert!(fails("a: 1\n---\nb: 2\n").starts_with("error[yaml::several-documents]"));
}

#[test]
fn a_template_without_quotes_is_explained() {
    let text = fails("a: {{ x }}\n");
    assert!(
        text.contains("a value that starts with `{{` needs quotes"),
        "{text}"
    );
}

#[test]
fn an_unclosed_bracket_is_a_syntax_error_with_a_place() {
    let text = fails("a: [1, 2\nb: 3\n");
    assert!(
        text.starts_with("error[yaml::syntax]: this is not valid YAML:"),
        "{text}"
    );
    assert!(text.contains("--> t.yml:"), "{text}");
}

#[test]
fn an_unknown_tag_is_refused() {
    assert!(
        fails("a: !python/object x\n")
            .starts_with("error[yaml::unknown-tag]: unknown tag `!python/object`")
    );
}

#[test]
fn nested_aliases_are_bounded() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..9 {
        let before = level - 1;
        let aliases = vec![format!("*a{before}"); 10].join(", ");
        writeln!(text, "a{level}: &a{level} [{aliases}]").unwrap();
    }
    assert!(fails(&text).starts_with("error[yaml::too-large]"));
}

#[test]
fn deep_nesting_is_bounded() {
    assert!(fails(&"[".repeat(5000)).starts_with("error[yaml::"));
}

#[test]
fn spans_are_right_behind_letters_of_several_bytes() {
    let node = read("ä: ö\nb: c\n");
    assert_eq!(node.as_map().unwrap().get("b").unwrap().span.text(), "c");
}
