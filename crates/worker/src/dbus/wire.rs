//! Messages of D-Bus as bytes (D-Bus specification, "Marshaling" and "Message Protocol").

use std::io::{self, Read};

use serde_json::{Map, Value};

const PATH: u8 = 1;
const INTERFACE: u8 = 2;
const MEMBER: u8 = 3;
const ERROR_NAME: u8 = 4;
const REPLY_SERIAL: u8 = 5;
const DESTINATION: u8 = 6;
const SIGNATURE: u8 = 8;

/// Deepest nesting that is read (specification, "Valid Signatures": 32 arrays in 32 structures).
const DEEPEST: usize = 64;

/// An error of the protocol.
pub(super) fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("D-Bus: {what}"))
}

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Return,
    Error,
    Other,
}

/// A message: a call that is made here, or an answer that came.
#[derive(Debug)]
pub(super) struct Message {
    kind: Kind,
    fields: Vec<(u8, Value)>,
    body: Vec<u8>,
}

impl Message {
    /// A call without arguments.
    pub(super) fn call(path: &str, interface: &str, member: &str) -> Self {
        Self {
            kind: Kind::Other,
            fields: vec![
                (PATH, path.into()),
                (INTERFACE, interface.into()),
                (MEMBER, member.into()),
            ],
            body: Vec::new(),
        }
    }

    /// To whom, if not to systemd.
    pub(super) fn destination(&mut self, name: &str) {
        self.fields.push((DESTINATION, name.into()));
    }

    /// Adds the only argument, a text.
    pub(super) fn text(&mut self, text: &str) {
        self.fields.push((SIGNATURE, "s".into()));
        string(&mut self.body, text);
    }

    fn field(&self, code: u8) -> Option<&Value> {
        self.fields
            .iter()
            .find(|(found, _)| *found == code)
            .map(|(_, value)| value)
    }

    /// The call as it travels.
    pub(super) fn encode(&self, serial: u32, destination: &str) -> Vec<u8> {
        let mut fields = Vec::new();
        let to = (DESTINATION, Value::from(destination));
        let default = self.field(DESTINATION).is_none().then_some(&to);
        for (code, value) in self.fields.iter().chain(default) {
            pad(&mut fields, 8);
            let kind = match *code {
                PATH => 'o',
                SIGNATURE => 'g',
                _ => 's',
            };
            fields.extend([*code, 1, kind as u8, 0]);
            let text = value.as_str().unwrap_or_default();
            if kind == 'g' {
                fields.push(u8::try_from(text.len()).unwrap_or(u8::MAX));
                fields.extend(text.bytes().chain([0]));
            } else {
                string(&mut fields, text);
            }
        }
        // Little-endian, a call, no flags, version 1.
        let mut bytes = vec![b'l', 1, 0, 1];
        number(&mut bytes, self.body.len());
        bytes.extend(serial.to_le_bytes());
        number(&mut bytes, fields.len());
        bytes.extend(fields);
        pad(&mut bytes, 8);
        bytes.extend(&self.body);
        bytes
    }

    /// Reads a message.
    pub(super) fn read(stream: &mut impl Read, largest: usize) -> io::Result<Self> {
        let mut head = [0; 16];
        stream.read_exact(&mut head)?;
        if head.first() != Some(&b'l') {
            return Err(broken("a message in another byte order"));
        }
        let mut reader = Reader {
            bytes: &head,
            at: 4,
        };
        let (body_size, _serial, fields_size) = (reader.size()?, reader.size()?, reader.size()?);
        let padded = fields_size.next_multiple_of(8);
        if padded.saturating_add(body_size) > largest {
            return Err(broken("a message that is too large"));
        }
        let mut fields = vec![0; padded];
        stream.read_exact(&mut fields)?;
        let mut body = vec![0; body_size];
        stream.read_exact(&mut body)?;
        // Fields start at byte 16, a multiple of 8: they are aligned as if they stood alone.
        let mut reader = Reader {
            bytes: &fields,
            at: 0,
        };
        let mut found = Vec::new();
        while reader.at < fields_size {
            reader.align(8)?;
            let code = reader.byte()?;
            found.push((code, reader.variant(0)?));
        }
        let kind = match head.get(1) {
            Some(2) => Kind::Return,
            Some(3) => Kind::Error,
            _ => Kind::Other,
        };
        Ok(Self {
            kind,
            fields: found,
            body,
        })
    }

    /// What it is.
    pub(super) fn kind(&self) -> Kind {
        self.kind
    }

    /// The number of the call that it answers.
    pub(super) fn answers(&self) -> Option<u32> {
        self.field(REPLY_SERIAL)?.as_u64()?.try_into().ok()
    }

    /// What an error says.
    pub(super) fn complaint(&self) -> String {
        let text = self.values().ok().and_then(|values| match values.first() {
            Some(Value::String(text)) => Some(text.clone()),
            _ => None,
        });
        let name = || {
            self.field(ERROR_NAME)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        text.unwrap_or_else(name)
    }

    /// The values in its body.
    pub(super) fn values(&self) -> io::Result<Vec<Value>> {
        let signature = self
            .field(SIGNATURE)
            .and_then(Value::as_str)
            .unwrap_or_default();
        let mut reader = Reader {
            bytes: &self.body,
            at: 0,
        };
        let mut values = Vec::new();
        let mut rest = signature;
        while !rest.is_empty() {
            let (first, behind) = split(rest)?;
            values.push(reader.value(first, 0)?);
            rest = behind;
        }
        Ok(values)
    }
}

fn pad(bytes: &mut Vec<u8>, to: usize) {
    bytes.resize(bytes.len().next_multiple_of(to), 0);
}

fn number(bytes: &mut Vec<u8>, number: usize) {
    pad(bytes, 4);
    bytes.extend(u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes());
}

fn string(bytes: &mut Vec<u8>, text: &str) {
    number(bytes, text.len());
    bytes.extend(text.bytes().chain([0]));
}

/// The first complete type of a signature, and the rest.
fn split(signature: &str) -> io::Result<(&str, &str)> {
    let mut depth = 0_usize;
    for (at, c) in signature.char_indices() {
        match c {
            'a' => continue,
            '(' | '{' => depth += 1,
            ')' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return signature
                .split_at_checked(at + 1)
                .ok_or_else(|| broken("a signature that is none"));
        }
    }
    Err(broken("a signature without its end"))
}

struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Reader<'b> {
    fn take(&mut self, count: usize) -> io::Result<&'b [u8]> {
        let end = self.at.checked_add(count);
        let taken = end.and_then(|end| self.bytes.get(self.at..end));
        self.at = self.at.saturating_add(count);
        taken.ok_or_else(|| broken("a message that ends too early"))
    }

    fn array<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        self.align(N)?;
        let taken = self.take(N)?;
        taken
            .try_into()
            .map_err(|_| broken("a number that is none"))
    }

    fn align(&mut self, to: usize) -> io::Result<()> {
        let padding = self.at.next_multiple_of(to) - self.at;
        self.take(padding).map(|_| ())
    }

    fn byte(&mut self) -> io::Result<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    fn size(&mut self) -> io::Result<usize> {
        let size = u32::from_le_bytes(self.array()?);
        usize::try_from(size).map_err(|_| broken("a size that is too large"))
    }

    fn string(&mut self, size: usize) -> io::Result<&'b str> {
        let bytes = self.take(size)?;
        self.take(1)?;
        std::str::from_utf8(bytes).map_err(|_| broken("a text that is not UTF-8"))
    }

    fn variant(&mut self, depth: usize) -> io::Result<Value> {
        let size = usize::from(self.byte()?);
        let signature = self.string(size)?;
        self.value(signature, depth + 1)
    }

    fn value(&mut self, signature: &str, depth: usize) -> io::Result<Value> {
        if depth > DEEPEST {
            return Err(broken("values nested too deep"));
        }
        let mut characters = signature.chars();
        let first = characters.next().unwrap_or_default();
        let inner = characters.as_str();
        Ok(match first {
            'y' => self.byte()?.into(),
            'b' => (self.size()? != 0).into(),
            'n' => i16::from_le_bytes(self.array()?).into(),
            'q' => u16::from_le_bytes(self.array()?).into(),
            'i' => i32::from_le_bytes(self.array()?).into(),
            'u' | 'h' => u32::from_le_bytes(self.array()?).into(),
            'x' => i64::from_le_bytes(self.array()?).into(),
            't' => u64::from_le_bytes(self.array()?).into(),
            'd' => f64::from_le_bytes(self.array()?).into(),
            's' | 'o' => {
                let size = self.size()?;
                self.string(size)?.into()
            }
            'g' => {
                let size = usize::from(self.byte()?);
                self.string(size)?.into()
            }
            'v' => self.variant(depth)?,
            'a' => self.list(inner, depth)?,
            '(' => {
                self.align(8)?;
                let mut fields = Vec::new();
                let mut rest = inner.strip_suffix(')').unwrap_or_default();
                while !rest.is_empty() {
                    let (field, behind) = split(rest)?;
                    fields.push(self.value(field, depth + 1)?);
                    rest = behind;
                }
                Value::Array(fields)
            }
            _ => return Err(broken("a type that is unknown")),
        })
    }

    fn list(&mut self, of: &str, depth: usize) -> io::Result<Value> {
        let size = self.size()?;
        let first = of.chars().next().unwrap_or_default();
        self.align(match first {
            'x' | 't' | 'd' | '(' | '{' => 8,
            'i' | 'u' | 'h' | 'b' | 's' | 'o' | 'a' => 4,
            'n' | 'q' => 2,
            _ => 1,
        })?;
        let end = self
            .at
            .checked_add(size)
            .filter(|end| *end <= self.bytes.len())
            .ok_or_else(|| broken("a list that ends too late"))?;
        let pair = of
            .strip_prefix('{')
            .and_then(|inner| inner.strip_suffix('}'));
        let Some(pair) = pair else {
            let mut items = Vec::new();
            while self.at < end {
                items.push(self.value(of, depth + 1)?);
            }
            return Ok(Value::Array(items));
        };
        let (key, value) = split(pair)?;
        let mut map = Map::new();
        while self.at < end {
            self.align(8)?;
            let key = self.value(key, depth + 1)?;
            let value = self.value(value, depth + 1)?;
            // Keys of other types are of no use here.
            if let Value::String(key) = key {
                map.insert(key, value);
            }
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A return to call 7 with a body of this signature.
    fn answer(signature: &str, body: &[u8]) -> Vec<u8> {
        let mut fields = vec![REPLY_SERIAL, 1, b'u', 0, 7, 0, 0, 0];
        fields.extend([
            SIGNATURE,
            1,
            b'g',
            0,
            u8::try_from(signature.len()).unwrap(),
        ]);
        fields.extend(signature.bytes().chain([0]));
        let mut bytes = vec![b'l', 2, 0, 1];
        number(&mut bytes, body.len());
        bytes.extend([1, 0, 0, 0]);
        number(&mut bytes, fields.len());
        bytes.extend(fields);
        pad(&mut bytes, 8);
        bytes.extend(body);
        bytes
    }

    fn read(bytes: &[u8]) -> io::Result<Vec<Value>> {
        Message::read(&mut &*bytes, 4096)?.values()
    }

    #[test]
    fn a_dictionary_of_variants_is_read() {
        let mut body = vec![0; 8];
        string(&mut body, "A");
        body.extend([1, b's', 0]);
        string(&mut body, "x");
        pad(&mut body, 8);
        string(&mut body, "B");
        body.extend([1, b't', 0]);
        pad(&mut body, 8);
        body.extend(5_u64.to_le_bytes());
        let size = u32::try_from(body.len() - 8).unwrap();
        body[..4].copy_from_slice(&size.to_le_bytes());
        let bytes = answer("a{sv}", &body);
        assert_eq!(read(&bytes).unwrap(), [json!({"A": "x", "B": 5})]);
        let message = Message::read(&mut bytes.as_slice(), 4096).unwrap();
        assert_eq!((message.answers(), message.kind()), (Some(7), Kind::Return));
    }

    #[test]
    fn structures_and_lists_are_read() {
        let mut body = Vec::new();
        number(&mut body, 0);
        pad(&mut body, 8);
        number(&mut body, 9);
        string(&mut body, "q");
        assert_eq!(
            read(&answer("as(us)", &body)).unwrap(),
            [json!([]), json!([9, "q"])]
        );
    }

    #[test]
    fn what_is_cut_off_or_lies_about_its_size_is_an_error() {
        let mut body = Vec::new();
        string(&mut body, "hello");
        let whole = answer("s", &body);
        assert_eq!(read(&whole).unwrap(), [json!("hello")]);
        for length in 0..whole.len() {
            assert!(read(&whole[..length]).is_err(), "{length}");
        }
        for (signature, body) in [
            ("s", vec![0xff, 0xff, 0xff, 0x7f]),
            ("as", vec![0xff, 0xff, 0xff, 0x7f]),
            ("a{s", vec![0; 16]),
            ("Z", vec![0; 16]),
            ("(", vec![0; 16]),
        ] {
            assert!(read(&answer(signature, &body)).is_err(), "{signature}");
        }
        let deep = "a".repeat(200) + "s";
        assert!(read(&answer(&deep, &[4, 0, 0, 0].repeat(300))).is_err());
        assert!(Message::read(&mut whole.as_slice(), 8).is_err());
    }

    #[test]
    fn a_call_is_written_as_the_specification_says() {
        let mut call = Message::call("/a", "b.c", "D");
        call.text("e");
        let bytes = call.encode(3, "f.g");
        assert_eq!(&bytes[..12], [b'l', 1, 0, 1, 6, 0, 0, 0, 3, 0, 0, 0]);
        assert_eq!(bytes.len() % 8, 6);
        assert!(bytes.ends_with(&[1, 0, 0, 0, b'e', 0]));
    }
}
