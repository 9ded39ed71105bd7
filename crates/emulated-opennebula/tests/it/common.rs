//! A server on a loopback port, and raw calls to it.

use edgewright_emulated_opennebula::{
    BoxFuture, Config, DummyIpam, Emulator, HostReading, Ipam, IpamRequest, Monitor,
};
use edgewright_opennebula::{Client, Endpoint, Options, Session};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// A fresh server.
pub fn fresh() -> Emulator {
    Emulator::builder(Config::default()).fresh()
}

/// Starts a server that measures its hosts; it ends with the test's runtime.
pub async fn start(emulator: &Emulator) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(emulator.clone().serve(listener));
    address
}

/// Starts a server that measures no host of its own accord.
pub async fn start_unmonitored(emulator: &Emulator) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = emulator.router();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// A client of a server, as oneadmin, that does not wait long.
pub fn client_of(address: SocketAddr) -> Client {
    client_as(address, "oneadmin", "opennebula")
}

/// A client of a server, as any user.
pub fn client_as(address: SocketAddr, user: &str, password: &str) -> Client {
    let endpoint = Endpoint::parse(&format!("http://{address}/RPC2")).unwrap();
    let options = Options {
        connect_limit: Duration::from_secs(2),
        call_limit: Duration::from_secs(5),
        pauses: vec![Duration::from_millis(5); 2],
    };
    Client::with_options(endpoint, Session::new(user, password).unwrap(), options).unwrap()
}

/// A fresh server that measures no host, and a client of it.
pub async fn pair() -> (Emulator, Client) {
    let emulator = fresh();
    let address = start_unmonitored(&emulator).await;
    (emulator, client_of(address))
}

/// Sends a request on a connection of its own and returns the whole of what comes back.
pub async fn send(address: SocketAddr, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}

/// Posts a body to a path and returns status line and body.
pub async fn post(address: SocketAddr, path: &str, body: &[u8]) -> (String, String) {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let answer = send(address, &[head.as_bytes(), body].concat()).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    (
        head.lines().next().unwrap_or_default().to_owned(),
        body.to_owned(),
    )
}

/// The file of calls recorded from a real server, which is not part of the repository.
pub fn recordings() -> Option<PathBuf> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/golden/opennebula/transcripts.jsonl");
    if file.exists() {
        return Some(file);
    }
    println!("skipped: the recordings are not here");
    None
}

/// A server with the drivers that the recorded one had, and the gate that its slow one waits for.
pub fn stand_in() -> (Emulator, Arc<Semaphore>) {
    let gate = Arc::new(Semaphore::new(1));
    let ipam = StandInIpam {
        gate: Arc::clone(&gate),
    };
    (
        Emulator::builder(Config::default())
            .monitor(StandInMonitor)
            .ipam(ipam)
            .fresh(),
        gate,
    )
}

/// Measures hosts as the recorded server's stand-in driver did.
struct StandInMonitor;

impl Monitor for StandInMonitor {
    fn probe<'a>(
        &'a self,
        host: &'a str,
        im_mad: &'a str,
    ) -> BoxFuture<'a, Result<HostReading, String>> {
        let attributes = [
            ("ARCH", "x86_64"),
            ("CGROUPS_VERSION", "2"),
            ("CPUSPEED", "2992"),
            ("KVM_CPU_MODELS", "EPYC Skylake-Server"),
            ("KVM_MACHINES", "pc q35"),
            ("MODELNAME", "Dummy CPU(R)"),
            ("VERSION", "7.0.2"),
        ];
        Box::pin(async move {
            if host.starts_with("unreachable") {
                return Err(String::new());
            }
            Ok(HostReading {
                total_cpu: 800,
                used_cpu: 100,
                total_memory: 16_777_216,
                used_memory: 1_048_576,
                received: 2000,
                sent: 1000,
                hypervisor: im_mad.to_owned(),
                hostname: host.to_owned(),
                attributes: attributes
                    .map(|(key, value)| (key.to_owned(), value.to_owned()))
                    .to_vec(),
            })
        })
    }
}

/// The recorded server's stand-in drivers: `dummy`, `failing`, and `slow`, which waits for the gate.
struct StandInIpam {
    gate: Arc<Semaphore>,
}

impl Ipam for StandInIpam {
    fn register<'a>(&'a self, request: &'a IpamRequest) -> BoxFuture<'a, Result<String, String>> {
        Box::pin(async move {
            match request.driver.as_str() {
                "dummy" => Ok(DummyIpam::answer(&request.range)),
                "slow" => {
                    drop(self.gate.acquire().await);
                    Ok(DummyIpam::answer(&request.range))
                }
                "failing" => Err("register_address_range: provider quota exceeded".to_owned()),
                _ => Err(String::new()),
            }
        })
    }

    fn unregister<'a>(&'a self, _: &'a IpamRequest) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async { Ok(()) })
    }
}
