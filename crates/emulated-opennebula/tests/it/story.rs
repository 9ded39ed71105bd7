//! Tells stories: calls as a user, with answers shortened to what matters. Used by `fixtures` and `rights`.

use edgewright_emulated_opennebula::{Config, Emulator};
use edgewright_opennebula::wire::Value;

/// A server to talk to as oneadmin (or another user), answers shortened to what matters.
pub struct Story {
    pub emulator: Emulator,
    pub session: String,
}

/// Shorthand for the parameters of a call.
#[macro_export]
macro_rules! params {
    ($($param:expr),*) => { vec![$(edgewright_opennebula::wire::Value::from($param)),*] };
}

impl Story {
    /// A fresh server, to oneadmin.
    pub fn new() -> Self {
        Self {
            emulator: Emulator::builder(Config::default()).fresh(),
            session: "oneadmin:opennebula".to_owned(),
        }
    }

    /// The result, or `code text (object)`, or `fault code text`.
    pub async fn call(&self, method: &str, params: Vec<Value>) -> String {
        let mut all = vec![Value::from(self.session.as_str())];
        all.extend(params);
        match self.emulator.call(method, &all).await {
            Err(fault) => format!("fault {} {}", fault.code, fault.text),
            Ok(Value::Array(parts)) => match (&parts[0], &parts[1]) {
                (Value::Bool(true), Value::Int(number)) => number.to_string(),
                (Value::Bool(true), Value::Text(text)) => text.clone(),
                (_, Value::Text(text)) => {
                    let text = text.strip_prefix(&format!("[{method}] ")).unwrap_or(text);
                    let (code, object) = (
                        parts[2].as_integer().unwrap(),
                        parts[3].as_integer().unwrap(),
                    );
                    format!("{code:#06x} {text} ({object})")
                }
                other => panic!("{other:?}"),
            },
            Ok(other) => panic!("{other:?}"),
        }
    }

    /// Makes a call that must succeed, and returns the result.
    pub async fn ok(&self, method: &str, params: Vec<Value>) -> String {
        let answer = self.call(method, params).await;
        assert!(
            !answer.starts_with("0x") && !answer.starts_with("fault"),
            "{method}: {answer}"
        );
        answer
    }

    /// What stands between two marks in an object.
    pub async fn part(&self, method: &str, params: Vec<Value>, from: &str, to: &str) -> String {
        let body = self.ok(method, params).await;
        let start = body
            .find(from)
            .unwrap_or_else(|| panic!("no {from} in {body}"));
        let end = body[start..].find(to).unwrap() + start + to.len();
        body[start..end].to_owned()
    }

    /// The same server, to a new user.
    pub async fn as_user(&self, name: &str) -> Self {
        self.ok("one.user.allocate", params![name, "pw", "core"])
            .await;
        Self {
            emulator: self.emulator.clone(),
            session: format!("{name}:pw"),
        }
    }
}
