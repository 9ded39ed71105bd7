//! Starting programs: with a deadline, without leaving any behind, and without waiting for what they leave behind.
//!
//! One loop looks at everything at once: the program's end, its three streams, the deadline, and whether the control
//! machine is still there. A program gets a process group of its own, so that everything it started can be ended.

use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, kill_process_group, pidfd_open, waitid,
};

use crate::lifeline::{is_gone, timespec};
use crate::outcome::{Context, Failure};

/// How often a program is looked at where the kernel cannot tell of its end.
const POLL: Duration = Duration::from_millis(5);

/// How long a stream may be silent after the program's end before the rest, held open by something that the program
/// left running, is given up.
const SILENCE: Duration = Duration::from_millis(50);

/// Most bytes of a stream that are kept; an answer has to fit in a frame.
const MOST_OUTPUT: usize = 8 * 1024 * 1024;

/// What a program that has ended left.
#[derive(Debug, Default)]
pub(crate) struct Finished {
    /// Exit code; minus the signal's number for one that was killed.
    pub rc: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// How a program is stopped whose time is up or whom nobody waits for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stop {
    /// Sent first.
    pub signal: Signal,
    /// How long the program may take to end after it; then everything is killed.
    pub grace: Duration,
}

/// For programs that may end anywhere.
const PROMPTLY: Stop = Stop {
    signal: Signal::TERM,
    grace: Duration::from_secs(2),
};

/// Runs a program to its end.
///
/// Fails when it cannot be started, when the task's time is up or when the control machine goes; then the program and
/// everything it started is ended.
pub(crate) fn run(
    context: &Context<'_>,
    command: &mut Command,
    stdin: Option<&[u8]>,
) -> Result<Finished, Failure> {
    run_until(context, command, stdin, PROMPTLY)
}

/// The same for a program that is stopped in its own way.
pub(crate) fn run_until(
    context: &Context<'_>,
    command: &mut Command,
    stdin: Option<&[u8]>,
    stop: Stop,
) -> Result<Finished, Failure> {
    let shown = command.get_program().to_string_lossy().into_owned();
    let child = command
        .envs(context.environment)
        .stdin(if stdin.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .map_err(|error| {
            Failure::new(format!("cannot run `{shown}`: {error}"))
                .with("rc", error.raw_os_error().unwrap_or(127))
        })?;
    let mut program = Program::new(child, stdin)
        .map_err(|error| Failure::new(format!("cannot follow `{shown}`: {error}")))?;
    let ended = program
        .follow(context, stop)
        .map_err(|error| Failure::new(format!("cannot wait for `{shown}`: {error}")))?;
    let status = program
        .child
        .wait()
        .map_err(|error| Failure::new(format!("cannot wait for `{shown}`: {error}")))?;
    match ended {
        Ended::Itself => {}
        Ended::Late => {
            let period = context.timeout.map_or(0, |timeout| timeout.as_secs());
            return Err(Failure::new(format!(
                "`{shown}` was stopped: the task's time of {period} s was up"
            ))
            .with("timedout", serde_json::json!({ "period": period })));
        }
        Ended::Alone => {
            return Err(Failure::new(format!(
                "`{shown}` was stopped: the control machine is gone"
            )));
        }
    }
    let finished = Finished {
        rc: status
            .code()
            .unwrap_or_else(|| -status.signal().unwrap_or(1)),
        stdout: program.output.text(),
        stderr: program.errors.text(),
    };
    if program.output.dropped || program.errors.dropped {
        return Err(Failure::new(format!(
            "`{shown}` printed more than {} MB: send its output to a file",
            MOST_OUTPUT / 1024 / 1024
        ))
        .with("rc", finished.rc));
    }
    Ok(finished)
}

/// Why a program ended.
enum Ended {
    Itself,
    Late,
    Alone,
}

/// A program that runs, and its streams.
struct Program {
    child: Child,
    group: Option<Pid>,
    handle: Option<OwnedFd>,
    input: Option<(ChildStdin, Vec<u8>)>,
    output: Stream,
    errors: Stream,
}

impl Program {
    fn new(mut child: Child, stdin: Option<&[u8]>) -> io::Result<Self> {
        let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let handle = group.and_then(|group| pidfd_open(group, PidfdFlags::empty()).ok());
        let input = child
            .stdin
            .take()
            .zip(stdin.map(<[u8]>::to_vec))
            .filter(|(_, bytes)| !bytes.is_empty());
        if let Some((pipe, _)) = &input {
            rustix::io::ioctl_fionbio(pipe, true)?;
        }
        let output = Stream::new(child.stdout.take().map(OwnedFd::from))?;
        let errors = Stream::new(child.stderr.take().map(OwnedFd::from))?;
        Ok(Self {
            child,
            group,
            handle,
            input,
            output,
            errors,
        })
    }

    /// Looks after the program until it has ended and its streams are read.
    fn follow(&mut self, context: &Context<'_>, stop: Stop) -> io::Result<Ended> {
        let mut ended = Ended::Itself;
        let mut kill_at = None;
        let mut over = false;
        loop {
            let now = Instant::now();
            if kill_at.is_some_and(|at| at <= now) {
                self.signal(Signal::KILL);
                kill_at = Some(now + stop.grace);
            }
            let until = if over {
                Some(now + SILENCE)
            } else if self.handle.is_none() {
                Some(now + POLL)
            } else {
                kill_at.or(context.deadline)
            };
            let seen = self.look(
                context,
                until.map(|until| until.saturating_duration_since(now)),
            )?;
            if over {
                if !seen.any || !(self.output.is_open() || self.errors.is_open()) {
                    return Ok(ended);
                }
                continue;
            }
            if self.has_ended()? {
                over = true;
                if kill_at.is_some() {
                    // Whatever else is left of the group.
                    self.signal(Signal::KILL);
                }
                self.input = None;
                continue;
            }
            if kill_at.is_none() {
                let late = context
                    .deadline
                    .is_some_and(|deadline| deadline <= Instant::now());
                if late || seen.alone {
                    ended = if late { Ended::Late } else { Ended::Alone };
                    self.signal(stop.signal);
                    kill_at = Some(Instant::now() + stop.grace);
                }
            }
        }
    }

    /// Waits until something happens, and moves bytes.
    fn look(&mut self, context: &Context<'_>, limit: Option<Duration>) -> io::Result<Seen> {
        let mut watched = Vec::with_capacity(5);
        let lifeline = context.lifeline.watched();
        watched.extend(lifeline.clone());
        watched.extend(
            self.handle
                .as_ref()
                .map(|handle| PollFd::new(handle, PollFlags::IN)),
        );
        watched.extend(
            self.input
                .as_ref()
                .map(|(pipe, _)| PollFd::new(pipe, PollFlags::OUT)),
        );
        for stream in [&self.output, &self.errors] {
            watched.extend(
                stream
                    .pipe
                    .as_ref()
                    .map(|pipe| PollFd::new(pipe, PollFlags::IN)),
            );
        }
        let limit = limit.map(timespec);
        match poll(&mut watched, limit.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let alone = lifeline.is_some() && watched.first().is_some_and(is_gone);
        self.feed();
        let any = self.output.read()? | self.errors.read()?;
        Ok(Seen { any, alone })
    }

    fn feed(&mut self) {
        let Some((pipe, bytes)) = &mut self.input else {
            return;
        };
        match pipe.write(bytes) {
            Ok(count) => {
                bytes.drain(..count);
                if bytes.is_empty() {
                    self.input = None;
                }
            }
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
                ) => {}
            // A program that ends without reading its input is no fault of ours.
            Err(_) => self.input = None,
        }
    }

    /// Whether it has ended; it stays a zombie, so that its group cannot become somebody else's.
    fn has_ended(&self) -> io::Result<bool> {
        let Some(id) = self.group else {
            return Ok(true);
        };
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        match waitid(WaitId::Pid(id), options) {
            Ok(status) => Ok(status.is_some()),
            Err(rustix::io::Errno::INTR) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = self.group {
            // A group that is gone needs no signal.
            kill_process_group(group, signal).ok();
        }
    }
}

/// What a look brought.
struct Seen {
    /// Whether a stream had anything to say.
    any: bool,
    /// Whether the control machine is gone.
    alone: bool,
}

/// A stream that a program writes.
struct Stream {
    pipe: Option<OwnedFd>,
    bytes: Vec<u8>,
    dropped: bool,
}

impl Stream {
    fn new(pipe: Option<OwnedFd>) -> io::Result<Self> {
        if let Some(pipe) = &pipe {
            rustix::io::ioctl_fionbio(pipe, true)?;
        }
        Ok(Self {
            pipe,
            bytes: Vec::new(),
            dropped: false,
        })
    }

    fn is_open(&self) -> bool {
        self.pipe.is_some()
    }

    /// Reads what there is; answers whether there was anything, its end included.
    fn read(&mut self) -> io::Result<bool> {
        let mut any = false;
        let mut buffer = [0; 16 * 1024];
        while let Some(pipe) = &self.pipe {
            match rustix::io::read(pipe.as_fd(), &mut buffer) {
                Ok(0) => {
                    self.pipe = None;
                    any = true;
                }
                Ok(count) => {
                    any = true;
                    let room = MOST_OUTPUT.saturating_sub(self.bytes.len());
                    self.dropped |= count > room;
                    let kept = buffer.get(..count.min(room)).unwrap_or_default();
                    self.bytes.extend_from_slice(kept);
                }
                Err(rustix::io::Errno::AGAIN) => break,
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(any)
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

/// Runs a program that must succeed, and returns what it printed.
pub(crate) fn succeed(context: &Context<'_>, command: &mut Command) -> Result<Finished, Failure> {
    let line: Vec<String> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let finished = run(context, command, None)?;
    if finished.rc == 0 {
        return Ok(finished);
    }
    let said = if finished.stderr.trim().is_empty() {
        finished.stdout.trim()
    } else {
        finished.stderr.trim()
    };
    Err(Failure::new(format!(
        "`{}` ended with {}: {said}",
        line.join(" "),
        finished.rc
    ))
    .with("rc", finished.rc)
    .with("stdout", finished.stdout.clone())
    .with("stderr", finished.stderr.clone()))
}

#[cfg(test)]
mod tests;
