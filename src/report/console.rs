//! The two streams everything is printed to.
//!
//! Used by [`super::Report`] alone. A reader that went away (`| head`) is no fault: what is printed after that is
//! dropped, and the work goes on to its end. Any other trouble is kept for the exit code.

use std::io::{self, ErrorKind, Write};
use std::sync::{Mutex, PoisonError};

/// Standard output and standard error.
pub struct Console {
    out: Mutex<Pipe>,
    err: Mutex<Pipe>,
}

struct Pipe {
    to: Box<dyn Write + Send>,
    lost: Option<io::Error>,
}

impl Console {
    /// The streams of this process.
    pub fn standard() -> Self {
        Self::new(Box::new(io::stdout()), Box::new(io::stderr()))
    }

    /// Other streams.
    pub fn new(out: Box<dyn Write + Send>, err: Box<dyn Write + Send>) -> Self {
        let pipe = |to| Mutex::new(Pipe { to, lost: None });
        Self {
            out: pipe(out),
            err: pipe(err),
        }
    }

    /// Prints to standard output, as it is.
    pub fn out(&self, text: &str) {
        write(&self.out, text);
    }

    /// Prints to standard error, as it is.
    pub fn err(&self, text: &str) {
        write(&self.err, text);
    }

    /// Why standard output lacks something of what was printed; a reader that went away does not count.
    pub fn trouble(&self) -> Option<String> {
        let pipe = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        pipe.lost
            .as_ref()
            .filter(|error| error.kind() != ErrorKind::BrokenPipe)
            .map(ToString::to_string)
    }
}

fn write(pipe: &Mutex<Pipe>, text: &str) {
    let mut pipe = pipe.lock().unwrap_or_else(PoisonError::into_inner);
    if pipe.lost.is_some() {
        return;
    }
    let Pipe { to, lost } = &mut *pipe;
    *lost = to
        .write_all(text.as_bytes())
        .and_then(|()| to.flush())
        .err();
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Refusing(ErrorKind);

    impl Write for Refusing {
        fn write(&mut self, _bytes: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn printed_to(kind: ErrorKind) -> Option<String> {
        let console = Console::new(Box::new(Refusing(kind)), Box::new(io::sink()));
        console.out("text");
        console.trouble()
    }

    #[test]
    fn a_reader_that_went_away_is_no_trouble() {
        assert_eq!(printed_to(ErrorKind::BrokenPipe), None);
    }

    #[test]
    fn a_full_disk_is_trouble() {
        assert_eq!(
            printed_to(ErrorKind::StorageFull).as_deref(),
            Some("no storage space")
        );
    }
}
