//! Calls that are not answered in time, with limits that a test can wait for.

use std::time::Duration;

use edgewright_opennebula::{Client, Endpoint, OneError, Options, Session};
use tokio::net::TcpListener;

use super::diagnostic;

/// What is told of a call to an OpenNebula that takes connections and never answers.
async fn told<T: std::fmt::Debug>(call: impl AsyncFn(&Client) -> Result<T, OneError>) -> String {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap().to_string();
    let endpoint = Endpoint::parse(&format!("http://{address}/RPC2")).unwrap();
    let session = Session::new("oneadmin", "opennebula").unwrap();
    let options = Options {
        call_limit: Duration::from_millis(200),
        ..Options::default()
    };
    let client = Client::with_options(endpoint, session, options).unwrap();
    let error = call(&client).await.unwrap_err();
    diagnostic(&error)
        .to_string()
        .replace(&address, "[ADDRESS]")
}

#[tokio::test]
async fn a_list_that_is_not_answered_in_time() {
    let told = told(async |client: &Client| client.clusters().list().await).await;
    assert_eq!(
        told,
        "error[opennebula::timed-out]: OpenNebula at `http://[ADDRESS]/RPC2` did not answer `one.clusterpool.info` within 0.2 s
 |
 = help: look whether oned runs and what its log says (/var/log/one/oned.log), and try again
"
    );
}

#[tokio::test]
async fn a_call_that_makes_something_may_have_taken_effect() {
    let told = told(async |client: &Client| client.clusters().allocate("lab").await).await;
    assert_eq!(
        told,
        "error[opennebula::timed-out]: OpenNebula at `http://[ADDRESS]/RPC2` did not answer `one.cluster.allocate` within 0.2 s
 |
 = help: the call may have taken effect: applying again looks before it creates anything
"
    );
}
