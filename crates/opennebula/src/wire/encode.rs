//! Writing calls and answers. Called by the client (calls) and by servers (answers).

use super::{Answer, Call, Value};
use crate::xml::escape_into;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Write;

/// Writes a call.
pub fn encode_call(call: &Call) -> String {
    let mut out = String::with_capacity(256);
    out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<methodCall>\r\n<methodName>");
    escape_into(&mut out, &call.method);
    out.push_str("</methodName>\r\n<params>\r\n");
    for param in &call.params {
        out.push_str("<param>");
        value(&mut out, param);
        out.push_str("</param>\r\n");
    }
    out.push_str("</params>\r\n</methodCall>\r\n");
    out
}

/// Writes an answer in the layout of OpenNebula's server.
pub fn encode_answer(answer: &Answer) -> String {
    let mut out = String::with_capacity(256);
    out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<methodResponse>\r\n");
    match answer {
        Ok(result) => {
            out.push_str("<params>\r\n<param>");
            value(&mut out, result);
            out.push_str("</param>\r\n</params>\r\n");
        }
        Err(fault) => {
            let members = vec![
                ("faultCode".to_owned(), Value::Int(fault.code)),
                ("faultString".to_owned(), Value::Text(fault.text.clone())),
            ];
            out.push_str("<fault>\r\n");
            value(&mut out, &Value::Struct(members));
            out.push_str("\r\n</fault>\r\n");
        }
    }
    out.push_str("</methodResponse>\r\n");
    out
}

fn value(out: &mut String, value: &Value) {
    out.push_str("<value>");
    match value {
        Value::Array(items) => array(out, items),
        Value::Struct(members) => structure(out, members),
        Value::Nil => out.push_str("<nil/>"),
        simple => scalar(out, simple),
    }
    out.push_str("</value>");
}

fn scalar(out: &mut String, scalar: &Value) {
    let name = scalar.type_name();
    out.push('<');
    out.push_str(name);
    out.push('>');
    match scalar {
        Value::Int(number) => display(out, number),
        Value::Long(number) => display(out, number),
        Value::Double(number) => display(out, number),
        Value::Bool(truth) => out.push(if *truth { '1' } else { '0' }),
        Value::Text(text) | Value::DateTime(text) => escape_into(out, text),
        Value::Bytes(bytes) => out.push_str(&STANDARD.encode(bytes)),
        Value::Array(_) | Value::Struct(_) | Value::Nil => {}
    }
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

fn display(out: &mut String, item: &dyn std::fmt::Display) {
    write!(out, "{item}").expect("writing to a string cannot fail");
}

fn array(out: &mut String, items: &[Value]) {
    out.push_str("<array><data>\r\n");
    for item in items {
        value(out, item);
        out.push_str("\r\n");
    }
    out.push_str("</data></array>");
}

fn structure(out: &mut String, members: &[(String, Value)]) {
    out.push_str("<struct>\r\n");
    for (name, item) in members {
        out.push_str("<member><name>");
        escape_into(out, name);
        out.push_str("</name>\r\n");
        value(out, item);
        out.push_str("</member>\r\n");
    }
    out.push_str("</struct>");
}
