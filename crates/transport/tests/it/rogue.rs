//! An SSH server of our own that lets everybody in and then does what a test tells it: the worker's part is played by
//! a script.

use std::sync::Arc;
use std::time::Duration;

use russh::keys::{HashAlg, PrivateKey, decode_secret_key};
use russh::server::{self, Auth, ChannelOpenHandle, Handle, Msg, Session, VerifiedPublicKey};
use russh::{Channel, ChannelId};
use tokio::net::TcpListener;

use edgewright_protocol::frame::{Frame, Kind};
use edgewright_transport::{HostKeys, Identity, SshTarget};

/// Where the server hangs for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hangs {
    Nowhere,
    InLogin,
    WhenAChannelIsOpened,
}

/// One thing that the server does once a command is to be run.
#[derive(Clone, Debug)]
pub enum Act {
    /// Sends bytes on standard output.
    Says(Vec<u8>),
    /// Sends bytes on standard error.
    Complains(&'static str),
    /// Sends the same bytes on standard output for as long as somebody takes them.
    Floods(Vec<u8>),
    /// The same on standard error.
    FloodsErrors,
    /// Waits until the client has sent something.
    Hears,
    /// Says that the command has ended.
    ExitStatus(u32),
    /// Ends standard output.
    Eof,
    /// Closes the channel.
    Close,
    /// Cuts the connection.
    HangsUp,
}

/// A running server.
pub struct Rogue {
    port: u16,
    fingerprint: String,
    login: tempfile::TempDir,
}

impl Rogue {
    /// Starts one that plays `acts` and then does nothing more.
    pub async fn start(hangs: Hangs, acts: Vec<Act>) -> Self {
        let login = tempfile::tempdir().unwrap();
        for name in ["host", "login"] {
            crate::sshd::key(&login.path().join(name), "ed25519", "");
        }
        let text = fs_err::read_to_string(login.path().join("host")).unwrap();
        let key: PrivateKey = decode_secret_key(&text, None).unwrap();
        let fingerprint = key.public_key().fingerprint(HashAlg::Sha256).to_string();
        let config = Arc::new(server::Config {
            keys: vec![key],
            auth_rejection_time: Duration::ZERO,
            ..server::Config::default()
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (sender, receiver) = tokio::sync::mpsc::unbounded_channel();
                // A second handle on the socket: what cuts it when the play says so.
                let socket = stream.into_std().unwrap();
                let cut = socket.try_clone().unwrap();
                let stream = tokio::net::TcpStream::from_std(socket).unwrap();
                let connection = Connection {
                    hangs,
                    acts: acts.clone(),
                    heard: sender,
                    hears: Some(receiver),
                    cut: Some(cut),
                };
                let config = Arc::clone(&config);
                tokio::spawn(async move {
                    // How it ends is what the client's side of the tests looks at.
                    if let Ok(session) = server::run_stream(config, stream, connection).await {
                        session.await.ok();
                    }
                });
            }
        });
        Self {
            port,
            fingerprint,
            login,
        }
    }

    /// The way there, with short limits.
    pub fn target(&self) -> SshTarget {
        SshTarget {
            port: self.port,
            identities: vec![Identity::File(self.login.path().join("login"))],
            use_agent: false,
            connect_timeout: Duration::from_secs(2),
            start_timeout: Duration::from_secs(1),
            ..SshTarget::new(
                "127.0.0.1",
                "root",
                HostKeys::Fingerprints(vec![self.fingerprint.clone()]),
            )
        }
    }

    /// A text without the port, which differs each time.
    pub fn masked(&self, text: &str) -> String {
        text.replace(&self.port.to_string(), "PORT")
    }
}

/// What the worker says first, and the line of shell before it.
pub fn greeting() -> Vec<u8> {
    let hello = r#"{"reply":"hello","version":1,"machine":"x86_64","uid":0}"#;
    let mut bytes = b"edgewright-bootstrap start\n".to_vec();
    bytes.extend(message(hello));
    bytes
}

/// A frame that holds a message.
pub fn message(json: &str) -> Vec<u8> {
    Frame {
        kind: Kind::Message,
        payload: json.as_bytes().to_vec(),
    }
    .encode()
}

struct Connection {
    hangs: Hangs,
    acts: Vec<Act>,
    heard: tokio::sync::mpsc::UnboundedSender<()>,
    hears: Option<tokio::sync::mpsc::UnboundedReceiver<()>>,
    cut: Option<std::net::TcpStream>,
}

impl server::Handler for Connection {
    type Error = russh::Error;

    async fn auth_publickey(
        &mut self,
        _: &str,
        _: VerifiedPublicKey<'_>,
    ) -> Result<Auth, Self::Error> {
        if self.hangs == Hangs::InLogin {
            std::future::pending::<()>().await;
        }
        Ok(Auth::Accept)
    }

    async fn channel_open_session(
        &mut self,
        _: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        if self.hangs == Hangs::WhenAChannelIsOpened {
            std::future::pending::<()>().await;
        }
        reply.accept().await;
        Ok(())
    }

    async fn data(&mut self, _: ChannelId, _: &[u8], _: &mut Session) -> Result<(), Self::Error> {
        // Who waits for it may have ended.
        self.heard.send(()).ok();
        Ok(())
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        _: &[u8],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        let (acts, handle) = (std::mem::take(&mut self.acts), session.handle());
        if let (Some(hears), Some(cut)) = (self.hears.take(), self.cut.take()) {
            tokio::spawn(play(acts, channel, handle, hears, cut));
        }
        Ok(())
    }
}

async fn play(
    acts: Vec<Act>,
    channel: ChannelId,
    handle: Handle,
    mut hears: tokio::sync::mpsc::UnboundedReceiver<()>,
    cut: std::net::TcpStream,
) {
    for act in acts {
        // A client that has hung up ends the play.
        let done = match act {
            Act::Says(bytes) => handle.data(channel, bytes).await.is_ok(),
            Act::Complains(text) => handle
                .extended_data(channel, 1, text.as_bytes().to_vec())
                .await
                .is_ok(),
            Act::Floods(bytes) => {
                while handle.data(channel, bytes.clone()).await.is_ok() {}
                false
            }
            Act::FloodsErrors => {
                while handle
                    .extended_data(channel, 1, vec![b'e'; 32_768])
                    .await
                    .is_ok()
                {}
                false
            }
            Act::Hears => hears.recv().await.is_some(),
            Act::ExitStatus(status) => handle.exit_status_request(channel, status).await.is_ok(),
            Act::Eof => handle.eof(channel).await.is_ok(),
            Act::Close => handle.close(channel).await.is_ok(),
            Act::HangsUp => {
                tokio::time::sleep(Duration::from_millis(50)).await;
                cut.shutdown(std::net::Shutdown::Both).unwrap();
                return;
            }
        };
        if !done {
            return;
        }
    }
    std::future::pending::<()>().await;
}
