//! Orders to the daemon: a line of JSON and a line as answer, over a loopback connection, with a token that only the
//! sandbox's owner can read.
//!
//! The verbs call [`send`]; the daemon runs [`serve`].

use crate::fault::Fault;
use crate::home::Running;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What the daemon is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Whether it is there.
    Ping,
    /// To end. Containers stay.
    Stop,
    /// To make the next calls fail.
    Fault(Fault),
    /// To forget faults that did not happen yet.
    ClearFaults,
}

/// What it answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Reply {
    Done,
    Refused(String),
}

#[derive(Serialize, Deserialize)]
struct Letter {
    token: String,
    order: Order,
}

/// Longest line taken, in bytes.
const LONGEST: u64 = 64 * 1024;

/// Longest time for an order.
const LIMIT: Duration = Duration::from_secs(5);

/// The daemon did not carry out an order.
#[derive(Debug, Error)]
pub enum ControlError {
    /// It cannot be reached.
    #[error("the sandbox's daemon does not answer on {at}: {source}")]
    Unreachable {
        /// Where it should be.
        at: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// It refused.
    #[error("the sandbox's daemon refused: {0}")]
    Refused(String),
}

/// Sends an order and waits for the answer.
///
/// # Errors
/// [`ControlError`].
pub async fn send(daemon: &Running, order: Order) -> Result<(), ControlError> {
    let at = daemon.control;
    let letter = Letter {
        token: daemon.token.clone(),
        order,
    };
    let exchange = async {
        let mut stream = TcpStream::connect(at).await?;
        let line = serde_json::to_string(&letter)? + "\n";
        stream.write_all(line.as_bytes()).await?;
        let mut answer = String::new();
        BufReader::new(stream.take(LONGEST))
            .read_line(&mut answer)
            .await?;
        Ok(serde_json::from_str(&answer)?)
    };
    let answer: std::io::Result<Reply> = match tokio::time::timeout(LIMIT, exchange).await {
        Ok(answer) => answer,
        Err(_) => Err(std::io::ErrorKind::TimedOut.into()),
    };
    match answer {
        Ok(Reply::Done) => Ok(()),
        Ok(Reply::Refused(why)) => Err(ControlError::Refused(why)),
        Err(source) => Err(ControlError::Unreachable { at, source }),
    }
}

/// Who carries out orders.
pub type Obey = dyn Fn(Order) -> Result<(), String> + Send + Sync;

/// Takes orders until the listener fails.
///
/// # Errors
/// The listener's error.
pub async fn serve(listener: TcpListener, token: String, obey: Arc<Obey>) -> std::io::Result<()> {
    let token = Arc::new(token);
    loop {
        let (stream, _) = listener.accept().await?;
        let (token, obey) = (Arc::clone(&token), Arc::clone(&obey));
        tokio::spawn(async move {
            // Whoever sent the order and went away does not want an answer.
            tokio::time::timeout(LIMIT, converse(stream, &token, &*obey))
                .await
                .ok();
        });
    }
}

async fn converse(mut stream: TcpStream, token: &str, obey: &Obey) -> std::io::Result<()> {
    let (read, mut write) = stream.split();
    let mut line = String::new();
    BufReader::new(read.take(LONGEST))
        .read_line(&mut line)
        .await?;
    let reply = match serde_json::from_str::<Letter>(&line) {
        Ok(letter) if letter.token == token => match obey(letter.order) {
            Ok(()) => Reply::Done,
            Err(why) => Reply::Refused(why),
        },
        Ok(_) => Reply::Refused("the token is wrong".to_owned()),
        Err(error) => Reply::Refused(error.to_string()),
    };
    let line = serde_json::to_string(&reply)? + "\n";
    write.write_all(line.as_bytes()).await
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn daemon(token: &str) -> Running {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let control = listener.local_addr().unwrap();
        let obey: Arc<Obey> = Arc::new(|order| match order {
            Order::Ping => Ok(()),
            _ => Err("not now".to_owned()),
        });
        tokio::spawn(serve(listener, "right".to_owned(), obey));
        Running {
            pid: 1,
            since: String::new(),
            control,
            token: token.to_owned(),
            vultr: String::new(),
            opennebula: String::new(),
            repository: String::new(),
        }
    }

    #[tokio::test]
    async fn orders_are_carried_out_or_refused() {
        let daemon = daemon("right").await;
        send(&daemon, Order::Ping).await.unwrap();
        assert_eq!(
            send(&daemon, Order::Stop).await.unwrap_err().to_string(),
            "the sandbox's daemon refused: not now"
        );
    }

    #[tokio::test]
    async fn orders_with_a_wrong_token_are_refused() {
        let daemon = daemon("wrong").await;
        assert_eq!(
            send(&daemon, Order::Ping).await.unwrap_err().to_string(),
            "the sandbox's daemon refused: the token is wrong"
        );
    }
}
