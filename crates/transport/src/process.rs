//! A shell at the other end, however it was started: three streams and something that keeps it alive.

use std::any::Any;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};

/// Bytes of standard error that are kept for messages.
const KEPT: usize = 4096;

/// A running shell.
pub(crate) struct Process {
    /// Its standard input.
    pub input: Box<dyn AsyncWrite + Send + Unpin>,
    /// Its standard output.
    pub output: Box<dyn AsyncRead + Send + Unpin>,
    /// The end of its standard error.
    pub errors: Tail,
    /// Whatever has to live as long as it does.
    pub keep: Box<dyn Any + Send>,
}

/// The last bytes of a stream.
#[derive(Clone, Default)]
pub(crate) struct Tail(Arc<Mutex<VecDeque<u8>>>);

impl Tail {
    /// Adds bytes and forgets the oldest.
    pub fn push(&self, bytes: &[u8]) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend(bytes);
        let excess = kept.len().saturating_sub(KEPT);
        kept.drain(..excess);
    }

    /// The text, in one line.
    pub fn text(&self) -> String {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes: Vec<u8> = kept.iter().copied().collect();
        one_line(&String::from_utf8_lossy(&bytes))
    }

    /// Follows a stream to its end.
    pub fn follow(&self, mut stream: impl AsyncRead + Send + Unpin + 'static) {
        let tail = self.clone();
        tokio::spawn(async move {
            let mut buffer = [0; 1024];
            while let Ok(count) = stream.read(&mut buffer).await {
                if count == 0 {
                    break;
                }
                tail.push(buffer.get(..count).unwrap_or_default());
            }
        });
    }
}

/// Text of another machine in one line, without what a terminal would act on.
pub(crate) fn one_line(text: &str) -> String {
    let printable: String = text
        .chars()
        .map(|c| if c.is_control() && c != '\n' { ' ' } else { c })
        .collect();
    printable
        .split('\n')
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(" | ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tail_keeps_the_end_and_shows_no_control_characters() {
        let tail = Tail::default();
        tail.push(&[b'x'; 10_000]);
        tail.push(b"\n\x1b[31mlast\n");
        assert_eq!(tail.0.lock().unwrap().len(), KEPT);
        assert!(tail.text().ends_with("| [31mlast"), "{}", tail.text());
    }
}
