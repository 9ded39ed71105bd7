//! Tests of both syntaxes against what a real server was seen to do.

use super::*;

fn shown(text: &str) -> String {
    Attributes::parse(text).unwrap().to_xml("T")
}

fn refused(text: &str) -> String {
    Attributes::parse(text).unwrap_err()
}

#[test]
fn attributes_are_sorted_and_duplicates_keep_their_order() {
    assert_eq!(
        shown("b=\"2\"\nA=\"9\"\nV=[Y=\"1\", X=\"2\"]\nA=\"1\""),
        "<T><A><![CDATA[9]]></A><A><![CDATA[1]]></A><B><![CDATA[2]]></B>\
         <V><X><![CDATA[2]]></X><Y><![CDATA[1]]></Y></V></T>"
    );
}

#[test]
fn only_a_quote_behind_a_backslash_is_unescaped() {
    assert_eq!(
        shown(r#"E="back\\slash \"q\"""#),
        r#"<T><E><![CDATA[back\\slash "q"]]></E></T>"#
    );
    assert_eq!(
        shown(r#"B="say \\\"hi\\\"""#),
        r#"<T><B><![CDATA[say \\"hi\\"]]></B></T>"#
    );
}

#[test]
fn values_may_span_lines_or_stand_without_quotes() {
    assert_eq!(
        shown("M=\"a\nb\"\nU=plain\n"),
        "<T><M><![CDATA[a\nb]]></M><U><![CDATA[plain]]></U></T>"
    );
    assert_eq!(
        shown("A=\nB=\"\""),
        "<T><A><![CDATA[]]></A><B><![CDATA[]]></B></T>"
    );
}

#[test]
fn comments_and_empty_lines_are_stepped_over() {
    assert_eq!(
        shown("# a comment\n\n A=\"1\"\n"),
        "<T><A><![CDATA[1]]></A></T>"
    );
}

#[test]
fn an_unterminated_quote_is_taken_as_data() {
    assert_eq!(shown("NAME=\"x"), "<T><NAME><![CDATA[\"x]]></NAME></T>");
}

#[test]
fn the_end_of_a_section_is_refused() {
    assert_eq!(refused("E=\"a]]>b\""), "Parse error.");
}

#[test]
fn syntax_errors_say_what_was_expected_and_where() {
    let cases = [
        ("A-B=\"1\"", "VARIABLE", "EQUAL or EQUAL_EMPTY", "3:4"),
        ("just words", "VARIABLE", "EQUAL or EQUAL_EMPTY", "6:11"),
        ("A=[B=\"1\"", "$end", "COMMA or CBRACKET", "6:9"),
        ("A=", "$end", "OBRACKET or CCDATA or STRING", "2:3"),
        ("NAME=\"n6\"\nAR=[", "$end", "CBRACKET or VARIABLE", "14:15"),
        ("A=[B=\"1\",]", "CBRACKET", "VARIABLE", "10:11"),
        ("A=[B]", "CBRACKET", "EQUAL", "5:6"),
        ("A=[B=[", "OBRACKET", "STRING", "6:7"),
        ("=1", "EQUAL", "$end", "1:2"),
    ];
    for (text, found, wanted, columns) in cases {
        let expected = format!(
            "Parse error: syntax error, unexpected {found}, expecting {wanted} at line 1, columns {columns}"
        );
        assert_eq!(refused(text), expected, "{text}");
    }
}

#[test]
fn xml_loses_what_the_real_server_loses() {
    assert_eq!(
        shown("<X><A>x &lt; y</A><E/><N><K>v</K></N></X>"),
        "<T><A><![CDATA[x < y]]></A><N><K><![CDATA[v]]></K></N></T>"
    );
    assert_eq!(shown("<T><L1><L2><L3>deep</L3></L2></L1></T>"), "<T></T>");
    assert_eq!(
        shown("<T><E><![CDATA[a]]]]><![CDATA[>b]]></E></T>"),
        "<T></T>"
    );
    assert_eq!(
        shown("<T>\n  <A>\n two </A>\n  <B> </B></T>"),
        "<T><A><![CDATA[\n two ]]></A><B><![CDATA[ ]]></B></T>"
    );
    assert_eq!(
        refused("<T><A>1</T>"),
        "Parse error: XML Template malformed."
    );
}

#[test]
fn merging_replaces_every_attribute_of_the_same_name() {
    let mut attributes = Attributes::parse("A=\"1\"\nA=\"2\"\nV=[X=\"1\"]\nK=\"k\"").unwrap();
    attributes.merge(Attributes::parse("A=\"3\"\nV=[Y=\"9\"]").unwrap());
    assert_eq!(
        attributes.to_xml("T"),
        "<T><A><![CDATA[3]]></A><K><![CDATA[k]]></K><V><Y><![CDATA[9]]></Y></V></T>"
    );
}

#[test]
fn a_key_that_cannot_be_an_element_cannot_be_stored() {
    assert!(!Attributes::parse("9A=\"1\"").unwrap().is_storable());
    assert!(Attributes::parse("A9=\"1\"").unwrap().is_storable());
}

#[test]
fn no_text_makes_the_parser_fail_otherwise_than_by_an_error() {
    let pieces = [
        "A", "=", "[", "]", "\"", "\\\"", ",", "#", "\n", " ", "]]>", "<", "\u{e9}", "-",
    ];
    for a in pieces {
        for b in pieces {
            for c in pieces {
                for d in pieces {
                    let text = [a, b, c, d].concat();
                    if let Err(error) = Attributes::parse(&text) {
                        assert!(error.starts_with("Parse error"), "{text:?}: {error}");
                    }
                }
            }
        }
    }
}
