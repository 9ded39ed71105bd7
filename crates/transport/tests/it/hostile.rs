//! A server that lets us in and then misbehaves: each way ends soon, with an error that says what happened.

use std::time::{Duration, Instant};

use edgewright_transport::{Session, connect};
use serde_json::json;

use crate::common::{host, refusal, shown, task, workers};
use crate::rogue::{Act, Hangs, Rogue, greeting, message};

const LOST_HELP: &str = "help: look at the host and run again: what is done is not repeated";
const START_HELP: &str =
    "help: log in by hand and check free space, and that /var/lib or ~/.cache may hold programs";
const SLOW_HELP: &str = "help: the host is very slow or hangs: look at its console";

/// What is said when the worker cannot be started.
async fn refused(hangs: Hangs, acts: Vec<Act>) -> String {
    let rogue = Rogue::start(hangs, acts).await;
    let start = Instant::now();
    let error = refusal(rogue.target()).await;
    assert!(
        start.elapsed() < Duration::from_secs(8),
        "{:?}",
        start.elapsed()
    );
    rogue.masked(&shown(&error))
}

/// What is said when a task is asked of a worker that then does this.
async fn lost(acts: Vec<Act>) -> String {
    let mut all = vec![Act::Says(greeting()), Act::Hears];
    all.extend(acts);
    let rogue = Rogue::start(Hangs::Nowhere, all).await;
    let session = connect(&host(rogue.target()), &workers()).await.unwrap();
    let running = session.run(task("ping", &json!({})));
    let answer = tokio::time::timeout(Duration::from_secs(5), running).await;
    let error = answer.expect("it ends soon").expect_err("it is no result");
    is_over(&session).await;
    shown(&error)
}

/// After an error nothing more is sent.
async fn is_over(session: &Session) {
    let again = session.run(task("ping", &json!({})));
    let again = tokio::time::timeout(Duration::from_secs(5), again).await;
    assert!(again.unwrap().is_err());
}

#[tokio::test]
async fn it_hangs_in_the_login() {
    assert_eq!(
        refused(Hangs::InLogin, vec![]).await,
        format!("the login on `edge-0` at 127.0.0.1:PORT took more than 2 s\n{SLOW_HELP}")
    );
}

#[tokio::test]
async fn it_hangs_when_a_channel_is_opened() {
    assert_eq!(
        refused(Hangs::WhenAChannelIsOpened, vec![]).await,
        format!(
            "starting the worker on `edge-0` at 127.0.0.1:PORT took more than 2 s\n{SLOW_HELP}"
        )
    );
}

#[tokio::test]
async fn it_hangs_after_the_channel_is_open() {
    assert_eq!(
        refused(Hangs::Nowhere, vec![]).await,
        format!(
            "starting the worker on `edge-0` at 127.0.0.1:PORT took more than 1 s\n{SLOW_HELP}"
        )
    );
}

#[tokio::test]
async fn it_hangs_in_the_middle_of_the_greeting() {
    let mut bytes = greeting();
    bytes.truncate(bytes.len() - 3);
    assert_eq!(
        refused(Hangs::Nowhere, vec![Act::Says(bytes)]).await,
        format!(
            "starting the worker on `edge-0` at 127.0.0.1:PORT took more than 1 s\n{SLOW_HELP}"
        )
    );
}

#[tokio::test]
async fn it_floods_before_the_greeting() {
    for bytes in [vec![b'x'; 32_768], b"welcome\n".repeat(4096)] {
        assert_eq!(
            refused(Hangs::Nowhere, vec![Act::Floods(bytes)]).await,
            format!(
                "cannot start the worker on `edge-0`: its shell prints without end before the worker starts\n\
                 {START_HELP}"
            )
        );
    }
}

#[tokio::test]
async fn it_floods_standard_error_and_memory_does_not_grow() {
    assert_eq!(
        refused(Hangs::Nowhere, vec![Act::FloodsErrors]).await,
        format!(
            "starting the worker on `edge-0` at 127.0.0.1:PORT took more than 1 s\n{SLOW_HELP}"
        )
    );
}

#[tokio::test]
async fn it_asks_for_the_worker_again_and_again() {
    let need = b"edgewright-bootstrap need x86_64\n".to_vec();
    assert_eq!(
        refused(
            Hangs::Nowhere,
            vec![Act::Says(need.clone()), Act::Hears, Act::Says(need)]
        )
        .await,
        format!(
            "cannot start the worker on `edge-0`: its shell asks for the worker twice\n{START_HELP}"
        )
    );
}

#[tokio::test]
async fn its_architecture_is_strange() {
    let strange = b"edgewright-bootstrap machine s390x\x1b[31m; rm\n".to_vec();
    assert_eq!(
        refused(Hangs::Nowhere, vec![Act::Says(strange)]).await,
        "there is no worker for `edge-0`: its architecture is s390x31mrm\n\
         help: x86_64 and aarch64 are supported"
    );
}

#[tokio::test]
async fn its_disk_is_full() {
    let acts = vec![
        Act::Says(b"edgewright-bootstrap need x86_64\n".to_vec()),
        Act::Hears,
        Act::Complains("gzip: stdout: No space left on device\n"),
        Act::Says(
            b"edgewright-bootstrap failed cannot write /var/lib/edgewright/worker-1\n".to_vec(),
        ),
        Act::ExitStatus(4),
        Act::Close,
    ];
    let said = refused(Hangs::Nowhere, acts).await;
    assert!(
        said.starts_with(
            "cannot start the worker on `edge-0`: cannot write /var/lib/edgewright/worker-1 (gzip: stdout: No space \
             left on device"
        ),
        "{said}"
    );
}

#[tokio::test]
async fn its_shell_ends_at_once() {
    let acts = vec![Act::ExitStatus(0), Act::Eof, Act::Close];
    assert_eq!(
        refused(Hangs::Nowhere, acts).await,
        format!(
            "cannot start the worker on `edge-0`: its shell ended without a word\n{START_HELP}"
        )
    );
}

#[tokio::test]
async fn its_shell_fails() {
    let acts = vec![
        Act::Complains("This account is currently not available.\n"),
        Act::ExitStatus(1),
        Act::Eof,
        Act::Close,
    ];
    assert_eq!(
        refused(Hangs::Nowhere, acts).await,
        format!(
            "cannot start the worker on `edge-0`: This account is currently not available. | it ended with status 1\n\
             {START_HELP}"
        )
    );
}

#[tokio::test]
async fn it_hangs_up_before_the_greeting() {
    assert_eq!(
        refused(Hangs::Nowhere, vec![Act::HangsUp]).await,
        format!(
            "cannot start the worker on `edge-0`: its shell ended without a word\n{START_HELP}"
        )
    );
}

#[tokio::test]
async fn its_greeting_is_of_another_version() {
    let mut bytes = b"edgewright-bootstrap start\n".to_vec();
    bytes.extend(message(
        r#"{"reply":"hello","version":999,"machine":"x86_64","uid":0}"#,
    ));
    assert_eq!(
        refused(Hangs::Nowhere, vec![Act::Says(bytes)]).await,
        format!(
            "cannot start the worker on `edge-0`: the worker does not greet as it should\n{START_HELP}"
        )
    );
}

#[tokio::test]
async fn its_greeting_is_a_huge_frame() {
    let mut bytes = b"edgewright-bootstrap start\n".to_vec();
    bytes.extend([0xff, 0xff, 0xff, 0xff, 0]);
    assert_eq!(
        refused(Hangs::Nowhere, vec![Act::Says(bytes)]).await,
        format!(
            "cannot start the worker on `edge-0`: the worker sent what cannot be read: the other side announced a \
             frame of 4294967295 bytes; between 1 and 16777216 are accepted\n{START_HELP}"
        )
    );
}

#[tokio::test]
async fn an_exit_status_of_success_is_no_result() {
    for acts in [
        vec![Act::ExitStatus(0), Act::Eof, Act::Close],
        vec![Act::ExitStatus(0), Act::Close],
        vec![Act::Eof, Act::ExitStatus(0), Act::Close],
    ] {
        assert_eq!(
            lost(acts).await,
            format!("the connection to `edge-0` was lost: the worker ended\n{LOST_HELP}")
        );
    }
}

#[tokio::test]
async fn an_exit_status_of_failure_explains_the_end() {
    assert_eq!(
        lost(vec![Act::ExitStatus(137), Act::Eof, Act::Close]).await,
        format!(
            "the connection to `edge-0` was lost: the worker ended (it ended with status 137)\n{LOST_HELP}"
        )
    );
}

#[tokio::test]
async fn it_hangs_up_in_the_middle_of_an_answer() {
    let mut answer = message(r#"{"reply":"done","id":1,"result":{"changed":false}}"#);
    answer.truncate(20);
    assert_eq!(
        lost(vec![Act::Says(answer), Act::HangsUp]).await,
        format!(
            "the connection to `edge-0` was lost: the worker ended in the middle of an answer\n{LOST_HELP}"
        )
    );
}

#[tokio::test]
async fn it_announces_a_huge_frame() {
    assert_eq!(
        lost(vec![Act::Says(vec![0x7f, 0, 0, 0, 0])]).await,
        format!(
            "the connection to `edge-0` was lost: the worker sent what cannot be read: the other side announced a \
             frame of 2130706432 bytes; between 1 and 16777216 are accepted\n{LOST_HELP}"
        )
    );
}

#[tokio::test]
async fn it_sends_garbage() {
    for (bytes, reason) in [
        (
            vec![0, 0, 0, 2, 9, 9],
            "the other side sent a frame of unknown kind 9",
        ),
        (
            vec![0, 0, 0, 2, 1, 9],
            "bytes of a file that nobody asked for",
        ),
        (
            vec![0, 0, 0, 1, 0],
            "EOF while parsing a value at line 1 column 0",
        ),
        (message("{]"), "key must be a string at line 1 column 2"),
    ] {
        assert_eq!(
            lost(vec![Act::Says(bytes)]).await,
            format!(
                "the connection to `edge-0` was lost: the worker sent what cannot be read: {reason}\n{LOST_HELP}"
            )
        );
    }
}

#[tokio::test]
async fn it_answers_what_nobody_asked() {
    assert_eq!(
        lost(vec![Act::Says(message(
            r#"{"reply":"done","id":77,"result":{"changed":false}}"#
        ))])
        .await,
        format!(
            "the connection to `edge-0` was lost: the worker answered what nobody asked\n{LOST_HELP}"
        )
    );
}

#[tokio::test]
async fn it_floods_answers() {
    let answer = message(r#"{"reply":"done","id":77,"result":{"changed":false}}"#);
    assert_eq!(
        lost(vec![Act::Floods(answer.repeat(100))]).await,
        format!(
            "the connection to `edge-0` was lost: the worker answered what nobody asked\n{LOST_HELP}"
        )
    );
}

#[tokio::test]
async fn what_the_dying_worker_says_is_told() {
    let acts = vec![
        Act::Complains("edgewright-worker: out of \x1b[31mmemory\n"),
        Act::Eof,
        Act::Close,
    ];
    assert_eq!(
        lost(acts).await,
        format!(
            "the connection to `edge-0` was lost: the worker ended (edgewright-worker: out of  [31mmemory)\n{LOST_HELP}"
        )
    );
}
