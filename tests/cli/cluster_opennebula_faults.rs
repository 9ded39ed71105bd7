//! OpenNebula not there, not letting us in, or not being OpenNebula: told with what to do, and nothing is touched.
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener};

use edgewright_emulated_opennebula::FaultAction;

use crate::world::World;

const ALWAYS: u32 = u32::MAX;

/// A world whose OpenNebula always does this.
fn always(action: FaultAction) -> World {
    let world = World::start();
    world.in_opennebula("*", ALWAYS, action);
    world
}

/// Something else than OpenNebula, which answers everything with this. It ends with the test's process.
fn answering(content_type: &str, body: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            assert!(stream.read(&mut request).unwrap() > 0);
            stream.write_all(answer.as_bytes()).unwrap();
            // A request that is not read to its end would break the connection before the answer is read.
            stream.shutdown(Shutdown::Write).unwrap();
            std::io::copy(&mut stream, &mut std::io::sink()).unwrap();
        }
    });
    format!("http://{address}/RPC2")
}

#[test]
fn credentials_that_are_not_there() {
    let world = World::start();
    world.refuses_at_once(world.cli().env("ONE_AUTH", "nowhere"), "
        error[spec::credentials]: cannot read the OpenNebula credentials from file `nowhere`: no such file
         |
         = help: create the file, readable by you alone (mode 0600)
         = help: `ONE_AUTH` is the path of a file that holds `USER:PASSWORD` in one line (default ~/.one/one_auth)
        ");
}

#[test]
fn credentials_that_nobody_named() {
    let world = World::start();
    world.refuses_at_once(world.cli().env("ONE_AUTH", ""), "
        error[spec::credentials]: cannot read the OpenNebula credentials from file `~/.one/one_auth`: no such file
         |
         = help: create the file, readable by you alone (mode 0600)
         = help: `ONE_AUTH` is the path of a file that holds `USER:PASSWORD` in one line (default ~/.one/one_auth)
        ");
}

#[test]
fn credentials_instead_of_their_file_are_not_shown() {
    let world = World::start();
    world.refuses_at_once(world.cli().env("ONE_AUTH", "oneadmin:hunter2"), "
        error[opennebula::auth]: the path of the OpenNebula credentials seems to be the credentials themselves
         |
         = help: `ONE_AUTH` is the path of a file that holds `USER:PASSWORD` in one line (default ~/.one/one_auth)
        ");
}

#[test]
fn credentials_of_another_form() {
    let world = World::start();
    world.refuses_at_once(world.cli().file("one_auth", "hunter2\n"), "
        error[opennebula::auth]: file `one_auth` does not hold `user:password`
         |
         = help: `ONE_AUTH` is the path of a file that holds `USER:PASSWORD` in one line (default ~/.one/one_auth)
        ");
}

#[test]
fn a_wrong_password() {
    World::start().refuses(
        |world| world.cli().file("one_auth", "oneadmin:hunter2\n"),
        "
            error[opennebula::unauthorized]: OpenNebula refused `one.system.version`: [one.system.version] User couldn't be authenticated, aborting call.
             |
             = help: check the user and the password in the file that `ONE_AUTH` names (default ~/.one/one_auth)
             = note: the credentials for [OPENNEBULA] are from file `one_auth`
            ",
    );
}

#[test]
fn nobody_there() {
    World::start().refuses(
        |world| world.cli().env("ONE_XMLRPC", "http://127.0.0.1:9/RPC2"),
        "
            error[opennebula::connect]: no connection to OpenNebula at `http://127.0.0.1:9/RPC2` for `one.system.version`: Connection refused (os error 111)
             |
             = help: check that oned is running and that `ONE_XMLRPC` (default http://localhost:2633/RPC2) is right
            ",
    );
}

#[test]
fn an_endpoint_that_is_none() {
    let world = World::start();
    world.refuses_at_once(world.cli().env("ONE_XMLRPC", "frontend"), "
        error[opennebula::endpoint]: `frontend` is not a URL; write it like `http://localhost:2633/RPC2`
         |
         = help: write `opennebula: {endpoint: URL}` or set `ONE_XMLRPC`, for instance to `http://HOST:2633/RPC2`
        ");
}

#[test]
fn another_path() {
    let world = World::start();
    let path = world.opennebula.replace("RPC2", "rpc");
    world.refuses(
        |world| world.cli().env("ONE_XMLRPC", &path).named(&path, "[OTHER]"),
        "
            error[opennebula::http]: `[OTHER]` answered `one.system.version` with HTTP status 404
             |
             = help: the path must be /RPC2: check `ONE_XMLRPC`
            ",
    );
}

#[test]
fn a_proxy_without_opennebula_behind_it() {
    always(FaultAction::Status(503)).refuses(
        World::cli,
        "
        error[opennebula::http]: `[OPENNEBULA]` answered `one.system.version` with HTTP status 503
         |
         = help: a proxy may stand in between: check `ONE_XMLRPC` and the proxy's log
        ",
    );
}

#[test]
fn a_connection_that_is_cut() {
    always(FaultAction::CutBefore).refuses(World::cli, "
        error[opennebula::broken]: the connection to OpenNebula at `[OPENNEBULA]` broke during `one.system.version`: connection closed before message completed
         |
         = help: look whether oned runs and what its log says (/var/log/one/oned.log), and try again
        ");
}

#[test]
fn a_page_instead_of_an_answer() {
    let page = answering(
        "text/html",
        "<html><head><title>Welcome</title></head></html>",
    );
    World::start().refuses(
        |world| world.cli().env("ONE_XMLRPC", &page).named(&page, "[PAGE]"),
        "
            error[opennebula::form]: the answer to `one.system.version` from `[PAGE]` cannot be read: the message is not XML-RPC: the root element is `html`, not `methodResponse`
             |
             = help: check that `ONE_XMLRPC` is the address of oned, path /RPC2
            ",
    );
}

#[test]
fn a_server_without_the_method() {
    let fault = "<?xml version=\"1.0\"?><methodResponse><fault><value><struct>\
        <member><name>faultCode</name><value><int>-506</int></value></member>\
        <member><name>faultString</name><value><string>Method 'one.system.version' not defined</string></value></member>\
        </struct></value></fault></methodResponse>";
    let other = answering("text/xml", fault);
    World::start().refuses(
        |world| {
            world
                .cli()
                .env("ONE_XMLRPC", &other)
                .named(&other, "[OTHER]")
        },
        "
            error[opennebula::fault]: OpenNebula could not take the call `one.system.version`: Method 'one.system.version' not defined (fault -506)
             |
             = help: the server does not know this method: check that it is OpenNebula 6.10 or later
            ",
    );
}
