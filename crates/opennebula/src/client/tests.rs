//! Tests against a server that plays one prepared answer after the other and records what it was sent.

use super::*;
use crate::model::HostState;
use crate::wire::{Fault, decode_call, encode_answer};
use std::collections::VecDeque;
use std::sync::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the server does with a connection.
enum Play {
    Body(String),
    Status(u16),
    Cut,
    Stall,
}

struct Server {
    client: Client,
    seen: Arc<Mutex<Vec<Call>>>,
}

async fn serve(plays: Vec<Play>) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint =
        Endpoint::parse(&format!("http://{}/RPC2", listener.local_addr().unwrap())).unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let record = Arc::clone(&seen);
    tokio::spawn(async move {
        let mut plays = VecDeque::from(plays);
        while let Some(play) = plays.pop_front() {
            let (stream, _) = listener.accept().await.unwrap();
            play_one(stream, play, &record).await;
        }
    });
    let options = Options {
        connect_limit: Duration::from_secs(2),
        call_limit: Duration::from_millis(400),
        pauses: vec![Duration::from_millis(5), Duration::from_millis(5)],
    };
    let session = Session::new("oneadmin", "hunter2").unwrap();
    Server {
        client: Client::with_options(endpoint, session, options).unwrap(),
        seen,
    }
}

async fn play_one(mut stream: TcpStream, play: Play, record: &Mutex<Vec<Call>>) {
    let body = read_request(&mut stream).await;
    record.lock().unwrap().push(decode_call(&body).unwrap());
    let answer = |status: u16, body: &str| {
        format!(
            "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
    };
    match play {
        Play::Body(body) => stream
            .write_all(answer(200, &body).as_bytes())
            .await
            .unwrap(),
        Play::Status(status) => stream
            .write_all(answer(status, "no").as_bytes())
            .await
            .unwrap(),
        Play::Cut => {}
        Play::Stall => tokio::time::sleep(Duration::from_secs(2)).await,
    }
}

async fn read_request(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        if let Some((head, _)) = text.split_once("\r\n\r\n") {
            let length: usize = head
                .split("content-length: ")
                .nth(1)
                .unwrap()
                .lines()
                .next()
                .unwrap()
                .parse()
                .unwrap();
            if bytes.len() >= head.len() + 4 + length {
                return bytes[head.len() + 4..].to_vec();
            }
        }
        let mut buffer = [0; 4096];
        let count = stream.read(&mut buffer).await.unwrap();
        assert!(count > 0, "the request ended early");
        bytes.extend_from_slice(&buffer[..count]);
    }
}

fn success(result: impl Into<Value>) -> Play {
    Play::Body(encode_answer(&Ok(Value::Array(vec![
        true.into(),
        result.into(),
        0.into(),
    ]))))
}

fn failure(text: &str, code: i32, object: i32) -> Play {
    let parts = vec![
        false.into(),
        text.into(),
        code.into(),
        object.into(),
        Value::Long(-1),
    ];
    Play::Body(encode_answer(&Ok(Value::Array(parts))))
}

impl Server {
    fn calls(&self) -> Vec<String> {
        self.seen
            .lock()
            .unwrap()
            .iter()
            .map(|call| call.method.clone())
            .collect()
    }
}

#[tokio::test]
async fn a_call_carries_the_session_first() {
    let server = serve(vec![success("7.0.2")]).await;
    assert_eq!(server.client.system().version().await.unwrap(), "7.0.2");
    let seen = server.seen.lock().unwrap();
    assert_eq!(seen[0].method, "one.system.version");
    assert_eq!(seen[0].params, vec![Value::from("oneadmin:hunter2")]);
}

#[tokio::test]
async fn a_refusal_keeps_text_code_and_object() {
    let server = serve(vec![failure(
        "[one.host.info] Error getting host [9].",
        0x400,
        9,
    )])
    .await;
    let error = server.client.hosts().info(9.into()).await.unwrap_err();
    assert!(error.is_not_found(9));
    assert_eq!(
        error.refusal().unwrap(),
        &Refusal {
            method: "one.host.info".to_owned(),
            code: Code::NoExists,
            text: "[one.host.info] Error getting host [9].".to_owned(),
            object: Some(9),
        }
    );
}

#[tokio::test]
async fn a_fault_is_told_from_a_refusal() {
    let fault = Fault {
        code: Fault::TYPE,
        text: "Not enough parameters".to_owned(),
    };
    let server = serve(vec![Play::Body(encode_answer(&Err(fault)))]).await;
    let error = server.client.clusters().list().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "OpenNebula could not take the call `one.clusterpool.info`: Not enough parameters (fault -501)"
    );
}

#[tokio::test]
async fn a_reading_call_is_repeated_after_5xx_and_a_cut_connection() {
    let body = "<HOST><ID>1</ID><NAME>a</NAME><STATE>2</STATE></HOST>";
    let server = serve(vec![Play::Status(503), Play::Cut, success(body)]).await;
    assert_eq!(
        server.client.hosts().info(1.into()).await.unwrap().state,
        HostState::Monitored
    );
    assert_eq!(server.calls(), ["one.host.info"; 3]);
}

#[tokio::test]
async fn repetition_ends() {
    let server = serve(vec![
        Play::Status(500),
        Play::Status(502),
        Play::Status(503),
    ])
    .await;
    let error = server.client.hosts().list().await.unwrap_err();
    assert!(
        matches!(error, OneError::Http { status: 503, .. }),
        "{error}"
    );
}

#[tokio::test]
async fn creating_is_never_repeated() {
    let server = serve(vec![Play::Cut, success(100)]).await;
    let error = server.client.clusters().allocate("edge").await.unwrap_err();
    assert!(error.is_outcome_unknown(), "{error}");
    assert_eq!(server.calls(), ["one.cluster.allocate"]);
}

#[tokio::test]
async fn a_refusal_is_not_repeated() {
    let server = serve(vec![failure("[x] internal", 0x2000, -1), success("")]).await;
    let error = server.client.hosts().list().await.unwrap_err();
    assert_eq!(
        (error.code(), error.refusal().unwrap().object),
        (Some(Code::Internal), None)
    );
    assert_eq!(server.calls().len(), 1);
}

#[tokio::test]
async fn a_stalled_server_is_given_up_on() {
    let server = serve(vec![Play::Stall]).await;
    let error = server.client.vnets().delete(3.into()).await.unwrap_err();
    assert!(
        matches!(error, OneError::TimedOut { .. }) && error.is_outcome_unknown(),
        "{error}"
    );
    assert!(
        error
            .to_string()
            .ends_with("did not answer `one.vn.delete` within 0.4 s"),
        "{error}"
    );
}

#[tokio::test]
async fn no_server_is_a_connection_error_with_help() {
    let session = Session::new("oneadmin", "hunter2").unwrap();
    let endpoint = Endpoint::parse("http://127.0.0.1:9/RPC2").unwrap();
    let options = Options {
        pauses: Vec::new(),
        ..Options::default()
    };
    let client = Client::with_options(endpoint, session, options).unwrap();
    let error = client.system().version().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "no connection to OpenNebula at `http://127.0.0.1:9/RPC2` for `one.system.version`"
    );
    assert_eq!(
        error.help(),
        Some(
            "check that oned is running and that `ONE_XMLRPC` (default http://localhost:2633/RPC2) is right"
        )
    );
}

#[tokio::test]
async fn an_answer_that_is_not_xml_rpc_is_named() {
    let server = serve(vec![Play::Body("<html>hello</html>".to_owned())]).await;
    let error = server.client.system().version().await.unwrap_err();
    assert!(
        error.to_string().ends_with("/RPC2` cannot be read"),
        "{error}"
    );
}

#[tokio::test]
async fn a_template_that_would_be_lost_is_not_sent() {
    let server = serve(vec![success(1)]).await;
    let template = Template::new().with("NAME", "x").with("BODY", "a]]>b");
    let error = server
        .client
        .datastores()
        .allocate(&template, None)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the template for `one.datastore.allocate` cannot be sent"
    );
    assert!(server.calls().is_empty());
}

#[tokio::test]
async fn parameters_stand_in_the_order_of_the_server() {
    let server = serve(vec![success(3), success(3), success("<DOCUMENT_POOL/>")]).await;
    server
        .client
        .hosts()
        .allocate("198.18.0.5", "lxc", "qemu", Some(100.into()))
        .await
        .unwrap();
    server
        .client
        .vnets()
        .lock(3.into(), LockLevel::Manage, LockMode::Test)
        .await
        .unwrap();
    server
        .client
        .documents()
        .list(103.into(), Filter::Mine)
        .await
        .unwrap();
    let seen = server.seen.lock().unwrap();
    let host: Vec<Value> = vec!["198.18.0.5".into(), "lxc".into(), "qemu".into(), 100.into()];
    assert_eq!(seen[0].params[1..], host);
    assert_eq!(seen[1].params[1..], [3.into(), 2.into(), true.into()]);
    assert_eq!(
        seen[2].params[1..],
        [(-3).into(), (-1).into(), (-1).into(), 103.into()]
    );
}

#[test]
fn neither_client_nor_session_shows_the_password() {
    let client = Client::new(
        Endpoint::default(),
        Session::new("oneadmin", "hunter2").unwrap(),
    )
    .unwrap();
    assert_eq!(
        format!("{client:?}"),
        "Client(http://localhost:2633/RPC2, Session(oneadmin:***))"
    );
}
