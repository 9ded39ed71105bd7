//! Replays recorded calls of a real server in order and compares every answer, byte for byte after what varies is masked.
//!
//! The recordings are not part of the repository; without them the test says so and passes. `fixtures.rs` holds cases of our
//! own that are always run.

use crate::common::{post, recordings, stand_in, start_unmonitored};
use edgewright_emulated_opennebula::Emulator;
use edgewright_opennebula::wire::{Call, Value, decode_answer, encode_call};
use regex::Regex;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

/// Answers that cannot be equal, and why.
const UNEQUAL: [(i64, &str); 3] = [
    (
        2,
        "the whole configuration of the real server; the emulated one says the part that clients ask for",
    ),
    (
        96,
        "recorded between a measurement and the change of state that follows it",
    ),
    (297, "the real server's cipher text"),
];

struct Replay {
    emulator: Emulator,
    address: SocketAddr,
    gate: Arc<Semaphore>,
    masks: Vec<(Regex, &'static str)>,
    token: String,
    slow: Option<JoinHandle<()>>,
}

impl Replay {
    async fn new() -> Self {
        let (emulator, gate) = stand_in();
        let address = start_unmonitored(&emulator).await;
        let masks = [
            (r"\b1[5-9]\d{8}\b", "TIME"),
            (
                r"[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}",
                "DATE",
            ),
            (r"(REQ_ID|REQUEST_ID)&gt;\d+", "${1}&gt;N"),
            (r"at line \d+", "at line N"),
            (r"[0-9a-f]{64}", "HASH"),
            (
                r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
                "UUID",
            ),
        ];
        let masks = masks
            .map(|(pattern, mask)| (Regex::new(pattern).unwrap(), mask))
            .to_vec();
        Self {
            emulator,
            address,
            gate,
            masks,
            token: String::new(),
            slow: None,
        }
    }

    fn mask(&self, body: &str) -> String {
        let masked = |text: String, (pattern, mask): &(Regex, &str)| {
            pattern.replace_all(&text, *mask).into_owned()
        };
        self.masks.iter().fold(body.to_owned(), masked)
    }

    /// A call as oneadmin that is not among the recorded ones.
    async fn call(&self, method: &str, params: Vec<Value>) {
        let mut all = vec![Value::from("oneadmin:opennebula")];
        all.extend(params);
        let body = encode_call(&Call {
            method: method.to_owned(),
            params: all,
        });
        let (_, answer) = post(self.address, "/RPC2", body.as_bytes()).await;
        let answer = decode_answer(answer.as_bytes()).unwrap().unwrap();
        assert!(
            matches!(&answer, Value::Array(parts) if parts[0] == Value::Bool(true)),
            "{method}: {answer:?}"
        );
    }

    /// What happened beside the recorded calls, before each of them.
    async fn before(&mut self, seq: i64) {
        match seq {
            111 => self.emulator.probe_all().await,
            137 => self.emulator.probe(0.into()).await,
            188 => self.begin_slow_network().await,
            190 => self.gate.add_permits(1),
            261 => self.emulator.measure_datastores(),
            280 => self.make_template().await,
            395 => self.empty_cluster().await,
            _ => {}
        }
    }

    /// Another client creates a network whose driver does not answer yet.
    async fn begin_slow_network(&mut self) {
        self.gate.forget_permits(1);
        let text = "NAME=\"edge-slow2\"\nVN_MAD=\"elastic\"\nBRIDGE=\"br0\"\n\
            AR=[TYPE=\"IP4\", IP=\"10.8.9.1\", SIZE=\"2\", IPAM_MAD=\"slow\"]";
        let params = vec![Value::from("oneadmin:opennebula"), text.into(), 100.into()];
        let emulator = self.emulator.clone();
        self.slow = Some(tokio::spawn(async move {
            drop(emulator.call("one.vn.allocate", &params).await);
        }));
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }

    async fn make_template(&self) {
        let text = "NAME=\"edge-vntemplate\"\nVN_MAD=\"vxlan\"\nPHYDEV=\"eth0\"\nAUTOMATIC_VLAN_ID=\"YES\"\n\
            VXLAN_MODE=\"evpn\"\nVXLAN_TEP=\"dev\"\nIP_LINK_CONF=\"nolearning=\"\nCLUSTER_IDS=\"100\"";
        self.call("one.vntemplate.allocate", vec![text.into()])
            .await;
        let range = "AR=[TYPE=\"IP4\", IP=\"172.16.0.2\", SIZE=\"10\"]";
        self.call(
            "one.vntemplate.instantiate",
            vec![0.into(), "inst-1".into(), range.into()],
        )
        .await;
        self.call(
            "one.vntemplate.rename",
            vec![0.into(), "edge-vntemplate-2".into()],
        )
        .await;
    }

    async fn empty_cluster(&self) {
        for vnet in [1, 2, 4, 5, 9] {
            self.call("one.vn.delete", vec![vnet.into()]).await;
        }
        self.call("one.datastore.delete", vec![103.into()]).await;
    }

    /// Replays one recorded call; returns both answers if they differ.
    async fn step(&mut self, row: &serde_json::Value) -> Option<(String, String)> {
        let seq = row["seq"].as_i64().unwrap();
        self.before(seq).await;
        let http = &row["http"];
        let mut request = http["request_body"].as_str().unwrap().to_owned();
        if !self.token.is_empty() {
            request = request.replace(&"09".repeat(32), &self.token);
        }
        let (status, body) = post(self.address, "/RPC2", request.as_bytes()).await;
        assert_eq!(status, "HTTP/1.1 200 OK", "call {seq}");
        if row["method"] == "one.user.login" {
            let hash = Regex::new("[0-9a-f]{64}").unwrap();
            hash.find(&body)
                .unwrap()
                .as_str()
                .clone_into(&mut self.token);
        }
        let (expected, found) = (
            self.mask(http["response_body"].as_str().unwrap()),
            self.mask(&body),
        );
        (expected != found).then_some((expected, found))
    }
}

#[tokio::test]
async fn recorded_answers_are_given_again() {
    let Some(file) = recordings() else { return };
    let mut replay = Replay::new().await;
    let (mut wrong, mut needless, mut equal) = (Vec::new(), Vec::new(), 0);
    for line in fs_err::read_to_string(file).unwrap().lines() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let seq = row["seq"].as_i64().unwrap();
        let known = UNEQUAL.iter().any(|(number, _)| *number == seq);
        match (replay.step(&row).await, known) {
            (None, false) => equal += 1,
            (None, true) => needless.push(seq),
            (Some(_), true) => {}
            (Some((expected, found)), false) => {
                wrong.push(format!(
                    "{seq} {}\n  expected {expected}\n  found    {found}",
                    row["name"]
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} answers differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(
        needless.is_empty(),
        "equal although listed as unequal: {needless:?}"
    );
    println!(
        "{equal} recorded answers given again, {} known to differ",
        UNEQUAL.len()
    );
}
