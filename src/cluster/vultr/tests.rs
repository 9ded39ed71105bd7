//! Calls that are not answered in time, with limits that a test can wait for.

use std::sync::Arc;
use std::time::Duration;

use edgewright_emulated_vultr::{Config, Emulator, FaultAction, FaultRule};
use edgewright_vultr::{ApiKey, Client, Options};
use edgewright_yaml::{SourceFile, load};
use tokio::net::TcpListener;

use super::act::{Foundation, Scope};
use super::catalogue::{Catalogue, Need};
use super::diagnostic;
use crate::cluster::event::Silent;
use crate::cluster::spec::Spec;
use crate::cluster::work::Work;
use crate::journal::Journal;

const LIMIT: Duration = Duration::from_millis(500);

fn client(address: std::net::SocketAddr) -> Client {
    Client::new(Options {
        endpoint: format!("http://{address}/v2"),
        key: Some(ApiKey::new(Config::default().api_key)),
        call_timeout: LIMIT,
        tries: 1,
        ..Options::default()
    })
    .unwrap()
}

fn spec() -> Spec {
    let text =
        "plugin: edgewright.cluster\nname: lab\nprovider: {vultr: {region: ams}}\nhosts: 1\n";
    Spec::from_node(&load(&SourceFile::new("lab.yml", text)).unwrap().unwrap()).unwrap()
}

/// Everything that an order needs, at an account that answers it so.
async fn order(action: FaultAction) -> (Emulator, Result<(), String>) {
    let account = Emulator::builder(Config::default()).fresh();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = client(listener.local_addr().unwrap());
    tokio::spawn(account.clone().serve(listener));
    let (spec, directory) = (spec(), tempfile::tempdir().unwrap());
    let journal = Journal::open(directory.path()).unwrap();
    let work = Work::new(journal.begin("lab", "apply").unwrap(), Arc::new(Silent));
    let catalogue = Catalogue::read(&client, &spec).await.unwrap();
    let choice = catalogue.choose(&spec, Need::New).unwrap();
    let scope = Scope {
        client: &client,
        spec: &spec,
        work: &work,
    };
    let observed = super::observe::observe(&client, &spec).await.unwrap();
    let foundation: Foundation = scope.foundation(&observed).await.unwrap();
    account.inject(FaultRule::once("POST", "/instances", action));
    let host = spec.hosts.names.first().unwrap();
    let ordered = scope.order(host, &choice, &foundation, &[]).await;
    (
        account,
        ordered.map(|_| ()).map_err(|found| found.to_string()),
    )
}

fn instances(account: &Emulator) -> usize {
    account.books()["instances"].as_object().unwrap().len()
}

#[tokio::test]
async fn a_list_that_is_not_answered_in_time_is_told() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap();
    let error = client(address).instances().list(None).await.unwrap_err();
    let told = diagnostic(&error)
        .to_string()
        .replace(&address.to_string(), "[ADDRESS]");
    assert_eq!(
        told,
        "error[vultr::timed-out]: Vultr at `http://[ADDRESS]/v2` did not answer `GET /instances` within 0.5 s
 |
 = help: check the network and try again
"
    );
}

#[tokio::test]
async fn an_order_that_is_answered_too_late_means_no_second_instance() {
    let (account, ordered) = order(FaultAction::Delay(LIMIT * 3)).await;
    assert_eq!(ordered, Ok(()));
    assert_eq!(instances(&account), 1);
}

#[tokio::test]
async fn an_order_that_is_never_answered_is_looked_for_and_told() {
    let (account, ordered) = order(FaultAction::Stall(LIMIT * 3)).await;
    let told = regex_lite::Regex::new(r"127\.0\.0\.1:\d+").unwrap();
    let told = told
        .replace(&ordered.unwrap_err(), "[ADDRESS]")
        .into_owned();
    assert_eq!(
        told,
        "error[vultr::timed-out]: Vultr at `http://[ADDRESS]/v2` did not answer `POST /instances` within 0.5 s
 |
 = help: the call may have taken effect, so look at what is there first; check the network and try again
 = note: it was looked for until 6 s after: it is not there; applying again looks once more before it makes one
 = note: this was to create the instance `edge-vhost0` at Vultr
"
    );
    assert_eq!(instances(&account), 0);
}
