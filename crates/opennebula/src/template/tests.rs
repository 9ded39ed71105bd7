//! Tests of reading and writing templates.

use super::*;

fn sample() -> Template {
    Template::new()
        .with("a", "x < y & \"z\"")
        .with_vector("V", [("Id", "7"), ("k", "")])
        .with("A", "2")
}

#[test]
fn keys_are_upper_case_and_duplicates_are_kept_in_order() {
    let template = sample();
    let keys: Vec<_> = template.iter().map(|(key, _)| key).collect();
    assert_eq!(keys, ["A", "V", "A"]);
    assert_eq!(
        template.scalars("a").collect::<Vec<_>>(),
        ["x < y & \"z\"", "2"]
    );
    assert_eq!(template.vector("v").unwrap().get("id"), Some("7"));
}

#[test]
fn text_is_written_with_quotes_escaped() {
    let expected = "A = \"x < y & \\\"z\\\"\"\nV = [ ID = \"7\", K = \"\" ]\nA = \"2\"";
    assert_eq!(sample().to_text().unwrap(), expected);
}

#[test]
fn xml_is_written_with_one_section_for_a_value_and_read_back() {
    let xml = sample().to_xml("HOST").unwrap();
    let expected = "<HOST><A><![CDATA[x < y & \"z\"]]></A>\
        <V><ID><![CDATA[7]]></ID><K><![CDATA[]]></K></V><A><![CDATA[2]]></A></HOST>";
    assert_eq!(xml, expected);
    assert_eq!(Template::parse_xml(&xml).unwrap(), sample());
}

#[test]
fn the_syntax_that_keeps_everything_is_chosen() {
    assert_eq!(Template::new().encode().unwrap(), "");
    assert!(
        Template::new()
            .with("A", "1")
            .encode()
            .unwrap()
            .starts_with("<TEMPLATE>")
    );
    assert_eq!(Template::new().with("A", "").encode().unwrap(), "A = \"\"");
    assert_eq!(
        Template::new().with("A", "x\r\n").encode().unwrap(),
        "A = \"x\r\n\""
    );
    assert!(
        Template::new()
            .with("A", "say \\\"hi\\\"")
            .encode()
            .unwrap()
            .starts_with("<TEMPLATE>")
    );
}

#[test]
fn values_that_need_different_syntaxes_are_refused_together() {
    let error = Template::new()
        .with("E", "")
        .with("B", "C:\\")
        .encode()
        .unwrap_err();
    let expected = "`E` (empty, or with a carriage return) and `B` (a backslash before a quote or at the end) \
        cannot be sent in one template; send them in two updates";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn the_end_of_a_section_is_refused_in_both_syntaxes() {
    let template = Template::new().with_vector("PROVISION", [("BODY", "a]]>b")]);
    let expected = "the value of `PROVISION` contains `]]>`, which OpenNebula cannot keep; in JSON write `>` as `\\u003e`";
    assert_eq!(template.to_xml("T").unwrap_err().to_string(), expected);
    assert_eq!(template.to_text().unwrap_err().to_string(), expected);
}

#[test]
fn nul_and_other_control_characters_are_refused() {
    for (character, code) in [
        ('\0', "U+0000"),
        ('\u{1b}', "U+001B"),
        ('\u{ffff}', "U+FFFF"),
    ] {
        let error = Template::new()
            .with("A", format!("x{character}"))
            .encode()
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("the value of `A` contains the character {code}, which OpenNebula cannot keep")
        );
    }
}

#[test]
fn keys_outside_both_syntaxes_are_refused() {
    for key in ["", "A-B", "9A", "A B", "DISK/SOURCE", "\u{c4}", "A>"] {
        assert!(
            Template::new().with(key, "1").encode().is_err(),
            "accepted: {key:?}"
        );
    }
    let error = Template::new().with("a-b", "1").to_text().unwrap_err();
    assert_eq!(
        error.to_string(),
        "`A-B` cannot be the name of a template attribute: use letters, digits and `_`, a letter first"
    );
}

#[test]
fn empty_vectors_and_members_given_twice_are_refused() {
    let none: [(&str, &str); 0] = [];
    let error = Template::new().with_vector("V", none).encode().unwrap_err();
    assert_eq!(
        error.to_string(),
        "the vector `V` has no members; leave it out"
    );
    let error = Template::new()
        .with_vector("V", [("A", "1"), ("a", "2")])
        .encode()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "`A` occurs twice in the vector `V`; OpenNebula keeps only one"
    );
}

#[test]
fn a_second_level_of_nesting_is_refused() {
    let error = Template::parse_xml("<T><L1><L2><L3>deep</L3></L2></L1></T>").unwrap_err();
    assert_eq!(
        error.to_string(),
        "`L1` is nested more than one level deep; OpenNebula would drop the whole attribute"
    );
}

#[test]
fn setting_a_key_replaces_every_attribute_of_that_name() {
    let mut template = sample();
    template.set("a", "3");
    assert_eq!(template.scalars("A").collect::<Vec<_>>(), ["3"]);
    assert_eq!((template.remove("V"), template.len()), (1, 1));
}
