//! The loop: one request after the other, each answered before the next is read.

use std::io::{Read, Write};

use edgewright_protocol::frame::{self, Frame, FrameError, Kind};
use edgewright_protocol::message::{Reply, Request, VERSION};

use crate::become_user::Children;
use crate::blobs::Blobs;
use crate::run;

/// Serves requests until `input` ends.
///
/// # Errors
/// [`FrameError`] when what arrives is no frame, or an answer cannot be written.
pub fn serve(input: &mut impl Read, output: &mut impl Write) -> Result<(), FrameError> {
    let name = rustix::system::uname();
    let hello = Reply::Hello {
        version: VERSION,
        machine: name.machine().to_string_lossy().into_owned(),
        uid: rustix::process::geteuid().as_raw(),
    };
    answer(output, &hello)?;
    let mut blobs = Blobs::default();
    let mut children = Children::default();
    while let Some(frame) = frame::read(input)? {
        match frame.kind {
            Kind::Blob => match blobs.add(&frame.payload) {
                Some(Ok(digest)) => answer(output, &Reply::Stored { digest })?,
                Some(Err(reason)) => answer(output, &Reply::Refused { reason })?,
                None => {}
            },
            Kind::Message => match serde_json::from_slice(&frame.payload) {
                Ok(Request::Run { tasks }) => {
                    let mut failed = false;
                    for task in tasks {
                        let reply = if failed {
                            Reply::Skipped { id: task.id }
                        } else {
                            let result = run::task(&task, &blobs, &mut children);
                            failed = result.get("failed").and_then(serde_json::Value::as_bool)
                                == Some(true);
                            Reply::Done {
                                id: task.id,
                                result,
                            }
                        };
                        answer(output, &reply)?;
                    }
                }
                Ok(Request::Have { digests }) => {
                    let missing = digests
                        .into_iter()
                        .filter(|digest| !blobs.has(digest))
                        .collect();
                    answer(output, &Reply::Missing { digests: missing })?;
                }
                Ok(Request::Blob { digest, size }) => {
                    if let Err(reason) = blobs.announce(digest, size) {
                        answer(output, &Reply::Refused { reason })?;
                    }
                }
                Err(error) => answer(
                    output,
                    &Reply::Refused {
                        reason: format!("not a request: {error}"),
                    },
                )?,
            },
        }
    }
    Ok(())
}

fn answer(output: &mut impl Write, reply: &Reply) -> Result<(), FrameError> {
    let payload = serde_json::to_vec(reply).map_err(std::io::Error::from)?;
    frame::write(
        output,
        &Frame {
            kind: Kind::Message,
            payload,
        },
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use edgewright_protocol::message::Digest;
    use serde_json::{Value, json};

    fn message(value: &Value) -> Vec<u8> {
        Frame {
            kind: Kind::Message,
            payload: value.to_string().into_bytes(),
        }
        .encode()
    }

    fn replies(input: &[u8]) -> Vec<Reply> {
        let mut output = Vec::new();
        serve(&mut &*input, &mut output).unwrap();
        let mut rest = output.as_slice();
        let mut replies = Vec::new();
        while let Some(frame) = frame::read(&mut rest).unwrap() {
            replies.push(serde_json::from_slice(&frame.payload).unwrap());
        }
        replies
    }

    #[test]
    fn the_worker_says_hello_and_answers_a_ping() {
        let input = message(
            &json!({"request": "run", "tasks": [{"id": 7, "module": "ping", "args": {"data": "pong"}}]}),
        );
        let replies = replies(&input);
        assert!(matches!(
            &replies[0],
            Reply::Hello {
                version: VERSION,
                ..
            }
        ));
        let Reply::Done { id: 7, result } = &replies[1] else {
            panic!("{replies:?}")
        };
        assert_eq!(
            Value::Object(result.clone()),
            json!({"changed": false, "ping": "pong"})
        );
    }

    #[test]
    fn after_a_failure_the_rest_of_the_batch_is_skipped() {
        let input = message(&json!({"request": "run", "tasks": [
            {"id": 1, "module": "nonsense", "args": {}},
            {"id": 2, "module": "ping", "args": {}},
        ]}));
        let replies = replies(&input);
        let Reply::Done { id: 1, result } = &replies[1] else {
            panic!("{replies:?}")
        };
        assert_eq!(result["failed"], true);
        assert_eq!(replies[2], Reply::Skipped { id: 2 });
    }

    #[test]
    fn a_file_that_is_not_what_was_announced_is_refused_and_the_worker_goes_on() {
        let mut input = message(&json!({"request": "blob", "digest": "00", "size": 3}));
        input.extend(
            Frame {
                kind: Kind::Blob,
                payload: b"abc".to_vec(),
            }
            .encode(),
        );
        input.extend(message(&json!({"request": "have", "digests": ["00"]})));
        let replies = replies(&input);
        assert!(matches!(&replies[1], Reply::Refused { .. }));
        assert_eq!(
            replies[2],
            Reply::Missing {
                digests: vec![Digest("00".to_owned())]
            }
        );
    }

    #[test]
    fn what_is_no_request_is_refused() {
        assert!(matches!(
            &replies(&message(&json!({"request": "dance"})))[1],
            Reply::Refused { .. }
        ));
    }
}
