//! Servers that are not there, say nothing, say something else, or hang up: before any of SSH has begun.

use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use edgewright_transport::{HostKeys, Identity, SshTarget};

use crate::common::{refusal, shown};
use crate::sshd::free_port;

const LIMIT: Duration = Duration::from_millis(300);

fn target(port: u16) -> SshTarget {
    SshTarget {
        port,
        connect_timeout: LIMIT,
        use_agent: false,
        identities: Vec::<Identity>::new(),
        ..SshTarget::new("127.0.0.1", "root", HostKeys::Unchecked)
    }
}

/// What is said of a server that does this with every connection; how long it took is bounded.
async fn said(serve: impl Fn(TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            serve(stream);
        }
    });
    let start = Instant::now();
    let error = refusal(target(port)).await;
    assert!(start.elapsed() < LIMIT * 5, "{:?}", start.elapsed());
    shown(&error).replace(&port.to_string(), "PORT")
}

/// Keeps a connection open without a word, longer than the test waits.
fn hang(stream: TcpStream) {
    std::thread::spawn(move || {
        std::thread::sleep(LIMIT * 10);
        drop(stream);
    });
}

const SLOW: &str = "the SSH handshake with `edge-0` at 127.0.0.1:PORT took more than 0.3 s\n\
                    help: the host is very slow or hangs: look at its console";

const BROKEN_HELP: &str = "help: look at the host and run again: what is done is not repeated";

#[tokio::test]
async fn nobody_listens() {
    let port = free_port();
    let error = refusal(target(port)).await;
    assert_eq!(
        shown(&error),
        format!(
            "cannot connect to `edge-0` at 127.0.0.1:{port}: Connection refused (os error 111)\n\
             help: the host is up and nobody listens there: check the port, and that sshd runs"
        )
    );
}

#[tokio::test]
async fn a_name_without_an_address() {
    let error = refusal(SshTarget {
        address: "edge-0.invalid".to_owned(),
        ..target(22)
    })
    .await;
    assert_eq!(
        shown(&error),
        "cannot find the address of `edge-0.invalid` for host `edge-0`\n\
         help: check the name, or give the address as `ansible_host`"
    );
}

#[tokio::test]
async fn it_hangs_before_its_banner() {
    assert_eq!(said(hang).await, SLOW);
}

#[tokio::test]
async fn it_hangs_after_its_banner() {
    let served = said(|mut stream| {
        stream.write_all(b"SSH-2.0-test\r\n").unwrap();
        hang(stream);
    });
    assert_eq!(served.await, SLOW);
}

#[tokio::test]
async fn its_banner_never_ends() {
    let served = said(|mut stream| {
        std::thread::spawn(move || while stream.write_all(&[b'x'; 1024]).is_ok() {});
    });
    assert_eq!(
        served.await,
        format!(
            "the SSH connection to `edge-0` at 127.0.0.1:PORT failed: what answers there is no SSH server: it does \
             not greet as one\n{BROKEN_HELP}"
        )
    );
}

#[tokio::test]
async fn lines_before_its_banner_never_end() {
    let served = said(|mut stream| {
        std::thread::spawn(move || while stream.write_all(b"welcome\r\n").is_ok() {});
    });
    let said = served.await;
    assert!(
        said.contains("what answers there is no SSH server"),
        "{said}"
    );
}

#[tokio::test]
async fn it_speaks_http() {
    let served = said(|mut stream| {
        // The client may hang up before all of it is written.
        stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            .ok();
    });
    let said = served.await;
    assert!(
        said.starts_with("the SSH connection to `edge-0` at 127.0.0.1:PORT failed: "),
        "{said}"
    );
    assert!(said.ends_with(BROKEN_HELP), "{said}");
}

#[tokio::test]
async fn it_hangs_up_at_once() {
    assert_eq!(
        said(drop).await,
        format!(
            "the SSH connection to `edge-0` at 127.0.0.1:PORT failed: it hung up during the handshake\n{BROKEN_HELP}"
        )
    );
}

#[tokio::test]
async fn it_hangs_up_after_its_banner() {
    let served = said(|mut stream| stream.write_all(b"SSH-2.0-test\r\n").unwrap());
    assert_eq!(
        served.await,
        format!(
            "the SSH connection to `edge-0` at 127.0.0.1:PORT failed: it hung up during the handshake\n{BROKEN_HELP}"
        )
    );
}

#[tokio::test]
async fn it_sends_garbage_after_its_banner() {
    let served = said(|mut stream| {
        stream.write_all(b"SSH-2.0-test\r\n").unwrap();
        stream.write_all(&[0xff; 4096]).ok();
        hang(stream);
    });
    let said = served.await;
    assert!(
        said.starts_with("the SSH connection to `edge-0` at 127.0.0.1:PORT failed: "),
        "{said}"
    );
}
