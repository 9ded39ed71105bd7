//! `fault`: orders faults for the next calls, or forgets those that did not happen yet.

use super::{Place, SandboxError};
use crate::control::{Order, send};
use crate::fault::{Action, Api, Fault};
use crate::say;
use clap::Args;
use std::time::Duration;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  fault --dir DIR vultr 'POST /v2/instances' --status 503 --times 2
  fault --dir DIR vultr '*' '/v2/instances/*' --stall 30
  fault --dir DIR opennebula one.host.allocate --lose-answer
  fault --dir DIR --clear")]
pub(super) struct Arguments {
    #[command(flatten)]
    place: Place,
    /// Which API
    #[arg(required_unless_present = "clear")]
    api: Option<Api>,
    /// Which calls: METHOD PATH for vultr, a method for opennebula; `*` stands for any characters
    #[arg(required_unless_present = "clear", value_name = "CALLS")]
    calls: Vec<String>,
    /// How many calls that match pass before it begins (vultr only)
    #[arg(long, value_name = "N", default_value_t = 0)]
    skip: u32,
    /// How many calls it happens to
    #[arg(long, value_name = "N", default_value_t = 1)]
    times: u32,
    #[command(flatten)]
    what: What,
    /// Text of the refusal (vultr only)
    #[arg(long, value_name = "TEXT", requires = "status")]
    error: Option<String>,
    /// Seconds for Retry-After (vultr only)
    #[arg(long, value_name = "SECONDS", requires = "status")]
    retry_after: Option<u32>,
    /// Forget all faults that did not happen yet
    #[arg(long, conflicts_with_all = ["api", "calls", "What"])]
    clear: bool,
}

#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
#[derive(Debug, Args)]
#[group(id = "What", required = false, multiple = false)]
struct What {
    /// Refuse with this HTTP status
    #[arg(long, value_name = "STATUS", value_parser = clap::value_parser!(u16).range(400..600))]
    status: Option<u16>,
    /// Do not answer for this time, then cut the connection
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    stall: Option<Duration>,
    /// Carry it out and answer after this time
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    delay: Option<Duration>,
    /// Cut the connection before anything is done
    #[arg(long)]
    cut: bool,
    /// Carry it out and cut the connection instead of an answer
    #[arg(long)]
    lose_answer: bool,
    /// Carry it out and cut the connection in the middle of the answer (vultr only)
    #[arg(long)]
    cut_answer: bool,
    /// The machine that the call makes stays pending (vultr only)
    #[arg(long)]
    stay_pending: bool,
    /// The machine that the call makes ends suspended (vultr only)
    #[arg(long)]
    suspend: bool,
}

fn seconds(text: &str) -> Result<Duration, String> {
    text.parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| "a number of seconds is needed".to_owned())
}

impl Arguments {
    fn action(&self) -> Action {
        let What {
            status,
            stall,
            delay,
            ..
        } = self.what;
        match (status, stall, delay) {
            (Some(status), ..) => Action::Refuse {
                status,
                error: self.error.clone(),
                retry_after: self.retry_after,
            },
            (_, Some(time), _) => Action::Stall(time),
            (.., Some(time)) => Action::Delay(time),
            _ if self.what.lose_answer => Action::LoseAnswer,
            _ if self.what.cut_answer => Action::CutAnswer,
            _ if self.what.stay_pending => Action::StayPending,
            _ if self.what.suspend => Action::Suspend,
            _ if self.what.cut => Action::Cut,
            // A call that just fails.
            _ => Action::Refuse {
                status: 500,
                error: self.error.clone(),
                retry_after: None,
            },
        }
    }
}

pub(super) async fn run(arguments: Arguments) -> Result<(), SandboxError> {
    let home = arguments.place.home()?;
    let order = match arguments.api {
        Some(api) => {
            let fault = Fault {
                api,
                calls: arguments.calls.clone(),
                skip: arguments.skip,
                times: arguments.times,
                action: arguments.action(),
            };
            fault.rule()?;
            Order::Fault(fault)
        }
        None => Order::ClearFaults,
    };
    let running = home
        .running()?
        .ok_or_else(|| SandboxError::NotUp(home.name().to_owned()))?;
    let said = match order {
        Order::ClearFaults => "no fault is in force".to_owned(),
        _ => format!("the next {} calls like this will fail", arguments.times),
    };
    send(&running, order).await?;
    say::out(&said);
    Ok(())
}
