//! Tests of the envelope: round trips, the server's exact layout, and input made to hurt.

use super::*;

fn call(params: Vec<Value>) -> Call {
    Call {
        method: "one.test".to_owned(),
        params,
    }
}

fn value_of(inner: &str) -> Result<Value, WireError> {
    let call = format!(
        "<methodCall><methodName>m</methodName><params><param>{inner}</param></params></methodCall>"
    );
    decode_call(call.as_bytes()).map(|mut call| call.params.remove(0))
}

#[test]
fn every_kind_of_value_survives_the_way_there() {
    let params = vec![
        Value::Int(-1),
        Value::Long(i64::MIN),
        Value::Bool(true),
        Value::Text("<a> & \"b\"\r\n\t\u{e9}\u{65e5} ]]>".to_owned()),
        Value::Double(-0.5),
        Value::DateTime("20261123T03:14:58".to_owned()),
        Value::Bytes(vec![0, 255, 10]),
        Value::Array(vec![Value::Nil, Value::Array(vec![])]),
        Value::Struct(vec![("k & v".to_owned(), Value::Int(1))]),
    ];
    let sent = call(params);
    let received = decode_call(encode_call(&sent).as_bytes()).unwrap();
    assert_eq!(received.params, sent.params);
    assert_eq!(received.method, "one.test");
}

#[test]
fn a_success_is_written_as_the_server_writes_it() {
    let answer = Ok(Value::Array(vec![
        Value::Bool(true),
        Value::Text("a<b".to_owned()),
        Value::Int(0),
    ]));
    let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<methodResponse>\r\n<params>\r\n\
        <param><value><array><data>\r\n<value><boolean>1</boolean></value>\r\n\
        <value><string>a&lt;b</string></value>\r\n<value><i4>0</i4></value>\r\n\
        </data></array></value></param>\r\n</params>\r\n</methodResponse>\r\n";
    assert_eq!(encode_answer(&answer), expected);
}

#[test]
fn a_fault_is_written_as_the_server_writes_it_and_read_back() {
    let fault = Fault {
        code: Fault::TYPE,
        text: "Not enough parameters".to_owned(),
    };
    let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<methodResponse>\r\n<fault>\r\n\
        <value><struct>\r\n<member><name>faultCode</name>\r\n<value><i4>-501</i4></value></member>\r\n\
        <member><name>faultString</name>\r\n<value><string>Not enough parameters</string></value></member>\r\n\
        </struct></value>\r\n</fault>\r\n</methodResponse>\r\n";
    let written = encode_answer(&Err(fault.clone()));
    assert_eq!(written, expected);
    assert_eq!(decode_answer(written.as_bytes()).unwrap(), Err(fault));
}

#[test]
fn a_value_without_a_type_is_a_string() {
    assert_eq!(
        value_of("<value> 7 </value>").unwrap(),
        Value::Text(" 7 ".to_owned())
    );
}

#[test]
fn numbers_beyond_their_width_are_refused() {
    for number in [
        "<i4>2147483648</i4>",
        "<int>99999999999999999999</int>",
        "<i8>9223372036854775808</i8>",
        "<i4/>",
    ] {
        assert!(
            value_of(&format!("<value>{number}</value>")).is_err(),
            "accepted: {number}"
        );
    }
    let error = value_of("<value><i4>4294967296</i4></value>").unwrap_err();
    assert_eq!(
        error.to_string(),
        "`4294967296` is not a valid XML-RPC `i4`"
    );
}

#[test]
fn booleans_other_than_0_and_1_are_refused() {
    assert!(value_of("<value><boolean>true</boolean></value>").is_err());
}

#[test]
fn bytes_that_are_not_utf8_are_refused() {
    let error = decode_call(b"<methodCall>\xff</methodCall>").unwrap_err();
    assert_eq!(error.to_string(), "the message is not UTF-8 (byte 12)");
}

#[test]
fn deep_arrays_are_refused_without_recursion() {
    let deep = "<value><array><data>".repeat(50_000);
    assert!(value_of(&deep).is_err());
}

#[test]
fn every_truncation_of_a_call_is_refused() {
    let whole = encode_call(&call(vec![Value::Int(1), Value::Text("x & y".to_owned())]));
    let end = whole.trim_end().len();
    for cut in 0..end {
        assert!(
            decode_call(&whole.as_bytes()[..cut]).is_err(),
            "accepted the first {cut} bytes"
        );
    }
}

#[test]
fn structures_that_are_not_xml_rpc_are_refused() {
    for message in [
        "<methodCall/>",
        "<methodCall><methodName> </methodName></methodCall>",
        "<methodResponse/>",
        "<methodCall><methodName>m</methodName><params><param/></params></methodCall>",
        "<methodCall><methodName>m</methodName><params><param><value><odd/></value></param></params></methodCall>",
    ] {
        assert!(
            decode_call(message.as_bytes()).is_err(),
            "accepted: {message}"
        );
    }
}

#[test]
fn an_answer_with_two_values_is_refused() {
    let two = "<methodResponse><params><param><value>a</value></param><param><value>b</value></param></params></methodResponse>";
    assert!(decode_answer(two.as_bytes()).is_err());
}

#[test]
fn the_parameters_of_a_call_are_not_shown() {
    let shown = format!("{:?}", call(vec![Value::from("oneadmin:hunter2")]));
    assert_eq!(shown, "Call { method: \"one.test\", params: 1 }");
}

#[test]
fn damaged_messages_never_do_more_than_fail() {
    let params = vec![
        Value::Int(7),
        Value::Long(1 << 40),
        Value::Text("<T><A><![CDATA[x & y]]></A></T>".to_owned()),
        Value::Array(vec![
            Value::Bool(true),
            Value::Struct(vec![("k".to_owned(), Value::Nil)]),
        ]),
        Value::Bytes(vec![1, 2, 3]),
    ];
    let whole = encode_call(&call(params)).into_bytes();
    let mut seed = 1_u64;
    for _ in 0..20_000 {
        let mut damaged = whole.clone();
        for _ in 0..3 {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let at = usize::try_from(seed >> 33).unwrap() % damaged.len();
            damaged[at] = b"<>&;/\0\xffa1]![\"'- "[usize::try_from(seed >> 20 & 15).unwrap()];
        }
        drop(decode_call(&damaged));
        drop(decode_answer(&damaged));
    }
}
