//! Frames on the one channel between control machine and worker.
//!
//! A frame is a big-endian `u32` length of what follows, one byte that says what the payload is, and the
//! payload: a JSON message or the raw bytes of a file. Both sides refuse frames above [`MAX_FRAME`].

use std::io::{self, Read, Write};

/// Largest frame either side accepts, in bytes. Files above this travel in several [`Kind::Blob`] frames.
pub const MAX_FRAME: u32 = 16 * 1024 * 1024;

/// Largest payload of one [`Kind::Blob`] frame, in bytes.
pub const BLOB_CHUNK: usize = 256 * 1024;

/// What the payload of a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A [`crate::message::Request`] or [`crate::message::Reply`] as JSON.
    Message,
    /// The next bytes of the file announced by the last `Request::Blob`.
    Blob,
}

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What the payload is.
    pub kind: Kind,
    /// The payload, without length and kind.
    pub payload: Vec<u8>,
}

/// Why bytes are not a frame.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The length is zero or above [`MAX_FRAME`].
    #[error(
        "the other side announced a frame of {0} bytes; between 1 and {MAX_FRAME} are accepted"
    )]
    Length(u32),
    /// The kind byte is unknown.
    #[error("the other side sent a frame of unknown kind {0}")]
    Kind(u8),
    /// The stream ended or failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Frame {
    /// Writes the frame as it travels.
    pub fn encode(&self) -> Vec<u8> {
        let length = u32::try_from(self.payload.len() + 1).unwrap_or(u32::MAX);
        let mut bytes = Vec::with_capacity(self.payload.len() + 5);
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.push(match self.kind {
            Kind::Message => 0,
            Kind::Blob => 1,
        });
        bytes.extend_from_slice(&self.payload);
        bytes
    }

    /// Checks an announced length and returns it as a size.
    ///
    /// # Errors
    /// [`FrameError::Length`] when it is zero or above [`MAX_FRAME`].
    pub fn checked_length(announced: [u8; 4]) -> Result<usize, FrameError> {
        let length = u32::from_be_bytes(announced);
        if length == 0 || length > MAX_FRAME {
            return Err(FrameError::Length(length));
        }
        usize::try_from(length).map_err(|_| FrameError::Length(length))
    }

    /// Makes a frame of what followed the length.
    ///
    /// # Errors
    /// [`FrameError::Kind`] when the first byte is no known kind, [`FrameError::Length`] when there is none.
    pub fn decode(mut body: Vec<u8>) -> Result<Self, FrameError> {
        let kind = match body.first() {
            Some(0) => Kind::Message,
            Some(1) => Kind::Blob,
            Some(other) => return Err(FrameError::Kind(*other)),
            None => return Err(FrameError::Length(0)),
        };
        body.remove(0);
        Ok(Self {
            kind,
            payload: body,
        })
    }
}

/// Reads one frame; `None` at the end of the stream between two frames.
///
/// # Errors
/// [`FrameError`] when the bytes are no frame or the stream ends inside one.
pub fn read(stream: &mut impl Read) -> Result<Option<Frame>, FrameError> {
    let mut announced = [0; 4];
    let mut have = 0;
    while have < announced.len() {
        match stream.read(announced.get_mut(have..).unwrap_or_default()) {
            Ok(0) if have == 0 => return Ok(None),
            Ok(0) => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
            Ok(count) => have += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    let mut body = vec![0; Frame::checked_length(announced)?];
    stream.read_exact(&mut body)?;
    Frame::decode(body).map(Some)
}

/// Writes one frame and flushes.
///
/// # Errors
/// Whatever the stream answers.
pub fn write(stream: &mut impl Write, frame: &Frame) -> io::Result<()> {
    stream.write_all(&frame.encode())?;
    stream.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_comes_back_as_it_was_written() {
        let frame = Frame {
            kind: Kind::Blob,
            payload: b"abc".to_vec(),
        };
        let mut bytes = Vec::new();
        write(&mut bytes, &frame).unwrap();
        assert_eq!(bytes, [0, 0, 0, 4, 1, b'a', b'b', b'c']);
        assert_eq!(read(&mut bytes.as_slice()).unwrap(), Some(frame));
    }

    #[test]
    fn a_length_above_the_limit_is_refused_before_memory_is_taken() {
        let error = read(&mut [0xff, 0xff, 0xff, 0xff].as_slice()).unwrap_err();
        assert!(matches!(error, FrameError::Length(u32::MAX)));
    }

    #[test]
    fn a_stream_that_ends_inside_a_frame_is_an_error_and_between_frames_is_not() {
        assert!(read(&mut [].as_slice()).unwrap().is_none());
        assert!(matches!(
            read(&mut [0, 0].as_slice()),
            Err(FrameError::Io(_))
        ));
        assert!(matches!(
            read(&mut [0, 0, 0, 2, 0].as_slice()),
            Err(FrameError::Io(_))
        ));
    }
}
