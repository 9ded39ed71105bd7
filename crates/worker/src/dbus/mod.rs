//! Asks systemd what it knows of a unit, over D-Bus: one request, one answer, no program started.
//!
//! Used by `modules::systemd`. Root talks with systemd itself at its private socket; everybody else by the system bus.
//! What is spoken is the D-Bus specification's wire protocol, as little of it as one call of `GetAll` needs.

mod wire;

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use serde_json::{Map, Value};

use self::wire::{Kind, Message};

/// Where systemd listens for root.
const PRIVATE: &str = "/run/systemd/private";

/// Where the system bus listens.
const BUS: &str = "/run/dbus/system_bus_socket";

/// How long an answer may take; systemd reads a unit's files for it.
const LIMIT: Duration = Duration::from_secs(10);

/// Largest answer that is read, in bytes; the properties of a unit are some 20 KB.
const LARGEST: usize = 4 * 1024 * 1024;

const DESTINATION: &str = "org.freedesktop.systemd1";
const UNITS: &str = "/org/freedesktop/systemd1/unit/";

/// Everything systemd tells of a unit, as texts under the names that `systemctl show` uses.
pub(crate) fn unit(name: &str) -> io::Result<Map<String, Value>> {
    let mut peer = connect()?;
    let path = format!("{UNITS}{}", escaped(name));
    let mut call = Message::call(&path, "org.freedesktop.DBus.Properties", "GetAll");
    // The empty name stands for the properties of every interface.
    call.text("");
    let answer = peer.ask(&call)?;
    let Some(Value::Object(properties)) = answer.values()?.into_iter().next() else {
        return Err(wire::broken("the answer holds no properties"));
    };
    Ok(properties
        .into_iter()
        .filter_map(|(name, value)| {
            let text = shown(&name, &value)?;
            Some((name, Value::String(text)))
        })
        .collect())
}

/// Numbers that `systemctl show` writes as numbers. Others it writes in ways of their own: times, limits, modes, masks.
const NUMBERS: [&str; 7] = [
    "MainPID",
    "ControlPID",
    "ExecMainPID",
    "ExecMainCode",
    "ExecMainStatus",
    "NRestarts",
    "StatusErrno",
];

/// A value as `systemctl show` writes it; nothing for those that it writes in a way of their own, or not at all.
fn shown(name: &str, value: &Value) -> Option<String> {
    let text = match value {
        Value::Bool(value) => if *value { "yes" } else { "no" }.to_owned(),
        Value::Number(number) if NUMBERS.contains(&name) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let words: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
            words?.join(" ")
        }
        _ => return None,
    };
    Some(text).filter(|text| !text.is_empty())
}

/// A unit's name as part of an object path: everything but letters and digits as `_` and two hexadecimal digits.
fn escaped(name: &str) -> String {
    let mut text = String::new();
    for (at, byte) in name.bytes().enumerate() {
        if byte.is_ascii_alphabetic() || (byte.is_ascii_digit() && at > 0) {
            text.push(char::from(byte));
        } else {
            text.push('_');
            text.push_str(&crate::blobs::hex(&[byte]));
        }
    }
    text
}

struct Peer {
    stream: UnixStream,
    serial: u32,
}

fn connect() -> io::Result<Peer> {
    if rustix::process::geteuid().is_root()
        && let Ok(peer) = Peer::at(PRIVATE)
    {
        return Ok(peer);
    }
    let mut peer = Peer::at(BUS)?;
    let mut hello = Message::call("/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello");
    hello.destination("org.freedesktop.DBus");
    peer.ask(&hello)?;
    Ok(peer)
}

impl Peer {
    fn at(path: &str) -> io::Result<Self> {
        let mut stream = UnixStream::connect(path)?;
        stream.set_read_timeout(Some(LIMIT))?;
        stream.set_write_timeout(Some(LIMIT))?;
        let uid = rustix::process::geteuid().as_raw().to_string();
        let uid = crate::blobs::hex(uid.as_bytes());
        // The first byte once carried credentials; they come with the socket now.
        write!(stream, "\0AUTH EXTERNAL {uid}\r\nBEGIN\r\n")?;
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte)?;
            answer.extend_from_slice(&byte);
            if answer.len() > 1024 {
                return Err(wire::broken("the greeting has no end"));
            }
        }
        if !answer.starts_with(b"OK") {
            return Err(wire::broken("this user is not let in"));
        }
        Ok(Self { stream, serial: 0 })
    }

    /// Sends a call and waits for what answers it; signals that come in between are passed over.
    fn ask(&mut self, call: &Message) -> io::Result<Message> {
        self.serial += 1;
        self.stream
            .write_all(&call.encode(self.serial, DESTINATION))?;
        loop {
            let answer = Message::read(&mut self.stream, LARGEST)?;
            if answer.answers() != Some(self.serial) {
                continue;
            }
            return match answer.kind() {
                Kind::Return => Ok(answer),
                Kind::Error => Err(io::Error::other(answer.complaint())),
                Kind::Other => Err(wire::broken("the answer is neither a value nor an error")),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_units_become_paths() {
        assert_eq!(escaped("frr.service"), "frr_2eservice");
        assert_eq!(escaped("0a@b-c.d"), "_30a_40b_2dc_2ed");
    }

    #[test]
    fn values_are_shown_as_systemctl_shows_them() {
        for (name, value, text) in [
            ("CanStart", Value::from(true), Some("yes")),
            ("MainPID", Value::from(7), Some("7")),
            ("RestartUSec", Value::from(100_000), None),
            ("Names", serde_json::json!(["a", "b"]), Some("a b")),
            ("Names", serde_json::json!([]), None),
            ("ExecStart", serde_json::json!([["a", 1]]), None),
        ] {
            assert_eq!(shown(name, &value).as_deref(), text);
        }
    }
}
