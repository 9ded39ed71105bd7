//! Tests of the client against a server that plays one prepared answer after the other and records what it was sent.

mod answers;
mod errors;
mod openapi;
mod pages;
mod repeats;
mod requests;
mod server;
mod setup;
